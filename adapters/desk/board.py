"""The board: every job's one status message, kept current on one platform.

A step of a job only marks it; the board reads many marked rows at once, and none for a percentage. The ends go out
first, then other states, then percentages.
"""

import asyncio
import heapq
import itertools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from adapters.cards.card import Card
from adapters.cards.status_card import status_card
from adapters.desk.lanes import Lanes
from bot.generation.about import about
from bot.generation.job import Address, Delivery, DeliveryState, Job, JobState, Purpose
from bot.generation.ports import ChatError, Clock, JobView, Store, StoreError

log = logging.getLogger("videobot.board")

READ_EVERY = 0.2  # seconds between two reads of marked rows
READ_AT_ONCE = 500  # rows
RESPONSE_WAIT = 15.0  # seconds an interaction's response has to become the status message
AT_ONCE = 16  # messages on their way
LOOKS_AT_ONCE = 50  # messages looked at in a row without giving way to other work
OLD_AFTER = 3600.0  # seconds; platforms limit edits of old messages
OLD_EVERY = 60.0  # seconds between two percentages then
QUEUE_PAUSES = 4  # a place in the queue is looked at that many times as seldom as a percentage
FIRST_BACKOFF, LONGEST_BACKOFF = 5.0, 120.0  # seconds
DUTY_LOOK = 0.5  # seconds between looks for the duty, in real time
FORGET_AFTER = 86_400.0  # seconds after its end that a message which cannot be edited is tried again
STOP_WITHIN = 10.0  # seconds that messages on their way have at the end

#: Ends that need no status message of their own: the result says it, or the person who wished it was told.
_TOLD_ELSEWHERE = frozenset({JobState.DELIVERED, JobState.CANCELLED})
#: States in which something to show changes without a step.
_MOVING = frozenset({JobState.RUNNING, JobState.QUEUED})
_END, _STATE, _PROGRESS = range(3)  # urgencies


class StatusPlace(Protocol):
    """One platform's way to show a status message."""

    @property
    def edit_every(self) -> float:
        """Seconds between two edits of one message, but for the last one."""
        ...

    def lane(self, address: Address) -> str:
        """Posts and edits of one lane are paced together."""
        ...

    async def find(self, job: Job, purpose: Purpose) -> str | None:
        """The reference of our message if it is there already. Raises ChatError."""
        ...

    async def show(self, view: JobView, reference: str | None) -> str:
        """Post (None) or edit; returns the reference. Raises ChatError: gone when this message (posting: any message)
        can never be shown again."""
        ...


class Held(Protocol):
    """The right to keep the messages current, where several processes could."""

    @property
    def is_held(self) -> bool:
        """Whether it is this process's at this moment."""
        ...


@dataclass(eq=False)
class _Entry:
    """A job whose message is not finished, as the board knows it."""

    job: Job
    reference: str | None = None
    is_loaded: bool = False  # the rows of its messages were read
    is_closed: bool = False  # its row says that the message shows an end
    is_busy: bool = False
    changed_meanwhile: bool = False
    is_repost: bool = False  # its message was deleted; one more is posted, once
    is_given_up: bool = False  # nothing can be shown
    shown: Card | None = None
    shown_state: JobState | None = None
    shown_at: float = 0.0
    due: float | None = None  # the one entry of the heap that counts
    not_before: float = 0.0  # after a failure
    failures: int = 0


class StatusBoard:
    """Keeps the status messages of one platform current.

    `lane_every`: seconds between two messages of one lane; `every`: between any two. `witness` is told each point
    around a post as it is passed ("status.before", "status.done"). With a `duty` nothing is shown while it is not held,
    and other processes may adopt messages, too.
    """

    def __init__(
        self,
        platform: str,
        place: StatusPlace,
        store: Store,
        look_at: Callable[[Job], JobView],
        clock: Clock,
        *,
        lane_every: float = 1.0,
        every: float = 0.04,
        witness: Callable[[str, str], None] = lambda _point, _job_id: None,
        duty: Held | None = None,
    ) -> None:
        self._duty = duty
        self._platform, self._place, self._store, self._look_at = platform, place, store, look_at
        self._clock, self._witness = clock, witness
        self._entries: dict[str, _Entry] = {}
        self._marked: dict[str, None] = {}  # job ids in the order of their steps
        self._adopted: dict[str, str] = {}  # references of jobs whose row was not read yet
        self._due: list[tuple[float, str]] = []
        self._lanes = Lanes(lane_every, every)
        self._read_at = 0.0
        self._woken = asyncio.Event()
        self._showing: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None

    # ------------------------------------------------------------------------------------------------- from outside

    async def start(self) -> None:
        """Go on with what the last process left. Raises StoreError."""
        self._marked.update(dict.fromkeys(await self._store.open_statuses(self._platform)))
        self._loop = asyncio.create_task(self._run(), name=f"board of {self._platform}")

    def step(self, job_id: str) -> None:
        """This job changed. Costs nothing, never fails."""
        self._marked[job_id] = None
        self._woken.set()

    async def adopt(self, job_id: str, reference: str) -> None:
        """This message, posted by somebody else, is the job's status message. Raises StoreError."""
        entry = self._entries.get(job_id)
        if entry is not None and entry.reference is not None:
            return
        await self._store.sent(job_id, Purpose.STATUS, reference, self._clock.now())
        self._adopted[job_id] = reference
        self.step(job_id)

    async def stop(self) -> None:
        """Begin nothing new; messages on their way have a few seconds to arrive."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
            self._loop = None
        if self._showing:
            _, late = await asyncio.wait(self._showing, timeout=STOP_WITHIN)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    # ------------------------------------------------------------------------------------------------------ the loop

    async def _run(self) -> None:
        while True:
            try:
                self._woken.clear()
                if not self._may_show:
                    await asyncio.sleep(DUTY_LOOK)
                    continue
                if self._marked and self._clock.now() >= self._read_at:
                    await self._read()
                self._ripen()
                await self._take_turns()
                await self._rest()
            except Exception:
                log.exception("the board breaks off; it goes on")
                await self._clock.sleep(FIRST_BACKOFF)

    async def _read(self) -> None:
        """The rows of marked jobs, in one query."""
        ids = list(itertools.islice(self._marked, READ_AT_ONCE))
        now = self._clock.now()
        try:
            jobs = await self._store.jobs_by_id(ids)
            await self._look_for_adopted(jobs)
        except StoreError as error:
            log.warning("the board cannot read jobs: %s", error)
            self._read_at = now + FIRST_BACKOFF
            return
        self._read_at = now + READ_EVERY
        for job_id in ids:
            self._marked.pop(job_id, None)
        for job in jobs:
            if job.address.platform == self._platform:
                self._learn(job)

    async def _look_for_adopted(self, jobs: Sequence[Job]) -> None:
        """The messages that other processes answered with. Raises StoreError."""
        if self._duty is None:
            return
        for job in jobs:
            entry = self._entries.get(job.id)
            is_known = entry is not None and (entry.is_loaded or entry.is_busy)
            if job.address.platform == self._platform and "response" in job.address.extra and not is_known:
                status = _of(await self._store.deliveries(job.id), Purpose.STATUS)
                if status is not None and status.state is DeliveryState.SENT and status.reference is not None:
                    self._adopted[job.id] = status.reference

    @property
    def _may_show(self) -> bool:
        return self._duty is None or self._duty.is_held

    def _learn(self, job: Job) -> None:
        entry = self._entries.setdefault(job.id, _Entry(job))
        entry.job = job
        adopted = self._adopted.pop(job.id, None)
        if adopted is not None and entry.reference is None:
            entry.reference, entry.is_loaded, entry.shown_at = adopted, True, self._clock.now()
        if entry.is_busy:
            entry.changed_meanwhile = True
        elif not entry.is_given_up or job.state.is_final:
            self._plan(entry, self._soonest(entry))

    def _soonest(self, entry: _Entry) -> float:
        """When a change of this job may be shown."""
        job, at = entry.job, self._clock.now()
        if entry.reference is None:
            if "response" in job.address.extra and not entry.is_loaded:
                at = max(at, job.accepted_at + RESPONSE_WAIT)
        elif not job.state.is_final:
            at = max(at, entry.shown_at + self._place.edit_every)
        return max(at, entry.not_before)

    def _plan(self, entry: _Entry, at: float) -> None:
        entry.due = at
        heapq.heappush(self._due, (at, entry.job.id))

    def _ripen(self) -> None:
        """Entries whose time has come wait for a turn in their lane."""
        now = self._clock.now()
        while self._due and self._due[0][0] <= now:
            at, job_id = heapq.heappop(self._due)
            entry = self._entries.get(job_id)
            if entry is None or entry.due != at:
                continue
            entry.due = None
            self._lanes.add(self._place.lane(entry.job.address), job_id, _urgency(entry))

    async def _take_turns(self) -> None:
        looks = 0
        while len(self._showing) < AT_ONCE:
            turn = self._lanes.take(self._clock.now())
            if turn is None:
                return
            lane, job_id = turn
            entry = self._entries.get(job_id)
            if entry is None or entry.is_busy:
                continue
            if self._is_unchanged(entry):
                self._plan_next(entry)
                looks += 1
                if looks % LOOKS_AT_ONCE == 0:
                    await asyncio.sleep(0)
                continue
            self._lanes.used(lane, self._clock.now())
            entry.is_busy = True
            task = asyncio.create_task(self._show(entry), name=f"status of {job_id}")
            self._showing.add(task)
            task.add_done_callback(self._showing.discard)

    def _is_unchanged(self, entry: _Entry) -> bool:
        if entry.reference is None or entry.job.state.is_final or entry.shown is None:
            return False
        with about(entry.job.id):
            try:
                return status_card(self._look_at(entry.job)) == entry.shown
            except Exception:
                log.exception("the status of job %s breaks off", entry.job.id)
                self._back_off(entry)
                return True

    def _plan_next(self, entry: _Entry) -> None:
        """When to look whether there is something new, without a step."""
        if entry.job.state not in _MOVING or entry.is_given_up:
            return
        now, pause = self._clock.now(), self._place.edit_every
        if now - entry.job.accepted_at > OLD_AFTER:
            pause = max(pause, OLD_EVERY)
        elif entry.job.state is JobState.QUEUED:
            pause *= QUEUE_PAUSES
        self._plan(entry, max(now + pause, entry.not_before))

    async def _rest(self) -> None:
        """Until the next moment that is known, or until something happens."""
        moments = [self._due[0][0]] if self._due else []
        if self._marked:
            moments.append(self._read_at)
        turn = self._lanes.next_at() if len(self._showing) < AT_ONCE else None
        if turn is not None:
            moments.append(turn)
        waits = {asyncio.ensure_future(self._until_woken())}
        if moments:
            waits.add(asyncio.ensure_future(self._clock.sleep(max(0.0, min(moments) - self._clock.now()))))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _until_woken(self) -> None:
        await self._woken.wait()

    # ------------------------------------------------------------------------------------------------------ one turn

    async def _show(self, entry: _Entry) -> None:
        with about(entry.job.id):
            await self._try_to_show(entry)

    async def _try_to_show(self, entry: _Entry) -> None:
        try:
            if not self._may_show:
                self._back_off(entry)
                return
            await self._make_current(entry)
            entry.failures, entry.not_before = 0, 0.0
        except ChatError as error:
            await self._not_shown(entry, error)
        except StoreError as error:
            log.warning("the status of job %s cannot be kept: %s", entry.job.id, error)
            self._back_off(entry)
        except Exception:
            log.exception("the status of job %s breaks off", entry.job.id)
            self._back_off(entry)
        finally:
            entry.is_busy = False
            self._woken.set()
        self._after(entry)

    def _after(self, entry: _Entry) -> None:
        if entry.changed_meanwhile:
            entry.changed_meanwhile = False
            self._plan(entry, self._soonest(entry))
        elif entry.job.state.is_final and (entry.is_closed or entry.is_given_up):
            del self._entries[entry.job.id]
        elif entry.failures or (entry.reference is None and not entry.is_given_up):
            self._plan(entry, self._soonest(entry))
        else:
            self._plan_next(entry)

    async def _make_current(self, entry: _Entry) -> None:
        job, result = entry.job, None
        if not entry.is_loaded or job.state.is_final:
            rows = await self._store.deliveries(job.id)
            result = _of(rows, Purpose.RESULT)
            status = _of(rows, Purpose.STATUS)
            if status is not None and not entry.is_loaded:
                entry.reference, entry.is_closed = status.reference, status.closed
            entry.is_loaded = True
        view = self._look_at(job)
        if result is not None:
            view = replace(view, result=result.reference)
        if entry.reference is not None:
            await self._place.show(view, entry.reference)
        elif job.state not in _TOLD_ELSEWHERE and job.erased_at is None:  # else nobody knows where it belongs
            entry.reference = await self._post(entry, view)
        entry.shown, entry.shown_state, entry.shown_at = status_card(view), job.state, self._clock.now()
        await self._close(entry, job.state.is_final)

    async def _post(self, entry: _Entry, view: JobView) -> str:
        """The message's reference: of the one that is there already, else of a new one."""
        job = entry.job
        before = await self._store.sending(job.id, Purpose.STATUS, self._clock.now())
        found = None
        if not entry.is_repost and (before is not None or "response" in job.address.extra):
            is_sent = before is not None and before.state is DeliveryState.SENT
            found = before.reference if before is not None and is_sent else None
            found = found or await self._place.find(job, Purpose.STATUS)
        if found is None:
            self._witness("status.before", job.id)
            reference = await self._place.show(view, None)
            self._witness("status.done", job.id)
        else:
            reference = await self._place.show(view, found)
        await self._store.sent(job.id, Purpose.STATUS, reference, self._clock.now())
        return reference

    async def _close(self, entry: _Entry, closed: bool) -> None:
        if entry.is_closed is not closed:
            await self._store.close_delivery(entry.job.id, Purpose.STATUS, closed, self._clock.now())
            entry.is_closed = closed

    async def _not_shown(self, entry: _Entry, error: ChatError) -> None:
        job = entry.job
        if not error.gone:
            self._back_off(entry)
            ended = job.finished_at if job.state.is_final else None
            if ended is None or self._clock.now() - ended < FORGET_AFTER:
                return
        elif entry.reference is not None and not entry.is_repost and job.state not in _TOLD_ELSEWHERE:
            log.info("the status of job %s is gone; it is posted once more", job.id)
            entry.reference, entry.is_repost = None, True
            return
        log.info("the status of job %s cannot be shown any more: %s", job.id, error.message)
        entry.is_given_up = True
        entry.failures = 0
        if job.state.is_final:
            try:
                await self._close(entry, closed=True)
            except StoreError as fault:
                log.warning("the status of job %s cannot be closed: %s", job.id, fault)

    def _back_off(self, entry: _Entry) -> None:
        entry.failures += 1
        pause = min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** min(entry.failures - 1, 10))
        entry.not_before = self._clock.now() + pause


def _urgency(entry: _Entry) -> int:
    if entry.job.state.is_final:
        return _END
    return _PROGRESS if entry.shown_state is entry.job.state else _STATE


def _of(rows: Sequence[Delivery], purpose: Purpose) -> Delivery | None:
    return next((row for row in rows if row.purpose is purpose), None)
