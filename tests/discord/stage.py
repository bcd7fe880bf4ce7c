"""A logged-in client without a gateway, a house whose jobs come from Discord, and the fake Discord both talk to."""

from collections.abc import AsyncIterator
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
from tests.fakes.discord import Attachment, FakeDiscord, FakeMessage, Guild, Person, TextChannel, Thread
from tests.fakes.discord.api import Request
from tests.fakes.house import House, open_house

MIB = 1024 * 1024
POST, EDIT = "/channels/{channel_id}/messages", "/channels/{channel_id}/messages/{message_id}"


@dataclass
class Stage:
    """What the tests of posting stand on."""

    house: House
    discord: FakeDiscord
    client: discord.Client
    chat: DiscordChat
    place: DiscordStatusPlace
    guild: Guild
    channel: TextChannel
    thread: Thread
    anna: Person
    ben: Person

    def address(self, *, thread: bool = False, size_limit: int | None = None, **extra: str) -> Address:
        """An address in the channel, or in its thread."""
        return Address(
            "discord",
            workspace=str(self.guild.id),
            channel=str(self.channel.id),
            thread=str(self.thread.id) if thread else "",
            size_limit=size_limit,
            extra=extra,
        )

    def direct_address(self) -> Address:
        """An address in Anna's direct messages."""
        return Address("discord", channel=str(self.discord.dm(self.anna).id), extra={"dm": "yes"})

    async def accepted(self, address: Address | None = None, prompt: str = "waves at night") -> Job:
        """A job that was just accepted."""
        to = address or self.address()
        requester = Requester("discord", str(self.anna.id), workspace=to.workspace, channel=to.channel)
        return await self.house.app.service.submit(VideoRequest(prompt=prompt), requester, to)

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

    def message(self, reference: str) -> FakeMessage:
        """A message as Discord has it."""
        channel, _, message = reference.partition("/")
        found = self.discord.messages[int(message)]
        assert str(found.channel.id) == channel
        return found

    def file(self, reference: str) -> Attachment | None:
        """The file of a message."""
        return next(iter(self.message(reference).attachments), None)

    def asked(self, method: str = "POST", route: str = POST) -> list[Request]:
        """The requests of this route, oldest first."""
        return self.discord.asked(method, route)


@asynccontextmanager
async def open_stage(folder: Path, *, thread_per_job: bool = False) -> AsyncIterator[Stage]:
    """A stage."""
    async with open_house(folder) as house, FakeDiscord(house.clock.now) as fake:
        redirect(fake.api_base, None)
        guild = fake.add_guild("Studio")
        channel = guild.add_text_channel("general")
        anna, ben = guild.add_member("anna"), guild.add_member("ben")
        async with discord.Client(intents=discord.Intents.none()) as client:
            await client.login(fake.token)
            chat = DiscordChat(client, house.app.store, house.app.media, house.clock, thread_per_job=thread_per_job)
            house.app.worker.chats = {"discord": chat}
            thread, place = channel.add_thread("ideas", owner_id=anna.id), DiscordStatusPlace(client, chat)
            yield Stage(house, fake, client, chat, place, guild, channel, thread, anna, ben)
        assert fake.complaints == []
