"""The looks that one key allows are shared by the workers that live: two take half each, the last one all of them."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from adapters.gateways.sandbox import SandboxGateway
from bot.app import App, open_app
from bot.generation.job import Address, Job, JobState, Requester
from bot.generation.pacing import Rate, rate
from bot.generation.ports import Clock
from bot.generation.request import VideoRequest
from bot.settings import Settings
from tests.fakes.clocks import FastClock
from tests.workers.nonce_chat import NonceChat
from tests.workers.town import KEY, Town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

LOOKS = 1.0  # a second
WHOLE = rate(LOOKS)
HALF = Rate(WHOLE.per_second / 2, WHOLE.burst // 2)
JOBS = 20  # of each worker: looked at every five seconds if they may be, so that the rate is what holds them back
SPEED = 10.0


@asynccontextmanager
async def worker(town: Town, platform: str, clock: Clock | None = None) -> AsyncIterator[App]:
    """A worker that runs the jobs of one platform, so that each look can be laid to one worker."""
    settings = Settings(
        data_dir=town.folder,
        database_url=SecretStr(town.url),
        toapis_api_key=SecretStr(KEY),
        toapis_base_url=town.sandbox.toapis_url,
        looks_per_second=LOOKS,
        creates_per_second=1e5,
        max_running=1000,
        user_videos_per_day=None,
        user_usd_per_day=None,
        user_jobs_at_once=None,
        everyone_usd_per_day=None,
    )
    async with (
        NonceChat(town.chat.url) as there,
        open_app(settings, run_jobs=True, chats={platform: there}, clock=clock) as app,
    ):
        yield app


def look_rate(app: App) -> Rate:
    return app.worker.budgets["toapis"].look.rate


async def has_rate(app: App, wanted: Rate) -> None:
    """Wait until this worker looks at this rate."""
    async with asyncio.timeout(60):
        while look_rate(app) != wanted:
            await asyncio.sleep(0.02)


async def running(app: App, platform: str) -> set[str]:
    """The tasks of new jobs of this platform, once all of them run."""
    jobs: list[Job] = []
    for number in range(JOBS):
        request = VideoRequest(prompt=f"wave {number}")
        requester = Requester(platform, f"user-{number}")
        jobs.append(await app.service.submit(request, requester, Address(platform)))
    async with asyncio.timeout(60):
        while {job.state for job in jobs} != {JobState.RUNNING}:
            await asyncio.sleep(0.05)
            jobs = [await app.store.job(job.id) or job for job in jobs]
    return {job.task_id for job in jobs if job.task_id}


def looks(sandbox: SandboxGateway, tasks: set[str], since: float) -> list[float]:
    """The moments of the looks at these tasks, the first one first."""
    found = sandbox.requests(route="status")
    return sorted(look.received_at for look in found if look.task_id in tasks and look.received_at >= since)


def allowed(share: Rate, seconds: float) -> float:
    """Looks of one worker that began with a full bucket so long ago."""
    return share.burst + share.per_second * seconds + 1


async def test_two_workers_look_half_as_often_each_and_the_one_that_is_left_takes_all(town: Town) -> None:
    clock = FastClock(SPEED, time.time())
    async with (
        SandboxGateway(keys=(KEY,), speed=0.01, rate_limits=False, render=False, clock=clock.now) as town.sandbox,
        worker(town, "chat", clock) as stays,
    ):
        await has_rate(stays, WHOLE)
        async with worker(town, "other", clock) as leaves:
            assert look_rate(leaves) == HALF  # from its first moment
            await has_rate(stays, HALF)
            begun = clock.now()
            mine, others = await asyncio.gather(running(stays, "chat"), running(leaves, "other"))
            async with asyncio.timeout(90):
                while min(len(looks(town.sandbox, tasks, begun)) for tasks in (mine, others)) < 2 * JOBS:
                    await asyncio.sleep(0.05)
            for tasks in (mine, others):
                for number, at in enumerate(looks(town.sandbox, tasks, begun), 1):
                    assert number <= allowed(HALF, at - begun)
        await has_rate(stays, WHOLE)
        begun = clock.now()
        async with asyncio.timeout(90):  # ... and soon there are more than half of them could be
            while len(looks(town.sandbox, mine, begun)) <= allowed(HALF, clock.now() - begun) + JOBS / 2:
                await asyncio.sleep(0.05)


async def test_the_share_of_a_worker_that_was_killed_goes_to_the_others(town: Town) -> None:
    async with worker(town, "chat") as stays:
        await has_rate(stays, WHOLE)
        killed = await town.worker()
        await has_rate(stays, HALF)
        await killed.end(signal.SIGKILL)
        await has_rate(stays, WHOLE)
