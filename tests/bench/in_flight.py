"""Many jobs in flight: 1,000 under ToAPIs' default rate budget, 10,000 without one. Memory, CPU, lateness."""

import asyncio
import tempfile
import time
from dataclasses import dataclass
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

WATCHED = 60.0  # seconds measured with all of them in flight


@dataclass(frozen=True, slots=True)
class Measured:
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


async def _measure(in_flight: int, *, fast: bool) -> Measured:
    """Fill up to `in_flight` jobs, then keep that many in flight for a minute."""
    ids, process = RandomIds(), psutil.Process()
    with sandbox_process(1.0, rate_limits=not fast) as urls, tempfile.TemporaryDirectory() as folder:
        async with bench_app(Path(folder), urls, with_files=False, fast=fast) as app:
            assert app.engine is not None
            before, number = process.memory_info().rss, 0

            async def submit() -> None:
                nonlocal number
                number += 1
                job = await app.store.accept(new_job(ids, number % USERS), "UTC", time.time())
                assert isinstance(job, Job)
                app.service.wake(job)

            filling_until = time.perf_counter() + 600
            while sum(app.engine.counts().values()) < in_flight and time.perf_counter() < filling_until:
                missing = in_flight - sum(app.engine.counts().values())
                await asyncio.gather(*(submit() for _ in range(min(100, missing))))
                await asyncio.sleep(0.25)
            while app.engine.counts().get("queued", 0) and time.perf_counter() < filling_until:
                await asyncio.sleep(0.5)
            begun, cpu, looks, since = (
                time.perf_counter(),
                time.process_time(),
                await _looks(urls["control"]),
                time.time(),
            )
            while time.perf_counter() - begun < WATCHED:
                missing = in_flight - sum(app.engine.counts().values())
                await asyncio.gather(*(submit() for _ in range(max(0, missing))))
                await asyncio.sleep(0.25)
            took, cpu = time.perf_counter() - begun, time.process_time() - cpu
            looks = await _looks(urls["control"]) - looks
            memory = process.memory_info().rss
            late = quantiles(await _lateness(app, urls["control"], since), n=100)
    return Measured(memory / 1e6, (memory - before) / 1e6, cpu / took, late[49], late[94], looks / took)


def _figures(name: str, measured: Measured, *, aims: bool) -> list[Figure]:
    return [
        Figure(f"{name}: memory of the process", measured.megabytes, "MB", aim=250.0 if aims else None),
        Figure(f"{name}: of it for the jobs", measured.grown, "MB"),
        Figure(f"{name}: CPU", measured.cores, "cores", aim=0.5 if aims else None),
        Figure(f"{name}: lateness p50", measured.late_p50, "s"),
        Figure(f"{name}: lateness p95", measured.late_p95, "s", aim=5.0 if aims else None),
        Figure(f"{name}: looks a second", measured.looks_per_second, "1/s"),
    ]


def run() -> list[Figure]:
    budgeted = asyncio.run(_measure(1_000, fast=False))
    free = asyncio.run(_measure(10_000, fast=True))
    return [
        *_figures("1,000 under 50 looks/s", budgeted, aims=False),
        *_figures("10,000 without a rate budget", free, aims=True),
    ]
