"""Opening links from strangers: http(s) only, addresses checked and pinned, redirects by hand, bounded in time."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import httpx

from adapters.media.errors import AddressRefused, MediaError, shown_url

#: host, port -> the addresses it has now. Raises OSError.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

#: What a broken connection can raise under httpx (httpcore or aiohttp below it).
NETWORK_ERRORS = (httpx.TransportError, httpx.DecodingError, httpx.StreamError, aiohttp.ClientError, TimeoutError)

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_USER_AGENT = "videobot"
#: Public by number, private by meaning: the Azure host agent.
_METADATA = frozenset({ipaddress.ip_address("168.63.129.16")})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_ADDRESS_TRIES = 4


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds: to connect, between two pieces of the body, and in all."""

    connect: float = 10.0
    idle: float = 30.0
    total: float = 600.0


class LinkRefused(MediaError):  # noqa: N818
    """The link answers, but not with the file."""


class LinkUnreachable(MediaError):  # noqa: N818
    """The server could not be reached, or the connection broke before the answer began."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retry=True)


async def resolve_host(host: str, port: int) -> Sequence[str]:
    """Every address of `host`, in the system's order of preference. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """True for an address of the open internet: not private, loopback, link-local, metadata, multicast or reserved,
    also when it is hidden in an IPv6 form of an IPv4 address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and ip not in _METADATA


class LinkOpener:
    """Opens links through one httpx client, without ever sending the client's own headers, cookies or credentials.

    Each hop's host is resolved here, every address is checked (`is_public`, unless `allow_private`), and the request
    goes to the checked address itself with the host in `Host` and in the TLS server name, so that a second DNS answer
    cannot lead elsewhere.
    """

    def __init__(
        self, client: httpx.AsyncClient, *, allow_private: bool = False, resolve: Resolve = resolve_host
    ) -> None:
        self._client, self._allow_private, self._resolve = client, allow_private, resolve

    @asynccontextmanager
    async def open(
        self, url: str, *, waits: Waits, max_redirects: int, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """GET `url` and yield the streaming response that is no redirect; the body is raw (`aiter_raw`).

        `headers` go to the first origin only; a redirect to another origin drops all but Range, If-Range and Accept.
        `waits.total` is not enforced here. Raises AddressRefused, LinkUnreachable, LinkRefused (too many redirects).
        """
        response = await self._follow(url, waits, max_redirects, dict(headers or {}))
        try:
            yield response
        finally:
            await _close(response)

    async def _follow(self, url: str, waits: Waits, max_redirects: int, headers: dict[str, str]) -> httpx.Response:
        here = _parse(url)
        for _ in range(max_redirects + 1):
            response = await self._get(here, waits, headers)
            if response.status_code not in REDIRECTS or "location" not in response.headers:
                return response
            location = response.headers["location"]
            await _close(response)
            there = _parse(location, base=here)
            if _origin(there) != _origin(here):
                headers = {k: v for k, v in headers.items() if k.lower() in {"range", "if-range", "accept"}}
            here = there
        raise LinkRefused(f"{shown_url(url)} redirects more than {max_redirects} times: use the direct link.")

    async def _get(self, url: httpx.URL, waits: Waits, headers: Mapping[str, str]) -> httpx.Response:
        port = url.port or (443 if url.scheme == "https" else 80)
        last: Exception | None = None
        for address in (await self._addresses(url, port))[:_ADDRESS_TRIES]:
            try:
                return await self._client.send(
                    _request(url, address, waits, headers), stream=True, auth=None, follow_redirects=False
                )
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                last = error
            except (*NETWORK_ERRORS, OSError) as error:
                last = error
                break
        why = f" ({type(last).__name__})" if last else ""
        raise LinkUnreachable(f"{shown_url(url)} could not be reached{why}: check the link or try again.") from last

    async def _addresses(self, url: httpx.URL, port: int) -> Sequence[str]:
        host = url.raw_host.decode("ascii").strip("[]")
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise LinkUnreachable(f"The host of {shown_url(url)} was not found: check the link.") from error
        if not addresses:
            raise LinkUnreachable(f"The host of {shown_url(url)} was not found: check the link.")
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise AddressRefused(f"{shown_url(url)} leads into a private network: use a link that is public.")
        return addresses


def _parse(url: str, base: httpx.URL | None = None) -> httpx.URL:
    try:
        parsed = base.join(url) if base is not None else httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError, UnicodeError) as error:
        raise AddressRefused("The link cannot be understood: give a full http or https link.") from error
    if parsed.scheme not in ("http", "https") or not parsed.raw_host:
        raise AddressRefused(f"{shown_url(parsed)} is no web link: give a full http or https link.")
    if parsed.userinfo:
        raise AddressRefused(f"{shown_url(parsed)} holds a user name or password: use a link without one.")
    return parsed


def _request(url: httpx.URL, address: str, waits: Waits, headers: Mapping[str, str]) -> httpx.Request:
    """The request to the checked address. Built by hand: the client's default headers (keys) stay out of it."""
    host = url.netloc.decode("ascii")
    extensions: dict[str, object] = {
        "timeout": {"connect": waits.connect, "read": waits.idle, "write": waits.idle, "pool": waits.connect}
    }
    if url.scheme == "https":
        extensions["sni_hostname"] = url.raw_host.decode("ascii").strip("[]")
    return httpx.Request(
        "GET",
        url.copy_with(host=address, fragment=None),
        headers={
            "User-Agent": _USER_AGENT,
            "Accept": "*/*",
            **headers,
            "Host": host,
            "Accept-Encoding": "identity",
            "Connection": "close",
        },
        extensions=extensions,
    )


def _origin(url: httpx.URL) -> tuple[str, bytes, int | None]:
    return url.scheme, url.raw_host, url.port


async def _close(response: httpx.Response) -> None:
    try:
        await response.aclose()
    except (*NETWORK_ERRORS, OSError):
        return


async def read_link(
    opener: LinkOpener,
    url: str,
    *,
    max_bytes: int,
    waits: Waits,
    max_redirects: int = 3,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The whole body behind `url`, at most `max_bytes`.

    Raises AddressRefused, LinkUnreachable, LinkRefused (another status than 200, redirects), LinkTooLarge.
    """
    try:
        async with (
            asyncio.timeout(waits.total),
            opener.open(url, waits=waits, max_redirects=max_redirects, headers=headers) as response,
        ):
            return await _read(response, url, max_bytes)
    except NETWORK_ERRORS as error:
        raise LinkUnreachable(f"{shown_url(url)} stopped or was too slow: try again or attach the file.") from error


async def _read(response: httpx.Response, url: str, max_bytes: int) -> bytes:
    if response.status_code != 200:
        raise LinkRefused(
            f"{shown_url(url)} answers {response.status_code}: check that the link is public and still works.",
        )
    if response.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
        raise LinkRefused(f"{shown_url(url)} answers in a compressed form: attach the file instead.")
    said = response.headers.get("content-length", "")
    if said.isdecimal() and int(said) > max_bytes:
        raise LinkTooLarge(int(said), max_bytes)
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > max_bytes:
            raise LinkTooLarge(len(body), max_bytes)
    return bytes(body)


class LinkTooLarge(MediaError):  # noqa: N818
    """The file behind the link is larger than allowed. `measured` is what the server says, or what came until the
    limit was passed, in bytes."""

    def __init__(self, measured: int, limit: int) -> None:
        super().__init__(f"The file behind the link has at least {megabytes(measured)}; at most {megabytes(limit)}.")
        self.measured, self.limit = measured, limit


def megabytes(size: int) -> str:
    """Bytes in words people use: "9.8 MB" (1 MB = 1024 x 1024 bytes), "12 KB" below 0.1 MB."""
    if size < 100 * 1024:
        return f"{size / 1024:.0f} KB" if size >= 1024 else f"{size} bytes"
    return f"{size / 1024 / 1024:.1f} MB".replace(".0 MB", " MB")
