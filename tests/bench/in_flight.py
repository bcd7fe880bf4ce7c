"""Many jobs in flight: 1,000 under ToAPIs' default rate budget, 10,000 without one. Memory, CPU, lateness."""

import asyncio
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import quantiles

import httpx
import psutil

from bot.app import App
from bot.clock import RandomIds
from bot.generation.job import Job
from tests.bench.accept import USERS, new_job
from tests.bench.report import Figure
from tests.bench.sandbox_process import sandbox_process
from tests.bench.throughput import bench_app

WATCHED = 60.0  # seconds measured


@dataclass(frozen=True, slots=True)
class Measured:
    in_flight: float
    megabytes: float
    grown: float
    cores: float
    late_p50: float
    late_p95: float
    looks_per_second: float


async def _lateness(app: App, control: str, since: float) -> list[float]:
    """How long after the task was done its job was booked, for the jobs completed since `since`."""
    async with httpx.AsyncClient(timeout=60.0) as client:
        tasks = (await client.get(f"{control}/tasks")).json()
    due = {task["id"]: task["due_at"] for task in (tasks["tasks"] if isinstance(tasks, dict) else tasks)}
    late = []
    for job in await app.store.jobs(limit=100_000):
        if job.charge != "settled" or job.task_id is None:
            continue
        settled = next(row.at for row in await app.store.ledger(job.id) if row.event == "settle")
        if settled >= since:
            late.append(settled - due[job.task_id])
    return late


async def _looks(control: str) -> int:
    async with httpx.AsyncClient(timeout=60.0) as client:
        counters = (await client.get(f"{control}/counters")).json()
    return int(counters["toapis"]["status"])


async def _measure(in_flight: int, mode: str, duration: int, life: float, *, fast: bool) -> Measured:
    """Jobs come evenly, so many that about `in_flight` are rendering at any moment (`life`: mean seconds of one);
    after a life and a fifth that is steady, and then a minute is measured."""
    ids, process, number = RandomIds(), psutil.Process(), 0
    with sandbox_process(1.0, rate_limits=not fast) as urls, tempfile.TemporaryDirectory() as folder:
        async with bench_app(Path(folder), urls, with_files=False, fast=fast) as app:
            assert app.engine is not None
            before, start = process.memory_info().rss, time.perf_counter()

            async def submit(user: int) -> None:
                new = new_job(ids, user % USERS)
                wish = new.request.model_copy(update={"mode": mode, "duration": duration})
                new = replace(new, mode=mode, duration=duration, request=wish)
                job = await app.store.accept(new, "UTC", time.time())
                assert isinstance(job, Job)
                app.service.wake(job)

            async def arrive(seconds: float) -> None:
                nonlocal number
                end = time.perf_counter() + seconds
                while time.perf_counter() < end:
                    wanted = int((time.perf_counter() - start) * in_flight / life)
                    await asyncio.gather(*(submit(n) for n in range(number, wanted)))
                    number = max(number, wanted)
                    await asyncio.sleep(0.1)

            await arrive(1.2 * life)
            begun, cpu = time.perf_counter(), time.process_time()
            looks, since, seen = await _looks(urls["control"]), time.time(), []
            for _ in range(6):
                await arrive(WATCHED / 6)
                seen.append(sum(app.engine.counts().values()))
            took, cpu = time.perf_counter() - begun, time.process_time() - cpu
            looks = await _looks(urls["control"]) - looks
            memory = process.memory_info().rss
            late = quantiles(await _lateness(app, urls["control"], since), n=100)
    return Measured(
        sum(seen) / len(seen), memory / 1e6, (memory - before) / 1e6, cpu / took, late[49], late[94], looks / took
    )


def _figures(name: str, measured: Measured, *, aims: bool) -> list[Figure]:
    return [
        Figure(f"{name}: in flight", measured.in_flight, "jobs"),
        Figure(f"{name}: memory of the process", measured.megabytes, "MB", aim=250.0 if aims else None),
        Figure(f"{name}: of it for the jobs", measured.grown, "MB"),
        Figure(f"{name}: CPU", measured.cores, "cores", aim=0.5 if aims else None),
        Figure(f"{name}: lateness p50", measured.late_p50, "s"),
        Figure(f"{name}: lateness p95", measured.late_p95, "s", aim=5.0 if aims else None),
        Figure(f"{name}: looks a second", measured.looks_per_second, "1/s"),
    ]


def run_budgeted() -> list[Figure]:
    """10 s in pro take so long that a thousand need fewer creates a second than the budget has."""
    measured = asyncio.run(_measure(1_000, "pro", 10, 265.0, fast=False))
    return _figures("1,000 under 50 looks/s", measured, aims=False)


def run_free() -> list[Figure]:
    """5 s in pro, median about 155 s."""
    measured = asyncio.run(_measure(10_000, "pro", 5, 163.0, fast=True))
    return _figures("10,000 without a rate budget", measured, aims=True)
