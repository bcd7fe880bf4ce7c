"""A gateway that takes every connection and never answers: what was in the air is in doubt, the rest waits for it, and
the other gateway's jobs go on as if nothing were."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.gateways.http import Patience
from adapters.gateways.sandbox import SandboxGateway
from adapters.shell.chat import shell_address
from bot.generation.job import Job, JobState
from bot.generation.ports import Resolution
from bot.generation.request import VideoRequest
from bot.generation.worker import SAVES_AT_ONCE
from bot.serving import Serving, serving
from tests.discord.hardening.road import Road
from tests.fakes.clocks import FastClock
from tests.fakes.house import KEY, settings_for
from tests.operations.stage import ANNA, until
from tests.outages.conftest import AskHealth

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SPEED = 40.0
TEN_MINUTES = 600.0
USUAL = Patience()
#: The same on the clock of the test.
PATIENCE = Patience(create=USUAL.create / SPEED, look=USUAL.look / SPEED, upload=USUAL.upload / SPEED)
MORE_LOOKS = 120  # than one gateway may have connections
MORE_CREATES = 60


@dataclass
class Scene:
    """A bot that reaches ToAPIs over a road, and APIMart without."""

    server: Serving
    clock: FastClock
    sandbox: SandboxGateway
    road: Road
    pages: httpx.AsyncClient
    folder: Path

    async def ask(self, prompt: str, gateway: str | None = "toapis") -> Job:
        request = VideoRequest(prompt=prompt, gateway=gateway)
        return await self.server.app.service.submit(request, ANNA, shell_address(f"{self.folder}/"))

    async def states(self, *jobs: Job) -> set[JobState]:
        found = {job.id: job.state for job in await self.server.app.store.jobs(limit=1000)}
        return {found[job.id] for job in jobs}

    async def become(self, state: JobState, *jobs: Job) -> None:
        """Wait until all of them are in that state."""

        async def all_are() -> bool:
            return await self.states(*jobs) == {state}

        await until(all_are, 60)

    async def have_tasks(self, number: int) -> None:
        """Wait until ToAPIs has made so many tasks."""

        async def made() -> bool:
            return len(self.sandbox.tasks("toapis")) == number

        await until(made, 60)

    async def says(self, words: str) -> None:
        """Wait until the bot says this about being ready."""

        async def told() -> bool:
            return words in (await self.pages.get("/readyz")).text

        await until(told, 60)


@asynccontextmanager
async def scene(
    folder: Path, *, speed: float, patience: Patience | None = None, **settings: Any
) -> AsyncIterator[Scene]:
    clock = FastClock(SPEED, time.time())
    async with (
        SandboxGateway(keys=(KEY,), speed=speed, rate_limits=False, render=False, clock=clock.now) as sandbox,
        Road(sandbox.url) as road,
    ):
        chosen = settings_for(
            folder / "data",
            sandbox,
            toapis_base_url=sandbox.toapis_url.replace(sandbox.url, f"http://{road.place}"),
            http_port=0,
            **settings,
        )
        async with serving(chosen, clock=clock, patience=patience) as server:
            assert server.address is not None
            async with httpx.AsyncClient(base_url=server.address, trust_env=False) as pages:
                try:
                    yield Scene(server, clock, sandbox, road, pages, folder)
                finally:
                    road.break_off()  # nobody waits for an answer any more


async def test_a_gateway_that_swallows_everything_for_ten_minutes(tmp_path: Path, ask_health: AskHealth) -> None:
    async with scene(tmp_path, speed=0.5, patience=PATIENCE, toapis_send_client_id=True, toapis_look_up=True) as s:
        before = [await s.ask(f"before {number}") for number in range(3)]
        await s.become(JobState.RUNNING, *before)
        s.sandbox.inject("timeout", gateway="toapis")  # its task is made, and its answer comes too late
        in_the_air = await s.ask("in the air")
        await s.have_tasks(4)
        s.road.swallow()
        began = s.clock.now()
        meanwhile = [await s.ask(f"meanwhile {number}") for number in range(2)]

        await s.become(JobState.UNCERTAIN, in_the_air, *meanwhile)
        await s.says("toapis: it does not answer in time")
        assert "apimart: it works; toapis: it does not answer in time." in await ask_health(s.server)
        assert (await s.pages.get("/healthz")).status_code == 200
        assert (await s.pages.get("/readyz")).status_code == 200  # with one gateway that works

        steered = await s.ask("to whoever works", gateway=None)
        assert steered.gateway == "apimart"
        await s.become(JobState.DELIVERED, steered)
        await s.clock.sleep(began + TEN_MINUTES - s.clock.now())
        assert await s.states(*before) == {JobState.RUNNING}
        assert await s.states(in_the_air, *meanwhile) == {JobState.UNCERTAIN}

        s.road.mend()
        await s.become(JobState.DELIVERED, *before, in_the_air)  # found by our own id
        await s.says("toapis: it works")
        assert await s.states(*meanwhile) == {JobState.UNCERTAIN}  # nothing is found, and nothing is sent twice
        assert len(s.sandbox.requests("toapis", "create")) == len(s.sandbox.tasks("toapis")) == 4
        for job in meanwhile:
            await s.server.app.service.resolve(job.id, Resolution.AGAIN, "admin")
        await s.become(JobState.DELIVERED, *meanwhile)
        assert list(await s.server.app.store.check_ledger()) == []


async def test_a_full_house_at_a_silent_gateway_holds_up_nobody_at_another(tmp_path: Path) -> None:
    """Whoever hangs there waits for a minute, and this test for none of them."""
    async with scene(
        tmp_path, speed=float("inf"), max_running=1000, creates_per_second=1000, looks_per_second=1000
    ) as s:
        s.sandbox.inject("stuck", gateway="toapis", times=0)
        running = await asyncio.gather(*(s.ask(f"running {number}") for number in range(MORE_LOOKS)))
        await s.become(JobState.RUNNING, *running)
        s.road.swallow()
        creating = await asyncio.gather(*(s.ask(f"creating {number}") for number in range(MORE_CREATES)))
        await s.become(JobState.CREATING, *creating)
        others = [await s.ask(f"elsewhere {number}", "apimart") for number in range(3)]
        await s.become(JobState.DELIVERED, *others)
        assert await s.states(*creating) == {JobState.CREATING}
        assert await s.states(*running) == {JobState.RUNNING}


async def test_downloads_that_hang_at_one_gateway_hold_up_no_video_of_another(tmp_path: Path) -> None:
    async with scene(tmp_path, speed=float("inf")) as s:
        s.sandbox.inject("timeout", route="download", gateway="toapis", times=0)
        hanging = await asyncio.gather(*(s.ask(f"hanging {number}") for number in range(2 * SAVES_AT_ONCE)))
        await s.become(JobState.SAVING, *hanging)
        others = [await s.ask(f"elsewhere {number}", "apimart") for number in range(3)]
        await s.become(JobState.DELIVERED, *others)
        assert await s.states(*hanging) == {JobState.SAVING}
        s.sandbox.clear_faults()
        await s.sandbox.stop()  # nobody waits for a film any more
