"""Several real worker processes on one PostgreSQL database, killed, stopped and woken: every job ends once."""

import asyncio
import signal
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from adapters.gateways.sandbox import SandboxGateway
from bot.generation.job import JobState
from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
from tests.fakes.postgres import postgres_server
from tests.workers.nonce_chat import NonceChatServer
from tests.workers.town import KEY, Town, WorkerProcess, submit

pytestmark = pytest.mark.slow

FAST = {
    "VIDEOBOT_CREATES_PER_SECOND": "100000",
    "VIDEOBOT_LOOKS_PER_SECOND": "100000",
    "VIDEOBOT_MAX_RUNNING": "100000",
}
JOBS = 500
HOLDERS = "SELECT DISTINCT queue_manager_id FROM videobot_queue.pgqueuer WHERE status = 'picked'"
HELD = "SELECT dedupe_key FROM videobot_queue.pgqueuer WHERE status = 'picked' AND queue_manager_id = $1"
UNFINISHED = "SELECT state, count(*) FROM jobs WHERE finished_at IS NULL AND state <> 'uncertain' GROUP BY state"


async def until(holds: Callable[[], Awaitable[bool]], seconds: float, pause: float = 0.05) -> float:
    """Wait until something holds; the seconds it took."""
    begun = time.monotonic()
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(pause)
    return time.monotonic() - begun


@pytest.mark.timeout(240)
async def test_one_worker_is_killed_another_is_stopped_and_woken(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    town.env = FAST
    async with town.office() as office:
        database = await asyncpg.connect(town.url)
        try:
            await asyncio.gather(*(submit(office, f"user-{n % 20}") for n in range(JOBS)))
            first = await town.worker()
            [(first_name,)] = await until_holders(database, 1)
            second = await town.worker()

            async def some_created() -> bool:
                return town.creates() >= JOBS // 5

            await until(some_created, 60, 0.002)
            killed = await database.fetch(HELD, first_name)
            dead_from = time.monotonic()
            first.send(signal.SIGSTOP)  # for as long as it takes to see what it was at
            in_the_air = await creating(database, first)
            first.send(signal.SIGKILL)

            async def taken_over() -> bool:
                return not await database.fetch(HELD, first_name)

            await until(taken_over, 30)
            takeover = time.monotonic() - dead_from
            await first.end()

            third = await town.worker()
            second.send(signal.SIGSTOP)
            in_the_air |= await creating(database, second)
            await asyncio.sleep(10)  # longer than its claims last
            second.send(signal.SIGCONT)

            async def all_ended() -> bool:
                return not await database.fetch(UNFINISHED)

            await until(all_ended, 120, 0.2)
            jobs = await office.store.jobs(limit=JOBS + 1)
            states = Counter(job.state for job in jobs)
            with capsys.disabled():
                print(
                    f"\n{len(killed)} jobs of a killed worker taken over in {takeover:.1f} s; "
                    f"{town.creates()} creates, {len(in_the_air)} in the air when their worker was stopped; "
                    f"{dict(states)}, {town.chat.repeated} posts repeated"
                )
            assert killed
            assert takeover < 10
            assert town.creates() <= JOBS
            assert states[JobState.DELIVERED] > JOBS * 0.8
            assert states[JobState.DELIVERED] + states[JobState.UNCERTAIN] == JOBS
            assert {job.id for job in jobs if job.state is JobState.UNCERTAIN} <= in_the_air
            assert sorted(post["job"] for post in town.chat.posts) == sorted(
                job.id for job in jobs if job.state is JobState.DELIVERED
            )
            assert list(await office.store.check_ledger()) == []
            assert (await second.end(), await third.end()) == (0, 0)
        finally:
            await database.close()


async def until_holders(database: "asyncpg.Connection[asyncpg.Record]", number: int) -> list[asyncpg.Record]:
    """The names of those that hold claims, once there are so many."""
    found: list[asyncpg.Record] = []

    async def enough() -> bool:
        found[:] = await database.fetch(HOLDERS)
        return len(found) >= number

    await until(enough, 60)
    return found


async def creating(database: "asyncpg.Connection[asyncpg.Record]", worker: WorkerProcess) -> set[str]:
    """The jobs whose create a stopped worker has in the air."""
    await asyncio.sleep(0.2)  # a commit that was under way when it was stopped is done by then
    owner = f"{socket.gethostname()}:{worker.process.pid}"
    asked = "SELECT id FROM jobs WHERE state = 'creating' AND lease_owner = $1"
    return {row["id"] for row in await database.fetch(asked, owner)}


async def test_fifty_requests_at_once_over_five_processes_against_a_limit_of_ten(town: Town) -> None:
    async with town.office() as office:
        limit = Limit(Scope(ScopeKind.USER, "*"), Unit.VIDEOS, Window.DAY, 10)
        await office.store.set_limit(limit, "test", time.time())
        askers = [await town.start("tests.workers.asking_process", "10") for _ in range(5)]
        for asker in askers:
            asker.go()
        answers = [await asker.says() for asker in askers]
        assert sum(answer["accepted"] for answer in answers) == 10  # type: ignore[index]
        assert len(await office.store.jobs(limit=100)) == 10
        assert list(await office.store.check_ledger()) == []
        assert [await asyncio.wait_for(asker.process.wait(), 60) for asker in askers] == [0] * 5


async def test_the_database_goes_for_a_while_and_comes_back(tmp_path: Path) -> None:
    with postgres_server() as server:
        async with (
            SandboxGateway(keys=(KEY,), speed=float("inf"), rate_limits=False, render=False) as sandbox,
            NonceChatServer() as chat,
        ):
            town = Town(tmp_path, await server.fresh(), sandbox, chat, FAST)
            try:
                worker = await town.worker()
                async with town.office() as office:
                    jobs = [await submit(office, f"user-{n % 4}") for n in range(20)]

                    async def created() -> bool:
                        return town.creates() >= 10

                    await until(created, 60)
                    await asyncio.to_thread(server.stop)
                    await asyncio.sleep(12)  # longer than its claims last
                    assert worker.process.returncode is None
                    await asyncio.to_thread(server.start)
                    jobs += [await submit(office, "anna") for _ in range(5)]

                    async def all_delivered() -> bool:
                        return len(chat.posts) >= len(jobs)

                    try:
                        await until(all_delivered, 60)
                    except TimeoutError:
                        states = Counter(job.state for job in await office.store.jobs())
                        raise AssertionError(f"{len(chat.posts)} of {len(jobs)} posts; {states}") from None
                    assert sorted(post["job"] for post in chat.posts) == sorted(job.id for job in jobs)
                    assert town.creates() == len(jobs)

                    async def all_written() -> bool:
                        return {job.state for job in await office.store.jobs()} == {JobState.DELIVERED}

                    await until(all_written, 60)
                    assert list(await office.store.check_ledger()) == []
                assert await worker.end() == 0
            finally:
                await town.end()
