"""kill -9 of a real process before and after the side effect of every step; then it is started again.

The gateway (the sandbox) and the chat live in the test's process and survive. Whatever the moment of death: at most one
create per attempt; a job killed with its create in the air waits as `uncertain` (or goes on where the gateway can look
it up); every other job is delivered once; the books agree.
"""

import asyncio
import json
import os
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
from tests.fakes.chat_server import ChatServer

pytestmark = pytest.mark.slow

KEY = "sandbox-key"
POINTS = (
    "accepted",
    "upload.before",
    "upload.done",
    "create.before",
    "create.sent",
    "look.before",
    "look.done",
    "save.before",
    "save.done",
    "deliver.before",
    "deliver.done",
)
IN_THE_AIR = ("create.before", "create.sent")


@dataclass
class Street:
    """What survives the bot's death."""

    folder: Path
    sandbox: SandboxGateway
    chat: ChatServer
    since: float

    async def bot(self, *args: str, **env: str) -> tuple[int, list[dict[str, str]]]:
        """Run one bot process to its end: (exit code, what it printed)."""
        settings = {
            "VIDEOBOT_DATA_DIR": str(self.folder),
            "TOAPIS_API_KEY": KEY,
            "TOAPIS_BASE_URL": self.sandbox.toapis_url,
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.kills.bot_process", "--chat", self.chat.url, "--since", str(self.since)),
            *args,
            env={**os.environ, **settings, **env},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode is not None
        assert process.returncode in (0, -9), err.decode()
        return process.returncode, [json.loads(line) for line in out.decode().splitlines()]

    def creates(self) -> int:
        return sum(r.method == "POST" and r.path.endswith("/v1/videos/generations") for r in self.sandbox.requests())


@asynccontextmanager
async def street(folder: Path) -> AsyncIterator[Street]:
    async with SandboxGateway(keys=(KEY,), speed=float("inf"), rate_limits=False) as sandbox, ChatServer() as chat:
        yield Street(folder, sandbox, chat, time.time())


def picture(folder: Path) -> Path:
    data = BytesIO()
    Image.new("RGB", (640, 360), "teal").save(data, "PNG")
    path = folder / "frame.png"
    path.write_bytes(data.getvalue())
    return path


async def the_job(folder: Path) -> tuple[Job, list[str]]:
    """The only job of the database, and what the ledger check finds."""
    database = await open_database(f"sqlite:///{folder / 'videobot.db'}")
    store = SqlStore(database)
    try:
        (job,) = await store.jobs()
        return job, list(await store.check_ledger())
    finally:
        await database.close()


REQUEST = json.dumps({"prompt": "waves"})


@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_a_point_and_started_again(tmp_path: Path, point: str) -> None:
    async with street(tmp_path) as world:
        code, said = await world.bot("--submit", REQUEST, "--image", str(picture(tmp_path)), "--die-at", point)
        assert code == -9
        assert said
        code, said = await world.bot()
        assert code == 0
        job, wrong = await the_job(tmp_path)
        assert wrong == []
        posts = [post for post in world.chat.posts if post["job"] == job.id]
        if point in IN_THE_AIR:
            assert job.state is JobState.UNCERTAIN
            assert world.creates() == (1 if point == "create.sent" else 0)
            assert posts == []
        else:
            assert job.state is JobState.DELIVERED
            assert world.creates() == 1
            assert len(posts) == 1


async def test_killed_with_the_create_in_the_air_where_the_gateway_can_look_it_up(tmp_path: Path) -> None:
    async with street(tmp_path) as world:
        look_up = {"TOAPIS_SEND_CLIENT_ID": "true", "TOAPIS_LOOK_UP": "true"}
        code, _ = await world.bot("--submit", REQUEST, "--die-at", "create.sent", **look_up)
        assert code == -9
        await world.bot(**look_up)
        job, wrong = await the_job(tmp_path)
        assert (job.state, wrong) == (JobState.DELIVERED, [])
        assert world.creates() == 1
        assert len(world.chat.posts) == 1


async def test_killed_again_and_again_at_every_point_of_one_job(tmp_path: Path) -> None:
    """The same job dies at each point in turn: still one create and one post."""
    async with street(tmp_path) as world:
        await world.bot("--submit", REQUEST, "--image", str(picture(tmp_path)), "--die-at", "accepted")
        for point in POINTS[1:]:
            if point not in IN_THE_AIR:
                await world.bot("--die-at", point)
        await world.bot()
        job, wrong = await the_job(tmp_path)
        assert (job.state, wrong) == (JobState.DELIVERED, [])
        assert world.creates() == 1
        assert len(world.chat.posts) == 1
