"""What one process promises holds for several: rates, room, turns, limits, pauses, and what was learned."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from adapters.gateways.sandbox import SandboxGateway
from bot.app import App, open_app
from bot.generation.job import AT_GATEWAY, JobState
from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
from bot.generation.pacing import FIRST_LOOK, rate, timing_key
from bot.generation.ports import Chat, PausedError
from bot.settings import Settings
from storage.hinting import look_now
from tests.fakes.clocks import FastClock
from tests.workers.nonce_chat import NonceChat
from tests.workers.town import KEY, Town, submit

pytestmark = pytest.mark.slow

AT_WORK = "SELECT count(*) FROM jobs WHERE finished_at IS NULL AND state = ANY($1::text[])"


async def delivered(town: Town, number: int) -> None:
    """Wait until so many results are posted."""
    async with asyncio.timeout(90):
        while len(town.chat.posts) < number:
            await asyncio.sleep(0.05)


def creates(town: Town) -> list[Any]:
    """The creates that reached the gateway, in their order."""
    found = [r for r in town.sandbox.requests() if r.method == "POST" and r.path.endswith("/v1/videos/generations")]
    return sorted(found, key=lambda request: request.received_at)


@asynccontextmanager
async def process(town: Town, chats: Mapping[str, Chat], *, run_jobs: bool = True, **more: Any) -> AsyncIterator[App]:
    """A process of the bot, as far as its database sees."""
    none: dict[str, Any] = dict.fromkeys(
        ("user_videos_per_day", "user_usd_per_day", "user_jobs_at_once", "everyone_usd_per_day")
    )
    settings = Settings(
        data_dir=town.folder,
        database_url=SecretStr(town.url),
        toapis_api_key=SecretStr(KEY),
        toapis_base_url=town.sandbox.toapis_url,
        **none,
    )
    async with open_app(settings, run_jobs=run_jobs, chats=chats, **more) as app:
        yield app


async def test_two_workers_together_send_no_more_creates_than_one_key_allows(town: Town) -> None:
    allowed = rate(1.0)
    town.env = {"VIDEOBOT_CREATES_PER_SECOND": "1"}
    await asyncio.gather(town.worker(), town.worker())
    async with town.office() as office:
        jobs = [await submit(office, f"user-{number % 4}") for number in range(allowed.burst + 6)]
        await delivered(town, len(jobs))
    times = [request.received_at for request in creates(town)]
    assert len(times) == len(jobs)
    for (first, begun), (last, ended) in itertools.combinations(enumerate(times), 2):
        # A create may leave a moment after its turn: that moment counts, too.
        assert last - first + 1 <= allowed.burst + allowed.per_second * (ended - begun + 1.0)


async def test_the_room_at_a_gateway_is_shared_and_each_user_has_a_turn(town: Town) -> None:
    room = 3
    town.env = {"VIDEOBOT_MAX_RUNNING": str(room)}
    database = await asyncpg.connect(town.url)
    most = 0
    try:
        async with town.office() as office:
            for number in range(7):
                await submit(office, "anna", f"of anna {number}")
            for number in range(2):
                await submit(office, "ben", f"of ben {number}")
            await asyncio.gather(town.worker(), town.worker())
            async with asyncio.timeout(90):
                while len(town.chat.posts) < 9:
                    number = await database.fetchval(AT_WORK, [state.value for state in AT_GATEWAY])
                    most = max(most, number)
                    await asyncio.sleep(0.01)
    finally:
        await database.close()
    assert 1 <= most <= room
    users = ["ben" if "of ben" in request.body["prompt"] else "anna" for request in creates(town)]
    assert users.count("ben") == 2
    assert users[: 2 * 2 + room - 1].count("ben") == 2, users  # in turns, though anna's seven came first


async def test_jobs_at_once_hold_over_five_processes(town: Town) -> None:
    async with town.office() as office:
        limit = Limit(Scope(ScopeKind.USER, "*"), Unit.JOBS, Window.NOW, 2)
        await office.store.set_limit(limit, "test", time.time())
        askers = [await town.start("tests.workers.asking_process", "10") for _ in range(5)]
        for asker in askers:
            asker.go()
        answers = [await asker.says() for asker in askers]
        assert sum(answer["accepted"] for answer in answers) == 2  # type: ignore[index]
        assert [await asyncio.wait_for(asker.process.wait(), 60) for asker in askers] == [0] * 5


async def test_what_one_process_learned_about_render_times_another_knows_soon(town: Town) -> None:
    clock = FastClock(20.0, time.time())
    async with (
        SandboxGateway(keys=(KEY,), speed=2.0, rate_limits=False, render=False, clock=clock.now) as town.sandbox,
        NonceChat(town.chat.url) as there,
        process(town, {"other": there}, clock=clock) as idle,
        process(town, {"chat": there}, clock=clock) as busy,
    ):
        learned, jobs = False, 0
        async with asyncio.timeout(90):
            while not learned:  # not every render is a sample: some end while nobody looks
                batch = [await submit(busy, f"user-{number}") for number in range(15)]
                jobs += len(batch)
                await delivered(town, jobs)
                key = timing_key("toapis", batch[0].model, batch[0].mode, batch[0].duration)
                learned = idle.worker.times.usual(key)[2]


async def test_a_webhook_that_comes_to_one_process_moves_the_look_of_another(town: Town) -> None:
    clock = FastClock(0.2, time.time())  # by itself the first look is far away
    async with (
        NonceChat(town.chat.url) as there,
        process(town, {}, run_jobs=False, clock=clock) as listener,
        process(town, {"chat": there}, clock=clock),
    ):
        job = await submit(listener)
        while (job := await listener.store.job(job.id) or job).state is not JobState.RUNNING:
            await asyncio.sleep(0.02)
        await listener.database.write(look_now, job.id)
        await delivered(town, 1)
        while (job := await listener.store.job(job.id) or job).finished_at is None:
            await asyncio.sleep(0.02)
        assert job.finished_at is not None
        assert job.finished_at - job.accepted_at < FIRST_LOOK


async def test_after_a_pause_in_one_process_no_other_accepts_anything(town: Town) -> None:
    async with process(town, {}, run_jobs=False) as first, process(town, {}, run_jobs=False) as second:

        async def ask(number: int) -> bool:
            try:
                await submit(second, f"user-{number}")
            except PausedError:
                return False
            return True

        for _ in range(10):
            asking = [asyncio.create_task(ask(number)) for number in range(20)]
            while not await first.store.jobs(limit=1):
                await asyncio.sleep(0)
            await first.service.pause("a try", "test")
            there = len(await first.store.jobs(limit=500))
            await asyncio.gather(*asking)
            assert len(await first.store.jobs(limit=500)) == there
            assert not await ask(0)
            await second.service.resume_all("test")
