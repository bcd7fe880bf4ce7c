"""Who is looking, and what changed: every open page hears the names of messages that may look different now."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import contextmanager


class Listener:
    """One open page. Names are gathered until it asks for them."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}
        self._woken, self._closed = asyncio.Event(), asyncio.Event()

    def tell(self, names: Collection[str]) -> None:
        """These messages changed."""
        self._names.update(dict.fromkeys(names))
        self._woken.set()

    def close(self) -> None:
        """The server stops."""
        self._closed.set()
        self._woken.set()

    async def closed(self) -> None:
        """Until the server stops."""
        await self._closed.wait()

    async def changes(self) -> AsyncIterator[list[str]]:
        """The names that changed since the last time, as soon as there are some; ends when the server stops."""
        while not self._closed.is_set():
            await self._woken.wait()
            self._woken.clear()
            names, self._names = list(self._names), {}
            if names:
                yield names


class Hub:
    """The open pages."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._is_closed = False

    @contextmanager
    def listening(self) -> Iterator[Listener]:
        """A page that is open as long as this lasts."""
        listener = Listener()
        self._listeners.add(listener)
        if self._is_closed:
            listener.close()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def tell(self, *names: str) -> None:
        """These messages were added, changed or removed."""
        for listener in self._listeners:
            listener.tell(names)

    def close(self) -> None:
        """End every page's stream."""
        self._is_closed = True
        for listener in self._listeners:
            listener.close()
