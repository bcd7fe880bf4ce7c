"""Between rows and the core's own types."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.generation.job import (
    Address,
    Attempt,
    ChargeState,
    Delivery,
    DeliveryState,
    Failure,
    Job,
    JobState,
    Outcome,
    Output,
    Purpose,
    Requester,
    StoredVideo,
)
from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
from bot.generation.ports import LedgerRow, NewJob
from bot.generation.request import VideoRequest

#: One row, by column name.
Row = Mapping[str, Any]


def to_json(value: object) -> str:
    """The stored text of a structured value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def output_text(output: Output | None) -> str | None:
    """The stored text of an output."""
    return None if output is None else to_json(asdict(output))


def video_text(video: StoredVideo | None) -> str | None:
    """The stored text of a stored video."""
    return None if video is None else to_json(asdict(video))


def job_of(row: Row, known: Job | None = None) -> Job:
    """The job of a row. `known` is an older reading of the same job, to take the parts from that never change."""
    return Job(
        id=row["id"],
        version=row["version"],
        state=JobState(row["state"]),
        request=known.request if known else VideoRequest.model_validate_json(row["request"]),
        requester=known.requester if known else _requester(row),
        address=known.address if known else Address(**json.loads(row["address"])),
        gateway=row["gateway"],
        model=row["model"],
        dialect=row["dialect"],
        mode=row["mode"],
        duration=row["duration"],
        audio=row["audio"],
        quote_micros=row["quote_micros"],
        held_micros=row["held_micros"],
        quote_is_estimate=row["quote_is_estimate"],
        charge=ChargeState(row["charge"]),
        accepted_at=row["accepted_at"],
        due_at=row["due_at"],
        lease_owner=row["lease_owner"],
        lease_until=row["lease_until"],
        cancel_wanted_at=row["cancel_wanted_at"],
        attempt_id=row["attempt_id"],
        attempts=row["attempts"],
        task_id=row["task_id"],
        task_created_at=row["task_created_at"],
        progress=row["progress"],
        retries=row["retries"],
        bill_micros=row["bill_micros"],
        output=None if row["output"] is None else Output(**json.loads(row["output"])),
        video=None if row["video"] is None else StoredVideo(**json.loads(row["video"])),
        failure=None if row["failure_code"] is None else Failure(row["failure_code"], row["failure_message"]),
        finished_at=row["finished_at"],
        deleted_at=row["deleted_at"],
        erased_at=row["erased_at"],
    )


def _requester(row: Row) -> Requester:
    return Requester(
        platform=row["platform"],
        user=row["user_id"],
        workspace=row["workspace"],
        channel=row["channel"],
        roles=tuple(json.loads(row["roles"])),
    )


def job_row(new: NewJob) -> dict[str, Any]:
    """The columns of a job that its request decides."""
    who = new.requester
    return {
        "id": new.id,
        "request": new.request.model_dump_json(),
        "platform": who.platform,
        "user_id": who.user,
        "workspace": who.workspace,
        "channel": who.channel,
        "roles": to_json(who.roles),
        "user_key": who.key,
        "address": to_json(asdict(new.address)),
        "gateway": new.gateway,
        "model": new.model,
        "dialect": new.dialect,
        "mode": new.mode,
        "duration": new.duration,
        "audio": new.audio,
        "quote_micros": new.quote_micros,
        "held_micros": new.held_micros,
        "quote_is_estimate": new.quote_is_estimate,
        "intake_key": new.intake_key,
    }


def attempt_of(row: Row) -> Attempt:
    """The attempt of a row."""
    return Attempt(
        id=row["id"],
        job_id=row["job_id"],
        number=row["number"],
        gateway=row["gateway"],
        body=json.loads(row["body"]),
        started_at=row["started_at"],
        outcome=Outcome(row["outcome"]),
        task_id=row["task_id"],
        ended_at=row["ended_at"],
        error=row["error"],
        bill_micros=row["bill_micros"],
        possibly_billed=row["possibly_billed"],
    )


def delivery_of(row: Row) -> Delivery:
    """The delivery of a row."""
    return Delivery(
        job_id=row["job_id"],
        purpose=Purpose(row["purpose"]),
        state=DeliveryState(row["state"]),
        reference=row["reference"],
        updated_at=row["updated_at"],
        closed=row["closed_at"] is not None,
    )


def limit_of(row: Row) -> Limit:
    """The limit of a row."""
    return Limit(
        Scope(ScopeKind(row["scope_kind"]), row["scope_id"]),
        Unit(row["unit"]),
        Window(row["time_window"]),
        row["amount"],
    )


def ledger_of(row: Row) -> LedgerRow:
    """The ledger row of a row."""
    return LedgerRow(
        job_id=row["job_id"],
        event=row["event"],
        account=row["account"],
        videos=row["videos"],
        seconds=row["seconds"],
        usd=row["usd"],
        at=row["at"],
        accepted_at=row["accepted_at"],
        note=row["note"],
    )
