"""HTTP servers inside this process's own event loop: one for each address, stopping cleanly."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

STOP_WITHIN = 5  # seconds answers under way have at the end


class AddressError(Exception):
    """An address that cannot be listened at; the message is one sentence with what to do."""


@dataclass(frozen=True, slots=True)
class Listening:
    """One application at one address. `port` 0: any free one."""

    host: str
    port: int
    app: ASGIApp


class _Server(uvicorn.Server):
    """Without handlers of signals: the process has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """See uvicorn.Server."""
        yield


class HttpServer:
    """Serves applications until it is stopped."""

    def __init__(self, listening: Sequence[Listening]) -> None:
        self._listening = tuple(listening)
        self._servers: list[_Server] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.urls: list[str] = []  # in the order of `listening`, with the ports in use

    async def start(self) -> None:
        """Listen. Raises AddressError; then nothing is listened at."""
        sockets: list[socket.socket] = []
        try:
            sockets.extend(_bound(one.host, one.port) for one in self._listening)
        except AddressError:
            for opened in sockets:
                opened.close()
            raise
        self.urls.clear()
        for one, opened in zip(self._listening, sockets, strict=True):
            config = uvicorn.Config(
                one.app,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=STOP_WITHIN,
                ws="none",
            )
            server = _Server(config)
            self._servers.append(server)
            self._tasks.append(asyncio.create_task(server.serve([opened]), name=f"http {one.host}:{one.port}"))
            port = opened.getsockname()[1]
            self.urls.append(f"http://{f'[{one.host}]' if ':' in one.host else one.host}:{port}")

    @property
    def is_listening(self) -> bool:
        """Whether every application can be reached."""
        return bool(self._tasks) and not any(task.done() for task in self._tasks)

    async def wait(self) -> None:
        """Until it is stopped."""
        await asyncio.gather(*(asyncio.shield(task) for task in self._tasks))

    async def stop(self) -> None:
        """Take nothing more in, let answers under way finish, close."""
        for server in self._servers:
            server.should_exit = True
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._servers.clear()
        self._tasks.clear()


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise AddressError(
            f"{host}:{port} cannot be listened at ({error.strerror or 'not possible'}); choose another port."
        ) from None


def is_free(host: str, port: int) -> bool:
    """Whether an address can be listened at now."""
    try:
        _bound(host, port).close()
    except AddressError:
        return False
    return True
