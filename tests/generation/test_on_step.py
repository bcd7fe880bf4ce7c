"""Who listens to the engine hears of each job that moved, whoever moved it, and can break nothing."""

import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from adapters.gateways.sandbox import SandboxGateway
from bot.app import App
from bot.generation.engine import EmbeddedEngine
from bot.generation.job import JobState
from tests.fakes.chat_server import ChatServer
from tests.fakes.clocks import FastClock
from tests.generation.conftest import SPEED, ended, running, submit, until


@asynccontextmanager
async def listened_to(app: App, on_step: Callable[[str], None]) -> AsyncIterator[EmbeddedEngine]:
    """The engine of this app, with a listener."""
    worker = replace(app.worker, clock=FastClock(SPEED, time.time()), chance=random.Random(1))
    engine = EmbeddedEngine(app.store, worker, worker.budgets, worker.clock, max_running=5, on_step=on_step)
    app.engine = engine
    await engine.start()
    yield engine
    await engine.stop()


async def test_each_step_is_told(tmp_path: Path, sandbox: SandboxGateway, chat: ChatServer) -> None:
    heard: Counter[str] = Counter()
    async with running(tmp_path, sandbox, chat, run_jobs=False) as app:
        async with listened_to(app, lambda job_id: heard.update([job_id])):
            job = await submit(app)
            assert (await ended(app, job)).state is JobState.DELIVERED
        assert heard.keys() == {job.id}
        assert heard[job.id] >= 4  # created, completed, saved, delivered


async def test_what_a_person_or_another_process_did_is_told(
    tmp_path: Path, sandbox: SandboxGateway, chat: ChatServer
) -> None:
    heard: list[str] = []
    async with (
        running(tmp_path, sandbox, chat, run_jobs=False) as app,
        running(tmp_path, sandbox, chat, run_jobs=False) as other,
    ):
        here, there = await submit(app), await submit(app, "ben")
        await app.service.pause("", "shell:root")
        async with listened_to(app, heard.append):
            await app.clock.sleep(3)
            assert heard == []
            await app.service.cancel(here.id, "shell:root")
            assert heard == [here.id]
            await other.service.cancel(there.id, "shell:root")
            await until(lambda: heard == [here.id, there.id])


async def test_a_listener_that_breaks_stops_nothing(tmp_path: Path, sandbox: SandboxGateway, chat: ChatServer) -> None:
    def breaks(job_id: str) -> None:
        raise LookupError(job_id)

    async with running(tmp_path, sandbox, chat, run_jobs=False) as app, listened_to(app, breaks):
        job = await submit(app)
        assert (await ended(app, job)).state is JobState.DELIVERED
