"""Links of strangers never lead the bot into the network it stands in."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from adapters.gateways.sandbox import SandboxGateway
from bot.settings import Settings
from tests.discord.conftest import SPEED
from tests.discord.driver import OpenBot, png
from tests.fakes.clocks import FastClock
from tests.fakes.discord import FakeDiscord
from tests.fakes.house import KEY


@asynccontextmanager
async def inner_server() -> AsyncIterator[tuple[str, list[str]]]:
    """Something in the bot's own network: its address, and what it was asked."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(body=png(), content_type="image/png")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


class Careful(OpenBot):
    """A bot as it is installed: without the switch that lets tests use loopback."""

    def settings(self) -> Settings:
        return super().settings().model_copy(update={"allow_private_links": False})


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[OpenBot]:
    clock = FastClock(SPEED, time.time())
    async with FakeDiscord(clock.now) as discord, SandboxGateway(keys=(KEY,), render=False, clock=clock.now) as sandbox:
        bot = Careful(tmp_path, discord, sandbox, clock, {}, run_jobs=False)
        await bot.open()
        yield bot
        await bot.shut()
        assert discord.complaints == []


@pytest.mark.parametrize("kind", ["image", "thumbnail"])
async def test_an_embed_that_leads_inside_is_refused_and_nothing_is_asked_there(bot: OpenBot, kind: str) -> None:
    async with inner_server() as (url, asked):
        message = await bot.ben.says(bot.channel, embeds=[{kind: {"url": f"{url}/secret.png"}}])
        answer = await bot.submit(await bot.menu("Animate", message), prompt="it snows")
        assert answer.private
        assert "private network" in answer.text
        assert asked == []
    assert await bot.jobs() == []


async def test_a_mention_under_such_an_embed_is_refused_as_well(bot: OpenBot) -> None:
    async with inner_server() as (url, asked):
        answer = await bot.say(f"{bot.mention} it snows", embeds=[{"image": {"url": f"{url}/secret.png"}}])
        assert "private network" in answer.text
        assert asked == []


@pytest.mark.parametrize(
    "link",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:127.0.0.1]/",
        "http://user:word@127.0.0.1/",
    ],
)
async def test_other_ways_inside_are_refused(bot: OpenBot, link: str) -> None:
    message = await bot.ben.says(bot.channel, embeds=[{"image": {"url": link}}])
    answer = await bot.submit(await bot.menu("Animate", message), prompt="it snows")
    assert answer.private
    assert await bot.jobs() == []


@pytest.mark.parametrize("scheme", ["file:///etc/passwd", "data:image/png;base64,AAAA", "job:{job}"])
async def test_only_links_of_the_web_count_as_images(bot: OpenBot, scheme: str) -> None:
    await bot.slash("video", prompt="waves")
    link = scheme.format(job=(await bot.only_job()).id)  # what the bot itself calls the last picture of a video
    message = await bot.ben.says(bot.channel, embeds=[{"image": {"url": link}}])
    assert "no image" in (await bot.menu("Animate", message)).text
