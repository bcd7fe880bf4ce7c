"""A plain discord.py client against the fake Discord."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord as dpy
import pytest
from discord import app_commands

from tests.fakes.clocks import ManualClock
from tests.fakes.discord import Channel, FakeDiscord, Guild, Person, TextChannel
from tests.fakes.discord.openapi import wrong_answers
from tests.fakes.discord.redirect import redirected


class PlainClient(dpy.Client):
    """discord.py as it is; READY does not wait two seconds for servers that are already there."""

    def __init__(self, intents: dpy.Intents | None = None, **options: Any) -> None:
        super().__init__(intents=intents or dpy.Intents.default(), guild_ready_timeout=0.05, **options)
        self.tree = app_commands.CommandTree(self)
        self.said: list[dpy.Message] = []
        self._heard = asyncio.Event()

    async def on_message(self, message: dpy.Message) -> None:
        self.said.append(message)
        self._heard.set()

    async def hears(self, count: int) -> None:
        """Wait until so many messages have come in all."""
        async with asyncio.timeout(10):
            while len(self.said) < count:
                self._heard.clear()
                await self._heard.wait()


def _remember_sockets(client: dpy.Client) -> list[aiohttp.ClientWebSocketResponse]:
    """The sockets it opens from now on: discord.py forgets one that was still opening a session when it was closed."""
    sockets: list[aiohttp.ClientWebSocketResponse] = []
    connect = client.http.ws_connect

    async def remembered(url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
        sockets.append(await connect(url, compress=compress))
        return sockets[-1]

    client.http.ws_connect = remembered
    return sockets


@asynccontextmanager
async def running(fake: FakeDiscord, client: dpy.Client) -> AsyncIterator[None]:
    """The client connected and ready."""
    with redirected(fake):
        async with client:
            await client.login(fake.token)
            sockets = _remember_sockets(client)
            connected = asyncio.create_task(client.connect())
            ready = asyncio.create_task(client.wait_until_ready())
            try:
                await asyncio.wait({connected, ready}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
                if connected.done():
                    await connected
                assert ready.done(), "the client did not get ready"
                yield
            finally:
                await client.close()
                for task in (ready, connected):
                    task.cancel()  # discord.py may be in one of its pauses of five seconds
                await asyncio.gather(connected, ready, return_exceptions=True)
                for socket in sockets:
                    await socket.close()


@dataclass
class World:
    """One server with one channel, one person, and a clock that a test moves."""

    fake: FakeDiscord
    clock: ManualClock
    guild: Guild
    general: TextChannel
    anna: Person
    start: Callable[..., Awaitable[Any]]
    rest: PlainClient

    async def call(self, method: str, path: str, **more: Any) -> Any:
        """A request of discord.py's own HTTP client, without its objects around it."""
        return await self.rest.http.request(dpy.http.Route(method, path), **more)

    async def refused(self, method: str, path: str, **more: Any) -> tuple[int, int]:
        """The status and code a request is refused with."""
        with pytest.raises(dpy.HTTPException) as caught:
            await self.call(method, path, **more)
        return caught.value.status, caught.value.code

    async def send(self, json: dict[str, Any], channel: Channel | None = None) -> Any:
        """A message by bot token."""
        return await self.call("POST", f"/channels/{(channel or self.general).id}/messages", json=json)

    def complained(self, about: str) -> bool:
        """Whether the fake complained of this, and forget it."""
        found = [text for text in self.fake.complaints if about in text]
        self.fake.complaints.clear()
        return bool(found)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    clock = ManualClock()
    async with FakeDiscord(clock.now) as fake, AsyncExitStack() as stack:
        guild = fake.add_guild("Studio")

        async def start(client: Any = None, **options: Any) -> Any:
            client = client or PlainClient(**options)
            await stack.enter_async_context(running(fake, client))
            return client

        with redirected(fake):
            rest = PlainClient()
            await rest.login(fake.token)
            stack.push_async_callback(rest.close)
            general, anna = guild.add_text_channel("general"), guild.add_member("anna")
            yield World(fake, clock, guild, general, anna, start, rest)
        assert wrong_answers(fake.requests) == []
