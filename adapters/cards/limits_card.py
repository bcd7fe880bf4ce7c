"""The limits of this bot, and one person's use of theirs, for admins."""

from collections.abc import Sequence
from datetime import tzinfo

from adapters.cards.card import Card, Line, Look, Table, Tone, Words, line, small
from adapters.cards.limits import amount, limit_row, limit_words, use_row, whose
from bot.generation.limits import Limit, LimitUse, Scope, Unit, Window
from bot.generation.ports import Grant

#: More limits than this (of single people) are only counted: a message has an end.
MOST_ROWS = 25


def limits_card(
    limits: Sequence[Limit],
    user: str | None = None,
    uses: Sequence[LimitUse] = (),
    now: float = 0.0,
    zone: tzinfo | None = None,
) -> Card:
    """The limits, the first `MOST_ROWS` of them; or, with a `user` ("discord:42"), what applies to them now and how
    much of it is used."""
    if user is not None:
        head: Line = line("What applies to ", Words(user, Look.CODE), " now:")
        if not uses:
            return Card((head, line("Nothing: they may ask for as much as they like.")))
        rows = [use_row(use, now, zone) for use in uses]
        cells = tuple((row.whose, row.limit, row.used, row.held, row.free, row.frees) for row in rows)
        return Card((head, Table(("Whose", "Limit", "Used", "Held", "Left", "Starts again"), cells)))
    if not limits:
        return Card((line("There are no limits: everybody may spend without end."),), tone=Tone.WARNING)
    rows_of_all = tuple((row.whose, row.limit) for row in map(limit_row, limits[:MOST_ROWS]))
    body: list[Line | Table] = [line(Words("Limits", Look.STRONG)), Table(("Whose", "Limit"), rows_of_all)]
    if len(limits) > MOST_ROWS:
        left = len(limits) - MOST_ROWS
        body.append(small(f"{left} more are not shown; name a person to see what applies to them."))
    return Card(tuple(body))


def limit_set_card(limit: Limit) -> Card:
    """Said after a limit was set."""
    return Card((line(f"{_starting(limit.scope)} may now take {limit_words(limit)}."),), tone=Tone.GOOD)


def limit_cleared_card(scope: Scope, unit: Unit, window: Window, *, was_there: bool) -> Card:
    """Said after a limit was taken away, or when there was none."""
    name = f"limit on {_of(unit)} {'at once' if window is Window.NOW else f'a {window}'}"
    if was_there:
        return Card((line(f"The {name} for {whose(scope)} is gone."),), tone=Tone.GOOD)
    return Card((line(f"There was no {name} for {whose(scope)}."),))


def granted_card(grant: Grant, *, has_limit: bool) -> Card:
    """Said after a grant."""
    this = "today" if grant.window is Window.DAY else "this month"
    head = f"{_starting(grant.scope)} may take {amount(grant.unit, grant.amount)} more {this}."
    if has_limit:
        return Card((line(head),), tone=Tone.GOOD)
    return Card((line(f"{head} There is no limit on that, so it changes nothing for now."),), tone=Tone.WARNING)


def _of(unit: Unit) -> str:
    return {Unit.USD: "dollars", Unit.JOBS: "videos"}.get(unit, str(unit))


def _starting(scope: Scope) -> str:
    name = whose(scope)
    return name if ":" in name else name[0].upper() + name[1:]
