"""A gateway and a chat that outlive the workers of one database, and workers that are real processes."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from adapters.gateways.sandbox import SandboxGateway
from bot.app import App, open_app
from bot.generation.job import Address, Job, Requester
from bot.generation.request import VideoRequest
from bot.settings import Settings
from tests.workers.nonce_chat import NonceChatServer

KEY = "sandbox-key"
NO_LIMITS = {
    "VIDEOBOT_USER_VIDEOS_PER_DAY": "none",
    "VIDEOBOT_USER_USD_PER_DAY": "none",
    "VIDEOBOT_USER_JOBS_AT_ONCE": "none",
    "VIDEOBOT_EVERYONE_USD_PER_DAY": "none",
}


@dataclass
class WorkerProcess:
    """One of them."""

    process: asyncio.subprocess.Process

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def says(self) -> object:
        """The next line it prints; None when it has ended."""
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), 60)
        return json.loads(line) if line else None

    def go(self) -> None:
        """Give it the line it waits for."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"go\n")

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), 60)


@dataclass
class Town:
    """What survives any worker's death."""

    folder: Path
    url: str
    sandbox: SandboxGateway
    chat: NonceChatServer
    env: dict[str, str] = field(default_factory=dict)
    workers: list[WorkerProcess] = field(default_factory=list)

    async def worker(self) -> WorkerProcess:
        """Start one and wait until it runs jobs."""
        return await self.start("tests.workers.worker_process", "--chat", self.chat.url)

    async def start(self, module: str, *args: str) -> WorkerProcess:
        """Start a process of this bot and wait until it is ready."""
        settings = {
            "VIDEOBOT_DATABASE_URL": self.url,
            "VIDEOBOT_DATA_DIR": str(self.folder),
            "TOAPIS_API_KEY": KEY,
            "TOAPIS_BASE_URL": self.sandbox.toapis_url,
            **NO_LIMITS,
            **self.env,
        }
        said = self.folder / f"process-{len(self.workers)}.log"
        with said.open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", module, *args),
                env={**os.environ, **settings},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        worker = WorkerProcess(process)
        self.workers.append(worker)
        assert await worker.says() == {"ready": True}, said.read_text()
        return worker

    @asynccontextmanager
    async def office(self) -> AsyncIterator[App]:
        """A process that runs no jobs: commands, and what the test asks."""
        settings = Settings(
            data_dir=self.folder,
            database_url=SecretStr(self.url),
            toapis_api_key=SecretStr(KEY),
            toapis_base_url=self.sandbox.toapis_url,
            user_videos_per_day=None,
            user_usd_per_day=None,
            user_jobs_at_once=None,
            everyone_usd_per_day=None,
        )
        async with open_app(settings, run_jobs=False, chats={}) as app:
            yield app

    def creates(self) -> int:
        """POSTs of creates that reached the gateway."""
        return sum(r.method == "POST" and r.path.endswith("/v1/videos/generations") for r in self.sandbox.requests())

    async def end(self) -> None:
        for worker in self.workers:
            if worker.process.returncode is None:
                worker.process.send_signal(signal.SIGCONT)
                await worker.end(signal.SIGKILL)


async def submit(app: App, user: str = "anna", prompt: str = "waves") -> Job:
    return await app.service.submit(VideoRequest(prompt=prompt), Requester("chat", user), Address("chat"))
