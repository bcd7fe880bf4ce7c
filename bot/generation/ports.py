"""What the core asks of the rooms around it: Store, Gateway, Media, Chat, Clock. Protocols and plain data only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from bot.generation.barring import Ban, Barred, Closure
from bot.generation.job import (
    Address,
    Attempt,
    Delivery,
    Failure,
    Job,
    JobState,
    Output,
    Purpose,
    Requester,
    StoredVideo,
)
from bot.generation.limits import Charge, Limit, LimitUse, Policy, Refusal, Scope, ScopeKind, Unit, Window
from bot.generation.prompt_rules import PromptRule
from bot.generation.request import VideoRequest

# ---------------------------------------------------------------------------------------------- the gateway


@dataclass(frozen=True, slots=True)
class Accepted:
    """The gateway answered 200 with a task id: it runs, and it will be billed when it completes."""

    task_id: str


@dataclass(frozen=True, slots=True)
class NotCreated:
    """Certain: no task exists and nothing is billed.

    `retry` says whether the same request can succeed later (busy, connection refused) or never (refused content, wrong
    key); `retry_after` is the gateway's own wish in seconds. `code` is one of the error map's words.
    """

    code: str
    message: str
    retry: bool
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The create may have made a task, and it may be billed. Never sent again by itself."""

    code: str
    message: str


CreateOutcome = Accepted | NotCreated | Uncertain


class TaskState(StrEnum):
    """What one look at a task says. Any unknown word of a gateway counts as running."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TaskLook:
    """One good answer about a task. `progress` is the gateway's own percentage 0-100; `bill_micros` its bill in
    micro-dollars where it gives one; `outputs` may be empty although the task is completed (look again)."""

    state: TaskState
    task_id: str | None = None
    progress: int | None = None
    outputs: tuple[Output, ...] = ()
    bill_micros: int | None = None
    failure: Failure | None = None


class GatewayError(Exception):
    """A call other than a create did not work.

    `code` is one of the error map's words; `retry` says whether the same call can work later; `retry_after` in seconds.
    """

    def __init__(self, code: str, message: str, *, retry: bool, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.retry, self.retry_after = code, message, retry, retry_after


class TaskNotFoundError(GatewayError):
    """404 for a task: perhaps a replica that has not seen it yet."""

    def __init__(self, message: str) -> None:
        super().__init__("task_not_found", message, retry=True)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file at the gateway: its public link and, where known, when the link dies (epoch seconds)."""

    url: str
    expires_at: float | None


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left on the account, in micro-dollars; None means unlimited."""

    remaining_micros: int | None
    used_micros: int | None


class Gateway(Protocol):
    """One HTTP service that renders. All calls are bounded in size and time; none retries a create."""

    @property
    def name(self) -> str: ...
    @property
    def can_look_up(self) -> bool:
        """True where a setting says that a task can be read by our own attempt id."""
        ...

    def create_body(self, body: Mapping[str, object], attempt_id: str) -> Mapping[str, object]:
        """The exact body that `create` will send: with our own id inside where the setting says so."""
        ...

    async def create(self, body: Mapping[str, object], attempt_id: str) -> CreateOutcome:
        """Send one create on a fresh connection and tell which of the three outcomes it had. Never raises for a
        network or gateway fault."""
        ...

    async def look(self, task_id: str) -> TaskLook:
        """Read a task's status. Raises TaskNotFoundError, GatewayError."""
        ...

    async def look_up(self, attempt_id: str) -> TaskLook | None:
        """Read a task by our own attempt id; None when the gateway knows none. Raises GatewayError."""
        ...

    async def upload_image(self, data: bytes, mime: str) -> Uploaded:
        """Upload one prepared image. Raises GatewayError."""
        ...

    async def upload_video(self, path: Path, mime: str) -> Uploaded:
        """Upload one reference video. Raises GatewayError (`unsupported` where the gateway has no video upload)."""
        ...

    async def balance(self) -> Balance:
        """What the account holds. Raises GatewayError."""
        ...

    async def models(self) -> frozenset[str]:
        """The ids of the video models this account can use. Raises GatewayError."""
        ...


# ------------------------------------------------------------------------------------------------ media


class MediaError(Exception):
    """The bytes could not be fetched, stored or understood; the message is one sentence for people.

    `link_is_dead`: the gateway's link answers, but the video is gone from it. `retry`: worth trying again soon.
    """

    def __init__(self, message: str, *, link_is_dead: bool = False, retry: bool = False) -> None:
        super().__init__(message)
        self.message, self.link_is_dead, self.retry = message, link_is_dead, retry


class Media(Protocol):
    """Input images and finished videos on disk."""

    async def read_input(self, key: str) -> tuple[bytes, str]:
        """The bytes and MIME type of a stored input. Raises MediaError."""
        ...

    async def input_file(self, key: str) -> tuple[Path, str]:
        """The file and MIME type of a stored input (reference videos). Raises MediaError."""
        ...

    async def save_video(self, url: str, job_id: str) -> StoredVideo:
        """Fetch a finished video; asked again for the same job it returns what is already there. Raises MediaError."""
        ...

    async def video_file(self, video: StoredVideo) -> Path:
        """The file of a stored video on this machine, fetched where several share a store. Raises MediaError."""
        ...


# ------------------------------------------------------------------------------------------------ chat


@dataclass(frozen=True, slots=True)
class JobView:
    """What a message about a job shows: the row, and what only this moment knows."""

    job: Job
    position: int | None = None  # 1 = next to start
    usual_seconds: tuple[int, int] | None = None
    usual_is_learned: bool = False
    taking_longer: bool = False
    result: str | None = None  # the reference of the result message, once it is there


class ChatError(Exception):
    """A post did not work. `gone`: this place can never take it; `ambiguous`: it may have arrived, look first."""

    def __init__(self, message: str, *, gone: bool = False, ambiguous: bool = False) -> None:
        super().__init__(message)
        self.message, self.gone, self.ambiguous = message, gone, ambiguous


class Chat(Protocol):
    """One platform's way to show a job. Every call may be repeated after a crash."""

    async def find(self, job: Job, purpose: Purpose) -> str | None:
        """The reference of our message for this job and purpose if it is already there. Raises ChatError."""
        ...

    async def deliver(self, view: JobView) -> str:
        """Post the result as a new message; returns its reference. Raises ChatError."""
        ...


# ------------------------------------------------------------------------------------------------ the store

DRAFT_DAYS = 7  # days a request that nobody started is kept


@dataclass(frozen=True, slots=True)
class NewJob:
    """A checked request on its way into the house: everything the accepting transaction writes."""

    id: str
    request: VideoRequest
    requester: Requester
    address: Address
    gateway: str
    model: str
    dialect: str
    mode: str
    duration: int
    audio: bool
    quote_micros: int
    held_micros: int  # what the limits hold: the quote, or the upper estimate where the price is not published
    quote_is_estimate: bool
    intake_key: str | None = None  # accepting twice under one key returns the first job
    needs_approval: bool = False
    approve_by: float | None = None  # when it expires without an approval; None: never

    @property
    def charge(self) -> Charge:
        """What the job holds from the limits."""
        return Charge(videos=1, seconds=self.duration, usd=self.held_micros)


@dataclass(frozen=True, slots=True)
class Waking:
    """As much of an unfinished job as the engine's heap needs."""

    job_id: str
    state: JobState
    user: str
    gateway: str
    accepted_at: float
    due_at: float
    version: int
    timing_key: str
    started_at: float | None  # when its task began (running), to know when to look


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One event of one job in the append-only ledger. Amounts are what the event adds (+) or takes back (-)."""

    job_id: str
    event: str
    account: str  # "charge" (the requester's limits) or "cost" (the admin's money)
    videos: int
    seconds: int
    usd: int
    at: float
    accepted_at: float
    note: str


@dataclass(frozen=True, slots=True)
class UsageRow:
    """Use of one group (a user, model, day ...) in a time range: finished and held videos, seconds, micro-dollars.

    `billed_micros` is what the gateways billed, and `quoted_micros` what the same videos were quoted at: where they
    differ, the price list is wrong; `misquoted` counts the videos whose bill is another sum than their quote.
    `expected_micros` is what all these videos were quoted at, billed or not.

    `jobs` counts what was asked for, whatever became of it: `delivered`, `failed` (also lost, or made and impossible to
    post), `withdrawn` (cancelled, declined, not approved in time), and the rest are under way.
    """

    group: str
    videos: int
    seconds: int
    charged_micros: int
    held_micros: int
    cost_micros: int
    possibly_billed_micros: int
    billed_micros: int = 0
    quoted_micros: int = 0
    expected_micros: int = 0
    jobs: int = 0
    delivered: int = 0
    failed: int = 0
    withdrawn: int = 0
    misquoted: int = 0


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One job in a report: where it came from, what became of it and what it cost; nothing of what was asked in words.

    `user_key` is `Requester.key`; `duration` in seconds; `charge` and `state` are the values of the job's own.
    `cost_micros` and `possibly_billed_micros` are those of all its attempts.
    """

    id: str
    accepted_at: float
    finished_at: float | None
    platform: str
    workspace: str
    channel: str
    user_key: str
    gateway: str
    model: str
    mode: str
    duration: int
    audio: bool
    state: str
    charge: str
    failure_code: str | None
    quote_micros: int
    held_micros: int
    charged_micros: int | None
    bill_micros: int | None
    cost_micros: int
    possibly_billed_micros: int


@dataclass(frozen=True, slots=True)
class Intake:
    """A raw platform event that was stored before it was acknowledged, and not yet answered."""

    key: str
    platform: str
    payload: Mapping[str, object]
    received_at: float


@dataclass(frozen=True, slots=True)
class Draft:
    """A request that nobody has started yet: what its buttons (Start, Open the form) stand for after any restart."""

    id: str
    request: VideoRequest
    requester: Requester
    address: Address
    saved_at: float


@dataclass(frozen=True, slots=True)
class Grant:
    """What an admin gives on top of a limit, until the present window of the calendar ends; of a rolling window, for
    its length. usd amounts are micro-dollars."""

    scope: Scope
    unit: Unit
    window: Window
    amount: int


@dataclass(frozen=True, slots=True)
class Pause:
    """An admin stopped new videos: nothing is accepted and nothing that waits is started; what runs finishes.

    `drain`: the process is about to be replaced; the next one that runs the jobs ends it by itself.
    """

    by: str
    reason: str
    since: float
    drain: bool = False


@dataclass(frozen=True, slots=True)
class LimitWarning:
    """A limit was filled up to the share that is warned of, by this job. `counted`: whose counter it is. `workspace`:
    where the job was asked for, by the platform's own id ("" outside of any)."""

    limit: Limit
    counted: Scope
    amount: int  # the limit with what was granted
    taken: int  # used and held
    job_id: str
    at: float
    frees_at: float | None
    workspace: str = ""

    @property
    def granted(self) -> int:
        """What an admin gave on top of the limit."""
        return self.amount - self.limit.amount

    @property
    def is_own(self) -> bool:
        """It is a user's own affair; the others (everyone's, a workspace's ...) are told to admins alone."""
        return self.counted.kind is ScopeKind.USER


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One act of a person, or of the bot itself."""

    id: int
    at: float
    who: str
    act: str
    subject: str
    detail: str


class ErasureKind(StrEnum):
    """What an erasure removes."""

    VIDEO = "video"  # by the job's id: the video with its poster and copies
    INPUT = "input"  # by its media key


@dataclass(frozen=True, slots=True)
class Erasure:
    """A file of somebody who was forgotten at `at`, still to be removed. `kept`: somebody else has the same input."""

    id: int
    kind: ErasureKind
    name: str
    at: float
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What forgetting a person did: the key their money rows go on under, their videos, and which of those were
    cancelled by it."""

    key: str
    videos: int
    cancelled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retention:
    """Days that rows are kept, by kind: prompts and inputs of finished jobs (and what stands on the chat page), the
    audit trail, events of platforms."""

    prompts_days: int
    audit_days: int
    intake_days: int


#: The act of a request for a video that was not taken, beside "refused: ..." of what only admins may do.
REFUSED_VIDEO = "refused: video"
#: Seconds in which the audit trail has one row for each user and reason: a stubborn member must not fill it.
REFUSALS_APART = 60.0


class PausedError(Exception):
    """Nothing is accepted at this time; `pause` says who wished so, why and since when."""

    def __init__(self, pause: Pause) -> None:
        super().__init__("paused")
        self.pause = pause


class Resolution(StrEnum):
    """What an admin can decide about an uncertain (or lost) job."""

    TASK = "task"  # the task exists, here is its id
    BILLED = "billed"  # it was billed and cannot be found: release the charge, book the cost
    NOT_CREATED = "not-created"  # it never ran: release the charge, book nothing
    AGAIN = "again"  # it never ran: send one new create under the same charge


class NotDecidableError(Exception):
    """A command that the job's present state does not allow; the message says why and what is possible."""


class StoreError(Exception):
    """The database cannot be used; the message is one sentence with what to do."""


class Store(Protocol):
    """The house's memory. Each method is one transaction. Methods that take a `job` are fenced by its `version` and
    return the new row, or None when the row has moved on meanwhile (the caller drops what it wanted to do)."""

    # -- accepting
    async def accept(self, new: NewJob, policy: Policy | str, now: float) -> Job | Refusal:
        """Hold the charge in every counter it falls under and write the job, or refuse and write nothing. `policy` may
        be the name of a time zone: the policy of a fresh install there. Raises PausedError, NotAllowedError; a job that
        is there already under the same intake key is returned all the same."""
        ...

    async def barred(self, requester: Requester, model: str, mode: str, policy: Policy, now: float) -> Barred | None:
        """What would keep such a request out beside limits and pauses, at this moment."""
        ...

    async def has_intake(self, key: str) -> bool: ...
    async def add_intake(self, key: str, platform: str, payload: Mapping[str, object], now: float) -> bool:
        """Store a raw platform event under its unique key before it is acknowledged; False when it is there already."""
        ...

    async def close_intake(self, key: str) -> None:
        """The event was answered (or became a job): its payload is emptied. Unknown keys are no error."""
        ...

    async def open_intakes(self, platform: str) -> Sequence[Intake]:
        """Events of a platform that were stored and not closed, oldest first: what a crash left unanswered."""
        ...

    async def job_of_intake(self, key: str) -> Job | None:
        """The job that was accepted under this intake key."""
        ...

    async def save_draft(self, draft: Draft) -> None:
        """Keep a request until it is started; drafts older than `DRAFT_DAYS` are removed on the way."""
        ...

    async def draft(self, draft_id: str) -> Draft | None: ...
    async def paused(self) -> Pause | None:
        """The pause that is in force, if there is one."""
        ...

    async def pause(self, reason: str, by: str, now: float, *, drain: bool = False) -> Pause:
        """Accept and start nothing from now on; the first pause stays as it is until `resume_all`."""
        ...

    async def resume_all(self, by: str, now: float) -> bool:
        """End a pause; False when there was none."""
        ...

    async def remembered(self, name: str) -> str | None:
        """A small value a platform keeps, such as the hash of the commands it registered."""
        ...

    async def remember(self, name: str, value: str) -> None: ...
    async def remember_once(self, name: str, value: str) -> str:
        """Keep a value unless there is one already (of another process at the same moment); the one that is kept."""
        ...

    async def forget(self, name: str) -> None:
        """Leave nothing under this name."""
        ...

    # -- forgetting
    async def forget_user(self, user: str, stranger: str, salt: str, by: str, now: float) -> Forgotten:
        """Erase what is known of a person (`Requester.key`), but keep their money rows under a key made of `stranger`.
        Both `stranger` and `salt` are random and new. Their files are `to_erase` then. Raises NotDecidableError while a
        video of theirs is being made."""
        ...

    async def to_erase(self, after: int, most: int) -> Sequence[Erasure]:
        """At most so many files that are to be removed, with ids above `after`, in order."""
        ...

    async def erased(self, ids: Collection[int]) -> None:
        """These files are gone."""
        ...

    async def purge(self, kept: Retention, now: float, most: int) -> int:
        """Erase at most `most` rows of each kind that are older than they are kept; how many. Zero: all done."""
        ...

    # -- reading
    async def job(self, job_id: str) -> Job | None: ...
    async def find_jobs(self, prefix: str) -> Sequence[Job]:
        """Jobs whose id starts with `prefix` (people type short ids); at most 10."""
        ...

    async def jobs(
        self, *, states: Collection[JobState] | None = None, user: str | None = None, limit: int = 50
    ) -> Sequence[Job]:
        """Newest first."""
        ...

    async def undecided(self, place: str | None = None, limit: int = 50) -> Sequence[Job]:
        """Jobs that wait for an admin's decision: uncertain ones, and lost ones nobody decided about. Newest first; of
        one workspace ("discord:1"), or of all."""
        ...

    async def attempts(self, job_id: str) -> Sequence[Attempt]: ...
    async def deliveries(self, job_id: str) -> Sequence[Delivery]: ...
    async def ledger(self, job_id: str) -> Sequence[LedgerRow]: ...
    async def unfinished(self) -> Sequence[Waking]:
        """Every unfinished job with a `due_at`, in one SELECT."""
        ...

    async def overdue(self, now: float) -> Sequence[Waking]:
        """Unfinished jobs whose `due_at` has passed: the sweep that finds lost wakes."""
        ...

    async def changed_elsewhere(self) -> bool:
        """True when another process may have committed since the last call."""
        ...

    async def last_starts(self) -> Mapping[str, float]:
        """When each user with waiting jobs last had a job started (for fair turns)."""
        ...

    # -- creating
    async def note_upload(self, job_id: str, source: str, upload: Uploaded, gateway: str, now: float) -> None: ...
    async def uploads(self, job_id: str, gateway: str, now: float) -> Mapping[str, str]:
        """source -> link of this job's uploads at that gateway that are still good an hour from `now`."""
        ...

    async def begin_upload(self, job: Job, now: float) -> Job | None:
        """queued -> uploading; honours a cancel wish (-> cancelled, charge released)."""
        ...

    async def begin_attempt(
        self,
        job: Job,
        attempt_id: str,
        body: Mapping[str, object],
        owner: str,
        lease_until: float,
        now: float,
    ) -> Job | None:
        """-> creating, with the attempt (`sending`) and the lease, committed before the POST leaves. Honours a cancel
        wish for free (-> cancelled, charge released): look at the returned state."""
        ...

    async def holds_lease(self, job: Job, now: float) -> bool:
        """True while the row still is this version and the lease has not run out: asked right before sending."""
        ...

    async def task_accepted(self, attempt_id: str, task_id: str, due_at: float, now: float) -> Job | None:
        """A fact, never fenced: the task id is attached to its attempt, and the job moves to running from creating,
        uncertain, lost, or failed (a late id wins). Returns the job as it is now. A charge that was released stays
        released until the task completes. Idempotent."""
        ...

    async def not_created(
        self, job: Job, attempt_id: str, failure: Failure, retry_at: float | None, now: float
    ) -> Job | None:
        """The attempt made nothing: back to queued with due_at `retry_at`, or failed with the charge released."""
        ...

    async def uncertain(self, job: Job, attempt_id: str, failure: Failure, decide_by: float, now: float) -> Job | None:
        """creating -> uncertain: the hold is kept; due_at is `decide_by`."""
        ...

    async def expire(self, job: Job, now: float) -> Job | None:
        """awaiting approval -> expired, the charge released."""
        ...

    async def give_up_uncertain(self, job: Job, now: float) -> Job | None:
        """uncertain, undecided after 24 h -> lost: charge released, cost booked as possibly billed (at the quote)."""
        ...

    # -- watching
    async def completed(
        self,
        job: Job,
        output: Output | None,
        bill_micros: int | None,
        render_seconds: float | None,
        now: float,
    ) -> Job | None:
        """running -> saving (due now): charge settled and cost booked at the gateway's bill, else at the quote; a bill
        that differs from the hold, or a success after a release, writes a typed adjustment row.
        Adds the render time."""
        ...

    async def fail(
        self,
        job: Job,
        failure: Failure,
        now: float,
        *,
        state: JobState = JobState.FAILED,
        possibly_billed: bool = False,
    ) -> Job | None:
        """-> failed or lost, the charge released; `possibly_billed` books the quote as a possible cost."""
        ...

    async def postpone(
        self,
        job: Job,
        due_at: float,
        now: float,
        *,
        failure: Failure | None = None,
        retries: int | None = None,
    ) -> Job | None:
        """Same state, later: a step that could not be done yet."""
        ...

    async def note_progress(self, progress: Mapping[str, int]) -> None:
        """job id -> percentage, for many running jobs at once; neither fenced nor counted as a new version."""
        ...

    # -- saving and delivering
    async def saved(self, job: Job, video: StoredVideo | None, failure: Failure | None, now: float) -> Job | None:
        """saving -> delivering (due now), with the stored video or with the reason why only the link can be shown;
        with a cancel wish -> cancelled (billed, not posted). Never touches the ledger."""
        ...

    async def sending(self, job_id: str, purpose: Purpose, now: float) -> Delivery | None:
        """Write `sending` for this message before it is posted; returns the row that was there before, if any."""
        ...

    async def sent(self, job_id: str, purpose: Purpose, reference: str, now: float) -> None:
        """The message is there under this reference."""
        ...

    async def delivered(self, job: Job, reference: str, now: float) -> Job | None:
        """delivering -> delivered, together with `sent` for the result."""
        ...

    async def close_delivery(self, job_id: str, purpose: Purpose, closed: bool, now: float) -> None:
        """The message shows a final state (`closed`), or is shown moving again."""
        ...

    async def open_statuses(self, platform: str) -> Sequence[str]:
        """Ids of the jobs of a platform whose status message may have to be posted or edited: unfinished ones, and
        finished ones whose status message does not show it yet."""
        ...

    async def jobs_by_id(self, job_ids: Collection[str]) -> Sequence[Job]:
        """These jobs (at most 500), in any order."""
        ...

    async def undeliverable(self, job: Job, failure: Failure, now: float) -> Job | None:
        """delivering -> undeliverable; video, charge and cost stay as they are."""
        ...

    # -- people's decisions (each writes one audit row)
    async def want_cancel(self, job_id: str, by: str, now: float) -> Job:
        """Store the wish. Queued or awaiting approval: cancelled at once, charge released. At the gateway: a wish.
        Raises NotDecidableError for a final state or an unknown job."""
        ...

    async def resolve(self, job_id: str, how: Resolution, by: str, now: float, *, task_id: str | None = None) -> Job:
        """Decide an uncertain job, or a lost one. Raises NotDecidableError."""
        ...

    async def resume(self, job_id: str, by: str, now: float) -> Job:
        """Make a job due now: undeliverable -> delivering again, lost with a task id -> running again, an unfinished
        one sooner. Raises NotDecidableError."""
        ...

    async def delete_video(self, job_id: str, by: str, now: float) -> Job:
        """Note that the video of a finished job was deleted: its row forgets video and link, the money stays. Raises
        NotDecidableError for an unfinished or unknown job."""
        ...

    async def approve(self, job_id: str, by: str, now: float) -> Job:
        """awaiting approval -> queued. Raises NotDecidableError."""
        ...

    async def decline(self, job_id: str, by: str, reason: str, now: float) -> Job:
        """awaiting approval -> declined, the charge released. Raises NotDecidableError."""
        ...

    async def audit(self, by: str, act: str, subject: str, detail: str, now: float) -> None: ...
    async def audit_refusal(self, user: str, reason: str, detail: str, now: float) -> bool:
        """Note that a request of `user` (`Requester.key`) was not taken; `detail` begins with the reason. False, and no
        row, where one of this user and reason was written within `REFUSALS_APART`."""
        ...

    async def audit_rows(
        self, *, subject: str | None = None, limit: int = 50, refusals: bool = False
    ) -> Sequence[AuditRow]:
        """The audit trail, newest first; of one subject, where one is named. Requests that were not taken are in it
        only of a subject; with `refusals` they alone are."""
        ...

    # -- who may ask for what
    async def ban(self, ban: Ban) -> None:
        """Set or replace a ban of this user in this place."""
        ...

    async def unban(self, user: str, place: str, by: str, now: float) -> bool:
        """End a ban; False when there was none."""
        ...

    async def bans(self, place: str | None = None) -> Sequence[Ban]:
        """Every ban, also those that have ended by themselves; of one place, where one is named."""
        ...

    async def close(self, closure: Closure, by: str, now: float) -> None:
        """Close something, or name it as one of the only open ones."""
        ...

    async def open(self, closure: Closure, by: str, now: float) -> bool:
        """Take such a row away, whatever its rule; False when there was none."""
        ...

    async def closures(self, place: str | None = None) -> Sequence[Closure]: ...
    async def add_prompt_rule(self, rule: PromptRule) -> None:
        """Raises ValueError with a sentence for a pattern that cannot be used, or too many rules."""
        ...

    async def remove_prompt_rule(self, rule_id: str, place: str, by: str, now: float) -> bool: ...
    async def prompt_rules(self, place: str | None = None) -> Sequence[PromptRule]:
        """The rules of a workspace together with those of everywhere; all of them without one."""
        ...

    async def set_zone(self, workspace: str, zone: str, by: str, now: float) -> None:
        """The time zone of a workspace ("discord:G"). Raises ValueError with a sentence for no such zone."""
        ...

    async def zone(self, workspace: str) -> str | None:
        """The time zone that was set for a workspace."""
        ...

    # -- limits and money
    async def limits(self) -> Sequence[Limit]: ...
    async def set_limit(self, limit: Limit, by: str, now: float) -> None: ...
    async def clear_limit(self, scope: Scope, unit: Unit, window: Window, by: str, now: float) -> bool: ...
    async def grant(self, grant: Grant, limits_zone: str, reason: str, by: str, now: float) -> None:
        """Give more on top of a limit until its present window ends; grants of one window add up. Raises ValueError for
        a unit or window that cannot be granted (what is counted now)."""
        ...

    async def reset(self, user: str, zone: str, reason: str, by: str, now: float) -> int:
        """Forgive what a user has used in every present window, by an adjustment row for each job; their number. What
        is held stays held, and counters of others stay as they are."""
        ...

    async def limit_uses(
        self,
        requester: Requester | str,
        policy: Policy | str,
        now: float,
        models: Collection[str] = (),
        charge: Charge | None = None,
    ) -> Sequence[LimitUse]:
        """Every limit that applies to `requester` (a key such as "discord:42" stands for the user outside of any place)
        and to these models, with its use in the present window. With a `charge`, `frees_at` of a rolling window says
        when that much has left it."""
        ...

    async def warnings(self, job_id: str) -> Sequence[LimitWarning]:
        """The limits that this job filled up to the share that is warned of."""
        ...

    async def usage(
        self, *, since: float, until: float, by: str, place: str | None = None, zone: str = "UTC"
    ) -> Sequence[UsageRow]:
        """Sums over jobs accepted in [since, until), grouped by "user", "model", "gateway", "channel", "workspace",
        "mode" or "day" (of `zone`); of one workspace ("discord:G"), where one is named."""
        ...

    async def bills_apart(self, user: str, since: float) -> tuple[int, int, int]:
        """Videos of a user (`Requester.key`), accepted since then, whose bill is not what was quoted: how many, their
        bills and their quotes in micro-dollars."""
        ...

    async def report_lines(
        self, *, after: tuple[float, str], until: float, place: str | None = None, most: int = 1000
    ) -> Sequence[ReportLine]:
        """At most `most` jobs accepted before `until`, in the order of acceptance, from the one behind `after`: the
        time of acceptance and the id of the last one seen, or a time and "" to begin with."""
        ...

    async def check_ledger(self) -> Sequence[str]:
        """Every disagreement between ledger, counters, sums, jobs and attempts, one sentence each; empty when all
        agree."""
        ...

    # -- learning
    async def render_times(self) -> Mapping[str, Sequence[float]]:
        """timing key -> the latest (at most 200) render times in seconds."""
        ...

    async def bills(self) -> Mapping[str, Sequence[tuple[int, int]]]:
        """price key -> the latest bills (micro-dollars, seconds of video), oldest first."""
        ...

    # -- housekeeping
    async def media_in_use(self) -> Collection[str]:
        """Keys of inputs that unfinished jobs still need, and ids of jobs whose video nobody has seen yet."""
        ...


# ------------------------------------------------------------------------------------------------ the engine


class Engine(Protocol):
    """Who calls `Worker.advance`, and when. An engine only wakes: a wake too many is harmless, a wake lost is found by
    the sweep over overdue rows."""

    async def start(self) -> None:
        """Take up every unfinished job and keep going. Raises StoreError."""
        ...

    def wake(self, job: Job) -> None:
        """This job was accepted, or changed by a person."""
        ...

    def position(self, job_id: str) -> int | None:
        """How many starts until this job's, 1 = next; None when it does not wait for one."""
        ...

    async def drain(self) -> None:
        """Start nothing new; jobs at the gateways go on."""
        ...

    async def stop(self, grace: float = 30.0) -> None:
        """Stop waking and give steps under way `grace` seconds to finish."""
        ...


# ------------------------------------------------------------------------------------------------ time and ids


class Clock(Protocol):
    """Time comes through here, so that tests need no sleep."""

    def now(self) -> float:
        """Epoch seconds."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class Ids(Protocol):
    """Fresh ids."""

    def job_id(self) -> str:
        """At most 16 characters: it has to fit into button ids and nonces."""
        ...

    def attempt_id(self) -> str: ...
