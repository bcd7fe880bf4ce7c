"""A request that was not taken, as an admin reads it in the audit trail: what `bot.generation.refused` wrote."""

import re
from datetime import tzinfo

from adapters.cards.limits import limit_words, whose
from adapters.cards.words import model_title, moment
from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
from bot.generation.prices import dollars
from bot.generation.refused import OWN

_ROW = re.compile(r"(?P<reason>[^;]+); in (?P<where>[^;]+)(?:; (?P<facts>.*))?", re.ASCII | re.DOTALL)
_AT = re.compile(r"(since|until) (\d{9,11})(?!\d)", re.ASCII)
_USE = re.compile(
    rf"({'|'.join(ScopeKind)}) (\S+) ({'|'.join(Unit)}) / (\w+): "
    r"(?:(-?\d+) used and (-?\d+) held of (\d+), (\d+) asked|(\d+) between two)(?:, free at (\d+))?",
    re.ASCII,
)
_SHELL = "shell"


def refused_words(detail: str, now: float, zone: tzinfo | None = None) -> str:
    """Why and where: "new videos are paused since today at 09:00 UTC: repairs (asked in discord:1:2)"."""
    row = _ROW.fullmatch(detail)
    if row is None:
        return detail
    facts = _AT.sub(lambda found: f"{found[1]} {_moment(found[2], now, zone)}", row["facts"] or "", count=1)
    where = "at the shell" if row["where"] == _SHELL else f"in {row['where']}"
    return f"{_why(row['reason'], facts, now, zone)} (asked {where})"


def _why(reason: str, facts: str, now: float, zone: tzinfo | None) -> str:
    kind, _, name = reason.partition(" ")
    match kind:
        case "pause":
            return f"new videos are paused {facts}"
        case "drain":
            return f"the bot is being replaced by a newer one {facts}"
        case "ban":
            return f"banned {facts}"
        case "closed":
            return f"{_closed(name)} is closed"
        case "moderation":
            return f"has to wait after refusals by the gateway's moderation: {facts}"
        case "not":
            return "not in a channel that is marked as age-restricted"
        case "prompt":
            return f"{name} forbids the prompt"
        case _:
            return _USE.sub(lambda found: _use(found, now, zone), facts)


def _closed(what: str) -> str:
    kind, _, name = what.partition(" ")
    return {"model": model_title(name), "mode": f"{name} mode"}.get(kind, what)


def _use(found: re.Match[str], now: float, zone: tzinfo | None) -> str:
    kind, id_, unit, window = ScopeKind(found[1]), found[2], Unit(found[3]), Window(found[4])
    bearer = "this person" if id_ == OWN else whose(Scope(kind, id_))
    allowed = Limit(Scope(kind, id_), unit, window, int(found[7] or found[9]))
    free = "" if found[10] is None else f", free {_moment(found[10], now, zone)}"
    if found[9] is not None:
        return f"over {limit_words(allowed)} for {bearer}{free}"
    parts = ((found[5], "used"), (found[6], "held"), (found[8], "asked"))
    taken = ", ".join(f"{_bare(unit, int(number))} {word}" for number, word in parts if int(number))
    return f"over {limit_words(allowed)} for {bearer}: {taken}{free}"


def _bare(unit: Unit, number: int) -> str:
    return dollars(number) if unit is Unit.USD else f"{number:,}"


def _moment(stored: str, now: float, zone: tzinfo | None) -> str:
    return moment(float(stored), now, zone).removeprefix("on ")
