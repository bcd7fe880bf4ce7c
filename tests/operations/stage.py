"""A bot that serves on loopback, with its pages for machines, for the tests of operations."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from adapters.gateways.http import trusted
from adapters.gateways.sandbox import SandboxGateway
from adapters.shell.chat import shell_address
from bot.app import App
from bot.generation.job import Job, Requester
from bot.generation.ports import Clock
from bot.generation.request import VideoRequest
from bot.serving import Serving, serving
from tests.fakes.clocks import FastClock
from tests.fakes.house import settings_for

ANNA = Requester("shell", "anna")
SPEED = 100.0


class StoppedClock:
    """Time stands still, unless the test moves it: what is due later never comes by itself."""

    def __init__(self) -> None:
        self.time = time.time()

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        until = self.time + seconds
        while True:
            await asyncio.sleep(0.005)
            if self.time >= until or seconds < 1:  # loops that look often do look
                return


@dataclass
class Stage:
    """The bot, its gateway, and somebody who reads its pages."""

    server: Serving
    sandbox: SandboxGateway
    pages: httpx.AsyncClient
    folder: Path

    @property
    def app(self) -> App:
        return self.server.app

    async def submit(self, prompt: str = "waves", **options: Any) -> Job:
        address = shell_address(f"{self.folder}/")
        return await self.app.service.submit(VideoRequest(prompt=prompt, **options), ANNA, address)

    async def ended(self, job: Job) -> Job:
        async for view in self.app.follow(job.id):
            job = view.job
        return job

    async def metrics(self) -> dict[str, float]:
        """Series -> value, without help and types."""
        answer = await self.pages.get("/metrics")
        assert answer.status_code == 200
        lines = [line for line in answer.text.splitlines() if line and not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


@asynccontextmanager
async def stage(
    folder: Path, *, clock: Clock | None = None, sandbox: dict[str, Any] | None = None, **more: Any
) -> AsyncIterator[Stage]:
    """Everything running. `sandbox`: options of the gateway; `more`: settings."""
    clock = clock or FastClock(SPEED, time.time())
    options: dict[str, Any] = {"speed": float("inf"), "rate_limits": False, "render": False, **(sandbox or {})}
    async with SandboxGateway(**options) as gateway:
        settings = settings_for(folder / "data", gateway, **{"http_port": 0, **more})
        async with serving(settings, clock=clock) as server:
            assert server.address is not None
            async with httpx.AsyncClient(base_url=server.address, trust_env=False, verify=trusted()) as pages:
                yield Stage(server, gateway, pages, folder)


async def until(holds: Any, seconds: float = 20.0) -> None:
    """Wait in small real pauses until `await holds()` is true."""
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.005)
