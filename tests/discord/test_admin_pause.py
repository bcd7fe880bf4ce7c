"""A pause and a drain while a video runs: it is delivered, what is new is refused with the reason, then all goes on."""

import asyncio
import os
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.generation.job import Job, JobState
from tests.cli.conftest import ROOT, command
from tests.discord.answer import Answer
from tests.discord.conftest import Opener
from tests.discord.driver import OpenBot
from tests.fakes.house import KEY

pytestmark = pytest.mark.slow

LONG = "waves [[sandbox:slow=80000]]"


async def one_runs_and_one_waits(bot: OpenBot) -> tuple[Job, Job]:
    """Anna's video is being made; Ben's waits until there is room."""
    await bot.slash("video", prompt=LONG)
    runs = await bot.only_job()
    await comes_to(bot, runs, JobState.RUNNING)
    await bot.slash("video", prompt="boats", user=bot.ben)
    waits = next(job for job in await bot.jobs() if job.id != runs.id)
    return runs, waits


async def comes_to(bot: OpenBot, job: Job, state: JobState) -> None:
    async def is_there() -> bool:
        return (await bot.job(job.id)).state is state

    await bot.until_async(is_there)


def gateway_is_done(bot: OpenBot) -> None:
    """With the video that runs; the next one gets no other task than its own."""
    (task,) = bot.sandbox.tasks()
    bot.sandbox.set_outcome(task["id"], "finish")


async def is_refused(bot: OpenBot, *words: str) -> None:
    """Ben asks for one more video: he alone is told why there is none."""
    before = len(await bot.jobs())
    refused: Answer = await bot.slash("video", prompt="dogs", user=bot.ben)
    assert refused.private
    assert [word for word in words if word not in refused.text.lower()] == [], refused.text
    assert "Nothing was accepted and nothing is paid" in refused.text
    assert len(await bot.jobs()) == before


async def only_the_one_that_ran_is_made(bot: OpenBot, runs: Job, waits: Job) -> None:
    """It is delivered into the channel, and the room it leaves stays empty."""
    assert (await bot.ended(runs)).state is JobState.DELIVERED
    (posted,) = bot.results()
    assert "@anna" in posted.text
    await bot.clock.sleep(5.0)  # a free room is filled within a second
    assert (await bot.job(waits.id)).state is JobState.QUEUED
    assert len(bot.sandbox.tasks()) == 1


async def test_a_pause_lets_what_runs_be_delivered_and_refuses_what_is_new(open_bot: Opener) -> None:
    async with open_bot(max_running=1) as bot:
        runs, waits = await one_runs_and_one_waits(bot)
        told = await bot.slash("video-admin pause", user=bot.admin, reason="the bill")
        assert "What is being made will be finished; what waits stays" in told.text
        await is_refused(bot, "paused by an admin", "reason: the bill.", "already will be finished")
        assert (await bot.job(runs.id)).state is JobState.RUNNING
        gateway_is_done(bot)
        await only_the_one_that_ran_is_made(bot, runs, waits)
        await is_refused(bot, "paused by an admin")
        assert "The pause is over" in (await bot.slash("video-admin resume", user=bot.admin)).text
        assert (await bot.ended(waits)).state is JobState.DELIVERED
        assert not (await bot.slash("video", prompt="dogs", user=bot.ben)).private
        await bot.until(lambda: len(bot.results()) == 3)


async def test_a_drain_from_the_shell_waits_for_what_runs_and_the_next_process_goes_on(open_bot: Opener) -> None:
    async with open_bot(max_running=1) as bot:
        runs, waits = await one_runs_and_one_waits(bot)
        async with videobot(bot, "drain", "--wait", "--reason", "version 2") as drain:
            await bot.until_async(bot.app.service.paused)
            await is_refused(bot, "being replaced by a newer one", "reason: version 2.", "no video is lost")
            assert drain.returncode is None
            gateway_is_done(bot)
            out, err = await drain.communicate()
        assert (drain.returncode, err) == (0, b"")
        assert b"Nothing runs: the process can be replaced. The next one goes on by itself." in out
        await only_the_one_that_ran_is_made(bot, runs, waits)
        await bot.restart()
        assert await bot.app.service.paused() is None
        assert (await bot.ended(waits)).state is JobState.DELIVERED
        assert not (await bot.slash("video", prompt="dogs", user=bot.ben)).private
        await bot.until(lambda: len(bot.results()) == 3)


@asynccontextmanager
async def videobot(bot: OpenBot, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A command typed on the bot's machine."""
    settings = bot.settings()
    own = {name: value for name, value in os.environ.items() if not name.startswith("VIDEOBOT_")}
    given = {
        "PYTHONPATH": str(ROOT),
        "LOGNAME": "root",
        "VIDEOBOT_DATA_DIR": str(settings.data_dir),
        "VIDEOBOT_DATABASE_URL": settings.database,
        "TOAPIS_API_KEY": KEY,
        "TOAPIS_BASE_URL": settings.toapis_base_url,
    }
    pipes = {"stdin": PIPE, "stdout": PIPE, "stderr": PIPE}
    process = await asyncio.create_subprocess_exec(*command(*words), cwd=bot.folder, env=own | given, **pipes)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
