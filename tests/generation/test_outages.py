"""After an outage nobody sits out a pause that has grown long meanwhile."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.gateways.sandbox import SandboxGateway
from bot.app import open_app
from bot.generation.job import JobState
from bot.generation.outages import Outages
from bot.generation.worker import LONGEST_DELIVER_PAUSE
from tests.fakes.chat_server import ChatServer
from tests.fakes.house import settings_for
from tests.fakes.http_chat import HttpChat
from tests.generation.conftest import submit, until
from tests.operations.stage import StoppedClock


def woken_after(*failures: str) -> list[str]:
    """Who is woken by a call that works after these failed."""
    outages, woken = Outages(), list[str]()
    outages.wake = woken.append
    for job_id in failures:
        outages.failed("discord", job_id)
    outages.worked("slack")
    assert woken == []
    outages.worked("discord")
    outages.worked("discord")
    return sorted(woken)


def test_the_first_call_that_works_wakes_all_that_wait_once() -> None:
    assert woken_after("a", "b", "a") == ["a", "b"]


def test_one_jobs_own_trouble_is_no_outage() -> None:
    assert woken_after("a", "a") == []


@pytest.mark.slow
async def test_when_the_platform_is_back_the_first_delivery_brings_the_others(
    tmp_path: Path, sandbox: SandboxGateway, chat: ChatServer
) -> None:
    clock = StoppedClock()
    chat.refuse_with = [500] * 1000
    chats = {"chat": HttpChat(chat.url)}
    async with open_app(settings_for(tmp_path, sandbox), run_jobs=True, clock=clock, chats=chats) as app:
        jobs = [await submit(app, f"user-{n}") for n in range(4)]

        async def have_failed_often() -> bool:
            clock.time += 4.0
            return all(job.retries >= 5 for job in await app.store.jobs())

        await until(have_failed_often, 60)
        waiting = await app.store.job(jobs[0].id)
        assert waiting is not None
        assert waiting.due_at is not None
        assert waiting.due_at - clock.now() <= LONGEST_DELIVER_PAUSE * 1.25

        chat.refuse_with = []
        await asyncio.sleep(0.05)  # from here on time stands still: nothing is due by itself
        assert app.engine is not None
        app.engine.wake(replace(waiting, due_at=None))

        async def all_delivered() -> bool:
            return {job.state for job in await app.store.jobs()} == {JobState.DELIVERED}

        await until(all_delivered)
        assert len(chat.posts) == len(jobs)
