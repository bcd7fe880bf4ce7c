"""The way to a server: a piece of network in front of a fake that a test can break and mend."""

import asyncio
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_CHUNK = 65_536


class Road:
    """`async with Road(url) as road`: `road.place` ("127.0.0.1:port") leads to the host of `url` while it is open."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self._port = 0
        self._server: asyncio.Server | None = None
        self._under_way: set[asyncio.StreamWriter] = set()
        self.is_silent = False
        self.broken = 0  # connections that found no way

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]
        self.is_open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.break_off()
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self._port}"

    def break_off(self) -> None:
        """Everything under way is cut, and nobody gets through."""
        self.is_open = False
        for writer in list(self._under_way):
            writer.transport.abort()

    def swallow(self) -> None:
        """A black hole: connections are taken on, and what is said on any of them arrives nowhere, either way."""
        self.is_silent = True

    def mend(self) -> None:
        """The way is open. What was swallowed does not come out again: those connections are cut."""
        self.break_off()
        self.is_open, self.is_silent = True, False

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.is_open:
            self.broken += 1
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection(self._to.hostname, self._to.port)
        self._under_way |= {writer, back}
        try:
            await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        finally:
            self._under_way -= {writer, back}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(_CHUNK):
                if not self.is_silent:
                    writer.write(data)
                    await writer.drain()
        except OSError:
            pass
        finally:
            if not self.is_silent:
                writer.close()
