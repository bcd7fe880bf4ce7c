"""The embedded engine: one process, one asyncio heap. It only wakes jobs; what they do is the worker's business.

A wake too many is harmless (the row says not due, or the fence refuses), a wake lost is found by the sweep over overdue
rows. Commands of other processes on the same database are noticed within a second.
"""

import asyncio
import contextlib
import heapq
import itertools
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.generation.about import about
from bot.generation.job import AT_GATEWAY, Job, JobState, Next
from bot.generation.meter import Meter
from bot.generation.pacing import Budget, backoff
from bot.generation.ports import Clock, Store, StoreError, Waking
from bot.generation.rest import rest
from bot.generation.turns import FairQueue
from bot.generation.worker import Worker

log = logging.getLogger("videobot.engine")

TICK = 0.02  # seconds; due moments closer together than this are served in one turn of the loop
LISTEN_EVERY = 1.0  # seconds between questions whether another process changed something
SWEEP_EVERY = 60.0  # seconds between sweeps over overdue rows
SENDING_GRACE = 150.0  # seconds; longer than any create may take
TOO_OFTEN = 20  # unexpected errors in a row of one job's step, about an hour
LONGEST_PAUSE = 300.0  # seconds between tries of such a step
LONGEST_OUTAGE_PAUSE = 15.0  # seconds between tries while the database is away
JUMP = 5.0  # seconds; a clock set back by more moves every appointment with it
FLUSH_EVERY = 5.0  # seconds between writes of the progress seen meanwhile
STUCK_AFTER = 3 * SWEEP_EVERY  # seconds; the heap is looked at at least every SWEEP_EVERY


#: States that a command of another process can turn into a final one.
_MAY_END_ELSEWHERE = frozenset({JobState.AWAITING_APPROVAL, JobState.QUEUED, JobState.UNCERTAIN, JobState.DELIVERING})


@dataclass(slots=True)
class _Known:
    state: JobState
    version: int
    user: str
    gateway: str
    accepted_at: float
    failures: int = 0


class EmbeddedEngine:
    """Calls `worker.advance` for each unfinished job when it is due: fair to users, within each gateway's room."""

    def __init__(
        self,
        store: Store,
        worker: Worker,
        budgets: Mapping[str, Budget],
        clock: Clock,
        *,
        max_running: int,
        on_step: Callable[[str], None] = lambda _job_id: None,
        meter: Meter | None = None,
    ) -> None:
        """`max_running`: tasks at one gateway at the same time, at least 1. `on_step` is told the id of each job that
        a step was made of, and of each that a person or another process changed."""
        self._meter = meter or Meter()
        self._turned_at: float | None = None  # when the heap was last looked at
        self._store, self._worker, self._budgets, self._clock = store, worker, budgets, clock
        self._max_running = max_running
        worker.outages.wake = self._wake_waiting
        self._on_step = on_step
        self._heap: list[tuple[float, int, str]] = []
        self._due: dict[str, float] = {}
        self._known: dict[str, _Known] = {}
        self._queues: dict[str, FairQueue] = {}
        self._at_gateway: dict[str, set[str]] = {}
        self._active: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._count = itertools.count()
        self._bell = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []
        self._turns_before: dict[str, float] = {}
        self._draining = False
        self._is_paused = False
        self._pause_told = 0  # how often this process itself began or ended a pause

    # ------------------------------------------------------------------------------------------- the interface

    async def start(self) -> None:
        """Take up every unfinished job, then keep going in the background. Raises StoreError."""
        await self._store.changed_elsewhere()  # first: what changes from here on is seen by `_listen`
        self._is_paused = await self._store.paused() is not None
        self._turns_before = dict(await self._store.last_starts())
        self._learn(await self._store.unfinished())
        self._loops = [
            asyncio.create_task(self._serve(), name="engine"),
            asyncio.create_task(self._listen(), name="engine-listen"),
            asyncio.create_task(self._flush(), name="engine-flush"),
        ]

    def wake(self, job: Job) -> None:
        """This job was accepted, or changed by a person: look at it now."""
        if job.state.is_final or job.id in self._known:
            self._tell(job.id)  # of a fresh one, its first step tells
        if job.id in self._active:
            self._again.add(job.id)  # the step under way has the word; the row is read again after it
            return
        if job.state.is_final:
            self._drop(job.id)
            return
        self._known[job.id] = _Known(job.state, job.version, job.requester.key, job.gateway, job.accepted_at)
        if job.state in AT_GATEWAY:
            self._room(job.gateway).add(job.id)
        self._nudge(job.id, self._clock.now() if job.due_at is None else job.due_at)

    def pause(self) -> None:
        """Start nothing that waits; what was started goes on. A pause in the store is found by itself: at once at
        start, within a second when another process began it."""
        self._hold(is_paused=True)

    def resume(self) -> None:
        """Start again what waits."""
        self._hold(is_paused=False)

    def _hold(self, *, is_paused: bool) -> None:
        self._pause_told += 1
        self._is_paused = is_paused
        self._bell.set()

    async def drain(self) -> None:
        """Start nothing new; jobs at the gateways go on."""
        self._draining = True

    async def stop(self, grace: float = 30.0) -> None:
        """Stop waking, give steps under way `grace` seconds to finish, write the last progress. A create in the air is
        waited for until its answer or its time-out: cut off, it would be uncertain."""
        self._draining = True
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        self._loops = []
        self._worker.watcher.stopping.set()
        steps = list(self._active.values())
        if steps:
            _, late = await asyncio.wait(steps, timeout=grace)
            sending = {step for job_id, step in self._active.items() if job_id in self._worker.sending}
            if sending:
                await asyncio.wait(sending, timeout=SENDING_GRACE)
            for step in late:
                step.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        with contextlib.suppress(StoreError):
            await self._write_progress()

    def position(self, job_id: str) -> int | None:
        """How many starts until this job's, 1 = next; None when it does not wait for one."""
        known = self._known.get(job_id)
        queue = self._queues.get(known.gateway) if known else None
        return queue.position(job_id) if queue else None

    def counts(self) -> dict[str, int]:
        """Jobs by state, as the engine knows them."""
        out: dict[str, int] = {}
        for known in self._known.values():
            out[known.state] = out.get(known.state, 0) + 1
        return out

    @property
    def is_alive(self) -> bool:
        """True while it was started, not stopped, and its loops turn."""
        if not self._loops or any(loop.done() for loop in self._loops):
            return False
        return self._turned_at is None or self._clock.now() - self._turned_at < STUCK_AFTER

    # ------------------------------------------------------------------------------------------------ the heap

    def _learn(self, rows: Iterable[Waking]) -> list[str]:
        """Take up what rows say that is new; the ids of those jobs."""
        changed = []
        for row in rows:
            known = self._known.get(row.job_id)
            if known is not None and known.version == row.version:
                continue
            changed.append(row.job_id)
            if row.job_id in self._active:
                self._again.add(row.job_id)
                continue
            self._worker.watcher.forget(row.job_id)
            self._known[row.job_id] = _Known(row.state, row.version, row.user, row.gateway, row.accepted_at)
            if row.state in AT_GATEWAY:
                self._room(row.gateway).add(row.job_id)
            # A create in the air that is not this process's own: with one engine a database, its sender is gone.
            self._nudge(row.job_id, self._clock.now() if row.state is JobState.CREATING else row.due_at)
        return changed

    def _tell(self, job_id: str) -> None:
        with about(job_id):
            try:
                self._on_step(job_id)
            except Exception:
                log.exception("job %s: who listens to the engine stumbled over its step", job_id)

    def _nudge(self, job_id: str, due_at: float) -> None:
        self._due[job_id] = due_at
        heapq.heappush(self._heap, (due_at, next(self._count), job_id))
        if self._heap[0][2] == job_id:
            self._bell.set()

    def _wake_waiting(self, job_id: str) -> None:
        if job_id in self._due:
            self._nudge(job_id, self._clock.now())

    def _drop(self, job_id: str) -> None:
        known = self._known.pop(job_id, None)
        self._due.pop(job_id, None)
        self._worker.watcher.forget(job_id)
        if known is not None:
            self._queue(known.gateway).remove(job_id)
            self._leave_room(job_id, known.gateway)

    def _queue(self, gateway: str) -> FairQueue:
        if gateway not in self._queues:
            queue = self._queues[gateway] = FairQueue()
            for user, at in self._turns_before.items():
                queue.remember_turn(user, at)
        return self._queues[gateway]

    def _leave_room(self, job_id: str, gateway: str) -> None:
        room = self._room(gateway)
        if job_id in room:
            room.discard(job_id)
            if len(self._queue(gateway)):
                self._bell.set()

    def _room(self, gateway: str) -> set[str]:
        return self._at_gateway.setdefault(gateway, set())

    async def _serve(self) -> None:
        last = self._clock.now()
        while True:
            self._bell.clear()
            now, pause = self._clock.now(), 1.0
            self._turned_at = now
            try:
                if now < last - JUMP:
                    self._set_back(last - now)
                last = now
                self._start_due(now)
                pause = self._fill_rooms(now)
                if self._heap:
                    pause = min(pause, self._heap[0][0] - now)
            except Exception:
                log.exception("the engine stumbled; it goes on")
            await self._rest(max(TICK, pause))

    def _set_back(self, seconds: float) -> None:
        """The clock was set back: what was to come in a minute still comes in a minute."""
        log.warning("the clock was set back by %.0f s", seconds)
        self._due = {job_id: due - seconds for job_id, due in self._due.items()}
        self._heap = [(due, next(self._count), job_id) for job_id, due in self._due.items()]
        heapq.heapify(self._heap)

    async def _rest(self, seconds: float) -> None:
        if seconds > TICK and not self._bell.is_set():
            await rest(self._clock, min(seconds, SWEEP_EVERY), self._bell)
        else:
            await self._clock.sleep(TICK)

    def _start_due(self, now: float) -> None:
        while self._heap and self._heap[0][0] <= now:
            due, _, job_id = heapq.heappop(self._heap)
            known = self._known.get(job_id)
            if known is None or self._due.get(job_id) != due:
                continue  # an older entry of a job that was moved
            del self._due[job_id]
            self._meter.began(known.state, now - due)
            if job_id in self._active:
                self._again.add(job_id)
            elif known.state is JobState.QUEUED:
                self._queue(known.gateway).add(job_id, known.user, known.accepted_at)
            else:
                self._begin(job_id)

    def _fill_rooms(self, now: float) -> float:
        """Start waiting jobs while there is room and rate for them; seconds until more can start."""
        pause = SWEEP_EVERY
        if self._draining or self._is_paused:
            return pause
        for gateway, queue in self._queues.items():
            room, budget = self._room(gateway), self._budgets.get(gateway)
            while len(queue) and len(room) < self._max_running:
                wait = budget.create.wait(now) if budget else 0.0
                if wait > 0:
                    pause = min(pause, wait)
                    break
                if budget:
                    budget.create.take(now)
                job_id = queue.take(now)
                if job_id is None or job_id not in self._known:
                    continue
                room.add(job_id)
                self._begin(job_id)
        return pause

    def _begin(self, job_id: str) -> None:
        if job_id in self._active:  # never two steps of one job side by side
            self._again.add(job_id)
            return
        task = asyncio.create_task(self._drive(job_id))
        self._active[job_id] = task

    async def _drive(self, job_id: str) -> None:
        """Advance one job until it is not due any more."""
        try:
            while True:
                with about(job_id):
                    after = await self._one_step(job_id)
                if after is None or after.due_at is None:
                    if job_id in self._again:  # changed by a person while it ended
                        self._again.discard(job_id)
                        continue
                    self._drop(job_id)
                    return
                if after.state is JobState.QUEUED or after.due_at > self._clock.now():
                    self._nudge(job_id, after.due_at)
                    return
                if self._worker.watcher.stopping.is_set():
                    return
        finally:
            self._active.pop(job_id, None)
            if job_id in self._again:
                self._again.discard(job_id)
                if job_id in self._known:
                    self._nudge(job_id, self._clock.now())

    async def _one_step(self, job_id: str) -> Next | None:
        known = self._known[job_id]
        try:
            after = await self._worker.advance(job_id)
        except StoreError as error:
            log.error("job %s has to wait: %s", job_id, error)
            return self._later(job_id, known, LONGEST_OUTAGE_PAUSE)
        except Exception:
            log.exception("job %s: a step broke off; it will be tried again", job_id)
            if known.failures >= TOO_OFTEN:
                await self._give_up(job_id)
            return self._later(job_id, known, LONGEST_PAUSE)
        if after is None:
            return None
        known.failures = 0
        if after.state is not known.state:
            log.info("job %s is %s", job_id, after.state)
            self._meter.entered(after.state)
        known.state, known.version = after.state, after.version
        if after.state in AT_GATEWAY:
            self._room(known.gateway).add(job_id)
        else:
            self._leave_room(job_id, known.gateway)
        self._tell(job_id)
        return after

    async def _give_up(self, job_id: str) -> None:
        """A defect of ours that does not go away must not hold a charge for ever."""
        try:
            await self._worker.give_up(job_id)
        except Exception:
            log.exception("job %s: it could not be ended either", job_id)

    def _later(self, job_id: str, known: _Known, most: float) -> Next:
        known.failures += 1
        self._worker.watcher.forget(job_id)
        pause = backoff(known.failures, self._worker.chance, base=1.0, most=most)
        # The row says in which state the step left it; a QUEUED one only looks so from here.
        if known.state is JobState.QUEUED:
            self._leave_room(job_id, known.gateway)
        return Next(known.state, self._clock.now() + pause, known.version)

    # --------------------------------------------------------------------------------------- beside the heap

    async def _listen(self) -> None:
        swept, is_news = self._clock.now(), False
        while True:
            await self._clock.sleep(LISTEN_EVERY)
            now = self._clock.now()
            try:
                # Kept until it was read, should the database fail meanwhile.
                is_news = await self._store.changed_elsewhere() or is_news
                if is_news:
                    await self._read_pause()
                    before = set(self._known)
                    rows = await self._store.unfinished()
                    changed = self._learn(rows)
                    changed += self._forget_ended(before, {row.job_id for row in rows})
                    is_news = False
                    for job_id in changed:
                        self._tell(job_id)
                elif now - swept >= SWEEP_EVERY or now < swept:
                    swept = now
                    self._learn(await self._store.overdue(now))
            except StoreError as error:
                log.error("the database cannot be read: %s", error)
            except Exception:
                log.exception("the database was not looked at; it will be in a second")

    async def _read_pause(self) -> None:
        told = self._pause_told
        pause = await self._store.paused()
        if told == self._pause_told:  # else this process knows better by now
            self._is_paused = pause is not None
            self._bell.set()

    def _forget_ended(self, known_before: set[str], unfinished: set[str]) -> list[str]:
        """Waiting jobs that another process has ended leave the line; their ids."""
        ended = []
        for job_id in known_before - unfinished:
            known = self._known.get(job_id)
            if known is not None and job_id not in self._active and known.state in _MAY_END_ELSEWHERE:
                self._drop(job_id)
                ended.append(job_id)
        return ended

    async def _flush(self) -> None:
        while True:
            await self._clock.sleep(FLUSH_EVERY)
            try:
                await self._write_progress()
            except StoreError as error:
                log.error("progress cannot be written: %s", error)
            except Exception:
                log.exception("progress was not written; it will be in a while")

    async def _write_progress(self) -> None:
        progress = self._worker.watcher.progress
        seen = dict(progress)
        if seen:
            await self._store.note_progress(seen)
        for job_id, percent in seen.items():
            if progress.get(job_id) == percent:  # not seen to move on meanwhile
                del progress[job_id]
