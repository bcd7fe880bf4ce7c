"""The database is away for a minute and more, longer than anything waits for it or lasts without it: the bot stays up
and says so, takes nothing it could not keep, and catches up."""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.generation.job import JobState
from bot.generation.ports import StoreError
from bot.generation.worker import LEASE
from storage.queue import HOLD
from storage.sqlite_thread import BUSY_TIMEOUT
from tests.fakes.clocks import FastClock
from tests.fakes.postgres import postgres_server
from tests.operations.stage import Stage, stage, until
from tests.outages.conftest import AskHealth

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SPEED = 25.0
#: Seconds on the clock of the bot: the lease of a create ends meanwhile, and so does, in the world's seconds, the wait
#: for another program's lock and the claim on a job.
AWAY = 1.25 * max(60.0, LEASE, SPEED * BUSY_TIMEOUT, SPEED * HOLD)


async def is_not_ready(bot: Stage) -> bool:
    return (await bot.pages.get("/readyz", timeout=30)).status_code == 503


async def catches_up(bot: Stage, number: int) -> None:
    """Everything accepted is delivered, once, and the bot is ready."""

    async def all_delivered() -> bool:
        try:
            return [job.state for job in await bot.app.store.jobs()] == [JobState.DELIVERED] * number
        except StoreError:
            return False

    await until(all_delivered, 90)
    assert len(bot.sandbox.tasks()) == number
    assert (await bot.pages.get("/readyz")).status_code == 200
    assert list(await bot.app.store.check_ledger()) == []


async def test_a_sqlite_file_that_somebody_else_holds_for_minutes(tmp_path: Path, ask_health: AskHealth) -> None:
    clock = FastClock(SPEED, time.time())
    async with stage(tmp_path, clock=clock, sandbox={"speed": 4.0, "clock": clock.now}) as bot:
        for number in range(5):
            await bot.submit(f"wave {number}")
        with closing(sqlite3.connect(tmp_path / "data" / "videobot.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            begun = clock.now()
            await until(lambda: is_not_ready(bot), 60)
            assert "FAIL  database: " in await ask_health(bot.server)
            assert (await bot.pages.get("/healthz")).status_code == 200
            with pytest.raises(StoreError):
                await bot.submit("too much")
            await clock.sleep(begun + AWAY - clock.now())
            other.execute("ROLLBACK")
        await catches_up(bot, 5)


async def test_a_postgresql_server_that_is_gone_for_minutes(tmp_path: Path, ask_health: AskHealth) -> None:
    clock = FastClock(SPEED, time.time())
    with postgres_server() as server:
        url = SecretStr(await server.fresh())
        async with stage(tmp_path, clock=clock, sandbox={"speed": 4.0, "clock": clock.now}, database_url=url) as bot:
            for number in range(5):
                await bot.submit(f"wave {number}")

            async def some_run() -> bool:
                return len(bot.sandbox.tasks()) >= 3

            await until(some_run, 60)
            await asyncio.to_thread(server.stop)
            begun = clock.now()
            await until(lambda: is_not_ready(bot), 60)
            assert "FAIL  database: " in await ask_health(bot.server)
            assert (await bot.pages.get("/healthz")).status_code == 200
            with pytest.raises(StoreError):
                await bot.submit("too much")
            await clock.sleep(begun + AWAY - clock.now())
            await asyncio.to_thread(server.start)
            await catches_up(bot, 5)
