"""A bot that was used for a while: jobs in every state that a command asks for, so that the commands of the pages have
something to do."""

import asyncio
import contextlib
import io
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from adapters.shell.chat import shell_address
from bot.app import open_app
from bot.cli import main
from bot.cli.faster import FasterClock
from bot.generation.job import Job, Requester
from bot.generation.request import VideoRequest
from bot.settings import load_settings
from tests.cli.person import TIMES, Done, Sandbox

#: Pictures that the pages name.
_PICTURES = ("a.png", "b.png", "day.png", "night.png", "cat.png")
_OURS = ("VIDEOBOT_", "TOAPIS_", "APIMART_", "DISCORD_", "SLACK_", "AWS_")


@dataclass(frozen=True, slots=True)
class Installation:
    """The folder a person works in, with the data below it, and ids by what they are of."""

    folder: Path
    ids: Mapping[str, str]


def run(*args: str) -> Done:
    """A command in this process, on a clock that runs faster; the person says yes to whatever it asks."""
    out, err = io.TextIOWrapper(io.BytesIO(), write_through=True), io.StringIO()
    reads, writes = os.pipe()
    os.write(writes, b"y\n")
    os.close(writes)
    with os.fdopen(reads) as stdin, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", stdin)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(list(args), clock=FasterClock(TIMES))
    out.flush()
    printed = out.buffer
    assert isinstance(printed, io.BytesIO)
    return Done(code, printed.getvalue().decode(), err.getvalue())


def environment(folder: Path, sandbox: Sandbox, patch: pytest.MonkeyPatch) -> None:
    """The settings of the installation in `folder`; the process works there."""
    for name in [name for name in os.environ if name.startswith(_OURS)]:
        patch.delenv(name)
    patch.chdir(folder)
    patch.setenv("LOGNAME", "anna")
    patch.setenv("COLUMNS", "200")
    patch.setenv("VIDEOBOT_DATA_DIR", str(folder / "data"))
    for name in ("TOAPIS", "APIMART"):
        patch.setenv(f"{name}_API_KEY", "sandbox-key")
    patch.setenv("TOAPIS_BASE_URL", sandbox.gateway.toapis_url)
    patch.setenv("APIMART_BASE_URL", sandbox.gateway.apimart_url)


def prepared(folder: Path, sandbox: Sandbox, patch: pytest.MonkeyPatch) -> Installation:
    """Make it: one video that is there, one job that waits for its turn, one for an approval, one whose create was
    answered by nobody, and a rule."""
    environment(folder, sandbox, patch)
    for number, name in enumerate(_PICTURES):
        Image.new("RGB", (640, 360), (90, 140, 40 * number)).save(folder / name)
    made = run("make", "waves", "--yes", "-o", "waves.mp4")
    assert made.code == 0, made
    lost = run("make", "rain [[sandbox:lost_answer]]", "--yes")
    assert "Accepted as job" in lost.out, lost
    tasks = [task for task in sandbox.tasks() if "rain" in json.dumps(task)]
    rule = run("rules", "add", "dragons").out.split()[1]
    waiting = asyncio.run(_submit("sunset", folder, approve_above_usd="0.01"))
    queued = asyncio.run(_submit("snow", folder))
    return Installation(
        folder,
        {
            "done": made.job_id,
            "uncertain": lost.job_id,
            "waiting": waiting.id,
            "queued": queued.id,
            "task": str(tasks[0].get("id") or tasks[0]["task_id"]),
            "rule": rule,
        },
    )


async def _submit(prompt: str, folder: Path, **changes: str) -> Job:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in changes.items():
            patch.setenv(f"VIDEOBOT_{name.upper()}", value)
        settings = load_settings()
    async with open_app(settings, run_jobs=False) as app:
        request = VideoRequest(prompt=prompt)
        return await app.service.submit(request, Requester("shell", "ben"), shell_address(f"{folder}/"))
