"""The line to a gateway: shared clients, one bounded exchange, file bodies. Says what happened, judges nothing.

httpx's own transport costs ten times the CPU of the httpx-aiohttp one (engine.md), so the httpx API runs over that.
Two things about it need care, and both live here:

- it maps every lost connection, even one reset after the request was sent, to `httpx.ConnectTimeout`; whether a request
  may have arrived is therefore read from the aiohttp exception underneath;
- its exceptions and aiohttp's carry the request with its headers: none of them leaves this module, not even as context.
"""

import asyncio
import contextlib
import functools
import ipaddress
import logging
import os
import re
import ssl
import uuid
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver
from aiohttp.http_exceptions import HttpProcessingError
from httpx_aiohttp import AiohttpTransport
from pydantic import SecretStr

log = logging.getLogger("videobot.gateways")

MAX_ANSWER = 1024 * 1024  # bytes of an answer, after decompression
FILE_CHUNK = 256 * 1024  # bytes of an upload read from disk at once
FULL_HOSTS = 4  # so many may have all their connections in use, and there still is one for another

# ---------------------------------------------------------------------------------------------- clients


def trusted() -> ssl.SSLContext:
    """Who is believed to be who they say: what httpx trusts, SSL_CERT_FILE and SSL_CERT_DIR included. Read once, for it
    takes some 30 ms."""
    return _trusted(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@functools.cache
def _trusted(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context()


def make_client(
    *,
    connect: float = 10.0,
    read: float = 30.0,
    write: float = 30.0,
    pool: float = 20.0,
    max_connections: int = 100,
    keepalive_expiry: float = 15.0,
    is_fresh: bool = False,
    verify: ssl.SSLContext | None = None,
    resolver: Callable[[], AbstractResolver] | None = None,
) -> httpx.AsyncClient:
    """The shared client for everything that may use a kept connection. Close it with `aclose()`.

    Times in seconds: `connect` for one address, `pool` for getting a connection at all (waiting for a free one, DNS,
    connecting, TLS), `read` between two pieces of an answer. aiohttp has no write timeout: `write` is inert there, and
    `exchange` bounds the whole call instead. `max_connections` are those to one host: where one takes them all and
    answers nothing, the others' are still there. It is a number because None silently means 100.

    Environment proxies and ~/.netrc are ignored (trust_env is off: a netrc entry for the host would make aiohttp refuse
    our Authorization header); SSL_CERT_FILE and SSL_CERT_DIR are honoured, as in httpx. No redirect is followed, no
    cookie kept. Nothing is repeated, but for one thing: aiohttp sends a GET (never a POST) once more when its
    connection is lost before the answer begins, as happens on a kept connection that the gateway has closed.
    """
    context = verify or trusted()

    def session() -> aiohttp.ClientSession:  # made at the first request: aiohttp needs the running loop
        chosen = resolver() if resolver is not None else None
        lasting = {"force_close": True} if is_fresh else {"keepalive_timeout": keepalive_expiry}
        connector = aiohttp.TCPConnector(
            ssl=context,
            limit=(FULL_HOSTS + 1) * max_connections,
            limit_per_host=max_connections,
            resolver=chosen,
            **lasting,
        )
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)

    return httpx.AsyncClient(
        transport=AiohttpTransport(verify=context, client=session),
        timeout=httpx.Timeout(connect=connect, read=read, write=write, pool=pool),
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


def make_create_client(
    *,
    connect: float = 10.0,
    read: float = 60.0,
    write: float = 30.0,
    pool: float = 20.0,
    max_connections: int = 50,
    verify: ssl.SSLContext | None = None,
    resolver: Callable[[], AbstractResolver] | None = None,
) -> httpx.AsyncClient:
    """The client for POSTs: every request on a fresh connection, so that a kept connection the gateway has already
    closed can never make a create ambiguous. Times in seconds; it waits longer for an answer, because giving up early
    leaves a job uncertain that the gateway was about to accept."""
    return make_client(
        connect=connect,
        read=read,
        write=write,
        pool=pool,
        max_connections=max_connections,
        is_fresh=True,
        verify=verify,
        resolver=resolver,
    )


# ---------------------------------------------------------------------------------------------- one exchange


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer within the bounds. The body stays out of the repr: it may echo what was sent."""

    status: int
    headers: Mapping[str, str] = field(repr=False)  # names in lower case
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Fault:
    """No whole answer. `code` is a word of the error map; `may_have_arrived` is False only when it is certain that not
    one byte of the request left (DNS, connect, TLS)."""

    code: str
    may_have_arrived: bool


class _BadAnswerError(Exception):
    """Too big, cut off inside its encoding, or in an encoding nobody asked for."""


#: aiohttp raises these only while it gets a connection, before anything of the request is written.
_BEFORE_SENDING = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_NOT_HTTP = (aiohttp.ClientResponseError, HttpProcessingError)
_ANY_FAULT = (
    httpx.HTTPError,
    httpx.StreamError,
    httpx.InvalidURL,
    aiohttp.ClientError,
    HttpProcessingError,
    OSError,
    ValueError,
    EOFError,
)


async def exchange(client: httpx.AsyncClient, request: httpx.Request, total: float, *, who: str) -> Answer | Fault:
    """Send one request and read its answer: at most `total` seconds and MAX_ANSWER bytes. Raises nothing but
    cancellation. `who` is the gateway's name in the log."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    result = await _exchange(client, request, total)
    what = result.status if isinstance(result, Answer) else result.code
    ms = (loop.time() - started) * 1000
    log.debug("%s: %s %s -> %s in %.0f ms", who, request.method, request.url.path, what, ms)
    return result


async def _exchange(client: httpx.AsyncClient, request: httpx.Request, total: float) -> Answer | Fault:
    try:
        async with asyncio.timeout(total):
            request.headers.encoding = "ascii"  # else httpx finds it out at every access
            response = await client.send(request, stream=True)
            response.headers.encoding = "latin-1"
            try:
                body = await _bounded(response)
            finally:
                # The answer is either whole already, or given up: how its connection ends does not matter.
                with contextlib.suppress(*_ANY_FAULT):
                    await response.aclose()
    except _BadAnswerError:
        return Fault("bad_answer", may_have_arrived=True)
    except _ANY_FAULT as error:
        return _fault(error)
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, body)


def _fault(error: Exception) -> Fault:
    if isinstance(error, _BEFORE_SENDING) or isinstance(error.__cause__, _BEFORE_SENDING):
        return Fault("unreachable", may_have_arrived=False)
    # Not httpx.ConnectTimeout: over httpx-aiohttp that is any lost connection.
    if isinstance(error, TimeoutError | httpx.ReadTimeout | httpx.WriteTimeout):
        return Fault("timeout", may_have_arrived=True)
    if isinstance(error, _NOT_HTTP):
        return Fault("bad_answer", may_have_arrived=True)
    return Fault("connection_lost", may_have_arrived=True)


async def _bounded(response: httpx.Response) -> bytes:
    """The decoded body. Decompresses itself, because httpx does so a chunk at a time without a bound."""
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding in {"", "identity"}:
        inflate = None
    elif coding in {"gzip", "x-gzip", "deflate"}:
        inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)  # 32 = find out whether gzip or zlib
    else:
        raise _BadAnswerError
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:12]) > MAX_ANSWER:
        raise _BadAnswerError
    body, received = bytearray(), 0
    async for chunk in response.aiter_raw():
        received += len(chunk)
        if received > MAX_ANSWER:
            raise _BadAnswerError
        body += chunk if inflate is None else _inflated(inflate, chunk, MAX_ANSWER + 1 - len(body))
        if len(body) > MAX_ANSWER:
            raise _BadAnswerError
    if inflate is not None and received and not inflate.eof:
        raise _BadAnswerError
    return bytes(body)


def _inflated(inflate: "zlib._Decompress", chunk: bytes, most: int) -> bytes:
    try:
        return inflate.decompress(chunk, most)
    except zlib.error:
        raise _BadAnswerError from None


# ---------------------------------------------------------------------------------------------- an account


class Call(StrEnum):
    """What a request was for; rate limits count creates and looks apart."""

    CREATE = "create"
    LOOK = "look"
    UPLOAD = "upload"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Patience:
    """The most seconds a whole call may take, with connecting and reading."""

    create: float = 120.0
    look: float = 60.0
    upload: float = 600.0


_CLOSE = {"Connection": "close"}  # the fresh connection serves this one request; httpx would say keep-alive


class Account:
    """One key at one gateway: builds the requests and sends them. Raises nothing for a fault; returns it."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        create_client: httpx.AsyncClient,
        *,
        name: str,
        base_url: str,
        api_key: SecretStr,
        patience: Patience,
    ) -> None:
        """Raises ValueError, a sentence without the key, for an unusable base URL or key."""
        self.name = name
        self._client, self._create_client = client, create_client
        self._base = check_base_url(base_url)
        self._key = check_key(api_key)
        self._patience = patience

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer | Fault:
        """GET on a kept connection. `path` begins with a slash and is quoted already."""
        url = self._base + path + (f"?{urlencode(query)}" if query else "")
        # Built by hand: looks go out by the thousand, and merging with the client's defaults costs a fifth.
        timeout = {"timeout": self._client.timeout.as_dict()}
        request = httpx.Request("GET", url, headers=self._headers(), extensions=timeout)
        return await exchange(self._client, request, self._patience.look, who=self.name)

    async def post_json(self, path: str, body: bytes, extra: Mapping[str, str] | None = None) -> Answer | Fault:
        """POST exactly these bytes on a fresh connection, once."""
        headers = self._headers() | _CLOSE | {"Content-Type": "application/json"} | dict(extra or {})
        request = self._create_client.build_request("POST", self._base + path, content=body, headers=headers)
        return await exchange(self._create_client, request, self._patience.create, who=self.name)

    async def post_file(self, path: str, upload: "FileBody") -> Answer | Fault:
        """POST a multipart form with one file, streamed."""
        file_headers = {"Content-Type": upload.content_type, "Content-Length": str(upload.length)}
        headers = self._headers() | _CLOSE | file_headers
        request = self._create_client.build_request("POST", self._base + path, content=upload.parts(), headers=headers)
        return await exchange(self._create_client, request, self._patience.upload, who=self.name)

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._key.get_secret_value()}",
            "User-Agent": "videobot",
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # half a kilobyte of JSON; compression only costs
        }


def check_base_url(url: str) -> str:
    """The base URL without a slash at its end; it may have a path. Raises ValueError with one sentence unless it is
    https, or http on this machine."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("The gateway's base URL is not a URL; write it like https://toapis.com.") from None
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("The gateway's base URL must have no user name, query or fragment; the key is set apart.")
    if not host or parts.scheme not in {"http", "https"} or port == 0 or re.search(r"[\s\x00-\x1f\x7f]", url.strip()):
        raise ValueError("The gateway's base URL must begin with https:// and a host, like https://toapis.com.")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError(
            f"The gateway's base URL must begin with https://, because the key travels with every request; "
            f"http:// works only on this machine (127.0.0.1), not for {host}."
        )
    return url.strip().rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_key(key: SecretStr) -> SecretStr:
    """The key without white space around it. Raises ValueError, without the key, when a header cannot carry it."""
    text = key.get_secret_value().strip()
    if not text:
        raise ValueError("The gateway's API key is empty; copy it from the gateway's console.")
    if not all("!" <= c <= "~" for c in text):
        raise ValueError("The gateway's API key has a space, line break or special letter inside; copy it again.")
    return SecretStr(text)


# ---------------------------------------------------------------------------------------------- file bodies


class FileBody:
    """One file (bytes or a path) as a multipart/form-data body, read in pieces off the event loop."""

    def __init__(self, source: bytes | Path, size: int, mime: str, file_name: str, fields: Mapping[str, str]) -> None:
        """`size` is the file's length in bytes; a file that has grown meanwhile is cut there."""
        boundary = uuid.uuid4().hex
        self._source, self._size = source, size
        head = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        head += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n'
        self._head = f"{head}Content-Type: {mime}\r\n\r\n".encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self.length = len(self._head) + size + len(self._tail)

    async def parts(self) -> AsyncIterator[bytes]:
        """The body. Raises OSError when the file cannot be read, or is shorter than it was."""
        yield self._head
        if isinstance(self._source, bytes):
            for start in range(0, self._size, FILE_CHUNK):
                yield self._source[start : start + FILE_CHUNK]
        else:
            file = await asyncio.to_thread(self._source.open, "rb")
            try:
                left = self._size
                while left:
                    chunk = await asyncio.to_thread(file.read, min(left, FILE_CHUNK))
                    if not chunk:
                        raise OSError("the file became shorter while it was sent")
                    left -= len(chunk)
                    yield chunk
            finally:
                await asyncio.to_thread(file.close)
        yield self._tail
