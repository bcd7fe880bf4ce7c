"""kill -9 of the running Slack bot before and after each of its posts; Slack and the gateway live on.

`before`: the request had left the bot, and never took effect. `after`: it took effect, and the bot never heard of it.
Whatever the moment, after the next start the status goes on, exactly one result with one video is there, and one create
was sent.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from adapters.gateways.sandbox import SandboxGateway
from bot.generation.job import Job, JobState
from storage import SqlStore, open_database
from tests.fakes.clocks import FastClock
from tests.fakes.ports import free_port
from tests.fakes.slack import Channel, FakeSlack, Message, Person, Team
from tests.fakes.slack.faults import Hold
from tests.kills.serving_process import SPEED

pytestmark = pytest.mark.slow

KEY = "sandbox-key"
SOCKETS, HTTP = "sockets", "http"
WAIT = 40.0  # seconds; a process starts in one or two


@dataclass
class Street:
    """What survives the bot's death, and the bot."""

    folder: Path
    sandbox: SandboxGateway
    slack: FakeSlack
    team: Team
    general: Channel
    anna: Person
    since: float
    transport: str
    bot: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the bot and wait until it listens."""
        before, port = self.slack.sockets.opened, free_port()
        ways = {"SLACK_APP_TOKEN": self.slack.app_token}
        if self.transport == HTTP:
            ways = {"SLACK_SIGNING_SECRET": self.slack.signing_secret, "SLACK_PORT": str(port)}
        self.bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.kills.serving_process", str(self.since)),
            env={
                **os.environ,
                **ways,
                "VIDEOBOT_DATA_DIR": str(self.folder),
                "VIDEOBOT_ALLOW_PRIVATE_LINKS": "true",
                "TOAPIS_API_KEY": KEY,
                "TOAPIS_BASE_URL": self.sandbox.toapis_url,
                "SLACK_BOT_TOKEN": self.team.bot_token,
                "SLACK_API_BASE": self.slack.api_base,
                "SLACK_FILE_HOSTS": self.slack.files_base.removeprefix("http://"),
            },
            stderr=asyncio.subprocess.PIPE,
        )
        if self.transport == HTTP:
            await self._listens(f"http://127.0.0.1:{port}")
            self.slack.deliver_over_http(f"http://127.0.0.1:{port}/slack/events")
        else:
            await self.slack.until(lambda: self.slack.sockets.opened > before, timeout=WAIT)

    async def _listens(self, url: str) -> None:
        async with aiohttp.ClientSession() as session, asyncio.timeout(WAIT):
            while True:
                try:
                    async with session.get(f"{url}/health"):
                        return
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)

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

    def ours(self, purpose: str) -> list[Message]:
        """The bot's messages for this purpose."""
        return [
            message
            for message in self.general.from_bot
            if message.metadata and message.metadata["event_payload"].get("purpose") == purpose
        ]

    async def is_done(self) -> None:
        """Wait until the result is there with its video, and the status says so."""
        await self.slack.until(lambda: any(message.files for message in self.ours("result")), timeout=WAIT)
        await self.slack.until(lambda: any("Done" in message.text_read for message in self.ours("status")), WAIT)

    async def check(self) -> None:
        """One job, one create, one status, one result with one video, and books that agree."""
        said = await self.stop()
        job, wrong = await the_job(self.folder)
        assert (job.state, wrong, self.creates()) == (JobState.DELIVERED, [], 1), said
        assert [len(self.ours(purpose)) for purpose in ("status", "result")] == [1, 1], self.slack.everything_said()
        assert [len(message.files) for message in self.ours("result")] == [1]
        assert len([file for file in self.team.files.values() if not file.deleted and file.shares]) == 1
        assert "Traceback" not in said
        assert self.slack.complaints == []

    def creates(self) -> int:
        return sum(r.method == "POST" and r.path.endswith("/v1/videos/generations") for r in self.sandbox.requests())


@asynccontextmanager
async def street(folder: Path, transport: str) -> AsyncIterator[Street]:
    since = time.time()
    clock = FastClock(SPEED, since)
    async with (
        SandboxGateway(keys=(KEY,), speed=0.5, rate_limits=False, render=False, clock=clock.now) as sandbox,
        FakeSlack(clock.now) as slack,
    ):
        team = slack.add_team("Acme")
        anna, general = team.add_user("anna"), team.add_channel("general")
        world = Street(folder, sandbox, slack, team, general, anna, since, transport)
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


def is_over(hold: Hold) -> None:
    """The process that waited for this call is dead: its request never arrived, or its answer was lost."""
    if hold.after:
        hold.release()
    else:
        hold.drop()


#: Where the bot dies: the call, and the purpose of the message that has to be there before.
POINTS = {
    "before it is accepted": ("conversations.info", ""),
    "the first answer": ("response_url", ""),
    "the status": ("chat.postMessage", ""),
    "an edit of the status": ("chat.update", ""),
    "the way for the upload": ("files.getUploadURLExternal", "status"),
    "the upload": ("file.upload", "status"),
    "the end of the upload": ("files.completeUploadExternal", "status"),
    "the result": ("chat.postMessage", "status"),
    "the look at the file": ("files.info", "result"),
}
#: The answer to the command is the transport's own affair; what is posted later is not.
CASES = [
    *((point, after, SOCKETS) for point in POINTS for after in (False, True)),
    *((point, after, HTTP) for point in ("before it is accepted", "the first answer") for after in (False, True)),
]


@pytest.mark.parametrize(
    ("point", "after", "transport"),
    CASES,
    ids=[f"{'after' if after else 'before'}-{point}-{transport}" for point, after, transport in CASES],
)
async def test_killed_at_a_post_and_started_again(tmp_path: Path, point: str, after: bool, transport: str) -> None:
    method, there = POINTS[point]
    async with street(tmp_path, transport) as world:
        await world.start()
        hold = None if there else world.slack.hold(method, after=after)
        await world.anna.slash("/video", "waves", world.general)
        if hold is None:
            await world.slack.until(lambda: world.ours(there), timeout=WAIT)
            hold = world.slack.hold(method, after=after)
        await hold.wait_reached(WAIT)
        if point != "before it is accepted":
            await world.is_rendering()
        await world.kill()
        is_over(hold)
        await world.start()
        await world.is_done()
        await world.check()


async def test_killed_again_and_again_at_each_post_of_one_job(tmp_path: Path) -> None:
    async with street(tmp_path, SOCKETS) as world:
        await world.start()
        hold = world.slack.hold("chat.postMessage", after=True)  # the status
        await world.anna.slash("/video", "waves", world.general)
        await hold.wait_reached(WAIT)
        await world.is_rendering()
        for method, after in (
            ("chat.update", True),
            ("chat.update", False),
            ("file.upload", True),
            ("files.completeUploadExternal", True),
            ("chat.postMessage", False),
            ("chat.postMessage", True),
        ):
            await world.kill()
            is_over(hold)
            hold = world.slack.hold(method, after=after)
            await world.start()
            await hold.wait_reached(WAIT)
        await world.kill()
        is_over(hold)
        await world.start()
        await world.is_done()
        await world.check()


@pytest.mark.parametrize("transport", [SOCKETS, HTTP])
async def test_stopped_by_sigterm_in_mid_job_nothing_is_half_said(tmp_path: Path, transport: str) -> None:
    async with street(tmp_path, transport) as world:
        await world.start()
        await world.anna.slash("/video", "waves", world.general)
        await world.slack.until(lambda: world.ours("status"), timeout=WAIT)
        await world.is_rendering()
        assert "Traceback" not in await world.stop()
        assert [len(world.ours(purpose)) for purpose in ("status", "result")] == [1, 0]
        await world.start()
        await world.is_done()
        await world.check()
