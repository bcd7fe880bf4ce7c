"""A whole bot on the fake Slack and the sandbox gateway."""

import asyncio
import contextlib
import io
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import SecretStr

from adapters.gateways.sandbox import SandboxGateway
from bot.announcing import Announcing
from bot.app import App, open_app
from bot.generation.job import Job, JobState
from bot.slack_side import SlackSide
from tests.fakes.clocks import FastClock
from tests.fakes.house import KEY, settings_for
from tests.fakes.slack import Channel, FakeSlack, Message, Person, Team, Upload

SPEED = 10.0  # a trigger_id's three seconds are 300 ms then
WITHIN = 15.0  # seconds something may take to be seen
HTTP, SOCKETS = "http", "sockets"


def png(colour: str = "green", side: int = 320) -> bytes:
    """The bytes of a picture."""
    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "PNG")
    return out.getvalue()


def picture(name: str = "cat.png", **more: Any) -> Upload:
    """A picture a person attaches."""
    return Upload(name, png(), **more)


@dataclass
class SlackBot:
    """The bot, a workspace with a channel, and two people in it. `options` are settings; admins' channels by name."""

    folder: Path
    slack: FakeSlack
    sandbox: SandboxGateway
    transport: str
    options: dict[str, Any]
    several: bool = False
    run_jobs: bool = True
    ping_every: float = 1.0
    clock: FastClock = field(default_factory=lambda: FastClock(SPEED, time.time()))
    _stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    def settle(self) -> None:
        """The workspace everything happens in."""
        self.team: Team = self.slack.add_team("Acme")
        self.anna: Person = self.team.add_user("anna")
        self.ben: Person = self.team.add_user("ben")
        self.root: Person = self.team.add_user("root", admin=True)
        self.general: Channel = self.team.add_channel("general")

    async def open(self) -> None:
        """Start as `videobot run` does."""
        given: dict[str, Any] = {"slack_api_base": self.slack.api_base}
        if self.several:
            given |= {
                "slack_client_id": self.slack.client_id,
                "slack_client_secret": SecretStr(self.slack.client_secret),
            }
        else:
            given["slack_bot_token"] = SecretStr(self.team.bot_token)
        if self.transport == HTTP or self.several:
            given |= {"slack_signing_secret": SecretStr(self.slack.signing_secret), "slack_port": 0}
        if self.transport == SOCKETS:
            given["slack_app_token"] = SecretStr(self.slack.app_token)
        given["allow_private_links"] = True  # pictures lie on this machine
        given["slack_file_hosts"] = (self.slack.files_base.removeprefix("http://"),)
        rooms = self.options.get("slack_admin_channels", ())
        ids = {"slack_admin_channels": tuple(self._room(name) for name in rooms)}
        settings = settings_for(self.folder, self.sandbox, **{**given, **self.options, **ids})
        # It is there to run the jobs in any case, so that it keeps their messages.
        opening = open_app(settings, run_jobs=True, clock=self.clock, begin=False)
        self.app: App = await self._stack.enter_async_context(opening)
        self.side = SlackSide(self.app, ping_every=self.ping_every, authorization_url=self.slack.authorize_url)
        self.announcing = Announcing(self.app, [self.side])
        try:
            await self.side.start()
        except BaseException:
            await self.shut()
            raise
        if self.side.web is not None:
            (self.url,) = self.side.web.urls
            if self.transport == HTTP:
                self.slack.deliver_over_http(f"{self.url}/slack/events")
        if self.run_jobs:
            await self.app.take_over()
        await self.announcing.start()

    def _room(self, name: str) -> str:
        """The id of a channel for admins."""
        return (self.team.channel_named(name) or self.team.add_channel(name)).id

    async def shut(self) -> None:
        """Stop as on SIGTERM."""
        await self.announcing.stop()
        if self.app.engine is not None:
            await self.app.engine.stop()
        await self.side.stop()
        await self._stack.aclose()
        self._stack = contextlib.AsyncExitStack()

    async def crash(self) -> None:
        """End without finishing anything, as a kill would, as far as that goes within one process."""
        for task in list(self.side.slack._tasks._running):
            task.cancel()
        await asyncio.gather(*self.side.slack._tasks._running, return_exceptions=True)
        await self.shut()

    async def restart(self) -> None:
        await self.shut()
        await self.open()

    # -- looks

    async def until(self, condition: Callable[[], Any], timeout: float = WITHIN) -> Any:
        """Wait until the condition holds; its value."""
        return await self.slack.until(condition, timeout)

    async def told(self, person: Person, words: str, channel: Channel | None = None) -> Message:
        """The latest message this person alone sees with these words, here or in their direct messages."""

        def found() -> Message | None:
            here = channel or self.general
            mine = [m for m in here.messages if m.ephemeral_for is person and not m.deleted]
            direct = [m for m in self.team.im(person).messages if m.author is None and not m.deleted]
            return next((m for m in reversed([*mine, *direct]) if words in m.text_read), None)

        message: Message = await self.until(found)
        return message

    async def posted(self, words: str, channel: Channel | None = None) -> Message:
        """The latest message of the bot that everybody sees with these words."""

        def found() -> Message | None:
            here = (channel or self.general).from_bot
            return next((m for m in reversed(here) if m.ephemeral_for is None and words in m.text_read), None)

        message: Message = await self.until(found)
        return message

    async def result(self, channel: Channel | None = None, *, number: int = 1) -> Message:
        """The `number`-th result message."""

        def found() -> Message | None:
            results = self.results(channel)
            return results[number - 1] if len(results) >= number else None

        message: Message = await self.until(found)
        return message

    def results(self, channel: Channel | None = None) -> list[Message]:
        """The result messages that are there."""
        return self._ours("result", channel)

    def statuses(self, channel: Channel | None = None) -> list[Message]:
        """The status messages that are there."""
        return self._ours("status", channel)

    def _ours(self, purpose: str, channel: Channel | None) -> list[Message]:
        return [
            message
            for message in (channel or self.general).from_bot
            if message.metadata and message.metadata["event_payload"].get("purpose") == purpose
        ]

    async def delivered(self, number: int = 1) -> Job:
        """The `number`-th job, once it is delivered."""
        async with asyncio.timeout(WITHIN):
            while True:
                jobs = list(reversed(await self.jobs()))
                if len(jobs) >= number and jobs[number - 1].state is JobState.DELIVERED:
                    return jobs[number - 1]
                await asyncio.sleep(0.05)

    async def jobs(self) -> list[Job]:
        """All jobs, the newest first."""
        return list(await self.app.store.jobs())

    async def quiet(self) -> None:
        """Wait until everything begun was answered."""
        while self.side.slack._tasks._running:
            await asyncio.wait(list(self.side.slack._tasks._running))

    async def open_events(self) -> int:
        """Events that wait for an answer."""
        return len(await self.app.store.open_intakes("slack"))


def sandbox_for(clock: FastClock, *, render: bool = False) -> SandboxGateway:
    """The gateway: it is done at once, with the same tiny video for all unless it is to `render`."""
    return SandboxGateway(keys=(KEY,), speed=float("inf"), rate_limits=False, render=render, clock=clock.now)
