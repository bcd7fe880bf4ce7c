"""The accepting transaction: latency at 200 requests a second, and as many a second as go."""

import asyncio
import random
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from bot.clock import RandomIds
from bot.generation.job import Address, Job, Requester
from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
from bot.generation.ports import NewJob
from bot.generation.request import VideoRequest
from storage.opening import open_database
from storage.store import SqlStore
from tests.bench.report import Figure

RATE = 200.0  # requests a second
SECONDS = 10.0
AT_ONCE = 5_000
USERS = 500
ROOMY = (
    Limit(Scope(ScopeKind.EVERYONE, "*"), Unit.USD, Window.DAY, 10**12),
    Limit(Scope(ScopeKind.USER, "*"), Unit.VIDEOS, Window.DAY, 10**6),
    Limit(Scope(ScopeKind.USER, "*"), Unit.USD, Window.DAY, 10**12),
    Limit(Scope(ScopeKind.USER, "*"), Unit.JOBS, Window.NOW, 10**6),
)


def new_job(ids: RandomIds, user: int, gateway: str = "toapis") -> NewJob:
    """A 5 s job of one of many users."""
    return NewJob(
        id=ids.job_id(),
        request=VideoRequest(prompt="waves crashing against rocks, seagulls circling in the sky" * 3, model="2.6"),
        requester=Requester("chat", f"user-{user}", channel="general"),
        address=Address("chat", channel="general", thread="t", message="m"),
        gateway=gateway,
        model="2.6",
        dialect="image_urls",
        mode="std",
        duration=5,
        audio=False,
        quote_micros=184_000,
        held_micros=184_000,
        quote_is_estimate=False,
    )


async def _measure() -> list[Figure]:
    chance, ids = random.Random(1), RandomIds()
    with tempfile.TemporaryDirectory() as folder:
        database = await open_database(f"sqlite:///{Path(folder) / 'bench.db'}")
        await database.upgrade()
        store = SqlStore(database)
        await store.seed_limits(ROOMY, time.time())
        took: list[float] = []

        async def accept() -> None:
            begun = time.perf_counter()
            job = await store.accept(new_job(ids, chance.randrange(USERS)), "UTC", time.time())
            assert isinstance(job, Job)
            took.append(time.perf_counter() - begun)

        async with asyncio.TaskGroup() as group:  # arrivals as they come: exponential gaps
            end = time.perf_counter() + SECONDS
            while time.perf_counter() < end:
                group.create_task(accept())
                await asyncio.sleep(chance.expovariate(RATE))
        paced = quantiles(took, n=100)
        begun = time.perf_counter()
        await asyncio.gather(*(accept() for _ in range(AT_ONCE)))
        per_second = AT_ONCE / (time.perf_counter() - begun)
        assert list(await store.check_ledger()) == []
        await database.close()
    return [
        Figure(f"accept at {RATE:.0f}/s, p50", paced[49] * 1000, "ms"),
        Figure(f"accept at {RATE:.0f}/s, p99", paced[98] * 1000, "ms", aim=20.0),
        Figure(f"accepts a second, {AT_ONCE} at once", per_second, "1/s", aim=RATE, more_is_better=True),
    ]


def run() -> list[Figure]:
    return asyncio.run(_measure())
