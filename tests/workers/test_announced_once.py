"""Several processes serve one chat: its admins are told of an approval by one of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.announcing import Announcing
from bot.app import App, open_app
from bot.generation.job import Address, Job, Requester
from bot.generation.request import VideoRequest
from bot.settings import Settings
from tests.bot.test_announcing import Wall

pytestmark = pytest.mark.slow

ANNA = Requester("slack", "U1", workspace="1", channel="C1")


@asynccontextmanager
async def replica(folder: Path, url: str, wall: Wall) -> AsyncIterator[App]:
    """A process that serves a chat with admins' channels."""
    settings = Settings(
        data_dir=folder,
        database_url=SecretStr(url),
        gateway="sandbox",
        slack_admin_channels=("C0ADMINS",),
        user_jobs_at_once=None,
    )
    async with open_app(settings, run_jobs=False, chats={}) as app:
        announcing = Announcing(app, [wall])
        await announcing.start()
        try:
            yield app
        finally:
            await announcing.stop()


async def ask(app: App) -> Job:
    request, to = VideoRequest(prompt="waves"), Address("slack", workspace="1", channel="C1")
    return await app.service.submit(request, ANNA, to, needs_approval=True)


async def until(walls: list[Wall], words: str, number: int) -> None:
    """Wait until so many cards say this."""
    async with asyncio.timeout(60):
        while sum(words in card for wall in walls for card in wall.cards.values()) < number:
            await asyncio.sleep(0.02)


async def test_an_approval_is_announced_once_and_goes_on_with_another_process(tmp_path: Path, url: str) -> None:
    walls = [Wall("slack"), Wall("slack")]
    async with replica(tmp_path, url, walls[1]) as second:
        async with replica(tmp_path, url, walls[0]) as first:
            one = await ask(first)
            await until(walls, one.id, 1)
            two = await ask(second)
            await until(walls, two.id, 1)
        # Whoever told of them has perhaps left; what is decided now shows all the same.
        three = await ask(second)
        await until(walls, three.id, 1)
        told = [card for wall in walls for card in wall.cards.values()]
        assert [sum(job.id in card for card in told) for job in (one, two, three)] == [1, 1, 1]
