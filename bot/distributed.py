"""The distributed engine: several processes run the jobs of one PostgreSQL database.

A turn (`storage.starting`) writes a job's entry into the queue; one process claims it (`storage.queue`) and drives the
job until it is finished, waits for a turn again, or is claimed by another because this process died or was stopped.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bot.generation.about import about
from bot.generation.job import Job, JobState, Next
from bot.generation.meter import Meter
from bot.generation.pacing import Budget, Rate, backoff
from bot.generation.ports import Clock, Store, StoreError
from bot.generation.rest import rest
from bot.generation.turns import FairQueue
from bot.generation.worker import Worker
from storage import starting
from storage.postgres import PostgresDatabase
from storage.queue import Claim, JobQueue
from storage.queue_schema import LOOK, SHOWN
from storage.starting import Allowance

log = logging.getLogger("videobot.engine")

ROUND_EVERY = 1.0  # seconds between looks for jobs that may start, when nothing says that there are any
ROUND_PAUSE = 0.05  # seconds at least between two of them
SWEEP_EVERY = 5.0  # seconds between looks for jobs under way that have lost their entry in the queue
PULSE_EVERY = 1.0  # seconds between signs of life
LEARN_EVERY = 30.0  # seconds until what other processes learned about render times is known here
FLUSH_EVERY = 5.0  # seconds between writes of the progress seen meanwhile
SENDING_GRACE = 150.0  # seconds; longer than any create may take
BEGINS_AT_ONCE = 5  # of the connections to the database
TOO_OFTEN = 20  # unexpected errors in a row of one job's step, about an hour
LONGEST_PAUSE = 300.0  # seconds between tries of such a step
LONGEST_OUTAGE_PAUSE = 5.0  # seconds between tries to reach the database


@dataclass(eq=False)
class _Driving:
    """One job that this process runs."""

    job_id: str
    claim: Claim
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[bool] | None" = None
    state: JobState | None = None
    version: int = 0
    told: int = 0  # the newest version anybody wrote
    waits_for_turn: bool = False  # in that version
    failures: int = 0
    is_nudged: bool = False  # someone wants it looked at now


class DistributedEngine:
    """Runs jobs beside other processes: fair turns, room at a gateway and its rate hold for all of them together."""

    def __init__(
        self,
        database: PostgresDatabase,
        store: Store,
        worker: Worker,
        budgets: Mapping[str, Budget],
        clock: Clock,
        *,
        name: str,
        max_running: int,
        on_step: Callable[[str], None] = lambda _job_id: None,
        meter: Meter | None = None,
    ) -> None:
        """`name`: of this process, different from every other's. `max_running`: tasks at one gateway at the same time,
        of all processes. `on_step` is told the id of each job that any process changed."""
        self._database, self._store, self._worker, self._budgets = database, store, worker, budgets
        self._clock, self._name, self._max_running = clock, name, max_running
        self._on_step, self._meter = on_step, meter or Meter()
        worker.outages.wake = self._wake_waiting
        self._look_rates = {gateway: budget.look.rate for gateway, budget in budgets.items()}
        self._queue: JobQueue | None = None
        self._driven: dict[str, _Driving] = {}
        self._lines: dict[str, FairQueue] = {}
        self._lines_wanted = False
        self._bell = asyncio.Event()
        self._connected = asyncio.Event()
        self._stopping = asyncio.Event()
        self._draining = False
        self._loops: list[asyncio.Task[None]] = []
        self._serving: asyncio.Task[None] | None = None

    # ------------------------------------------------------------------------------------------- the interface

    async def start(self) -> None:
        """Begin to claim and to run jobs, in the background. Raises StoreError."""
        self._queue = JobQueue(self._database, self._worker.chats)
        await self._queue.install()
        self._worker.may_act = self._may_act
        self._worker.beginning = asyncio.Semaphore(BEGINS_AT_ONCE)
        await self._pulse()
        self._serving = asyncio.create_task(self._serve(self._queue), name="engine-queue")
        self._loops = [
            asyncio.create_task(self._start_jobs(), name="engine-start"),
            asyncio.create_task(self._every(PULSE_EVERY, self._pulse), name="engine-pulse"),
            asyncio.create_task(self._every(LEARN_EVERY, self._learn), name="engine-learn"),
            asyncio.create_task(self._every(FLUSH_EVERY, self._write_progress), name="engine-flush"),
        ]

    def wake(self, job: Job) -> None:
        """This job was accepted, or changed by a person: look at it now. Other processes hear of it by themselves."""
        self._tell(job.id)
        driving = self._driven.get(job.id)
        if driving is not None:
            driving.told = max(driving.told, job.version)
            driving.is_nudged = True
            driving.bell.set()
        self._bell.set()

    def pause(self) -> None:
        """Start nothing that waits: the store says so to every process."""

    def resume(self) -> None:
        """Start again what waits."""
        self._bell.set()

    async def drain(self) -> None:
        """Start nothing new; jobs at the gateways go on."""
        self._draining = True

    async def stop(self, grace: float = 30.0) -> None:
        """Give back every job that waits for something at once, and the others after their step, for which there are
        `grace` seconds. A create in the air is waited for until its answer or its time-out."""
        self._draining = True
        self._stopping.set()
        self._worker.watcher.stopping.set()
        await _end(self._loops)
        self._loops = []
        if self._queue is not None:
            self._queue.leave()
        await self._steps_end(grace)
        with contextlib.suppress(StoreError):
            await self._write_progress()
        if self._serving is not None:
            await asyncio.wait({self._serving}, timeout=grace)
            await _end([self._serving])
            self._serving = None
            with contextlib.suppress(StoreError):
                await self._database.write(starting.gone, self._name)

    def position(self, job_id: str) -> int | None:
        """How many starts until this job's, 1 = next; None when it does not wait for one. A second old at most."""
        self._lines_wanted = True
        return next((place for line in self._lines.values() if (place := line.position(job_id)) is not None), None)

    def counts(self) -> dict[str, int]:
        """The jobs of this process by state."""
        out: dict[str, int] = {}
        for driving in self._driven.values():
            if driving.state is not None:
                out[driving.state] = out.get(driving.state, 0) + 1
        return out

    @property
    def is_alive(self) -> bool:
        """True while it was started, not stopped, and its loops turn."""
        tasks = [*self._loops, *([self._serving] if self._serving else [])]
        return bool(tasks) and not any(task.done() for task in tasks)

    # --------------------------------------------------------------------------------------------- the queue

    async def _serve(self, queue: JobQueue) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                await queue.serve(self._claimed, self._told, self._reached)
            except StoreError as error:
                failures = 0 if self._connected.is_set() else failures + 1
                log.error("the queue has to wait: %s", error)
            except Exception:
                failures += 1
                log.exception("the queue broke off; it begins anew")
            self._connected.clear()
            if not self._stopping.is_set():
                pause = backoff(failures + 1, self._worker.chance, base=0.5, most=LONGEST_OUTAGE_PAUSE)
                await rest(self._clock, pause, self._stopping)

    def _reached(self) -> None:
        self._connected.set()
        self._bell.set()

    async def _claimed(self, claim: Claim) -> bool:
        """Run the job of this claim: True when it needs no process any more, or only one when its turn has come."""
        driving = self._driven.get(claim.job_id)
        if driving is None:
            driving = self._driven[claim.job_id] = _Driving(claim.job_id, claim)
            driving.task = asyncio.create_task(self._drive(driving))
        else:  # claimed again while its last step goes on
            driving.claim = claim
            driving.bell.set()
        assert driving.task is not None  # noqa: S101 - for the type checker
        over = asyncio.create_task(claim.over.wait())
        try:
            await asyncio.wait({driving.task, over}, return_when=asyncio.FIRST_COMPLETED)
            if not driving.task.done() and self._stopping.is_set():
                driving.bell.set()
                await asyncio.wait({driving.task}, timeout=SENDING_GRACE)
        finally:
            over.cancel()
        driving.bell.set()
        return driving.task.done() and not driving.task.cancelled() and driving.task.result()

    def _told(self, job_id: str, state: str, version: int) -> None:
        driving = self._driven.get(job_id)
        if state == SHOWN:
            self._tell(job_id)
        elif state == LOOK:
            if driving is not None:
                driving.is_nudged = True
                driving.bell.set()
        elif driving is None:
            self._tell(job_id)
            if state == JobState.QUEUED or JobState(state).is_final:
                self._bell.set()  # one that may start, or room for another
        elif version > max(driving.told, driving.version):  # else it was our own step
            driving.told, driving.waits_for_turn = version, state == JobState.QUEUED
            driving.bell.set()

    def _wake_waiting(self, job_id: str) -> None:
        driving = self._driven.get(job_id)
        if driving is not None:
            driving.is_nudged = True
            driving.bell.set()

    def _may_act(self, job_id: str) -> bool:
        driving = self._driven.get(job_id)
        return driving is not None and driving.claim.is_held

    # ------------------------------------------------------------------------------------------------ one job

    async def _drive(self, driving: _Driving) -> bool:
        """Advance one job for as long as it is held; True when its entry can go."""
        try:
            while True:
                if self._stopping.is_set() or not driving.claim.is_held:
                    return False
                driving.is_nudged = False
                with about(driving.job_id):
                    after = await self._one_step(driving)
                if after is None or after.due_at is None or after.state is JobState.QUEUED:
                    return True
                await self._until_due(driving, after.due_at)
                if driving.told > after.version:  # someone else changed it meanwhile
                    self._worker.watcher.forget(driving.job_id)
                    if driving.waits_for_turn:
                        return True
                self._meter.began(after.state, max(0.0, self._clock.now() - after.due_at))
        finally:
            self._worker.watcher.forget(driving.job_id)
            if self._driven.get(driving.job_id) is driving:
                del self._driven[driving.job_id]
            self._bell.set()

    async def _until_due(self, driving: _Driving, due_at: float) -> None:
        """Until then, or until there is a reason to look sooner."""
        is_news = driving.is_nudged or driving.told > driving.version
        if is_news or driving.claim.over.is_set() or self._stopping.is_set():
            return
        driving.bell.clear()  # what rang it was the step itself
        wait = due_at - self._clock.now()
        if wait > 0:
            await rest(self._clock, wait, driving.bell)

    async def _one_step(self, driving: _Driving) -> Next | None:
        try:
            after = await self._worker.advance(driving.job_id)
        except StoreError as error:
            log.error("job %s has to wait: %s", driving.job_id, error)
            return self._later(driving, LONGEST_OUTAGE_PAUSE)
        except Exception:
            log.exception("job %s: a step broke off; it will be tried again", driving.job_id)
            if driving.failures >= TOO_OFTEN:
                await self._give_up(driving.job_id)
            return self._later(driving, LONGEST_PAUSE)
        if after is None:
            return None
        driving.failures = 0
        if after.state is not driving.state:
            log.info("job %s is %s", driving.job_id, after.state)
            self._meter.entered(after.state)
        driving.state, driving.version = after.state, after.version
        self._tell(driving.job_id)
        return after

    def _later(self, driving: _Driving, most: float) -> Next:
        driving.failures += 1
        self._worker.watcher.forget(driving.job_id)
        pause = backoff(driving.failures, self._worker.chance, base=1.0, most=most)
        # Whatever state the row is in, the job is not given back for a fault that every process would meet.
        driving.version = driving.told = max(driving.version, driving.told)
        return Next(JobState.UPLOADING, self._clock.now() + pause, driving.version)

    async def _give_up(self, job_id: str) -> None:
        """A defect of ours that does not go away must not hold a charge for ever."""
        try:
            await self._worker.give_up(job_id)
        except Exception:
            log.exception("job %s: it could not be ended either", job_id)

    async def _steps_end(self, grace: float) -> None:
        steps = {driving.task for driving in self._driven.values() if driving.task is not None}
        for driving in self._driven.values():
            driving.bell.set()
        if not steps:
            return
        _, late = await asyncio.wait(steps, timeout=grace)
        sending = {d.task for d in self._driven.values() if d.task and d.job_id in self._worker.sending}
        if sending:
            await asyncio.wait(sending, timeout=SENDING_GRACE)
        await _end(list(late))

    def _tell(self, job_id: str) -> None:
        with about(job_id):
            try:
                self._on_step(job_id)
            except Exception:
                log.exception("job %s: who listens to the engine stumbled over its step", job_id)

    # ------------------------------------------------------------------------------------------- beside the jobs

    async def _start_jobs(self) -> None:
        swept = 0.0
        while True:
            pause = ROUND_EVERY
            self._bell.clear()
            if not self._draining and self._connected.is_set():
                now = self._clock.now()
                sweep = not 0 <= now - swept < SWEEP_EVERY
                try:
                    pause = await self._round(now, sweep=sweep)
                    swept = now if sweep else swept
                except StoreError as error:
                    log.error("no job can start: %s", error)
                except Exception:
                    log.exception("no job was started; it is tried again")
            await self._clock.sleep(ROUND_PAUSE)
            if pause > ROUND_PAUSE and not self._bell.is_set():
                await rest(self._clock, pause - ROUND_PAUSE, self._bell)

    async def _round(self, now: float, *, sweep: bool) -> float:
        allowances = {}
        for gateway, budget in self._budgets.items():
            left, closed_until = budget.create.levels(now)
            allowances[gateway] = Allowance(budget.create.rate, left, closed_until)
        done = await self._database.write(
            starting.start_some,
            list(self._worker.chats),
            allowances,
            self._max_running,
            now,
            most_pause=ROUND_EVERY,
            sweep=sweep,
        )
        return done.pause

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._clock.sleep(seconds)
            try:
                await work()
            except StoreError as error:
                log.error("the database has to wait: %s", error)
            except Exception:
                log.exception("a duty beside the jobs broke off; it will be tried again")

    async def _pulse(self) -> None:
        """A sign of life; each process looks at tasks at its share of the rate, and all heed what one was told."""
        now = self._clock.now()
        told: dict[tuple[str, str], float] = {}
        for gateway, budget in self._budgets.items():
            for call, bucket in (("create", budget.create), ("look", budget.look)):
                closed_until = bucket.levels(now)[1]
                if closed_until > now:
                    told[gateway, call] = closed_until
        number, shut = await self._database.write(starting.pulse, self._name, told, now)
        for (gateway, call), until in shut.items():
            known = self._budgets.get(gateway)
            if known is not None:
                bucket = known.create if call == "create" else known.look
                if until > bucket.levels(now)[1]:
                    bucket.close(until, now)
        for gateway, rate in self._look_rates.items():
            share = max(1, number)
            self._budgets[gateway].look.rate = Rate(rate.per_second / share, max(1, rate.burst // share))
        if self._lines_wanted:
            self._lines_wanted = False
            self._lines = await self._database.read(starting.lines)

    async def _learn(self) -> None:
        self._worker.times.replace(await self._store.render_times())
        await self._database.write(starting.forget_log)

    async def _write_progress(self) -> None:
        progress = self._worker.watcher.progress
        seen = dict(progress)
        if seen:
            await self._store.note_progress(seen)
        for job_id, percent in seen.items():
            if progress.get(job_id) == percent:  # not seen to move on meanwhile
                del progress[job_id]


async def _end(tasks: "list[asyncio.Task[None]] | list[asyncio.Task[bool]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
