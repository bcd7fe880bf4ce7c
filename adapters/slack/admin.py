"""/video-admin: limits, use, pause and decisions, in words. The desk asks who may."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from adapters.cards.card import Card, Look, Tone, Words, line, point
from adapters.desk import Actor, Desk, Reply
from adapters.desk.ruling import By
from adapters.slack.speech import said
from bot.generation.catalog import listed
from bot.generation.limits import Scope, ScopeKind, Unit, Window
from bot.generation.ports import Resolution

Do = Callable[[Desk, Actor], Awaitable[Reply]]

_USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_UNITS: Mapping[str, Unit] = {
    "usd": Unit.USD,
    "dollar": Unit.USD,
    "dollars": Unit.USD,
    "$": Unit.USD,
    "video": Unit.VIDEOS,
    "videos": Unit.VIDEOS,
    "second": Unit.SECONDS,
    "seconds": Unit.SECONDS,
    "job": Unit.JOBS,
    "jobs": Unit.JOBS,
}
_WINDOWS: Mapping[str, Window] = {
    "day": Window.DAY,
    "daily": Window.DAY,
    "month": Window.MONTH,
    "monthly": Window.MONTH,
}
_BY: Mapping[str, By] = {"user": "user", "model": "model", "gateway": "gateway", "day": "day"}
_FILLING = frozenset({"a", "per", "for", "of", "to", "at", "once", "by", "the", "last", "days", "each"})
_USAGE = (
    ("quota show [@person]", "the limits, or what one person may still take"),
    ("quota set 20 usd [@person or everyone] [day or month]", "a limit; without a person, each one's"),
    ("quota clear usd [@person or everyone] [day or month]", "takes a limit away"),
    ("quota grant 5 videos [@person] [day or month] [reason]", "more on top, until the day or month ends"),
    ("usage [user, model, gateway or day] [30]", "what was made in so many days, and its cost"),
    ("pause reason", "takes and starts no new videos"),
    ("resume", "ends the pause"),
    ("resolve [job task, billed, not-created or again] [task id]", "decides about uncertain videos, or lists them"),
)


@dataclass(frozen=True, slots=True)
class _What:
    """What a limit is about."""

    unit: Unit
    scope: Scope
    window: Window
    amount: str
    rest: str


def help_card() -> Card:
    """How the command is used."""
    points = [point(Words(f"/video-admin {how}", Look.CODE), f": {what}") for how, what in _USAGE]
    return Card((line(Words("For admins of this bot", Look.STRONG)), *points))


def wish(text: str, team: str) -> Do | Card:
    """What a text asks for; a card says what cannot be meant, or how the command is used."""
    words = text.split()
    head, rest = (words[0].lower(), words[1:]) if words else ("help", [])
    match head:
        case "quota" | "limits":
            return _quota(rest, team)
        case "usage":
            return _usage(rest)
        case "pause":
            reason = said(" ".join(rest))
            if not reason:
                return _wrong("Say why: people who ask for a video are told. For example: /video-admin pause moving")
            return lambda desk, actor: desk.pause(actor, reason)
        case "resume":
            return lambda desk, actor: desk.resume_all(actor)
        case "resolve":
            return _resolve(rest)
    return help_card()


def _quota(words: list[str], team: str) -> Do | Card:
    head = words[0].lower() if words else "show"
    rest = words[1:]
    if head == "show":
        match = _USER.search(" ".join(rest))
        user = _user_key(team, match[1]) if match else None
        if rest and user is None:
            return _wrong(f"{_whom()} For example: /video-admin quota show @anna")
        return lambda desk, actor: desk.limits(actor, user)
    if head not in ("set", "clear", "grant"):
        return _wrong("After quota comes show, set, clear or grant. For example: /video-admin quota set 20 usd day")
    what = _what(rest, team, with_amount=head != "clear", takes_rest=head == "grant")
    if isinstance(what, Card):
        return what
    if head == "set":
        return lambda desk, actor: desk.set_limit(actor, what.scope, what.unit, what.window, what.amount)
    if head == "clear":
        return lambda desk, actor: desk.clear_limit(actor, what.scope, what.unit, what.window)
    scope = what.scope if what.scope != _EACH else _EVERYONE
    return lambda desk, actor: desk.grant(actor, scope, what.unit, what.window, what.amount, what.rest)


_EACH, _EVERYONE = Scope(ScopeKind.USER, "*"), Scope(ScopeKind.EVERYONE, "*")


def _what(words: list[str], team: str, *, with_amount: bool, takes_rest: bool) -> _What | Card:
    amount, unit, window, scope = "", None, None, None
    left: list[str] = []
    for word in words:
        low = word.lower().rstrip(",")
        match = _USER.fullmatch(word)
        number = low.removeprefix("$")
        if match and scope is None:
            scope = Scope(ScopeKind.USER, _user_key(team, match[1]))
        elif with_amount and not amount and re.fullmatch(r"[0-9][0-9,]*(\.[0-9]+)?", number):
            amount = number
            unit = Unit.USD if low.startswith("$") else unit
        elif unit is None and low in _UNITS:
            unit = _UNITS[low]
        elif window is None and low in _WINDOWS and not left:
            window = _WINDOWS[low]
        elif scope is None and low == "everyone" and not left:
            scope = _EVERYONE
        elif low not in _FILLING or left:
            left.append(word)
    if left and not takes_rest:
        return _wrong(f"{_whom()} The rest is not understood: say for example 20 usd @anna month")
    if with_amount and not amount:
        return _wrong("How much is missing: say a number, such as 20 usd or 5 videos.")
    if unit is None:
        return _wrong("What is counted is missing: say usd, videos, seconds or jobs.")
    window = Window.NOW if unit is Unit.JOBS else window or Window.DAY
    return _What(unit, scope or _EACH, window, amount, said(" ".join(left)))


def _usage(words: list[str]) -> Do | Card:
    by: By = "user"
    days = 30
    for word in words:
        low = word.lower()
        if low in _BY:
            by = _BY[low]
        elif low.isdecimal() and 1 <= int(low) <= 366:
            days = int(low)
        elif low not in _FILLING:
            return _wrong(
                f"Say what it is added up by ({listed(list(_BY))}) and of how many days (1 to 366): usage model 30"
            )
    return lambda desk, actor: desk.usage(actor, by=by, days=days)


def _resolve(words: list[str]) -> Do | Card:
    if not words:
        return lambda desk, actor: desk.uncertain(actor)
    names = [how.value for how in Resolution]
    how = words[1].lower() if len(words) > 1 else ""
    if how not in names:
        return _wrong(f"Say what became of the job: resolve {'JOB'} and then {listed(names)}.")
    job_id, resolution = said(words[0]), Resolution(how)
    task_id = said(words[2]) if len(words) > 2 else None
    return lambda desk, actor: desk.resolve(actor, job_id, resolution, task_id)


def _user_key(team: str, user: str) -> str:
    return f"slack:{team}:{user}"


def _whom() -> str:
    return "Name a person by mentioning them."


def _wrong(text: str) -> Card:
    return Card((line(text),), tone=Tone.WARNING)
