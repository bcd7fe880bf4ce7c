"""The job: its states, the only legal moves between them, and the rows the machine works on. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.generation.request import VideoRequest


class JobState(StrEnum):
    """Where a job is between acceptance and the posted video."""

    AWAITING_APPROVAL = "awaiting_approval"
    QUEUED = "queued"
    UPLOADING = "uploading"
    CREATING = "creating"
    RUNNING = "running"
    UNCERTAIN = "uncertain"
    SAVING = "saving"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    EXPIRED = "expired"
    LOST = "lost"
    UNDELIVERABLE = "undeliverable"

    @property
    def is_final(self) -> bool:
        """True when nothing happens any more unless a person (or a late task id) asks for it."""
        return self in FINAL


FINAL = frozenset(
    {
        JobState.DELIVERED,
        JobState.FAILED,
        JobState.CANCELLED,
        JobState.DECLINED,
        JobState.EXPIRED,
        JobState.LOST,
        JobState.UNDELIVERABLE,
    }
)
UNFINISHED = frozenset(JobState) - FINAL
#: Jobs that hold a place at a gateway: they count against the gateway's `max_running`.
AT_GATEWAY = frozenset({JobState.UPLOADING, JobState.CREATING, JobState.RUNNING})

_S = JobState
#: The only legal moves. A move out of a final state is made by a person's command, or by a task id that turns up late:
#: a task id is a fact and wins over what was believed before.
MOVES: Mapping[JobState, frozenset[JobState]] = {
    _S.AWAITING_APPROVAL: frozenset({_S.QUEUED, _S.DECLINED, _S.EXPIRED, _S.CANCELLED}),
    _S.QUEUED: frozenset({_S.UPLOADING, _S.CREATING, _S.RUNNING, _S.CANCELLED, _S.FAILED}),
    _S.UPLOADING: frozenset({_S.QUEUED, _S.CREATING, _S.RUNNING, _S.CANCELLED, _S.FAILED}),
    _S.CREATING: frozenset({_S.RUNNING, _S.UNCERTAIN, _S.QUEUED, _S.FAILED, _S.CANCELLED}),
    _S.RUNNING: frozenset({_S.SAVING, _S.FAILED, _S.LOST}),
    _S.UNCERTAIN: frozenset({_S.RUNNING, _S.QUEUED, _S.FAILED, _S.LOST}),
    _S.SAVING: frozenset({_S.DELIVERING, _S.CANCELLED}),
    _S.DELIVERING: frozenset({_S.DELIVERED, _S.UNDELIVERABLE, _S.CANCELLED}),
    _S.DELIVERED: frozenset(),
    _S.FAILED: frozenset({_S.RUNNING}),
    _S.CANCELLED: frozenset({_S.DELIVERING}),
    _S.DECLINED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.LOST: frozenset({_S.RUNNING}),
    _S.UNDELIVERABLE: frozenset({_S.DELIVERING}),
}


class IllegalMoveError(Exception):
    """A move that the job machine does not have; a defect, never a person's mistake."""


def require_move(old: JobState, new: JobState) -> None:
    """Raise IllegalMoveError unless a job may go from `old` to `new`."""
    if new not in MOVES[old]:
        raise IllegalMoveError(f"a job cannot go from {old} to {new}")


class ChargeState(StrEnum):
    """What became of the job's charge, the share of the requester's limits it takes."""

    HELD = "held"
    SETTLED = "settled"
    RELEASED = "released"


class Outcome(StrEnum):
    """What is known of one create sent to a gateway."""

    SENDING = "sending"  # committed before the POST leaves; found after a crash it means: nobody knows
    ACCEPTED = "accepted"
    NOT_CREATED = "not_created"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asked, and the scopes whose limits the job takes from, as they were at acceptance.

    `user` is unique on its platform: the person's id on Discord, "T012:U345" on Slack, where ids are a workspace's own.
    """

    platform: str
    user: str
    workspace: str = ""
    channel: str = ""
    roles: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The user as limits and usage know them: "shell:anna", "discord:42", "slack:T012:U345"."""
        return f"{self.platform}:{self.user}"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a job came from and where its answers go. Stored data, never a live event.

    `extra` holds what only one platform knows (the shell keeps its output path there). `size_limit` is the place's own
    upload limit in bytes, None when the place has none.
    """

    platform: str
    workspace: str = ""
    channel: str = ""
    thread: str = ""
    message: str = ""
    size_limit: int | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Output:
    """One result the gateway names: its link and, where given, when the link dies (epoch seconds)."""

    url: str
    expires_at: float | None = None
    thumbnail_url: str | None = None


@dataclass(frozen=True, slots=True)
class StoredVideo:
    """The finished video in the media folder: path (relative to it), size in bytes, shape and length in seconds."""

    path: str
    size: int
    width: int
    height: int
    seconds: float
    has_audio: bool
    poster: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job ended or waits: a stable code and a sentence for the requester (no secret, no prompt)."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Job:
    """One request's life in this bot, as its row says. Times are epoch seconds, money is micro-dollars."""

    id: str
    version: int
    state: JobState
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
    held_micros: int
    quote_is_estimate: bool
    charge: ChargeState
    accepted_at: float
    due_at: float | None
    lease_owner: str | None = None
    lease_until: float | None = None
    cancel_wanted_at: float | None = None
    attempt_id: str | None = None
    attempts: int = 0
    task_id: str | None = None
    task_created_at: float | None = None
    progress: int | None = None
    retries: int = 0
    bill_micros: int | None = None
    output: Output | None = None
    video: StoredVideo | None = None
    failure: Failure | None = None
    finished_at: float | None = None
    deleted_at: float | None = None  # when its video was deleted on a person's wish
    erased_at: float | None = None  # when its words and inputs were erased


@dataclass(frozen=True, slots=True)
class Attempt:
    """One create sent to a gateway for a job: exact body, time, outcome, task id, bill in micro-dollars."""

    id: str
    job_id: str
    number: int
    gateway: str
    body: Mapping[str, object]
    started_at: float
    outcome: Outcome
    task_id: str | None = None
    ended_at: float | None = None
    error: str | None = None
    bill_micros: int | None = None
    possibly_billed: bool = False


class Purpose(StrEnum):
    """What a message of ours in a thread is for. One of each per job."""

    STATUS = "status"
    RESULT = "result"


class DeliveryState(StrEnum):
    """`sending` is committed before the post leaves; found after a crash it means: look before posting again."""

    SENDING = "sending"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message of a job: where it goes and, once known, the platform's reference of it.

    `closed`: it shows a final state, so nothing is left to edit.
    """

    job_id: str
    purpose: Purpose
    state: DeliveryState
    reference: str | None
    updated_at: float
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Next:
    """Where a step left the job: its state, and when (epoch seconds) it wants the next step; None = nothing more."""

    state: JobState
    due_at: float | None
    version: int
