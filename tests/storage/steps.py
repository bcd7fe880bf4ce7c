"""Short words for the way of a job through the store, so that a test says only what it is about."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

from bot.generation.job import Address, Attempt, Failure, Job, Output, Purpose, Requester, StoredVideo
from bot.generation.limits import Limit, LimitUse, Refusal, Scope, ScopeKind, Unit, Window, requester_of
from bot.generation.ports import NewJob
from bot.generation.request import VideoRequest
from storage import SqlStore
from storage.database import Database

NOON = 1_763_726_400.0  # 2025-11-21 12:00 UTC
HOUR, DAY = 3600.0, 86_400.0
CENT = 10_000
QUOTE = 35 * CENT
EVERYONE = Scope(ScopeKind.EVERYONE, "*")
ANYONE = Scope(ScopeKind.USER, "*")
BUSY = Failure("busy", "The gateway is busy.")
VIDEO = StoredVideo("j.mp4", 1_000_000, 1280, 720, 5.04, has_audio=False)
OUTPUT = Output("https://cdn.example/v.mp4", expires_at=NOON + DAY)


def request_of(**options: Any) -> VideoRequest:
    return VideoRequest(**{"prompt": "waves at night", **options})


@dataclass
class Steps:
    """One store and a clock that moves a second with every step."""

    database: Database
    now: float = NOON
    zone: str = "UTC"
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.store = SqlStore(self.database)

    def tick(self, seconds: float = 1.0) -> float:
        self.now += seconds
        return self.now

    def new(
        self,
        user: str = "anna",
        *,
        quote: int = QUOTE,
        held: int | None = None,
        request: VideoRequest | None = None,
        **more: Any,
    ) -> NewJob:
        number = next(self._ids)
        given: dict[str, Any] = {
            "id": f"j{number:03d}",
            "request": request or request_of(),
            "requester": Requester("shell", user),
            "address": Address("shell", extra={"out": "v.mp4"}),
            "gateway": "toapis",
            "model": "kling-v3",
            "dialect": "kling-v3",
            "mode": "std",
            "duration": 5,
            "audio": False,
            "quote_micros": quote,
            "held_micros": quote if held is None else held,
            "quote_is_estimate": held is not None,
        }
        return NewJob(**{**given, **more})

    # -- the way of a job

    async def ask(self, user: str = "anna", **more: Any) -> Job | Refusal:
        return await self.store.accept(self.new(user, **more), self.zone, self.tick())

    async def accepted(self, user: str = "anna", **more: Any) -> Job:
        job = await self.ask(user, **more)
        assert isinstance(job, Job), job
        return job

    async def begin(self, job: Job, attempt: str | None = None) -> Job:
        after = await self.store.begin_attempt(
            job,
            attempt or f"{job.id}-a{job.attempts + 1}",
            {"prompt": "waves"},
            "me",
            self.now + 300,
            self.tick(),
        )
        assert after is not None
        return after

    async def creating(self, user: str = "anna", **more: Any) -> Job:
        return await self.begin(await self.accepted(user, **more))

    async def attach(self, attempt: str | None, task: str) -> Job:
        after = await self.store.task_accepted(str(attempt), task, self.now + 8, self.tick())
        assert after is not None
        return after

    async def running(self, user: str = "anna", **more: Any) -> Job:
        job = await self.creating(user, **more)
        return await self.attach(job.attempt_id, f"task-{job.id}")

    async def complete(self, job: Job, bill: int | None = None, seconds: float | None = 60.0) -> Job:
        after = await self.store.completed(job, OUTPUT, bill, seconds, self.tick())
        assert after is not None
        return after

    async def saved(self, job: Job) -> Job:
        after = await self.store.saved(job, VIDEO, None, self.tick())
        assert after is not None
        return after

    async def delivering(self, user: str = "anna", *, bill: int | None = None, **more: Any) -> Job:
        return await self.saved(await self.complete(await self.running(user, **more), bill))

    async def delivered(self, user: str = "anna", *, bill: int | None = None, **more: Any) -> Job:
        job = await self.delivering(user, bill=bill, **more)
        await self.store.sending(job.id, Purpose.RESULT, self.tick())
        after = await self.store.delivered(job, "message-1", self.tick())
        assert after is not None
        return after

    async def unsure(self, user: str = "anna", **more: Any) -> Job:
        job = await self.creating(user, **more)
        return await self.doubt(job)

    async def doubt(self, job: Job) -> Job:
        failure = Failure("connection_lost", "The answer was lost.")
        after = await self.store.uncertain(job, str(job.attempt_id), failure, self.now + DAY, self.tick())
        assert after is not None
        return after

    async def given_up(self, user: str = "anna", **more: Any) -> Job:
        after = await self.store.give_up_uncertain(await self.unsure(user, **more), self.tick(DAY))
        assert after is not None
        return after

    # -- looking

    async def job(self, job_id: str) -> Job:
        job = await self.store.job(job_id)
        assert job is not None
        return job

    async def attempt(self, attempt_id: str | None) -> Attempt:
        job_id = str(attempt_id).split("-", maxsplit=1)[0]
        return next(a for a in await self.store.attempts(job_id) if a.id == attempt_id)

    async def events(self, job: Job, account: str | None = None) -> list[tuple[str, int]]:
        """(event, micro-dollars) of the job's ledger, in order."""
        return [(r.event, r.usd) for r in await self.store.ledger(job.id) if account in {None, r.account}]

    async def use(self, unit: Unit, window: Window, user: str = "shell:anna", scope: Scope = ANYONE) -> LimitUse:
        uses = await self.store.limit_uses(requester_of(user), self.zone, self.now)
        return next(u for u in uses if (u.limit.unit, u.limit.window, u.limit.scope) == (unit, window, scope))

    async def used_and_held(self, unit: Unit = Unit.USD, window: Window = Window.DAY) -> tuple[int, int]:
        use = await self.use(unit, window)
        return use.used, use.held

    async def audited(self) -> list[tuple[str, str, str]]:
        def read(conn: Connection) -> list[tuple[str, str, str]]:
            rows = conn.execute(text("SELECT who, act, subject FROM audit ORDER BY id"))
            return [(row[0], row[1], row[2]) for row in rows]

        return await self.database.look(read)

    async def audit_details(self) -> list[str]:
        def read(conn: Connection) -> list[str]:
            return list(conn.execute(text("SELECT detail FROM audit ORDER BY id")).scalars())

        return await self.database.look(read)

    async def sql(self, statement: str) -> None:
        """Change the database behind the store's back."""

        def run(conn: Connection) -> None:
            conn.execute(text(statement))

        await self.database.write(run)

    async def plan(self, statement: Any, values: dict[str, Any]) -> list[str]:
        """How SQLite goes about a prebuilt statement, one line for each table it reads."""

        def explain(conn: Connection) -> list[str]:
            compiled = statement.compile(conn)
            asked = tuple((compiled.params | values)[name] for name in compiled.positiontup)
            return [row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", asked)]

        return await self.database.look(explain)

    async def books_agree(self) -> bool:
        assert list(await self.store.check_ledger()) == []
        return True

    # -- limits

    async def limit(self, amount: int, unit: Unit, window: Window, scope: Scope = ANYONE) -> None:
        await self.store.set_limit(Limit(scope, unit, window, amount), "admin", self.tick())

    async def no_limits(self) -> None:
        for limit in await self.store.limits():
            await self.store.clear_limit(limit.scope, limit.unit, limit.window, "admin", self.tick())

    async def wide_limits(self) -> None:
        """Limits that nothing here reaches, so that every use can be read."""
        units: Sequence[Unit] = (Unit.VIDEOS, Unit.SECONDS, Unit.USD)
        for scope in (EVERYONE, ANYONE):
            for window in (Window.DAY, Window.MONTH):
                for unit in units:
                    await self.limit(10**12, unit, window, scope)
            await self.limit(10**6, Unit.JOBS, Window.NOW, scope)
