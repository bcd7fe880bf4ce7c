"""A pause: nothing is accepted, nothing that waits is started, what runs is finished; every process heeds it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.gateways.sandbox import SandboxGateway
from bot.app import App
from bot.generation.job import Job, JobState
from bot.generation.ports import PausedError
from tests.fakes.chat_server import ChatServer
from tests.fakes.house import House
from tests.generation.conftest import SPEED, ended, running, submit, until

ROOT = "shell:root"
SLOW = "waves [[sandbox:slow=80000]]"


async def comes_to(app: App, job: Job, state: JobState) -> None:
    """Wait until a job's row says so."""

    async def is_there() -> bool:
        view = await app.service.job(job.id)
        return view is not None and view.job.state is state

    await until(is_there)


async def some_seconds() -> None:
    """Long enough for an engine to have noticed what another process did, and to have started what it may."""
    await asyncio.sleep(4.0 / SPEED)


async def comes_true(is_so: Callable[[], bool]) -> None:
    """The engine's loops run beside the test: wait for what they will do, not for a length of time."""
    async with asyncio.timeout(20):
        while not is_so():
            await asyncio.sleep(0.01)


async def test_while_paused_nothing_is_accepted(house: House) -> None:
    service = house.app.service
    pause = await service.pause("The gateway is down.", ROOT)
    assert await service.paused() == pause
    with pytest.raises(PausedError) as refused:
        await house.submit()
    assert refused.value.pause == pause
    assert await service.resume_all(ROOT)
    assert not await service.resume_all(ROOT)
    assert await service.paused() is None
    await house.submit()


async def test_a_worker_begins_no_attempt_of_a_waiting_job_while_paused(house: House) -> None:
    waits, runs = await house.submit(), await house.submit("boats")
    await house.run(runs.id, until=JobState.RUNNING)
    await house.app.service.pause("", ROOT)
    for _ in range(3):
        after = await house.step(waits.id)
        assert after.state is JobState.QUEUED
    assert (await house.run(runs.id)).state is JobState.DELIVERED
    assert (house.creates(), await house.attempts(waits.id)) == (1, [])
    await house.app.service.resume_all(ROOT)
    assert (await house.run(waits.id)).state is JobState.DELIVERED
    assert house.creates() == 2


async def test_a_create_that_has_to_be_sent_again_waits_for_the_end_of_the_pause(house: House) -> None:
    job = await house.submit("waves [[sandbox:busy=1]]")
    await house.run(job.id, until=JobState.QUEUED)
    await house.app.service.pause("", ROOT)
    await house.step(job.id)
    await house.step(job.id)
    assert house.creates() == 1


async def test_the_engine_starts_nothing_while_paused_and_goes_on_after(
    tmp_path: Path, sandbox: SandboxGateway, chat: ChatServer
) -> None:
    async with running(tmp_path, sandbox, chat, max_running=1) as app:
        first = await submit(app, prompt=SLOW)
        await comes_to(app, first, JobState.RUNNING)
        second = await submit(app, "ben")
        await app.service.pause("", ROOT)
        (task,) = sandbox.tasks()
        sandbox.set_outcome(task["id"], "finish")
        assert (await ended(app, first)).state is JobState.DELIVERED  # what runs is finished
        await some_seconds()
        assert len(sandbox.tasks()) == 1
        await comes_true(lambda: app.look_at(second).position == 1)
        await app.service.resume_all(ROOT)
        assert (await ended(app, second)).state is JobState.DELIVERED


async def test_an_engine_started_during_a_pause_heeds_it(
    tmp_path: Path, sandbox: SandboxGateway, chat: ChatServer
) -> None:
    async with running(tmp_path, sandbox, chat, run_jobs=False) as app:
        job = await submit(app)
        await app.service.pause("", ROOT)
    async with running(tmp_path, sandbox, chat) as app:
        await comes_true(lambda: app.look_at(job).position == 1)  # it waits in its line
        await some_seconds()
        assert (await app.store.attempts(job.id), sandbox.tasks()) == ([], [])
        assert app.look_at(job).position == 1  # and is not tried in vain
        await app.service.resume_all(ROOT)
        assert (await ended(app, job)).state is JobState.DELIVERED


async def test_another_process_pauses_and_ends_the_pause(
    tmp_path: Path, sandbox: SandboxGateway, chat: ChatServer
) -> None:
    async with running(tmp_path, sandbox, chat, max_running=1) as first, running(tmp_path, sandbox, chat) as second:
        runs = await submit(first, prompt=SLOW)
        await comes_to(first, runs, JobState.RUNNING)
        waits = await submit(first, "ben")
        await second.service.pause("", ROOT)
        await some_seconds()
        (task,) = sandbox.tasks()
        sandbox.set_outcome(task["id"], "finish")
        assert (await ended(first, runs)).state is JobState.DELIVERED
        await some_seconds()
        assert await first.store.attempts(waits.id) == []
        await comes_true(lambda: first.look_at(waits).position == 1)
        await second.service.resume_all(ROOT)
        assert (await ended(first, waits)).state is JobState.DELIVERED
