"""Who runs which job, where several processes run them: pgqueuer's claims, heartbeats and take-overs.

There is one entry for each job that is under way, claimed by one process. A claim is held for `HOLD` seconds after its
last heartbeat; then any other process may claim the entry. pgqueuer fences nothing: every statement here that ends,
renews or gives back a claim names its holder, and a claim that is not renewed in time counts as lost on this side, too,
before anyone else can take it.
"""

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg
from pgqueuer import models
from pgqueuer.core.executors import EntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.types import JobId, QueueEntrypoint, QueueManagerId
from pgqueuer.ports.repository import EntrypointExecutionParameter
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries

from bot.generation.ports import StoreError
from storage.postgres import PostgresDatabase
from storage.postgres_faults import as_store_error
from storage.queue_schema import JOBS_CHANNEL, QUEUE_TABLE, SETTINGS, install, queries_of

log = logging.getLogger("videobot.queue")

HOLD = 7.0  # seconds a claim lasts without a heartbeat
LOOK_EVERY = 1.0  # seconds between looks for claims that others let go
MARGIN = 0.5  # seconds before its end from which a claim is not trusted any more
BATCH = 50  # entries claimed at once
COMMAND_WITHIN = 5.0  # seconds; a database that does not answer so long is away

_BEAT = (
    f"UPDATE {QUEUE_TABLE} SET heartbeat = now() "  # noqa: S608 - the name is a constant
    "WHERE id = ANY($1::bigint[]) AND queue_manager_id = $2 AND status = 'picked' RETURNING id"
)
_END = f"DELETE FROM {QUEUE_TABLE} WHERE id = ANY($1::bigint[]) AND queue_manager_id = $2"  # noqa: S608
_GIVE_BACK = (
    f"UPDATE {QUEUE_TABLE} SET status = 'queued', queue_manager_id = NULL, updated = now() "  # noqa: S608
    "WHERE id = $1 AND queue_manager_id = $2"
)


@dataclass(eq=False)
class Claim:
    """The right of this process to run one job, for as long as it is renewed."""

    job_id: str
    held_until: float  # on `monotonic`
    monotonic: Callable[[], float]
    over: asyncio.Event = field(default_factory=asyncio.Event)  # set when it is lost, or the process is to let go

    @property
    def is_held(self) -> bool:
        """False from a moment before anyone else can claim the job."""
        return not self.over.is_set() and self.monotonic() < self.held_until - MARGIN


#: Told each claim; returns when the process is done with the job: True ends the entry, False gives it to others.
Claimed = Callable[[Claim], Awaitable[bool]]
#: Told the id, state and version of each job that any process changed.
Told = Callable[[str, str, int], None]


class JobQueue:
    """The claims of one process. `platforms`: it claims only jobs whose answers it can deliver."""

    def __init__(
        self,
        database: PostgresDatabase,
        platforms: Collection[str],
        *,
        hold: float = HOLD,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._platforms = database, sorted(platforms)
        self._hold, self._monotonic = hold, monotonic
        self.claims: dict[int, Claim] = {}
        self._leaving = asyncio.Event()
        self._over: asyncio.Event | None = None

    async def install(self) -> None:
        """Make the schema of the queue. Raises StoreError."""
        connection = await self._connect()
        try:
            await install(connection)
        except Exception as error:
            raise as_store_error(error, self._database.name) or error from error
        finally:
            await _hang_up(connection)

    async def serve(self, claimed: Claimed, told: Told, ready: Callable[[], None]) -> None:
        """Claim and renew until `leave`. `ready` is called once changes are heard of. Raises StoreError when the
        database goes away; what is held then is lost after a while, unless it is served again before."""
        connection = await self._connect()
        over = self._over = asyncio.Event()
        manager = self._manager(connection, claimed, over)
        connection.add_termination_listener(lambda *_: self._end(manager, over))
        letting_go = asyncio.create_task(self._let_go(manager, over))
        try:
            await connection.add_listener(JOBS_CHANNEL, lambda *heard: _heard(str(heard[-1]), told))
            ready()
            await manager.run(
                dequeue_timeout=timedelta(seconds=LOOK_EVERY),
                batch_size=BATCH,
                heartbeat_timeout=timedelta(seconds=self._hold),
                log_aggregation_interval=timedelta(0),
            )
        except Exception as error:
            raise as_store_error(error, self._database.name) or error from error
        finally:
            self._end(manager, over)
            letting_go.cancel()
            await asyncio.gather(letting_go, return_exceptions=True)
            await _hang_up(connection)
        if connection.is_closed() and not self._leaving.is_set():
            raise StoreError(f"The connection to the database {self._database.name} was lost.")

    def leave(self) -> None:
        """Claim nothing more, and give back what is held once its step is done."""
        self._leaving.set()

    # ------------------------------------------------------------------------------------------------- parts

    async def _connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        url = self._database.url.set(drivername="postgresql")
        try:
            return await asyncpg.connect(
                url.render_as_string(hide_password=False),
                timeout=COMMAND_WITHIN,
                command_timeout=COMMAND_WITHIN,
                server_settings={"application_name": "videobot queue"},
            )
        except Exception as error:
            raise as_store_error(error, self._database.name) or error from error

    def _manager(
        self, connection: "asyncpg.Connection[asyncpg.Record]", claimed: Claimed, over: asyncio.Event
    ) -> QueueManager:
        queries = queries_of(_FencedQueries, connection)
        manager = QueueManager(queries, channel=SETTINGS.channel)
        manager.queue_manager_id = queries.holder
        queries.queue, queries.lost_touch = self, over

        async def run(entry: models.Job) -> None:
            claim = self.claims.get(entry.id)
            if claim is None:  # lost before its turn came
                return
            try:
                is_done = await claimed(claim)
            finally:
                self.claims.pop(entry.id, None)
            if not is_done:
                raise RetryRequested(reason="another process may go on with it")

        parameters = EntrypointExecutorParameters(func=run, concurrency_limit=0)
        for platform in self._platforms:
            manager.register_executor(platform, EntrypointExecutor(parameters))
        return manager

    async def _let_go(self, manager: QueueManager, over: asyncio.Event) -> None:
        await self._leaving.wait()
        manager.shutdown.set()
        for claim in list(self.claims.values()):
            claim.over.set()
        await over.wait()

    def _end(self, manager: QueueManager, over: asyncio.Event) -> None:
        over.set()
        manager.shutdown.set()
        for claim in list(self.claims.values()):
            claim.over.set()

    def took(self, entries: Collection[models.Job], since: float) -> None:
        """These were claimed by a statement sent at `since`."""
        for entry in entries:
            if entry.id not in self.claims and entry.payload is not None:
                self.claims[entry.id] = Claim(entry.payload.decode(), since + self._hold, self._monotonic)

    def renewed(self, ids: Collection[int], kept: Collection[int], since: float) -> None:
        """Of these claims, `kept` are ours for another while; the others are someone else's."""
        for entry_id in ids:
            claim = self.claims.get(entry_id)
            if claim is None:
                continue
            if entry_id in kept:
                claim.held_until = since + self._hold
            else:
                claim.over.set()

    def now(self) -> float:
        """The clock of the claims: it runs on while the process is stopped, and nobody sets it."""
        return self._monotonic()


class _FencedQueries(Queries):
    """pgqueuer's queries, with the holder's name in each that changes a claim."""

    queue: JobQueue
    lost_touch: asyncio.Event

    @property
    def holder(self) -> QueueManagerId:
        if not hasattr(self, "_holder"):
            self._holder = QueueManagerId(uuid.uuid4())
        return self._holder

    async def dequeue(
        self,
        batch_size: int,
        entrypoints: dict[QueueEntrypoint, EntrypointExecutionParameter],
        queue_manager_id: QueueManagerId,
        global_concurrency_limit: int | None,
        heartbeat_timeout: timedelta,
    ) -> list[models.Job]:
        since = self.queue.now()
        try:
            found = await super().dequeue(
                batch_size, entrypoints, queue_manager_id, global_concurrency_limit, heartbeat_timeout
            )
        except BaseException:
            self.lost_touch.set()  # what runs under its claims has to end before we can begin anew
            for claim in list(self.queue.claims.values()):
                claim.over.set()
            raise
        self.queue.took(found, since)
        return found

    async def update_heartbeat(self, job_ids: list[JobId]) -> None:
        since = self.queue.now()
        rows = await self.driver.fetch(_BEAT, list(set(job_ids)), self.holder)
        self.queue.renewed(job_ids, {int(str(row["id"])) for row in rows}, since)

    async def log_jobs(self, job_status: list[tuple[models.Job, Any, Any]]) -> None:
        if not self.lost_touch.is_set():
            await self.driver.execute(_END, [entry.id for entry, _, _ in job_status], self.holder)

    async def retry_job(self, job: models.Job, delay: timedelta, traceback_record: Any) -> None:  # noqa: ARG002
        if not self.lost_touch.is_set():
            await self.driver.execute(_GIVE_BACK, job.id, self.holder)

    async def next_deferred_eta(self, entrypoints: list[QueueEntrypoint]) -> timedelta | None:  # noqa: ARG002
        return None  # nothing here is ever deferred: a job waits in its own row

    async def queued_work(self, entrypoints: list[QueueEntrypoint]) -> int:  # noqa: ARG002
        return 0


def _heard(payload: str, told: Told) -> None:
    job_id, state, version = payload.split(" ")
    try:
        told(job_id, state, int(version))
    except Exception:
        log.exception("job %s: who listens to changes stumbled over one", job_id)


async def _hang_up(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    with contextlib.suppress(Exception):
        await connection.close(timeout=1.0)
