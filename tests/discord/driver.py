"""A whole bot on the fake Discord and the sandbox, and what people do with it: commands, forms, presses, messages."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import SecretStr

from adapters.cards.card import Verb
from adapters.gateways.sandbox import SandboxGateway
from bot.app import App, open_app
from bot.discord_side import DiscordSide
from bot.generation.job import Job, JobState
from bot.generation.ports import Intake
from bot.serving import serving
from bot.settings import Settings
from tests.discord.answer import Answer, button
from tests.fakes.clocks import FastClock
from tests.fakes.discord import (
    Channel,
    FakeDiscord,
    FakeMessage,
    Interaction,
    Modal,
    Person,
    Upload,
    compose,
    permissions,
)
from tests.fakes.discord.messages import COMPONENTS_V2
from tests.fakes.house import settings_for

SERVER, ELSEWHERE = "Studio", "Elsewhere"
ADMIN_ROLE = "Producers"
_ANSWERING = {"CommandTree-invoker", "discord.py: on_message"}  # discord.py's names for the tasks that answer
WITHIN = 10.0  # seconds something may take to be seen

#: Settings that take ids; tests give the names.
_IDS = {
    "servers": "discord_servers",
    "channels": "discord_channels",
    "admin_roles": "discord_admin_roles",
    "admins": "discord_admins",
    "admin_channels": "discord_admin_channels",
}


def png(colour: str = "green", side: int = 320) -> bytes:
    """The bytes of a picture."""
    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "PNG")
    return out.getvalue()


def picture(name: str = "cat.png", colour: str = "green") -> Upload:
    """A picture as people pick it."""
    return Upload(name, png(colour))


@dataclass
class OpenBot:
    """The bot, and people in front of it. `options`: settings, with names for the ids of Discord."""

    folder: Path
    discord: FakeDiscord
    sandbox: SandboxGateway
    clock: FastClock
    options: dict[str, Any]
    run_jobs: bool = True
    last_answer: Answer | None = None
    _stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    def __post_init__(self) -> None:
        self.guild = self.discord.add_guild(SERVER)
        self.channel = self.guild.add_text_channel("general")
        self.other_channel = self.guild.add_text_channel("other")
        self.role = self.guild.add_role(ADMIN_ROLE)
        self.anna, self.ben = (self.guild.add_member(name) for name in ("anna", "ben"))
        self.admin = self.guild.add_member("chief", permissions=permissions.MANAGE_GUILD)
        self.moderator = self.guild.add_member("mod", permissions=permissions.MANAGE_MESSAGES)
        self.mention = self.discord.bot.mention

    # -------------------------------------------------------------------------------------------- the process

    async def open(self, **changes: Any) -> None:
        """Start as `videobot run` does, with these settings changed; returns when the bot listens."""
        self.options |= changes
        before = self.discord.gateway.identifies
        self.app, self.side = await self._stack.enter_async_context(self._process())
        await self.discord.until(lambda: self.discord.gateway.identifies - before >= self.discord.shards)
        await self.discord.until(lambda: len(self.discord.gateway.connected) >= self.discord.shards)

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[tuple[App, DiscordSide]]:
        settings = self.settings()
        if self.run_jobs:
            async with serving(settings, clock=self.clock) as server:
                (side,) = server.sides
                assert isinstance(side, DiscordSide)
                yield server.app, side
            return
        # One that is there to run the jobs, so that it keeps their messages, and never takes them over.
        async with open_app(settings, run_jobs=True, clock=self.clock, begin=False) as app:
            side = DiscordSide(app)
            await side.start()
            try:
                yield app, side
            finally:
                await side.stop()

    def settings(self) -> Settings:
        """The bot's settings, with ids in place of names."""
        more = {
            _IDS.get(name, name): tuple(map(self._id_of, value)) if name in _IDS else value
            for name, value in self.options.items()
        }
        return settings_for(
            self.folder,
            self.sandbox,
            discord_token=SecretStr(self.discord.token),
            discord_api_base=self.discord.api_base,
            discord_gateway_url=self.discord.gateway_url,
            allow_private_links=True,
            **more,
        )

    def _id_of(self, name: str) -> str:
        """The id of a server, channel, role or person of this name; what has none stands for itself."""
        known = [*self.discord.guilds.values(), *self.discord.channels.values(), *self.discord.people.values()]
        named = [each for each in [*known, *self.guild.roles] if each.name == name]
        return str(named[0].id) if named else name

    async def shut(self) -> None:
        """Stop as on SIGTERM."""
        await self._stack.aclose()
        self._stack = contextlib.AsyncExitStack()

    async def restart(self, **changes: Any) -> None:
        await self.shut()
        await self.open(**changes)

    async def crash(self) -> None:
        """End in the middle of whatever it answers: nothing more of that happens."""
        for task in asyncio.all_tasks():
            if task.get_name() in _ANSWERING:
                task.cancel()
        await self.shut()

    # -------------------------------------------------------------------------------------------- interactions

    async def slash(
        self, name: str, *, user: Person | None = None, place: Channel | None = None, forced: bool = False, **given: Any
    ) -> Answer:
        """A slash command, answered completely; `to_user` is its option user. `forced`: although the person's client
        would not send it."""
        options = {"user" if option == "to_user" else option: value for option, value in given.items()}
        who = user or self.anna
        return await self._finished(await who.slash(name, place or self.channel, options, forced=forced))

    async def unanswered(self, name: str, **given: Any) -> Interaction:
        """A slash command of Anna's, without waiting for an answer."""
        return await self.anna.slash(name, self.channel, given, wait=False)

    async def complete(self, name: str, focused: str, *, user: Person | None = None, **given: Any) -> list[Any]:
        """What autocomplete offers."""
        choices = await (user or self.anna).autocomplete(name, self.channel, given, focused=focused)
        return [choice["value"] for choice in choices]

    async def menu(self, name: str, message: FakeMessage, *, user: Person | None = None) -> Answer:
        """A command of a message's menu. It shows the bot everything in the message."""
        return await self._finished(await (user or self.anna).message_command(name, message))

    async def press(self, on: Answer | FakeMessage | None, verb: Verb, *, user: Person | None = None) -> Answer:
        """Press the button with this verb."""
        assert on is not None
        message = on.message if isinstance(on, Answer) else on
        custom_id = button(message, verb)
        assert custom_id is not None, f"no button {verb} in {message!r}, there are {message.labels}"
        return await self._finished(await (user or self.anna).press(message, custom_id))

    async def press_raw(self, custom_id: str, *, user: Person | None = None) -> Answer:
        """Press a button that another version of the bot posted."""
        row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Press", "custom_id": custom_id}]}
        message = compose.post(self.discord, self.channel, {"flags": COMPONENTS_V2, "components": [row]}, {})
        return await self._finished(await (user or self.anna).press(message, custom_id))

    async def submit(self, opened: Answer, *, user: Person | None = None, **typed: Any) -> Answer:
        """Send a form: filled in as it opened, but for what is `typed`."""
        assert opened.modal is not None, opened.text
        form = opened.modal
        if user is not None and user is not form.interaction.person:  # a client that sends what it was never shown
            form = Modal(dict(form), (await user.slash("video", self.channel)))
        return await self._finished(await form.interaction.person.submit(form, typed))

    async def submit_raw(self, custom_id: str, *, prompt: str) -> Answer:
        """Send a form of Anna's that this bot never opened."""
        opened = await self.anna.slash("video", self.channel)
        assert opened.modal is not None
        form = Modal({**opened.modal, "custom_id": custom_id}, opened)
        return await self._finished(await self.anna.submit(form, {"prompt": prompt}))

    async def _finished(self, used: Interaction) -> Answer:
        await self.until(lambda: not self.side.client.is_answering)
        self.last_answer = Answer(used)
        return self.last_answer

    # -------------------------------------------------------------------------------------------- messages

    async def say(self, content: str, *, user: Person | None = None, **more: Any) -> FakeMessage:
        """Somebody writes a message; returns the bot's answer to it."""
        said = await (user or self.anna).says(self.channel, content, mentions_bot=False, **more)
        answer = await self.discord.until(lambda: [post for post in self.posts() if post.reply_to is said])
        await self.until(lambda: not self.side.client.is_answering)
        found: FakeMessage = answer[0]
        return found

    async def say_in_vain(self, content: str, *, user: Person | None = None, **more: Any) -> None:
        """Somebody writes a message that the bot passes over."""
        before = self.posts()
        await (user or self.anna).says(self.channel, content, mentions_bot=False, **more)
        await self.complete("video", "mode")  # what came later is answered, so this was passed over
        assert self.posts() == before

    def posts(self, place: Channel | None = None) -> list[FakeMessage]:
        """The bot's messages in a place (the channel), oldest first."""
        return [message for message in (place or self.channel).messages if message.by_bot]

    def results(self, place: Channel | None = None) -> list[FakeMessage]:
        """Those with a video."""
        return [post for post in self.posts(place) if any(file.filename.endswith(".mp4") for file in post.attachments)]

    # -------------------------------------------------------------------------------------------- what is stored

    async def jobs(self) -> list[Job]:
        """All jobs, newest first."""
        return list(await self.app.store.jobs())

    async def job(self, job_id: str) -> Job:
        job = await self.app.store.job(job_id)
        assert job is not None
        return job

    async def only_job(self) -> Job:
        (job,) = await self.jobs()
        return job

    async def started_job(self) -> Job:
        """The only job; when its price asked first, after a press on Start."""
        if not await self.jobs():
            await self.press(self.last_answer, Verb.START)
        return await self.only_job()

    async def ended(self, job: Job) -> Job:
        """The job when nothing more happens by itself, its messages posted."""
        async with asyncio.timeout(WITHIN * 2):
            async for view in self.app.follow(job.id):
                job = view.job
        if job.state is not JobState.UNDELIVERABLE:
            await self.until_async(lambda: self._is_posted(job.id))
        return job

    async def uncertain_job(self) -> Job:
        """A job whose create was answered by nobody."""
        await self.slash("video", prompt="waves [[sandbox:lost_answer]]")
        job = await self.ended(await self.only_job())
        assert job.state is JobState.UNCERTAIN
        return job

    async def open_events(self) -> list[Intake]:
        """Events that were written down and not answered."""
        return list(await self.app.store.open_intakes("discord"))

    async def no_open_events(self) -> bool:
        return not await self.open_events()

    async def _is_posted(self, job_id: str) -> bool:
        return all(delivery.reference for delivery in await self.app.store.deliveries(job_id))

    # -------------------------------------------------------------------------------------------- waiting

    async def until(self, seen: Callable[[], Any]) -> None:
        """Wait for something that can be looked at."""

        async def look() -> Any:
            return seen()

        await self.until_async(look)

    async def until_async(self, seen: Callable[[], Awaitable[Any]]) -> None:
        """Wait for something that the database shows."""
        async with asyncio.timeout(WITHIN):
            while not await seen():
                await asyncio.sleep(0.01)


def jump(bot: OpenBot, seconds: float) -> None:
    """Set the bot's clock and Discord's forward; what sleeps already does not wake earlier."""
    bot.clock.since -= seconds / (bot.clock.times - 1)


def texts(messages: Iterable[FakeMessage]) -> str:
    """All that they say."""
    return "\n".join(message.text for message in messages)
