"""Watching a running task: one look at a time, for as long as the gateway calls it running (24 hours at most)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from bot.generation.job import Failure, Job, JobState, Next
from bot.generation.pacing import (
    NOT_FOUND_INTERVAL,
    WATCH_FOR,
    Budget,
    RenderTimes,
    backoff,
    next_look,
    timing_key,
)
from bot.generation.ports import (
    Clock,
    Gateway,
    GatewayError,
    Store,
    TaskLook,
    TaskNotFoundError,
    TaskState,
)
from bot.generation.rest import rest

log = logging.getLogger("videobot.watching")

NOT_FOUND_TIMES = 3
NOT_FOUND_SPAN = 120.0  # seconds between the first and the last 404 in a row
NOT_FOUND_AGE = 300.0  # seconds after the create before a 404 can be final
EMPTY_TIMES = 12  # looks at a completed task without a link, about eight minutes
BAD_TIMES = 12  # failed looks in a row that must come before a task is given up for its age

Ending = Callable[[Job], Awaitable[Job | None]]


@dataclass(slots=True)
class Watch:
    """What is remembered of one running task between looks. "Still running" is not a write, so this is memory only, and
    little of it: the row is read again when something has happened. After a restart it begins anew from the row.
    """

    job_id: str
    version: int
    gateway: str
    task_id: str
    since: float
    timing_key: str
    progress: int | None
    seen_running: float | None = None  # when a look last found it running
    bad_in_a_row: int = 0
    not_found: int = 0
    first_not_found: float = 0.0
    empty: int = 0

    @classmethod
    def of(cls, job: Job) -> "Watch":
        """Begin to watch a running job."""
        key = timing_key(job.gateway, job.model, job.mode, job.duration)
        since = job.task_created_at or job.accepted_at
        return cls(job.id, job.version, job.gateway, job.task_id or "", since, key, job.progress)


@dataclass
class Watcher:
    """Looks at running tasks. `watches` and `progress` (job id -> percentage not yet written) are the engine's too."""

    store: Store
    gateways: Mapping[str, Gateway]
    budgets: Mapping[str, Budget]
    times: RenderTimes
    clock: Clock
    chance: Random
    witness: Callable[[str, str], None]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    watches: dict[str, Watch] = field(default_factory=dict)
    progress: dict[str, int] = field(default_factory=dict)

    def forget(self, job_id: str) -> None:
        """Drop what is remembered of a running task, because its row was changed by someone else."""
        self.watches.pop(job_id, None)
        self.progress.pop(job_id, None)

    async def look(self, watch: Watch) -> Next | None:
        """Look once, within the rate budget; None when the job is not there any more."""
        pause = self.budgets[watch.gateway].look.take(self.clock.now())
        if pause and not await self._rest(pause):
            return self._again(watch, 0.0)
        self.witness("look.before", watch.job_id)
        try:
            look = await self.gateways[watch.gateway].look(watch.task_id)
        except TaskNotFoundError as error:
            return await self._missing(watch, error)
        except GatewayError as error:
            return await self._looked_in_vain(watch, error)
        self.witness("look.done", watch.job_id)
        watch.bad_in_a_row = watch.not_found = 0
        match look.state:
            case TaskState.RUNNING:
                return await self._still_running(watch, look)
            case TaskState.COMPLETED:
                return await self._completed(watch, look)
            case TaskState.FAILED:
                failure = look.failure or Failure("generation_failed", "The gateway could not make this video.")
                return await self._end(watch, lambda job: self.store.fail(job, failure, self.clock.now()))

    async def _rest(self, seconds: float) -> bool:
        """Wait for the rate budget; False when the process is told to stop meanwhile."""
        await rest(self.clock, seconds, self.stopping)
        return not self.stopping.is_set()

    def _again(self, watch: Watch, seconds: float) -> Next:
        return Next(JobState.RUNNING, self.clock.now() + seconds, watch.version)

    def _age(self, watch: Watch) -> float:
        return self.clock.now() - watch.since

    async def _still_running(self, watch: Watch, look: TaskLook) -> Next | None:
        age = self._age(watch)
        if age > WATCH_FOR:
            return await self._lose(
                watch, Failure("watched_long_enough", "The gateway still called it running after 24 hours.")
            )
        watch.seen_running = self.clock.now()
        if look.progress is not None and look.progress != watch.progress:
            self.progress[watch.job_id] = watch.progress = look.progress
        return self._again(watch, next_look(age, self.times.first_done(watch.timing_key), self.chance))

    async def _completed(self, watch: Watch, look: TaskLook) -> Next | None:
        now = self.clock.now()
        if not look.outputs:
            watch.empty += 1
            if watch.empty < EMPTY_TIMES:
                return self._again(watch, backoff(watch.empty, self.chance))
            sentence = f"{watch.gateway} says the video is done but gives no link to it; an admin can ask there."
            failure = Failure("no_link", sentence)
            return await self._lose(watch, failure)
        seconds = self._render_seconds(watch)

        async def settle(job: Job) -> Job | None:
            done = await self.store.completed(job, look.outputs[0], look.bill_micros, seconds, now)
            if done is not None and seconds is not None:
                self.times.add(watch.timing_key, seconds)
            return done

        return await self._end(watch, settle)

    def _render_seconds(self, watch: Watch) -> float | None:
        """How long the render took; None when nobody looked for so long that it may have been done long before."""
        if watch.seen_running is None:
            return None
        age, unseen = self._age(watch), self.clock.now() - watch.seen_running
        return age if unseen <= max(60.0, age / 2) else None

    async def _missing(self, watch: Watch, error: GatewayError) -> Next | None:
        """A 404 can be a replica that has not seen the task: final only at the third in a row over two minutes, five
        minutes after the create."""
        now = self.clock.now()
        if watch.not_found == 0:
            watch.first_not_found = now
        watch.not_found += 1
        is_old = now - watch.first_not_found >= NOT_FOUND_SPAN and self._age(watch) >= NOT_FOUND_AGE
        if watch.not_found >= NOT_FOUND_TIMES and is_old:
            return await self._lose(watch, Failure("task_not_found", error.message))
        return self._again(watch, NOT_FOUND_INTERVAL * self.chance.uniform(0.9, 1.1))

    async def _looked_in_vain(self, watch: Watch, error: GatewayError) -> Next | None:
        watch.bad_in_a_row += 1
        watch.not_found = 0  # only 404s in a row count
        log.info("job %s: look failed (%s), %d in a row", watch.job_id, error.code, watch.bad_in_a_row)
        if self._age(watch) > WATCH_FOR and watch.bad_in_a_row >= BAD_TIMES:
            return await self._lose(watch, Failure(error.code, error.message))
        pause = backoff(watch.bad_in_a_row, self.chance)
        if error.retry_after is not None:
            pause = max(pause, error.retry_after)
            if error.code == "rate_limited":
                self.budgets[watch.gateway].look.close(self.clock.now() + error.retry_after, self.clock.now())
        return self._again(watch, pause)

    async def _lose(self, watch: Watch, failure: Failure) -> Next | None:
        now = self.clock.now()
        return await self._end(
            watch, lambda job: self.store.fail(job, failure, now, state=JobState.LOST, possibly_billed=True)
        )

    async def _end(self, watch: Watch, ending: Ending) -> Next | None:
        """Write how it ended, unless the row has moved on meanwhile (a cancel wish, an admin): its word counts then."""
        self.forget(watch.job_id)
        job = await self.store.job(watch.job_id)
        if job is None:
            return None
        if job.state is JobState.RUNNING and job.version == watch.version:
            job = await ending(job) or await self.store.job(watch.job_id)
        if job is None:
            return None
        if job.state is JobState.RUNNING:
            return Next(job.state, self.clock.now(), job.version)  # look again, with what the row says now
        return Next(job.state, None if job.state.is_final else job.due_at, job.version)
