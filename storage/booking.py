"""What one transaction does to the money of one job: rows of the ledger, changes of the counters and of the job.

Three accounts. `charge` is what the job takes from the requester's limits: `hold` and `release` change what is held,
`settle` turns all of it into used, and it and the adjustments sum up to what was used. `cost` is the admin's money: the
rows of an attempt sum up to what its task cost, or may have cost. `pardon` is what an admin forgave a user: it counts
on the user's own counter alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.generation.job import ChargeState
from bot.generation.limits import Charge
from storage.counting import NOTHING
from storage.rows import Row

CHARGE, COST, PARDON = "charge", "cost", "pardon"


class Event:
    """The events of the ledger."""

    HOLD = "hold"
    SETTLE = "settle"
    RELEASE = "release"
    ADJUST_BILL = "adjust_bill"  # the gateway's bill differs from what was held
    ADJUST_QUOTE = "adjust_quote"  # the gateway gave no bill, and more was held than the quote
    ADJUST_LATE_SUCCESS = "adjust_late_success"  # a task that completed after the charge was released
    ADJUST_RESET = "adjust_reset"  # an admin forgave the user what the job had used
    COST = "cost"
    COST_POSSIBLY_BILLED = "cost_possibly_billed"
    ADJUST_COST = "adjust_cost"  # what was booked as possible turned out to be another sum


def dollars(micros: int) -> str:
    """Micro-dollars for people: "$0.35", "$0.0125"."""
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    text = f"{micros // 1_000_000}.{micros % 1_000_000:06d}"
    while text.endswith("0") and len(text) - text.index(".") > 3:
        text = text[:-1]
    return f"{sign}${text}"


def entry(
    row: Row, account: str, event: str, amount: Charge, now: float, note: str, attempt_id: str | None = None
) -> dict[str, Any]:
    """One row of the ledger for the job of `row`, with its scopes as they were at acceptance."""
    return {
        "job_id": row["id"],
        "attempt_id": attempt_id,
        "account": account,
        "event": event,
        "videos": amount.videos,
        "seconds": amount.seconds,
        "usd": amount.usd,
        "at": now,
        "accepted_at": row["accepted_at"],
        "note": note,
        "user_key": row["user_key"],
        "workspace": row["workspace"],
        "channel": row["channel"],
        "roles": row["roles"],
        "gateway": row["gateway"],
        "model": row["model"],
    }


@dataclass(slots=True)
class Booking:
    """Collected here, written by `moves.book`."""

    used: Charge = NOTHING
    held: Charge = NOTHING
    entries: list[dict[str, Any]] = field(default_factory=list)
    job_changes: dict[str, Any] = field(default_factory=dict)
    attempt_changes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def release(self, row: Row, now: float, note: str) -> "Booking":
        """Give the charge back, unless it was given back or used before."""
        if row["charge"] != ChargeState.HELD:
            return self
        back = Charge(-1, -row["duration"], -row["held_micros"])
        self.held = back
        self.entries.append(entry(row, CHARGE, Event.RELEASE, back, now, note))
        self.job_changes["charge"] = ChargeState.RELEASED.value
        return self

    def settle(self, row: Row, bill: int | None, now: float) -> "Booking":
        """The task completed: the charge is used, at the gateway's bill or else at the quote."""
        held = Charge(1, row["duration"], row["held_micros"])
        final = Charge(1, row["duration"], row["quote_micros"] if bill is None else bill)
        said = "no bill from the gateway, so the quote" if bill is None else "the gateway's bill"
        if row["charge"] == ChargeState.HELD:
            self.held = Charge(-held.videos, -held.seconds, -held.usd)
            self.entries.append(entry(row, CHARGE, Event.SETTLE, held, now, "what was held is used now"))
            if final.usd != held.usd:
                event = Event.ADJUST_QUOTE if bill is None else Event.ADJUST_BILL
                note = f"{said}: {dollars(final.usd)}; held were {dollars(held.usd)}"
                self.entries.append(entry(row, CHARGE, event, Charge(0, 0, final.usd - held.usd), now, note))
        else:
            note = f"completed after the charge was released; {said}: {dollars(final.usd)}"
            self.entries.append(entry(row, CHARGE, Event.ADJUST_LATE_SUCCESS, final, now, note))
        self.used = final
        self.job_changes |= {"charge": ChargeState.SETTLED.value, "charged_micros": final.usd}
        return self

    def cost(self, row: Row, attempt: Row, bill: int | None, now: float) -> "Booking":
        """The attempt's task completed: book its bill, or else the quote, in place of what was only possible."""
        amount = row["quote_micros"] if bill is None else bill
        note = "estimate: the quote, the gateway gave no bill" if bill is None else "the gateway's bill"
        booked = attempt["cost_micros"]
        if booked is None:
            self._cost(row, attempt, Event.COST, amount, now, note)
        else:
            note = f"{note}: {dollars(amount)} in place of the possible {dollars(booked)}"
            self._cost(row, attempt, Event.ADJUST_COST, amount - booked, now, note)
        self._note(attempt, cost_micros=amount, bill_micros=bill, possibly_billed=False)
        return self

    def possible_cost(self, row: Row, attempt: Row, now: float, note: str) -> "Booking":
        """The attempt's task may have been billed: book the quote, once."""
        self._note(attempt, possibly_billed=True)
        if not attempt["cost_micros"]:
            amount = row["quote_micros"]
            self._cost(row, attempt, Event.COST_POSSIBLY_BILLED, amount, now, f"at the quote: {note}")
            self._note(attempt, cost_micros=amount)
        return self

    def no_cost(self, row: Row, attempt: Row, now: float, note: str) -> "Booking":
        """The attempt's task is known not to be billed: take back what was booked as possible."""
        if attempt["possibly_billed"]:
            self._cost(row, attempt, Event.ADJUST_COST, -(attempt["cost_micros"] or 0), now, note)
            self._note(attempt, cost_micros=0, possibly_billed=False)
        return self

    def note_attempt(self, attempt_id: str, **changes: Any) -> "Booking":
        """Change columns of an attempt in the same transaction."""
        self.attempt_changes.setdefault(attempt_id, {}).update(changes)
        return self

    def _note(self, attempt: Row, **changes: Any) -> None:
        self.note_attempt(attempt["id"], **changes)

    def _cost(self, row: Row, attempt: Mapping[str, Any], event: str, usd: int, now: float, note: str) -> None:
        self.entries.append(entry(row, COST, event, Charge(0, 0, usd), now, note, attempt["id"]))
