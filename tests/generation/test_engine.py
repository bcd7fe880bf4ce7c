"""The embedded engine with real loops on a fast clock: fair turns, room at the gateway, other processes, stopping."""

import asyncio
from pathlib import Path

import pytest

from adapters.gateways.sandbox import SandboxGateway
from bot.generation.job import JobState
from tests.fakes.chat_server import ChatServer
from tests.generation.conftest import ended, running, submit, until


def order_of_creates(sandbox: SandboxGateway) -> list[str]:
    return [str(task["body"]["prompt"]) for task in sandbox.tasks()]


async def test_many_jobs_are_each_delivered_once(tmp_path: Path, sandbox: SandboxGateway, chat: ChatServer) -> None:
    async with running(tmp_path, sandbox, chat) as app:
        jobs = [await submit(app, f"user-{n % 5}") for n in range(40)]
        done = await asyncio.gather(*(ended(app, job) for job in jobs))
        assert {job.state for job in done} == {JobState.DELIVERED}
        assert sorted(post["job"] for post in chat.posts) == sorted(job.id for job in jobs)
        assert len(sandbox.tasks()) == 40
        assert list(await app.store.check_ledger()) == []


async def test_a_newcomer_does_not_wait_for_a_long_line(
    tmp_path: Path, sandbox: SandboxGateway, chat: ChatServer
) -> None:
    async with running(tmp_path, sandbox, chat, max_running=1) as app:
        line = [await submit(app, "anna", "anna 0 [[sandbox:slow=80000]]")]
        await until(lambda: bool(sandbox.tasks()))
        line += [await submit(app, "anna", f"anna {n}") for n in range(1, 4)]
        late = await submit(app, "ben", "ben 0")
        sandbox.set_outcome(sandbox.tasks()[0]["id"], "finish")
        await asyncio.gather(*(ended(app, job) for job in [*line, late]))
        # Anna's first was under way already; after it the turn is Ben's.
        assert order_of_creates(sandbox).index("ben 0") == 1


async def test_no_more_tasks_at_a_gateway_than_the_setting_says(
    tmp_path: Path, sandbox: SandboxGateway, chat: ChatServer
) -> None:
    async with running(tmp_path, sandbox, chat, max_running=2) as app:
        jobs = [await submit(app, f"user-{n}") for n in range(6)]
        positions, most = [], 0
        assert app.engine is not None
        while len(chat.posts) < len(jobs):
            counts = app.engine.counts()
            most = max(most, counts.get("running", 0) + counts.get("creating", 0) + counts.get("uploading", 0))
            positions += [app.engine.position(job.id) for job in jobs]
            await asyncio.sleep(0.005)
        assert 1 <= most <= 2, most
        assert max((place for place in positions if place is not None), default=1) <= 6


@pytest.mark.sqlite("on PostgreSQL every engine runs jobs: see tests/workers")
async def test_a_second_engine_on_the_same_database_stands_back(
    tmp_path: Path, sandbox: SandboxGateway, chat: ChatServer
) -> None:
    async with running(tmp_path, sandbox, chat) as first, running(tmp_path, sandbox, chat) as second:
        assert first.engine is not None
        assert second.engine is None
        # A job that the second accepts is seen and run by the first.
        job = await submit(second)
        assert (await ended(second, job)).state is JobState.DELIVERED
        assert len(sandbox.tasks()) == len(chat.posts) == 1


async def test_a_job_cancelled_by_another_process_is_not_posted(
    tmp_path: Path, sandbox: SandboxGateway, chat: ChatServer
) -> None:
    async with running(tmp_path, sandbox, chat) as first, running(tmp_path, sandbox, chat) as second:
        job = await submit(first, prompt="waves [[sandbox:slow=80000]]")
        while (await first.store.job(job.id)).state is not JobState.RUNNING:  # type: ignore[union-attr]
            await asyncio.sleep(0.01)
        await second.service.cancel(job.id, "shell:root")
        (task,) = sandbox.tasks()
        sandbox.set_outcome(task["id"], "finish")
        assert (await ended(first, job)).state is JobState.CANCELLED
        assert chat.posts == []


async def test_stopped_and_started_again_it_goes_on(tmp_path: Path, sandbox: SandboxGateway, chat: ChatServer) -> None:
    async with running(tmp_path, sandbox, chat) as app:
        jobs = [await submit(app, f"user-{n}") for n in range(8)]
        await asyncio.sleep(0.02)
    async with running(tmp_path, sandbox, chat) as app:
        done = await asyncio.gather(*(ended(app, job) for job in jobs))
        assert {job.state for job in done} == {JobState.DELIVERED}
        assert len(sandbox.tasks()) == len(chat.posts) == 8


async def test_progress_of_a_running_job_can_be_read_by_another_process(
    tmp_path: Path, sandbox: SandboxGateway, chat: ChatServer
) -> None:
    async with running(tmp_path, sandbox, chat) as first, running(tmp_path, sandbox, chat) as second:
        job = await submit(first, prompt="waves [[sandbox:stuck=42]]")
        async for view in second.follow(job.id):
            if view.job.progress == 42:
                break
        (task,) = sandbox.tasks()
        sandbox.set_outcome(task["id"], "finish")
        assert (await ended(second, job)).state is JobState.DELIVERED


async def test_the_rate_of_creates_is_kept(tmp_path: Path, sandbox: SandboxGateway, chat: ChatServer) -> None:
    async with running(tmp_path, sandbox, chat, creates_per_second=1.0) as app:
        jobs = [await submit(app, f"user-{n}") for n in range(16)]
        await asyncio.gather(*(ended(app, job) for job in jobs))
        begun = sorted([(await app.store.attempts(job.id))[0].started_at for job in jobs])
        assert begun[15] - begun[0] >= 5.0  # ten at once are the burst, the other six come one a second
