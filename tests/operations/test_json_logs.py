"""VIDEOBOT_LOG=json: one object a line, the job on each line about one, nothing that has to be hidden."""

import asyncio
import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.gateways.sandbox import SandboxGateway
from bot.app import open_app
from bot.cli.logs import Hidden, logging_to
from bot.cli.screen import Screen
from bot.generation.about import about
from bot.generation.job import Address, Requester
from bot.generation.request import VideoRequest
from tests.fakes.chat_server import ChatServer
from tests.fakes.clocks import FastClock
from tests.fakes.house import settings_for
from tests.fakes.http_chat import HttpChat
from tests.fakes.postgres import PostgresServer
from tests.operations.stage import stage

SECRET = "canary-key-of-the-operator"


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Any:
    """What was logged, read."""
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


async def test_each_line_of_a_job_names_it(tmp_path: Path, lines: Any) -> None:
    hidden = Hidden()
    hidden.add([SECRET])
    with logging_to(Screen(), hidden, level=logging.DEBUG, as_json=True):
        async with stage(tmp_path, apimart_api_key=SECRET) as bot:
            first, second = await bot.submit("a canary sings"), await bot.submit("another canary", gateway="apimart")
            await bot.ended(first)
            await bot.ended(second)
    said = lines()
    states = [line["message"] for line in said if line.get("job") == first.id and line["logger"] == "videobot.engine"]
    assert f"job {first.id} is running" in states
    assert f"job {first.id} is delivered" in states
    # Lines of other rooms that do not know the job, such as the gateway's calls, name it all the same.
    assert [line for line in said if line.get("job") == first.id and line["logger"] == "videobot.gateways"]
    about_a_job = [line for line in said if first.id in line["message"] or second.id in line["message"]]
    assert all("job" in line for line in about_a_job)
    for line in said:
        assert (
            {"time", "level", "logger", "message"}
            <= line.keys()
            <= {"time", "level", "logger", "message", "job", "error"}
        )
    everything = json.dumps(said)
    assert SECRET not in everything
    assert "canary sings" not in everything


def test_a_traceback_is_one_field_and_hides_what_it_must(lines: Any) -> None:
    hidden = Hidden()
    hidden.add([SECRET])
    log = logging.getLogger("videobot.test")
    with logging_to(Screen(), hidden, level=logging.INFO, as_json=True), about("8d3k2m9q1xzt"):
        try:
            raise RuntimeError(f"refused with {SECRET}\nin two lines")
        except RuntimeError:
            log.exception("it broke")
    (line,) = lines()
    assert line["job"] == "8d3k2m9q1xzt"
    assert line["level"] == "error"
    assert "RuntimeError: refused with [hidden]\nin two lines" in line["error"]


@pytest.mark.slow
async def test_each_line_of_a_job_names_it_on_postgresql(tmp_path: Path, postgres: PostgresServer, lines: Any) -> None:
    broken_off: list[str] = []

    def stumble_once(point: str, job_id: str) -> None:
        if point == "save.before" and not broken_off:
            broken_off.append(job_id)
            raise RuntimeError("an accident")

    url = await postgres.fresh()
    clock = FastClock(100.0, time.time())
    with logging_to(Screen(), Hidden(), level=logging.INFO, as_json=True):
        async with (
            SandboxGateway(speed=float("inf"), rate_limits=False, render=False, clock=clock.now) as sandbox,
            ChatServer() as chat,
            open_app(
                settings_for(tmp_path, sandbox, database_url=SecretStr(url)),
                run_jobs=True,
                clock=clock,
                witness=stumble_once,
                chats={"chat": HttpChat(chat.url)},
            ) as app,
        ):
            job = await app.service.submit(VideoRequest(prompt="waves"), Requester("chat", "anna"), Address("chat"))
            async for view in app.follow(job.id):
                job = view.job
    await postgres.drop(url)
    assert job.state == "delivered"
    said = lines()
    engine = [line["message"] for line in said if line.get("job") == job.id and line["logger"] == "videobot.engine"]
    assert engine[-1] == f"job {job.id} is delivered"
    assert f"job {job.id} is running" in engine
    assert f"job {job.id}: a step broke off; it will be tried again" in engine
    assert [line for line in said if job.id in line["message"] and line.get("job") != job.id] == []


def test_text_names_the_job_once(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("videobot.test")
    with logging_to(Screen(), Hidden(), level=logging.INFO), about("8d3k2m9q1xzt"):
        log.info("nothing special")
        log.info("job 8d3k2m9q1xzt is special")
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("nothing special [job 8d3k2m9q1xzt]")
    assert second.endswith("job 8d3k2m9q1xzt is special")


async def test_jobs_side_by_side_are_not_mixed_up() -> None:
    from bot.generation.about import JOB

    async def work(job_id: str) -> str | None:
        with about(job_id):
            await asyncio.sleep(0)
            return JOB.get()

    assert await asyncio.gather(*(work(name) for name in "abc")) == ["a", "b", "c"]
    assert JOB.get() is None
