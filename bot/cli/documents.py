"""What `--json` prints. Money is in US dollars as strings, times are ISO 8601 in UTC: both survive any JSON reader."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from adapters.cards.problems import OptionLine
from bot.generation.check import Checked
from bot.generation.job import Attempt, Delivery, Job, JobState
from bot.generation.limits import Charge, LimitUse, Unit
from bot.generation.ports import LedgerRow, Pause, UsageRow
from bot.generation.prices import MICROS
from bot.generation.service import Quoted

Document = dict[str, object]


def usd(micros: int | None) -> str | None:
    """Exact US dollars: "0.3125"."""
    if micros is None:
        return None
    value = Decimal(micros) / MICROS
    return f"{value.quantize(Decimal('0.01'))}" if micros % 10_000 == 0 else f"{value.normalize():f}"


def when(at: float | None) -> str | None:
    """ISO 8601 in UTC, to the second."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def job_document(job: Job, *, file: str | None = None) -> Document:
    """One job; `file` is where its video was put."""
    return {
        "id": job.id,
        "state": str(job.state),
        "asked_by": job.requester.key,
        "prompt": job.request.prompt,
        "gateway": job.gateway,
        "model": job.model,
        "dialect": job.dialect,
        "mode": job.mode,
        "seconds": job.duration,
        "audio": job.audio,
        "aspect_ratio": job.request.aspect_ratio,
        "accepted_at": when(job.accepted_at),
        "finished_at": when(job.finished_at),
        "deleted_at": when(job.deleted_at),
        "progress": _progress(job),
        "price_usd": usd(job.quote_micros),
        "price_is_estimate": job.quote_is_estimate,
        "bill_usd": usd(job.bill_micros),
        "charge": str(job.charge),
        "task_id": job.task_id,
        "attempts": job.attempts,
        "failure": None if job.failure is None else {"code": job.failure.code, "message": job.failure.message},
        "file": file,
        "link": None if job.output is None else {"url": job.output.url, "expires_at": when(job.output.expires_at)},
        "video": None
        if job.video is None
        else {
            "kept_as": job.video.path,
            "bytes": job.video.size,
            "width": job.video.width,
            "height": job.video.height,
            "seconds": job.video.seconds,
            "has_audio": job.video.has_audio,
        },
    }


def _progress(job: Job) -> int | None:
    """The gateway's last percentage means nothing any more when the job has ended."""
    if job.state.is_final:
        return 100 if job.state is JobState.DELIVERED else None
    return job.progress


def pause_document(pause: Pause | None) -> Document | None:
    """The pause that is in force, if there is one."""
    if pause is None:
        return None
    return {"by": pause.by, "reason": pause.reason, "since": when(pause.since), "drain": pause.drain}


def attempt_document(attempt: Attempt) -> Document:
    """One create that was sent, with its exact body."""
    return {
        "id": attempt.id,
        "number": attempt.number,
        "gateway": attempt.gateway,
        "body": dict(attempt.body),
        "started_at": when(attempt.started_at),
        "ended_at": when(attempt.ended_at),
        "outcome": str(attempt.outcome),
        "task_id": attempt.task_id,
        "error": attempt.error,
        "bill_usd": usd(attempt.bill_micros),
        "possibly_billed": attempt.possibly_billed,
    }


def ledger_document(row: LedgerRow) -> Document:
    """One row of the ledger."""
    return {
        "at": when(row.at),
        "event": row.event,
        "account": row.account,
        "videos": row.videos,
        "seconds": row.seconds,
        "usd": usd(row.usd),
        "note": row.note,
    }


def delivery_document(row: Delivery) -> Document:
    """One message of a job."""
    return {
        "purpose": str(row.purpose),
        "state": str(row.state),
        "reference": row.reference,
        "updated_at": when(row.updated_at),
    }


def limit_document(use: LimitUse) -> Document:
    """One limit with its use."""
    limit = use.limit
    amounts = {"limit": limit.amount, "granted": use.granted, "used": use.used, "held": use.held, "free": use.free}
    return _with_amounts(use, amounts)


def example_document(quoted: Quoted) -> Document:
    """What a sample video would cost, and whether it fits in all limits now."""
    offer, now = quoted.checked.offer, quoted.checked.effective
    named = {} if offer is None or now is None else {"model": offer.model, "mode": now.mode, "seconds": now.duration}
    return {**named, **price_document(quoted.checked), "fits": not quoted.over}


def over_document(use: LimitUse, charge: Charge) -> Document:
    """One limit that a request does not fit in; `asked` is what the request takes of it."""
    limit = use.limit
    asked = charge.of(limit.unit)
    amounts = {"asked": asked, "amount": limit.amount, "granted": use.granted, "used": use.used, "held": use.held}
    return _with_amounts(use, amounts)


def _with_amounts(use: LimitUse, amounts: dict[str, int]) -> Document:
    limit = use.limit
    return {
        "scope": str(limit.scope.kind),
        "of": limit.scope.id,
        "unit": str(limit.unit),
        "window": str(limit.window),
        **{name: usd(number) if limit.unit is Unit.USD else number for name, number in amounts.items()},
        "frees_at": when(use.frees_at),
    }


def usage_document(row: UsageRow) -> Document:
    """One group of a usage table."""
    return {
        "group": row.group,
        "videos": row.videos,
        "seconds": row.seconds,
        "charged_usd": usd(row.charged_micros),
        "held_usd": usd(row.held_micros),
        "cost_usd": usd(row.cost_micros),
        "possibly_billed_usd": usd(row.possibly_billed_micros),
        "billed_usd": usd(row.billed_micros),
        "quoted_usd": usd(row.quoted_micros),
    }


def problems_document(lines: Sequence[tuple[str, OptionLine]], proposal: str | None) -> Document:
    """Everything wrong with a request, as (flag, line), and the command that would be right."""
    return {
        "problems": [{"option": shown, "message": line.sentence, "change": line.change} for shown, line in lines],
        "proposal": proposal,
    }


def price_document(checked: Checked) -> Mapping[str, object]:
    """The price of a checked request."""
    quote = checked.quote
    return {} if quote is None else {"price_usd": usd(quote.micros), "price_is_estimate": quote.estimate}
