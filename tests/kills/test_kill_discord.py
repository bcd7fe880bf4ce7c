"""kill -9 of the running Discord bot before and after each of its posts; Discord and the gateway live on.

`before`: the request had left the bot, and never took effect. `after`: it took effect, and the bot never heard of it.
Whatever the moment, after the next start the status goes on, exactly one result is there, and one create was sent.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from adapters.gateways.sandbox import SandboxGateway
from bot.generation.job import Job, JobState
from storage import SqlStore, open_database
from tests.fakes.clocks import FastClock
from tests.fakes.discord import FakeDiscord, FakeMessage, Person, TextChannel, Upload, transcript
from tests.kills.serving_process import SPEED

pytestmark = pytest.mark.slow

KEY = "sandbox-key"
CALLBACK = ("POST", "/interactions/{interaction_id}/{interaction_token}/callback")
EDIT = ("PATCH", "/channels/{channel_id}/messages/{message_id}")
POST = ("POST", "/channels/{channel_id}/messages")
WAIT = 40.0  # seconds; a process starts in one or two


@dataclass
class Street:
    """What survives the bot's death, and the bot."""

    folder: Path
    sandbox: SandboxGateway
    discord: FakeDiscord
    general: TextChannel
    anna: Person
    since: float
    bot: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the bot and wait until it listens."""
        before = self.discord.gateway.identifies
        self.bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.kills.serving_process", str(self.since)),
            env={
                **os.environ,
                "VIDEOBOT_DATA_DIR": str(self.folder),
                "VIDEOBOT_ALLOW_PRIVATE_LINKS": "true",
                "TOAPIS_API_KEY": KEY,
                "TOAPIS_BASE_URL": self.sandbox.toapis_url,
                "DISCORD_TOKEN": self.discord.token,
                "DISCORD_API_BASE": self.discord.api_base,
                "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            },
            stderr=asyncio.subprocess.PIPE,
        )
        await self.discord.until(lambda: self.discord.gateway.identifies > before, timeout=WAIT)

    async def kill(self) -> None:
        assert self.bot is not None
        self.bot.send_signal(signal.SIGKILL)
        await self.bot.communicate()

    async def stop(self) -> str:
        """SIGTERM, as a container is stopped; what it wrote to stderr."""
        assert self.bot is not None
        self.bot.send_signal(signal.SIGTERM)
        _, said = await asyncio.wait_for(self.bot.communicate(), WAIT)
        assert self.bot.returncode == 0, said.decode()
        return said.decode()

    async def is_rendering(self) -> None:
        """Wait until the bot has looked at its task: then no create is in the air."""
        async with asyncio.timeout(WAIT):
            while not any(r.method == "GET" and "/videos/generations/" in r.path for r in self.sandbox.requests()):
                await asyncio.sleep(0.02)

    def results(self) -> list[FakeMessage]:
        """Messages of the bot with a video."""
        return [
            m for m in self.general.messages if m.by_bot and any(a.filename.endswith(".mp4") for a in m.attachments)
        ]

    def statuses(self) -> list[FakeMessage]:
        """The bot's other messages."""
        return [m for m in self.general.messages if m.by_bot and m not in self.results()]

    async def is_done(self) -> None:
        """Wait until the result is there and the status says so."""
        await self.discord.until(self.results, timeout=WAIT)
        await self.discord.until(lambda: any("Done" in m.text for m in self.statuses()), timeout=WAIT)

    def creates(self) -> int:
        return sum(r.method == "POST" and r.path.endswith("/v1/videos/generations") for r in self.sandbox.requests())


@asynccontextmanager
async def street(folder: Path) -> AsyncIterator[Street]:
    since = time.time()
    clock = FastClock(SPEED, since)
    async with (
        SandboxGateway(keys=(KEY,), speed=0.5, rate_limits=False, render=False, clock=clock.now) as sandbox,
        FakeDiscord(clock.now) as discord,
    ):
        guild = discord.add_guild("Studio")
        world = Street(folder, sandbox, discord, guild.add_text_channel("general"), guild.add_member("anna"), since)
        try:
            yield world
        finally:
            if world.bot is not None and world.bot.returncode is None:
                world.bot.kill()
                await world.bot.communicate()


async def the_job(folder: Path) -> tuple[Job, list[str]]:
    """The only job of the database, and what the ledger check finds."""
    database = await open_database(f"sqlite:///{folder / 'videobot.db'}")
    store = SqlStore(database)
    try:
        (job,) = await store.jobs()
        return job, list(await store.check_ledger())
    finally:
        await database.close()


def picture() -> Upload:
    data = BytesIO()
    Image.new("RGB", (640, 360), "teal").save(data, "PNG")
    return Upload("frame.png", data.getvalue(), "image/png")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("what", "image"),
    [(CALLBACK, False), (EDIT, False), (POST, False), (POST, True)],
    ids=["the first answer", "an edit of the status", "the result", "the status"],
)
async def test_killed_at_a_post_and_started_again(
    tmp_path: Path, what: tuple[str, str], image: bool, after: bool
) -> None:
    async with street(tmp_path) as world:
        await world.start()
        hold = world.discord.hold(*what, after=after)
        options = {"prompt": "waves", **({"image": picture()} if image else {})}
        used = asyncio.create_task(world.anna.slash("video", world.general, options, wait=False))
        await hold.wait_reached(WAIT)
        await world.is_rendering()
        await world.kill()
        if after:
            hold.release()
        await used
        await world.start()
        await world.is_done()
        said = await world.stop()
        job, wrong = await the_job(tmp_path)
        assert (job.state, wrong, world.creates()) == (JobState.DELIVERED, [], 1), said
        assert len(world.results()) == 1, transcript(world.general)
        assert len(world.statuses()) == 1, transcript(world.general)
        assert "Traceback" not in said
        assert world.discord.complaints == []


async def test_killed_again_and_again_at_each_post_of_one_job(tmp_path: Path) -> None:
    async with street(tmp_path) as world:
        await world.start()
        hold = world.discord.hold(*CALLBACK, after=True)
        used = asyncio.create_task(world.anna.slash("video", world.general, {"prompt": "waves"}, wait=False))
        await hold.wait_reached(WAIT)
        await world.is_rendering()
        for what, after in ((EDIT, True), (EDIT, False), (POST, True)):
            await world.kill()
            if hold.after:
                hold.release()
            hold = world.discord.hold(*what, after=after)
            await world.start()
            await hold.wait_reached(WAIT)
        await world.kill()
        hold.release()
        await used
        await world.start()
        await world.is_done()
        await world.stop()
        job, wrong = await the_job(tmp_path)
        assert (job.state, wrong, world.creates()) == (JobState.DELIVERED, [], 1)
        assert (len(world.results()), len(world.statuses())) == (1, 1), transcript(world.general)


async def test_stopped_by_sigterm_in_mid_job_nothing_is_half_said(tmp_path: Path) -> None:
    async with street(tmp_path) as world:
        await world.start()
        used = await world.anna.slash("video", world.general, {"prompt": "waves"})
        assert used.message is not None
        await world.is_rendering()
        said = await world.stop()
        assert not any(message.loading for message in world.general.messages)
        assert "Traceback" not in said
        await world.start()
        await world.is_done()
        assert (len(world.results()), len(world.statuses()), world.creates()) == (1, 1, 1)
