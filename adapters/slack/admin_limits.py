"""/video-admin quota: limits, grants and resets, in words."""

import re
from dataclasses import dataclass

from adapters.desk import Actor, Desk, Reply
from adapters.slack.admin_words import EACH_USER, EVERYONE, NotUnderstoodError, Typed
from adapters.slack.speech import said
from bot.generation.limits import Scope, Unit, Window

_NUMBER = re.compile(r"\$?[0-9][0-9,]*(\.[0-9]+)?")
_SPAN = re.compile(r"([0-9]{1,7})(s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_FILLING = frozenset({"a", "an", "per", "for", "of", "to", "at", "once", "the", "last", "in"})

USAGE = (
    ("quota show [@person]", "the limits, or what one person may still take"),
    ("quota set 20 usd [whose] [time]", "sets a limit; without whose, each user's; without a time, a day"),
    ("quota clear usd [whose] [time]", "takes a limit away"),
    ("quota grant 5 videos [whose] [time] [reason]", "more on top, until the time ends"),
    ("quota reset @person [reason]", "forgives what one person has used"),
)
#: What the words in brackets may be.
WHOSE = (
    "Whose: @person, #channel, @user-group (each member of it), model v3, workspace, everyone, or each user, each "
    "channel, each workspace, each model."
)
COUNTED = (
    "Counted: usd, videos, seconds, jobs (at once) or cooldown (such as cooldown 10min). Time: hour, day, week, month, "
    "or the last hours as 24h."
)


@dataclass(frozen=True, slots=True)
class _Meant:
    """What a limit is about."""

    unit: Unit
    scope: Scope | None
    window: Window
    amount: str
    rest: str


async def show(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """The limits, or one person's. Raises NotUnderstoodError, as all of them do."""
    user = typed.user()
    typed.end("/video-admin quota show @anna (name a person by mentioning them).")
    reply: Reply = await desk.limits(actor, user)
    return reply


async def set_limit(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """Set one."""
    meant = _meant(typed, with_amount=True, takes_rest=False)
    reply: Reply = await desk.set_limit(actor, meant.scope or EACH_USER, meant.unit, meant.window, meant.amount)
    return reply


async def clear_limit(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """Take one away."""
    meant = _meant(typed, with_amount=False, takes_rest=False)
    reply: Reply = await desk.clear_limit(actor, meant.scope or EACH_USER, meant.unit, meant.window)
    return reply


async def grant(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """More on top."""
    meant = _meant(typed, with_amount=True, takes_rest=True)
    scope = meant.scope or EVERYONE
    reply: Reply = await desk.grant(actor, scope, meant.unit, meant.window, meant.amount, meant.rest)
    return reply


async def reset(desk: Desk, actor: Actor, typed: Typed) -> Reply:
    """Forgive what somebody has used."""
    user = typed.user()
    if user is None:
        raise NotUnderstoodError("Name a person by mentioning them: /video-admin quota reset @anna a test of ours")
    reply: Reply = await desk.reset(actor, user, said(typed.rest))
    return reply


def _meant(typed: Typed, *, with_amount: bool, takes_rest: bool) -> _Meant:
    unit: Unit | None = None
    window: Window | None = None
    scope: Scope | None = None
    amount = ""
    while typed.next():
        if unit is Unit.COOLDOWN and with_amount and not amount and (seconds := _span(typed)) is not None:
            amount = str(seconds)
        elif scope is None and (found := typed.scope()) is not None:
            scope = found
        elif with_amount and not amount and _NUMBER.fullmatch(typed.next()):
            number = typed.take()
            amount = number.removeprefix("$")
            unit = Unit.USD if number.startswith("$") else unit
        elif unit is None and (counted := typed.unit()) is not None:
            unit = counted
        elif window is None and (when := typed.window()) is not None:
            window = when
        elif typed.next() in _FILLING:
            typed.take()
        else:
            break
    if not takes_rest:
        typed.end("20 usd @anna month. Name a person by mentioning them.")
    if unit is None:
        raise NotUnderstoodError("What is counted is missing: say usd, videos, seconds, jobs or cooldown.")
    if with_amount and not amount:
        raise NotUnderstoodError("How much is missing: say a number, such as 20 usd, 5 videos or cooldown 10min.")
    return _Meant(unit, scope, Window.NOW if unit.is_of_now else window or Window.DAY, amount, said(typed.rest))


def _span(typed: Typed) -> int | None:
    """A length of time that comes next, in seconds: "60", "90s", "10 min"."""
    match = _SPAN.fullmatch(typed.next())
    if match is None:
        return None
    typed.take()
    unit = match[2] or ""
    if not unit and (following := _SPAN.fullmatch(f"1{typed.next()}")) is not None and following[1] == "1":
        unit = following[2] or ""
        if unit:
            typed.take()
    return int(match[1]) * _SECONDS[unit[:1] or "s"]
