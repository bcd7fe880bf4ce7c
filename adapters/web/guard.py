"""What stands in front of every request: the name it was sent to, the page it comes from, its size; and the headers
every answer has."""

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MB = 1024 * 1024
MOST_UPLOAD = 64 * MB  # bytes of one request with files
MOST_BODY = MB // 2  # bytes of any other
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

#: Nothing inline, nothing evaluated, nothing from elsewhere.
CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class _TooLarge(Exception):  # noqa: N818 - never leaves this module
    pass


class Guard:
    """An ASGI middleware. `hosts`: names the page may be reached under beside loopback's; an address of digits is
    always one, because only names can be made to point here by strangers (DNS rebinding). `upload_paths`: where files
    are sent to."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], upload_paths: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts) | _LOOPBACK
        self._upload_paths = frozenset(upload_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def sending(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, sending)
            return
        try:
            await self._app(scope, self._bounded(scope, receive), sending)
        except _TooLarge:
            if has_begun:
                raise
            await self._too_large(scope)(scope, receive, sending)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_ours(host):
            return PlainTextResponse(
                "This page is not served under that name: use localhost, or set VIDEOBOT_PUBLIC_URL.", 421
            )
        if scope["method"] not in _SAFE_METHODS and not _is_from_here(headers, host):
            return PlainTextResponse("This came from another page, so nothing was done: use the chat page itself.", 403)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._most(scope):
            return self._too_large(scope)
        return None

    def _is_ours(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        if name in self._hosts:
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True

    def _most(self, scope: Scope) -> int:
        return MOST_UPLOAD if scope["path"] in self._upload_paths else MOST_BODY

    def _too_large(self, scope: Scope) -> PlainTextResponse:
        most = self._most(scope)
        said = f"{most // MB} MB" if most >= MB else f"{most // 1024} kB"
        return PlainTextResponse(f"That is too much at once: at most {said} are taken. Send less.", 413)

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        most, had = self._most(scope), 0

        async def bounded() -> Message:
            nonlocal had
            message = await receive()
            if message["type"] == "http.request":
                had += len(message.get("body", b""))
                if had > most:
                    raise _TooLarge
            return message

        return bounded


def _is_from_here(headers: Headers, host: str) -> bool:
    """Whether our own page sent it, by what only a browser can say: Sec-Fetch-Site and Origin. One of them is there in
    every browser of today."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is None and origin is None:
        return False
    if site not in (None, "same-origin"):
        return False
    return origin is None or urlsplit(origin).netloc.lower() == host.lower()
