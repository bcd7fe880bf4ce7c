"""VIDEOBOT_LOG=json: one object a line, the job on each line about one, nothing that has to be hidden."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from bot.cli.logs import Hidden, logging_to
from bot.cli.screen import Screen
from bot.generation.about import about
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
