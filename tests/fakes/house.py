"""A whole house on loopback for the job machine's tests: a real database, real HTTP to the sandbox, a real chat server,
and a clock that the test moves."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from adapters.gateways.sandbox import SandboxGateway
from bot.app import App, open_app
from bot.generation.job import Address, Attempt, Job, JobState, Next, Requester
from bot.generation.ports import JobView, LedgerRow
from bot.generation.request import VideoRequest
from bot.settings import Settings
from tests.fakes import folder_databases
from tests.fakes.chat_server import ChatServer
from tests.fakes.clocks import ManualClock
from tests.fakes.http_chat import HttpChat

ANNA = Requester("chat", "anna")
KEY = "sandbox-key"
ENOUGH_STEPS = 2500


@dataclass
class House:
    """One bot without an engine: the test does each step, so it can look between them."""

    app: App
    clock: ManualClock
    sandbox: SandboxGateway
    chat: ChatServer

    async def submit(self, prompt: str = "waves at night", requester: Requester = ANNA, **options: Any) -> Job:
        """Accept a request."""
        request = VideoRequest(prompt=prompt, **options)
        return await self.app.service.submit(request, requester, Address("chat"))

    async def step(self, job_id: str) -> Next:
        """One step, at the moment it is due."""
        after = await self.app.worker.advance(job_id)
        assert after is not None
        if after.due_at is not None and after.state is not JobState.UNCERTAIN:
            self.clock.time = max(self.clock.time, after.due_at)
        return after

    async def run(self, job_id: str, *, until: JobState | None = None) -> Job:
        """Step until the job is in `until`, or until nothing more happens by itself."""
        for _ in range(ENOUGH_STEPS):
            after = await self.step(job_id)
            if after.state is until or after.state.is_final or after.state is JobState.UNCERTAIN:
                return await self.job(job_id)
        raise AssertionError(f"still {after.state} after {ENOUGH_STEPS} steps")

    async def restart(self) -> None:
        """Forget what only memory knows, as a new process would."""
        self.app.worker.watcher.watches.clear()
        self.app.worker.watcher.progress.clear()
        self.app.worker.unsent.clear()

    async def job(self, job_id: str) -> Job:
        job = await self.app.store.job(job_id)
        assert job is not None
        return job

    async def view(self, job_id: str) -> JobView:
        return self.app.look_at(await self.job(job_id))

    async def attempts(self, job_id: str) -> list[Attempt]:
        return list(await self.app.store.attempts(job_id))

    async def ledger(self, job_id: str) -> list[LedgerRow]:
        return list(await self.app.store.ledger(job_id))

    async def money(self, job_id: str) -> dict[str, int]:
        """event -> micro-dollars in the job's ledger."""
        return {row.event: row.usd for row in await self.ledger(job_id)}

    def creates(self) -> int:
        """POSTs of creates that reached the gateway."""
        return sum(
            1 for r in self.sandbox.requests() if r.method == "POST" and r.path.endswith("/v1/videos/generations")
        )

    def results(self, job_id: str) -> list[dict[str, str]]:
        """The result messages of this job in the chat."""
        return [post for post in self.chat.posts if post["job"] == job_id and post["purpose"] == "result"]

    async def books_agree(self) -> bool:
        """The ledger check finds nothing."""
        assert list(await self.app.store.check_ledger()) == []
        return True


def settings_for(folder: Path, sandbox: SandboxGateway, **more: Any) -> Settings:
    """Settings of a bot whose gateways are both the sandbox. Without a `database_url` the folder's database is used."""
    defaults: Mapping[str, Any] = {
        "data_dir": folder,
        "toapis_api_key": SecretStr(KEY),
        "toapis_base_url": sandbox.toapis_url,
        "apimart_api_key": SecretStr(KEY),
        "apimart_base_url": sandbox.apimart_url,
        "user_videos_per_day": None,
        "user_usd_per_day": None,
        "user_jobs_at_once": None,
        "everyone_usd_per_day": None,
    }
    url = None if "database_url" in more else folder_databases.url(Path(more.get("data_dir", folder)))
    database = {} if url is None else {"database_url": SecretStr(url)}
    return Settings(**{**defaults, **database, **more})


@asynccontextmanager
async def open_house(folder: Path, *, render: bool = False, **more: Any) -> AsyncIterator[House]:
    """A house in `folder`; `more` are settings. Without `render` every video is the same tiny one."""
    clock = ManualClock()
    async with (
        SandboxGateway(keys=(KEY,), seed=7, clock=clock.now, rate_limits=False, render=render) as sandbox,
        ChatServer() as chat,
        open_app(
            settings_for(folder, sandbox, **more),
            run_jobs=False,
            clock=clock,
            chats={"chat": HttpChat(chat.url)},
        ) as app,
    ):
        yield House(app, clock, sandbox, chat)
