"""A logged-in client, a house whose jobs come from Discord, and the server both talk to."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import discord

from adapters.discord.chat import DiscordChat
from adapters.discord.redirect import redirect
from adapters.discord.status_place import DiscordStatusPlace
from bot.generation.job import Address, Job, JobState, Purpose, Requester
from bot.generation.ports import JobView
from bot.generation.request import VideoRequest
from tests.discord.rest_only import Channel, RestOnly
from tests.fakes.house import House, open_house

GUILD, ANNA = 300000000000000000, 123456789012345678
CHANNEL, THREAD = 400000000000000000, 410000000000000000
DIRECT = ANNA + 1  # the fake's id of Anna's direct messages


@dataclass
class Stage:
    """What the tests of posting stand on."""

    house: House
    discord: RestOnly
    client: discord.Client
    chat: DiscordChat
    place: DiscordStatusPlace
    channel: Channel

    def address(self, *, thread: bool = False, size_limit: int | None = None, **extra: str) -> Address:
        """An address in the channel, or in its thread."""
        return Address(
            "discord",
            workspace=str(GUILD),
            channel=str(CHANNEL),
            thread=str(THREAD) if thread else "",
            size_limit=size_limit,
            extra=extra,
        )

    async def accepted(self, address: Address | None = None, prompt: str = "waves at night") -> Job:
        """A job that was just accepted."""
        requester = Requester("discord", str(ANNA), workspace=str(GUILD), channel=str(CHANNEL))
        return await self.house.app.service.submit(VideoRequest(prompt=prompt), requester, address or self.address())

    async def made(self, address: Address | None = None, prompt: str = "waves at night") -> Job:
        """A job whose video is made and saved, and now is to be delivered."""
        job = await self.accepted(address, prompt)
        return await self.house.run(job.id, until=JobState.DELIVERING)

    def view(self, job: Job, **more: Any) -> JobView:
        """What is shown of it."""
        return replace(self.house.app.look_at(job), **more)

    async def with_status(self, job: Job) -> str:
        """Post the job's status as the board does; returns its reference."""
        reference = await self.place.show(self.view(job), None)
        await self.house.app.store.sent(job.id, Purpose.STATUS, reference, self.house.clock.now())
        return reference

    def message(self, reference: str) -> Mapping[str, Any]:
        """A message as Discord has it."""
        channel, _, message = reference.partition("/")
        return self.discord.channels[int(channel)].messages[int(message)]

    def file(self, reference: str) -> tuple[str, int] | None:
        """Name and size of the file of a message."""
        return self.discord.uploads.get(int(reference.partition("/")[2]))


def text_of(message: Mapping[str, Any]) -> str:
    """The texts of a message."""
    return "\n".join(part["content"] for part in parts_of(message) if part["type"] == 10)


def parts_of(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """All components of a message."""
    found: list[Mapping[str, Any]] = []
    rest = list(message["components"])
    while rest:
        part = rest.pop(0)
        found.append(part)
        rest = [*part.get("components", []), *rest]
    return found


@asynccontextmanager
async def open_stage(folder: Path, *, thread_per_job: bool = False, render: bool = False) -> AsyncIterator[Stage]:
    """A stage; with `render` the videos have some ten thousand bytes instead of a thousand."""
    async with open_house(folder, render=render) as house, RestOnly(house.clock.now) as server:
        redirect(server.base, None)
        async with discord.Client(intents=discord.Intents.none()) as client:
            await client.login("token.of.tests")
            chat = DiscordChat(client, house.app.store, house.app.media, house.clock, thread_per_job=thread_per_job)
            channel = server.add(CHANNEL)
            server.add(THREAD, 11)
            house.app.worker.chats = {"discord": chat}
            yield Stage(house, server, client, chat, DiscordStatusPlace(client, chat), channel)
