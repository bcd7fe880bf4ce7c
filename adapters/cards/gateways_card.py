"""The gateways for admins: how they stand, what they hold, which ones new jobs go to, and the buttons that switch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from adapters.cards.card import Button, Card, Line, Look, Tone, Verb, Weight, Words, line, point, small
from adapters.cards.words import account_title, moment
from bot.generation.catalog import listed
from bot.generation.prices import dollars

#: So many gateways have their buttons; with more, the command takes their names.
MOST_BUTTONS = 8
#: The colon of an account ("toapis:spare") as the id of a button has it.
_IN_A_BUTTON = "~"


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account: `place` for new jobs (None: switched off), how it stands in words ("it works"), its last error in
    words, and failed calls and calls of the last ten minutes. Epoch seconds; `balance_at` None: not asked yet."""

    account: str
    place: int | None
    works: bool
    words: str
    last_error: str = ""
    last_error_at: float | None = None
    failed: int = 0
    calls: int = 0
    balance_micros: int | None = None
    balance_at: float | None = None


@dataclass(frozen=True, slots=True)
class TakenRow:
    """What a gateway took from an account in a time, and what was booked, in micro-dollars."""

    account: str
    taken: int
    booked: int


def gateways_card(rows: Sequence[AccountRow], now: float, zone: tzinfo, *, may_switch: bool) -> Card:
    """All gateways. Without `may_switch` (admins of one workspace) there are neither balances nor buttons."""
    head: Line = line(Words("Gateways", Look.STRONG))
    if not rows:
        return Card((head, line("No gateway is set up.")), tone=Tone.WARNING)
    points = [_point(row, now, zone, with_balance=may_switch) for row in rows]
    buttons = [button for row in rows[:MOST_BUTTONS] for button in _buttons(row)] if may_switch else []
    note = small("A stopped gateway gets no new videos; those it has are finished.")
    is_well = any(row.place is not None and row.works for row in rows)
    return Card((head, *points, note), tuple(buttons), tone=Tone.NEUTRAL if is_well else Tone.BAD)


def switched_line(order: Sequence[str], off: Sequence[str]) -> str:
    """Said after a switch: "New videos go to ToAPIs, then APIMart."."""
    said = f"New videos go to {', then '.join(account_title(one) for one in order)}."
    return said if not off else f"{said} Stopped: {listed([account_title(one) for one in off], 'and')}."


def taken_lines(rows: Sequence[TakenRow]) -> list[str]:
    """ "ToAPIs took $2.10; videobot booked $2.00, which is $0.10 less."; of those that took or booked anything."""
    return [_taken(row) for row in rows if row.taken or row.booked]


def account_of(subject: str) -> str:
    """The account a button is about."""
    return subject.replace(_IN_A_BUTTON, ":")


def _point(row: AccountRow, now: float, zone: tzinfo, *, with_balance: bool) -> Line:
    said = [_place(row), row.words]
    if with_balance and row.balance_at is not None:
        said.append("the account has no limit" if row.balance_micros is None else f"{dollars(row.balance_micros)} left")
    said.append(_errors(row))
    text = f": {'; '.join(said)}."
    if row.last_error and row.last_error_at is not None:
        text += f" Last error {moment(row.last_error_at, now, zone)}: {row.last_error}."
    return point(Words(_started(row.account), Look.STRONG), text)


def _place(row: AccountRow) -> str:
    if row.place is None:
        return "stopped"
    return "takes new videos" if row.place == 1 else f"number {row.place} for new videos"


def _errors(row: AccountRow) -> str:
    if not row.failed:
        return "no errors in ten minutes"
    return f"{row.failed / 10:.1f} errors a minute ({row.failed} of {row.calls} calls in ten minutes)"


def _buttons(row: AccountRow) -> list[Button]:
    title, subject = account_title(row.account), row.account.replace(":", _IN_A_BUTTON)
    if row.place is None:
        return [Button(f"Start {title}", Verb.GATEWAY_START, subject, Weight.MAIN)]
    stop = Button(f"Stop {title}", Verb.GATEWAY_STOP, subject, Weight.DANGER)
    return [stop] if row.place == 1 else [Button(f"Use {title}", Verb.GATEWAY_USE, subject), stop]


def _taken(row: TakenRow) -> str:
    difference = row.taken - row.booked
    said = f"{_started(row.account)} took {dollars(row.taken)}; videobot booked {dollars(row.booked)}"
    if not difference:
        return f"{said}."
    return f"{said}, which is {dollars(abs(difference))} {'less' if difference > 0 else 'more'}."


def _started(account: str) -> str:
    title = account_title(account)
    return title[0].upper() + title[1:]
