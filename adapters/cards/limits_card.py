"""The limits of this bot, and one person's use of theirs, for admins."""

from collections.abc import Sequence
from datetime import tzinfo

from adapters.cards.card import Card, Line, Look, Table, Tone, Words, line, small
from adapters.cards.limits import amount, limit_name, limit_row, limit_words, starting, use_row, whose
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
    return Card((line(limit_set_line(limit)),), tone=Tone.GOOD)


def limit_set_line(limit: Limit) -> str:
    """The same as a sentence."""
    return f"{starting(limit.scope)} may now take {limit_words(limit)}."


def limit_cleared_card(scope: Scope, unit: Unit, window: Window, *, was_there: bool) -> Card:
    """Said after a limit was taken away, or when there was none."""
    said = limit_cleared_line(scope, unit, window, was_there=was_there)
    return Card((line(said),), tone=Tone.GOOD if was_there else Tone.NEUTRAL)


def limit_cleared_line(scope: Scope, unit: Unit, window: Window, *, was_there: bool) -> str:
    """The same as a sentence."""
    name = limit_name(unit, window)
    return f"The {name} for {whose(scope)} is gone." if was_there else f"There was no {name} for {whose(scope)}."


def granted_card(grant: Grant, *, has_limit: bool) -> Card:
    """Said after a grant."""
    head = granted_line(grant)
    if has_limit:
        return Card((line(head),), tone=Tone.GOOD)
    return Card((line(f"{head} There is no limit on that, so it changes nothing for now."),), tone=Tone.WARNING)


def granted_line(grant: Grant) -> str:
    """What was granted, as a sentence: "Each user may take 2 videos more today."."""
    if grant.window.hours is not None:
        when = f"within the next {grant.window.hours} hours"
    else:
        when = "today" if grant.window == Window.DAY else f"this {grant.window}"
    return f"{starting(grant.scope)} may take {amount(grant.unit, grant.amount)} more {when}."
