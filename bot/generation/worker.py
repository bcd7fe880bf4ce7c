"""advance(job): the next step of one job.

Each call reads the row, does ONE step and writes the outcome with the next `due_at` in one transaction. What happened
at a gateway or on a platform is never assumed: a create found without an outcome is uncertain, a post found without a
reference is looked for before it is posted again.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from bot.generation.about import about
from bot.generation.accounts import gateway_of
from bot.generation.catalog import Catalog
from bot.generation.dialects import encode
from bot.generation.job import DeliveryState, Failure, Job, JobState, Next, Output, Purpose
from bot.generation.outages import Outages
from bot.generation.pacing import (
    FIRST_LOOK,
    SLOW_AFTER,
    WATCH_FOR,
    Budget,
    RenderTimes,
    backoff,
    timing_key,
)
from bot.generation.ports import (
    Accepted,
    Chat,
    ChatError,
    Clock,
    CreateOutcome,
    Gateway,
    GatewayError,
    Ids,
    JobView,
    Media,
    MediaError,
    NotCreated,
    NotDecidableError,
    Store,
    StoreError,
    Uncertain,
)
from bot.generation.watching import Watch, Watcher

log = logging.getLogger("videobot.worker")

LEASE = 300.0  # seconds; longer than a create may take with everything around it
DECIDE_WITHIN = 24 * 3600.0  # seconds an uncertain job waits for an admin
CREATE_TRIES = 60  # creates (or uploads) in a row that a gateway does not take, about an hour
GATEWAY_TRIES = 144  # times ten minutes that a queued job waits for a gateway without a key: a day
PAUSED_FOR = 5.0  # seconds until a queued job that a pause held back is looked at again
LOOK_UP_EVERY = 60.0  # seconds between look-ups of an uncertain create by our own id
LOOK_UP_TRIES = 60  # failed ones before the 24 hours count without them
SAVE_TRIES = 5
SAVES_AT_ONCE = 8  # of one gateway's videos: where its downloads hang, the others' go on
BEGINS_AT_ONCE = 1000
LONGEST_DELIVER_PAUSE = 120.0  # seconds; how long after an outage the first video may come
DELIVER_TRIES = 730  # at first soon after each other, then every two minutes: a day that a platform may be away
_NOT_SENT = NotCreated("not_sent", "The create was not sent.", retry=True)


@dataclass
class Worker:
    """Does the steps. One object a process; steps of different jobs run side by side, of one job one after another.

    `witness` is told the name of each point around a side effect as it is passed ("create.sent", job id ...).
    """

    store: Store
    gateways: Mapping[str, Gateway]
    budgets: Mapping[str, Budget]
    chats: Mapping[str, Chat]
    media: Media
    catalog: Catalog
    times: RenderTimes
    clock: Clock
    ids: Ids
    chance: Random
    owner: str
    #: Whether this process still is the one that runs the job: asked right before what cannot be taken back.
    may_act: Callable[[str], bool] = lambda _job_id: True
    #: Creates that are written down and not sent yet at the same time: all of them are in doubt when the process dies.
    beginning: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(BEGINS_AT_ONCE))
    witness: Callable[[str, str], None] = lambda _point, _job_id: None
    saves: dict[str, asyncio.Semaphore] = field(
        default_factory=lambda: defaultdict(lambda: asyncio.Semaphore(SAVES_AT_ONCE))
    )
    sending: set[str] = field(default_factory=set)  # jobs whose create is in the air
    unsent: dict[str, str] = field(default_factory=dict)  # by job: an attempt that may be written down
    outages: Outages = field(default_factory=Outages)  # of the platforms
    watcher: Watcher = field(init=False)

    def __post_init__(self) -> None:
        self.watcher = Watcher(self.store, self.gateways, self.budgets, self.times, self.clock, self.chance, self._see)

    def _see(self, point: str, job_id: str) -> None:
        self.witness(point, job_id)

    async def advance(self, job_id: str) -> Next | None:
        """Do the next step of this job; None when there is no such job. Raises StoreError when it cannot be written."""
        with about(job_id):
            return await self._advance(job_id)

    async def _advance(self, job_id: str) -> Next | None:
        watch = self.watcher.watches.get(job_id)
        if watch is not None:
            return await self.watcher.look(watch)
        job = await self.store.job(job_id)
        if job is None:
            return None
        if job.state is JobState.RUNNING and job.gateway in self.gateways:
            watch = self.watcher.watches[job_id] = Watch.of(job)
            return await self.watcher.look(watch)
        after = await self._step(job)
        if after is None:  # the row moved on while we worked: what it says now counts
            after = await self.store.job(job_id)
            if after is None:
                return None
        return self._next(after)

    def _next(self, job: Job) -> Next:
        return Next(job.state, None if job.state.is_final else job.due_at, job.version)

    async def _step(self, job: Job) -> Job | None:
        if job.gateway not in self.gateways and job.state in _NEEDS_GATEWAY:
            return await self._without_gateway(job)
        match job.state:
            case JobState.QUEUED | JobState.UPLOADING:
                return await self._prepare(job)
            case JobState.CREATING | JobState.UNCERTAIN:
                return await self._find_out(job)
            case JobState.AWAITING_APPROVAL:
                return await self._await_approval(job)
            case JobState.SAVING:
                return await self._save(job)
            case JobState.DELIVERING:
                return await self._deliver(job)
            case _:
                return job

    async def _await_approval(self, job: Job) -> Job | None:
        now = self.clock.now()
        is_late = job.due_at is not None and job.due_at <= now
        return await self.store.expire(job, now) if is_late else job

    async def _without_gateway(self, job: Job) -> Job | None:
        # A key taken out of the settings must not lose a job: it waits a day for the key to come back.
        now = self.clock.now()
        log.warning("job %s waits: no key is set for its gateway %s", job.id, job.gateway)
        failure = Failure("no_gateway", f"The gateway {job.gateway} is not set up any more; tell an admin.")
        if job.state is JobState.RUNNING and now - (job.task_created_at or job.accepted_at) > WATCH_FOR:
            return await self.store.fail(job, failure, now, state=JobState.LOST, possibly_billed=True)
        if job.state is not JobState.RUNNING and job.retries >= GATEWAY_TRIES:
            return await self.store.fail(job, failure, now)
        return await self.store.postpone(job, now + 600.0, now, retries=job.retries + 1)

    async def give_up(self, job_id: str) -> None:
        """End a job whose step breaks off again and again, if nothing is at stake at a gateway. Raises StoreError."""
        job, now = await self.store.job(job_id), self.clock.now()
        failure = Failure("internal", "Something in this bot is broken; an admin finds it in the log.")
        if job is not None and job.state in (JobState.QUEUED, JobState.UPLOADING):
            await self.store.fail(job, failure, now)
        elif job is not None and job.state is JobState.DELIVERING:
            await self.store.undeliverable(job, failure, now)

    # ------------------------------------------------------------------------------------ uploading, creating

    async def _prepare(self, job: Job) -> Job | None:
        now = self.clock.now()
        if job.state is JobState.QUEUED and await self.store.paused() is not None:
            return await self.store.postpone(job, now + PAUSED_FOR, now)  # whatever the engine knew when it began
        sources = _sources(job)
        links = await self.store.uploads(job.id, job.gateway, now) if sources else {}
        missing = [source for source in sources if source not in links]
        if missing and job.state is JobState.QUEUED:
            return await self.store.begin_upload(job, now)
        if missing:
            return await self._upload(job, missing[0])
        return await self._create(job, links)

    async def _upload(self, job: Job, source: str) -> Job | None:
        gateway = self.gateways[job.gateway]
        self.witness("upload.before", job.id)
        try:
            if job.request.reference_video is not None and source == job.request.reference_video.source:
                uploaded = await gateway.upload_video(*await self.media.input_file(source))
            else:
                uploaded = await gateway.upload_image(*await self.media.read_input(source))
        except MediaError as error:
            now, failure = self.clock.now(), Failure("input_lost", error.message)
            if not error.retry or job.retries >= CREATE_TRIES:
                return await self.store.fail(job, failure, now)
            due = now + backoff(job.retries + 1, self.chance)
            return await self.store.postpone(job, due, now, failure=failure, retries=job.retries + 1)
        except GatewayError as error:
            return await self._not_uploaded(job, error)
        self.witness("upload.done", job.id)
        await self.store.note_upload(job.id, source, uploaded, job.gateway, self.clock.now())
        return await self.store.job(job.id)  # still due: the next file, or the create

    async def _not_uploaded(self, job: Job, error: GatewayError) -> Job | None:
        now = self.clock.now()
        failure = Failure(error.code, error.message)
        if not error.retry or job.retries >= CREATE_TRIES:
            return await self.store.fail(job, failure, now)
        pause = max(error.retry_after or 0.0, backoff(job.retries + 1, self.chance))
        return await self.store.postpone(job, now + pause, now, failure=failure, retries=job.retries + 1)

    async def _create(self, job: Job, links: Mapping[str, str]) -> Job | None:
        gateway, attempt_id, now = self.gateways[job.gateway], self.ids.attempt_id(), self.clock.now()
        offer = self.catalog.find(job.model, job.gateway, dialect=job.dialect)
        body = gateway.create_body(encode(offer, job.request, links), attempt_id)
        async with self.beginning:
            try:
                creating = await self.store.begin_attempt(job, attempt_id, body, self.owner, now + LEASE, now)
            except StoreError:
                self.unsent[job.id] = attempt_id  # a lost connection does not tell whether it was written down
                raise
            self.unsent.pop(job.id, None)
            if creating is None or creating.state is not JobState.CREATING:
                return creating
            self.sending.add(job.id)
            try:
                self.witness("create.before", job.id)
                may_send = await self._may_send(creating)
            except BaseException:
                self.sending.discard(job.id)
                raise
        try:
            if not may_send:
                outcome: CreateOutcome = _NOT_SENT
            else:
                outcome = await gateway.create(body, attempt_id)
                self.witness("create.sent", job.id)
            return await self._write_outcome(creating, attempt_id, outcome)
        finally:
            self.sending.discard(job.id)

    async def _may_send(self, job: Job) -> bool:
        """Right before the POST: does the lease still hold? Stopped for longer (a closed lid), whoever holds the job
        now takes this attempt for uncertain. Not sending is always safe."""
        try:
            holds = await self.store.holds_lease(job, self.clock.now())
        except StoreError as error:
            log.error("job %s: not sent, its lease cannot be checked: %s", job.id, error)
            return False
        holds = holds and self.may_act(job.id)
        if not holds:
            log.warning("job %s: the lease ran out before the create was sent; not sent", job.id)
        return holds

    async def _write_outcome(self, job: Job, attempt_id: str, outcome: CreateOutcome) -> Job | None:
        now = self.clock.now()
        match outcome:
            case Accepted(task_id):
                due = now + FIRST_LOOK
                what = f"job {job.id} runs as task {task_id}"
                return await self._write_down(what, lambda: self.store.task_accepted(attempt_id, task_id, due, now))
            case NotCreated():
                return await self._not_created(job, attempt_id, outcome)
            case Uncertain(code, message):
                what = f"job {job.id}: nobody knows whether its create made a task ({code})"
                log.warning("%s", what)
                failure, due = Failure(code, message), now + DECIDE_WITHIN
                if self.gateways[job.gateway].can_look_up:
                    due = now + LOOK_UP_EVERY / 6
                return await self._write_down(what, lambda: self.store.uncertain(job, attempt_id, failure, due, now))

    async def _not_created(self, job: Job, attempt_id: str, outcome: NotCreated) -> Job | None:
        now = self.clock.now()
        failure = Failure(outcome.code, outcome.message)
        retry_at = None
        if outcome.retry and job.retries < CREATE_TRIES:
            pause = max(outcome.retry_after or 0.0, backoff(job.retries + 1, self.chance))
            retry_at = now + pause
            if outcome.code == "rate_limited":
                self.budgets[job.gateway].create.close(now + (outcome.retry_after or pause), now)
        what = f"job {job.id}: its create made nothing ({outcome.code})"
        return await self._write_down(what, lambda: self.store.not_created(job, attempt_id, failure, retry_at, now))

    async def _find_out(self, job: Job) -> Job | None:
        """A create without an outcome (found after a crash), or one whose answer was lost."""
        gateway, now = self.gateways.get(job.gateway), self.clock.now()
        attempts = await self.store.attempts(job.id)
        attempt = next(a for a in attempts if a.id == job.attempt_id)
        if self.unsent.get(job.id) == attempt.id:
            return await self._not_created(job, attempt.id, _NOT_SENT)
        failure = job.failure or Failure(
            "create_interrupted", "The bot was stopped while it sent this job to the gateway; it may have arrived."
        )
        decide_by, due = attempt.started_at + DECIDE_WITHIN, None
        if gateway is not None and gateway.can_look_up:
            due = now + LOOK_UP_EVERY
            try:
                found = await self._look_up(gateway, attempt.id)
            except GatewayError:
                if job.state is JobState.UNCERTAIN and job.retries < LOOK_UP_TRIES:
                    # Nothing was learned: no reason to give up, however late it is.
                    return await self.store.postpone(job, due, now, retries=job.retries + 1)
            else:
                if found is not None:
                    return await self.store.task_accepted(attempt.id, found, now, now)
        if job.state is JobState.UNCERTAIN and now >= decide_by:
            return await self.store.give_up_uncertain(job, now)
        due = decide_by if due is None else min(decide_by, due)
        if job.state is JobState.CREATING:
            return await self.store.uncertain(job, attempt.id, failure, due, now)
        return await self.store.postpone(job, due, now)

    async def _write_down(self, what: str, write: Callable[[], Awaitable[Job | None]]) -> Job | None:
        """Write what a create came to, however long the database refuses: nobody else knows it, and it is money."""
        failures = 0
        while True:
            try:
                return await write()
            except Exception as error:
                failures += 1
                is_known = isinstance(error, StoreError)
                why = error if is_known else type(error).__name__
                log.error("%s, but that cannot be written: %s", what, why, exc_info=not is_known)
                await self.clock.sleep(backoff(failures, self.chance))

    async def _look_up(self, gateway: Gateway, attempt_id: str) -> str | None:
        """The task made under our own id; None when the gateway says there is none. Raises GatewayError."""
        pause = self.budgets[gateway.name].look.take(self.clock.now())
        if pause:
            await self.clock.sleep(pause)
        look = await gateway.look_up(attempt_id)
        return look.task_id if look is not None else None

    # ------------------------------------------------------------------------------------- saving, delivering

    async def _save(self, job: Job) -> Job | None:
        now = self.clock.now()
        output = job.output or Output("")
        self.witness("save.before", job.id)
        try:
            async with self.saves[gateway_of(job.gateway)]:
                video = await self.media.save_video(output.url, job.id)
        except MediaError as error:
            failure = Failure("not_saved", error.message)
            if error.retry and not error.link_is_dead and job.retries < SAVE_TRIES:
                due = now + backoff(job.retries + 1, self.chance)
                return await self.store.postpone(job, due, now, failure=failure, retries=job.retries + 1)
            log.warning("job %s: its video could not be saved; the gateway's link is shown instead", job.id)
            return await self.store.saved(job, None, failure, self.clock.now())
        self.witness("save.done", job.id)
        return await self.store.saved(job, video, None, self.clock.now())

    async def _deliver(self, job: Job) -> Job | None:
        chat = self.chats.get(job.address.platform)
        now = self.clock.now()
        if chat is None:
            log.warning("job %s waits: the platform %s is not running here", job.id, job.address.platform)
            return await self.store.postpone(job, now + 600.0, now)
        try:
            before = await self.store.sending(job.id, Purpose.RESULT, now)
        except NotDecidableError:  # cancelled meanwhile
            return None
        try:
            reference = None
            if before is not None:
                is_sent = before.state is DeliveryState.SENT
                reference = before.reference if is_sent else await chat.find(job, Purpose.RESULT)
            if reference is None:
                self.witness("deliver.before", job.id)
                if not self.may_act(job.id):
                    return None  # whoever runs the job now looks for the message first
                reference = await chat.deliver(self.view(job))
                self.witness("deliver.done", job.id)
        except ChatError as error:
            return await self._not_delivered(job, error)
        self.outages.worked(job.address.platform)
        return await self.store.delivered(job, reference, self.clock.now())

    async def _not_delivered(self, job: Job, error: ChatError) -> Job | None:
        now = self.clock.now()
        failure = Failure("undeliverable", error.message)
        if error.gone or job.retries >= DELIVER_TRIES:
            return await self.store.undeliverable(job, failure, now)
        self.outages.failed(job.address.platform, job.id)
        due = now + backoff(job.retries + 1, self.chance, most=LONGEST_DELIVER_PAUSE)
        return await self.store.postpone(job, due, now, failure=failure, retries=job.retries + 1)

    # ------------------------------------------------------------------------------------------------- showing

    def view(self, job: Job, position: int | None = None) -> JobView:
        """What a message about this job shows at this moment."""
        low, high, learned = self.times.usual(_key(job))
        age = self.clock.now() - (job.task_created_at or job.accepted_at)
        return JobView(
            job,
            position=position,
            usual_seconds=(low, high),
            usual_is_learned=learned,
            taking_longer=job.state is JobState.RUNNING and age > SLOW_AFTER,
        )


_NEEDS_GATEWAY = frozenset({JobState.QUEUED, JobState.UPLOADING, JobState.RUNNING})


def _key(job: Job) -> str:
    return timing_key(job.gateway, job.model, job.mode, job.duration)


def _sources(job: Job) -> list[str]:
    """The files of this job that the gateway must have: stored inputs, not links."""
    sources = [frame.source for frame in job.request.frames]
    if job.request.reference_video is not None:
        sources.append(job.request.reference_video.source)
    return list(dict.fromkeys(s for s in sources if not s.startswith(("http://", "https://"))))
