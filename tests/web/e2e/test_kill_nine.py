"""kill -9 in the middle of a job, with the page open before somebody's eyes."""

import asyncio
import contextlib
import os
import re
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from playwright.async_api import Browser, expect

from adapters.gateways.sandbox import SandboxGateway
from tests.fakes.clocks import FastClock
from tests.fakes.house import KEY
from tests.fakes.ports import free_port
from tests.web.driver import SPEED, PageBot, until
from tests.web.e2e.visitor import visiting

pytestmark = [pytest.mark.slow, pytest.mark.real_video]


@contextlib.asynccontextmanager
async def running(
    folder: Path, sandbox: SandboxGateway, port: int, since: float
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot as a process of its own; it is killed at the end."""
    environment = {
        "PATH": os.environ["PATH"],
        "VIDEOBOT_DATA_DIR": str(folder),
        "VIDEOBOT_WEB": "true",
        "VIDEOBOT_WEB_PORT": str(port),
        "TOAPIS_API_KEY": KEY,
        "TOAPIS_BASE_URL": sandbox.toapis_url,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.web.e2e.page_process", str(since), env=environment, cwd=Path(__file__).parents[3]
    )
    try:
        async with httpx.AsyncClient() as client:
            await until(lambda: _answers(client, port), "the page", within=40)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _answers(client: httpx.AsyncClient, port: int) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return (await client.get(f"http://127.0.0.1:{port}/")).status_code == 200
    return False


async def test_a_job_killed_in_the_middle_is_finished_before_the_open_page(browser: Browser, tmp_path: Path) -> None:
    since, port = time.time(), free_port()
    clock = FastClock(SPEED, since)
    async with SandboxGateway(keys=(KEY,), speed=1.0, rate_limits=False, clock=clock.now) as sandbox:
        at: Any = SimpleNamespace(url=f"http://127.0.0.1:{port}")
        async with contextlib.AsyncExitStack() as stack:
            async with running(tmp_path, sandbox, port, since):
                anna = await stack.enter_async_context(visiting(browser, cast("PageBot", at)))
                await anna.ask("/video waves")
                await expect(anna.page.get_by_text(re.compile("Making the video"))).to_be_visible()
            await expect(anna.page.get_by_role("alert")).to_contain_text("cannot be reached")
            async with running(tmp_path, sandbox, port, since):
                await anna.plays()
                await expect(anna.page.get_by_role("alert")).to_be_hidden()
                await expect(anna.page.locator("article")).to_have_count(3)
                await expect(anna.page.locator(".status")).to_contain_text("Done.")
                assert len(sandbox.tasks()) == 1
                await stack.aclose()
