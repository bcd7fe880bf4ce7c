"""The same batch of jobs run by the embedded engine on SQLite, and by one and two workers on PostgreSQL."""

import asyncio
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from sqlalchemy import Connection, func, select

from bot.app import open_app
from bot.clock import RandomIds
from bot.generation.job import JobState
from storage.tables import jobs
from tests.bench.accept import ROOMY, USERS, new_job
from tests.bench.engine_process import settings_of
from tests.bench.report import Figure
from tests.bench.sandbox_process import sandbox_process
from tests.fakes.postgres import PostgresServer, postgres_server

JOBS = 600
FIRST_LOOK = 8.0  # seconds that every job waits by design


@contextmanager
def engine_process(url: str, folder: Path, toapis: str) -> Iterator[psutil.Process]:
    """Start it and wait until it runs jobs; stopped at the end."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.engine_process", url, str(folder), toapis],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"
        yield psutil.Process(process.pid)
        process.stdin.close()
        process.wait(60)


def _cpu(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def _server_processes(server: PostgresServer | None) -> list[psutil.Process]:
    if server is None:
        return []
    pid = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    return psutil.Process(pid).children()


def _delivered(conn: Connection) -> int:
    return int(conn.execute(select(func.count()).where(jobs.c.state == JobState.DELIVERED.value)).scalar_one())


async def _batch(url: str, toapis: str, folder: Path, workers: int, server: PostgresServer | None) -> list[float]:
    """Jobs a second (without the eight seconds to the first look), CPU milliseconds a job of the workers, of the
    server."""
    ids = RandomIds()
    async with open_app(settings_of(url, folder, toapis), run_jobs=False, chats={}) as office:
        for limit in ROOMY:
            await office.store.set_limit(limit, "bench", time.time())
        for at in range(0, JOBS, 100):
            news = [new_job(ids, n % USERS) for n in range(at, at + 100)]
            await asyncio.gather(*(office.store.accept(new, "UTC", time.time()) for new in news))
        with _some(workers, url, folder, toapis) as running:
            begun, cpu = time.perf_counter(), _cpu(running)
            there = _cpu(_server_processes(server))
            while await office.database.look(_delivered) < JOBS:
                await asyncio.sleep(0.2)
            took, cpu = time.perf_counter() - begun - FIRST_LOOK, _cpu(running) - cpu
            there = _cpu(_server_processes(server)) - there
        assert list(await office.store.check_ledger()) == []
    return [JOBS / took, cpu / JOBS * 1000, there / JOBS * 1000]


@contextmanager
def _some(workers: int, url: str, folder: Path, toapis: str) -> Iterator[list[psutil.Process]]:
    if workers == 1:
        with engine_process(url, folder, toapis) as only:
            yield [only]
        return
    with engine_process(url, folder, toapis) as one, _some(workers - 1, url, folder, toapis) as others:
        yield [one, *others]


def run() -> list[Figure]:
    with (
        sandbox_process(math.inf) as urls,
        postgres_server() as server,
        tempfile.TemporaryDirectory() as name,
    ):
        folder, toapis = Path(name), urls["toapis"]
        rate, cpu, _ = asyncio.run(_batch(f"sqlite:///{folder / 'bench.db'}", toapis, folder, 1, None))
        figures = [
            Figure("embedded engine on SQLite", rate, "jobs/s"),
            Figure("embedded engine, CPU a job", cpu, "ms"),
        ]
        for workers in (1, 2):
            url = asyncio.run(server.empty())
            shared, shared_cpu, there = asyncio.run(_batch(url, toapis, folder, workers, server))
            title = f"PostgreSQL, {workers} worker{'s' if workers > 1 else ''}"
            figures += [
                Figure(title, shared, "jobs/s", beside=rate),
                Figure(f"{title}, CPU a job", shared_cpu, "ms", beside=cpu),
                Figure(f"{title}, CPU a job of the server's connections", there, "ms"),
            ]
    return figures
