"""Whole jobs a second: accepted, created, looked at, completed, saved, delivered; every job of the run counted."""

import asyncio
import math
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from bot.app import App, open_app
from bot.clock import RandomIds
from bot.generation.job import Job, JobState, Purpose, StoredVideo
from bot.generation.ports import JobView
from bot.settings import Settings
from tests.bench.accept import ROOMY, USERS, new_job
from tests.bench.report import Figure
from tests.bench.sandbox_process import sandbox_process

WARM_UP = 20.0  # seconds until every part of a life goes on at the same time
MEASURED = 20.0  # seconds


class SilentChat:
    """A platform that takes everything at once."""

    async def find(self, job: Job, purpose: Purpose) -> str | None:
        return None

    async def deliver(self, view: JobView) -> str:
        return view.job.id


class NoFiles:
    """Media without files: every video is saved at once."""

    async def save_video(self, url: str, job_id: str) -> StoredVideo:
        return StoredVideo(f"videos/{job_id}.mp4", 1_000_000, 1280, 720, 5.0, has_audio=False)


@asynccontextmanager
async def bench_app(folder: Path, urls: dict[str, str], *, with_files: bool, fast: bool = True) -> AsyncIterator[App]:
    """A bot that runs its jobs, with room for everything; `fast` lifts the rate budget."""
    rates = {"creates_per_second": 1e6, "looks_per_second": 1e6} if fast else {}
    settings = Settings(
        data_dir=folder,
        toapis_api_key=SecretStr("sandbox-key"),
        toapis_base_url=urls["toapis"],
        max_running=100_000,
        **rates,  # type: ignore[arg-type]
    )
    async with open_app(settings, run_jobs=True, chats={"chat": SilentChat()}) as app:
        for limit in ROOMY:
            await app.store.set_limit(limit, "bench", time.time())
        if not with_files:
            app.worker.media = NoFiles()  # type: ignore[assignment]
        yield app


async def _jobs_per_second(in_flight: int, *, with_files: bool) -> tuple[float, float]:
    """(jobs a second, CPU milliseconds of the bot's process a job), with as many accepted as delivered meanwhile.

    The first look is 8 s after the create by design, so enough jobs must be in flight for that not to be the limit.
    """
    ids, number = RandomIds(), 0
    with sandbox_process(math.inf) as urls, tempfile.TemporaryDirectory() as folder:
        async with bench_app(Path(folder), urls, with_files=with_files) as app:
            assert app.engine is not None

            async def submit() -> None:
                nonlocal number
                number += 1
                job = await app.store.accept(new_job(ids, number % USERS), "UTC", time.time())
                assert isinstance(job, Job)
                app.service.wake(job)

            async def keep_up(seconds: float) -> int:
                """Jobs that ended meanwhile."""
                end, before = time.perf_counter() + seconds, number - sum(app.engine.counts().values())
                while time.perf_counter() < end:
                    missing = in_flight - sum(app.engine.counts().values())
                    await asyncio.gather(*(submit() for _ in range(max(0, missing))))
                    await asyncio.sleep(0.05)
                return number - sum(app.engine.counts().values()) - before

            await keep_up(WARM_UP)
            begun, cpu = time.perf_counter(), time.process_time()
            ended = await keep_up(MEASURED)
            took, cpu = time.perf_counter() - begun, time.process_time() - cpu
            while app.engine.counts():
                await asyncio.sleep(0.1)
            delivered = await app.store.jobs(states=[JobState.DELIVERED], limit=number + 1)
            assert len(delivered) == number
            assert list(await app.store.check_ledger()) == []
    return ended / took, cpu / ended * 1000


def run() -> list[Figure]:
    bare, bare_cpu = asyncio.run(_jobs_per_second(4_000, with_files=False))
    files, files_cpu = asyncio.run(_jobs_per_second(1_000, with_files=True))
    return [
        Figure("engine only", bare, "jobs/s", aim=200.0, more_is_better=True),
        Figure("engine only, CPU a job", bare_cpu, "ms"),
        Figure("with the files", files, "jobs/s", beside=bare),
        Figure("with the files, CPU a job", files_cpu, "ms", beside=bare_cpu),
    ]
