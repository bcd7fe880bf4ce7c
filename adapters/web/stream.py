"""One open page's stream: first it is told what it missed, then what changes, as soon as it does.

The page says what it shows already (names and marks of messages), so that only what looks different is sent: a video
that plays goes on playing over a lost connection.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping
from contextlib import suppress
from typing import Any

from jinja2 import Environment
from starlette.responses import StreamingResponse

from adapters.web.channel import Channel
from adapters.web.feed import Drawn, Feed
from adapters.web.hub import Hub, Listener
from adapters.web.people import Person
from adapters.web.templating import rendered
from bot.generation.ports import StoreError

log = logging.getLogger("videobot.web")

THREADS = 30  # shown before anybody asks for earlier ones
SAYS_WITHIN = 30.0  # seconds a page has to say what it shows
PING_EVERY = 15.0  # seconds of silence after which a line is sent, so that nothing in between hangs up
RETRY = 1000  # milliseconds until the browser connects again
MOST_KNOWN = 5000  # messages of one page


class Streams:
    """The streams of all open pages."""

    def __init__(self, channel: Channel, feed: Feed, hub: Hub, environment: Environment) -> None:
        self._channel, self._feed, self._hub, self._environment = channel, feed, hub, environment
        self._waiting: dict[str, asyncio.Future[Mapping[str, str]]] = {}

    def open(self, person: Person) -> StreamingResponse:
        """The stream of one page."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._lines(person), media_type="text/event-stream", headers=headers)

    def says(self, connection: str, known: Collection[str]) -> bool:
        """A page says what it shows ("name:mark" each); False when its stream is not there (any more)."""
        waiting = self._waiting.get(connection)
        if waiting is None or waiting.done():
            return False
        parts = (entry.partition(":") for entry in list(known)[:MOST_KNOWN])
        waiting.set_result({name: mark for name, _, mark in parts if name})
        return True

    async def _lines(self, person: Person) -> AsyncIterator[str]:
        with self._hub.listening() as listener:
            events = self._events(person, listener)
            try:
                step: asyncio.Future[str] | None = None
                while True:
                    step = step or asyncio.ensure_future(anext(events))
                    done, _ = await asyncio.wait({step}, timeout=PING_EVERY)
                    if not done:
                        yield ": still here\n\n"
                        continue
                    try:
                        line = step.result()
                    except StopAsyncIteration:
                        return
                    except StoreError as error:  # the browser connects again, and is told everything then
                        log.warning("a page cannot be told what changed: %s", error)
                        return
                    step = None
                    yield line
            finally:
                if step is not None:
                    step.cancel()
                    await asyncio.gather(step, return_exceptions=True)
                with suppress(RuntimeError):
                    await events.aclose()

    async def _events(self, person: Person, listener: Listener) -> AsyncGenerator[str, None]:
        connection = secrets.token_hex(16)
        said: asyncio.Future[Mapping[str, str]] = asyncio.get_running_loop().create_future()
        self._waiting[connection] = said
        try:
            yield f"retry: {RETRY}\n" + _event(
                "hello", rendered(self._environment, "hello.html", connection=connection)
            )
            stopped = asyncio.create_task(listener.closed())
            waits: set[asyncio.Future[Any]] = {said, stopped}
            await asyncio.wait(waits, timeout=SAYS_WITHIN, return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            if not said.done():
                return
            page = _Page(self._channel, self._feed, self._environment, person, dict(said.result()))
        finally:
            del self._waiting[connection]
        for html in await page.missed():
            yield _event("change", html)
        async for names in listener.changes():
            for html in await page.changed(names):
                yield _event("change", html)


class _Page:
    """What one page shows, as the server knows it."""

    def __init__(
        self, channel: Channel, feed: Feed, environment: Environment, person: Person, known: dict[str, str]
    ) -> None:
        self._channel, self._feed, self._environment, self._person = channel, feed, environment, person
        self._known = known
        self._news: dict[str, str] = {}

    async def missed(self) -> list[str]:
        """What brings the page to the present."""
        latest = await self._channel.latest(self._person, THREADS)
        there = {message.name for message in latest}
        changes = [html for one in await self._feed.drawn(latest) for html in self._change(one, is_quiet=True)]
        return changes + await self.changed([name for name in self._known if name not in there])

    async def changed(self, names: Collection[str]) -> list[str]:
        """What changes on the page because of these messages."""
        found, changes = [], []
        for name in names:
            message = await self._channel.named(name)
            if message is not None and message.only_for in ("", self._person.id):
                found.append(message)
            elif name in self._known:
                del self._known[name]
                changes.append(rendered(self._environment, "gone.html", name=name))
        found.sort(key=lambda message: message.id)
        return changes + [html for one in await self._feed.drawn(found) for html in self._change(one)]

    def _change(self, drawn: Drawn, *, is_quiet: bool = False) -> list[str]:
        name, before = drawn.message.name, self._known.get(drawn.message.name)
        if before == drawn.mark:
            self._news.setdefault(name, drawn.news)
            return []
        self._known[name] = drawn.mark
        is_news = not is_quiet and drawn.news and self._news.get(name) != drawn.news
        self._news[name] = drawn.news
        html = rendered(
            self._environment,
            "change.html",
            drawn=drawn,
            is_new=before is None,
            news=drawn.news if is_news else "",
        )
        return [html]


def _event(name: str, data: str) -> str:
    lines = "\n".join(f"data: {line}" for line in data.splitlines())
    return f"event: {name}\n{lines}\n\n"
