"""The gateway is dead for ten minutes: the bot says so, goes on taking requests, and makes them all afterwards."""

import time
from pathlib import Path

import httpx
import pytest

from adapters.gateways.sandbox import SandboxGateway
from adapters.shell.chat import shell_address
from bot.generation.job import Job, JobState
from bot.generation.request import VideoRequest
from bot.serving import Serving, serving
from tests.fakes.clocks import FastClock
from tests.fakes.house import KEY, settings_for
from tests.fakes.ports import free_port
from tests.operations.stage import ANNA, until
from tests.outages.conftest import AskHealth

pytestmark = pytest.mark.slow

SPEED = 100.0
TEN_MINUTES = 600.0


async def test_a_gateway_that_is_dead_for_ten_minutes(tmp_path: Path, ask_health: AskHealth) -> None:
    clock = FastClock(SPEED, time.time())
    sandbox = SandboxGateway(keys=(KEY,), port=free_port(), rate_limits=False, render=False, clock=clock.now)
    async with sandbox:
        settings = settings_for(tmp_path / "data", sandbox, apimart_api_key=None, http_port=0)
        async with serving(settings, clock=clock) as server, httpx.AsyncClient(trust_env=False) as pages:
            jobs = [await ask(server, tmp_path, f"before {number}") for number in range(3)]

            async def all_run() -> bool:
                return len(sandbox.tasks()) == 3

            await until(all_run)
            await sandbox.stop()
            died = clock.now()
            jobs += [await ask(server, tmp_path, f"meanwhile {number}") for number in range(3)]

            async def is_told() -> bool:
                return "cannot be reached" in (await pages.get(f"{server.address}/readyz")).text

            await until(is_told)
            assert "FAIL  gateways: toapis: it cannot be reached" in await ask_health(server)
            assert (await pages.get(f"{server.address}/healthz")).status_code == 200
            await clock.sleep(died + TEN_MINUTES - clock.now())

            await sandbox.start()

            async def all_delivered() -> bool:
                return {job.state for job in await server.app.store.jobs()} == {JobState.DELIVERED}

            await until(all_delivered, 60)
            assert {job.id for job in await server.app.store.jobs()} == {job.id for job in jobs}
            assert len(sandbox.tasks()) == len(jobs)
            assert (await pages.get(f"{server.address}/readyz")).status_code == 200
            assert list(await server.app.store.check_ledger()) == []


async def ask(server: Serving, folder: Path, prompt: str) -> Job:
    return await server.app.service.submit(VideoRequest(prompt=prompt), ANNA, shell_address(f"{folder}/"))
