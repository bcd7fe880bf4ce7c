"""Why a request was not accepted: the limit, its use, when it frees, and the cheapest change that fits."""

from collections.abc import Sequence
from datetime import tzinfo

from adapters.cards.limits import amount, bearer_of, limit_words, use_words
from adapters.cards.price import dollars_beside
from adapters.cards.problems import changes
from adapters.cards.words import moment, span
from bot.generation.limits import LimitUse, ScopeKind, Unit
from bot.generation.service import OverLimitError


def refusal(error: OverLimitError, now: float, zone: tzinfo | None = None) -> Sequence[str]:
    """The sentences of a refusal: one for each limit it does not fit in, then what would fit."""
    charge = error.refusal.charge
    lines = [over_line(use, charge.of(use.limit.unit), now, zone) for use in error.refusal.over]
    lines.append(what_fits(error))
    return lines


def over_line(use: LimitUse, wanted: int, now: float, zone: tzinfo | None = None) -> str:
    """One limit that a request does not fit in, with its use and when it frees."""
    limit = use.limit
    frees = f" in {span(use.frees_at - now)}, {moment(use.frees_at, now, zone)}." if use.frees_at else ""
    if limit.unit is Unit.COOLDOWN:
        whose = bearer_of(use)
        return (
            f"{whose[0].upper()}{whose[1:]} pace is {limit_words(limit)}: the next one can be asked for{frees or '.'}"
        )
    if wanted > use.amount:
        return _never(use, wanted)
    yours = limit.scope.kind in (ScopeKind.USER, ScopeKind.ROLE)
    if limit.unit is Unit.JOBS:
        whose = "of yours are" if yours else "are"
        return (
            f"{use.used + use.held} {whose} being made, and {limit_words(limit)} is {bearer_of(use)} limit: "
            "the next one can start when one of them is done."
        )
    parts = [f"{amount(limit.unit, use.used)} used"]
    if use.held:
        parts.append(f"{amount(limit.unit, use.held)} held for videos being made")
    need = "one more video" if limit.unit is Unit.VIDEOS else amount(limit.unit, wanted)
    name = f"{bearer_of(use)} limit of {use_words(use)}"
    return f"There is no room for {need} in {name}: {', '.join(parts)}.{f' It frees{frees}' if frees else ''}"


def _never(use: LimitUse, wanted: int) -> str:
    """However long one waits: it alone is more than the limit."""
    limit = use.limit
    name = f"{bearer_of(use)} limit of {use_words(use)}"
    if not use.amount:
        return f"{name[0].upper()}{name[1:]} allows no video at all."
    need = dollars_beside(wanted, use.amount) if limit.unit is Unit.USD else amount(limit.unit, wanted)
    return f"This video takes {need}, which is more than {name} allows at all."


def what_fits(error: OverLimitError) -> str:
    """The cheapest change that fits, with its price, or what else helps: waiting, an admin."""
    cheaper = error.cheaper
    if cheaper is None or cheaper.quote is None:
        charge = error.refusal.charge
        over = [use for use in error.refusal.over if use.limit.unit is not Unit.COOLDOWN]
        if any(charge.of(use.limit.unit) > use.amount for use in over):
            return "No shorter or simpler video fits now; an admin can raise the limit."
        return "No shorter or simpler video fits, so only waiting helps, or an admin who raises the limit."
    words = list(changes(error.checked.request, cheaper.request))
    return f"What fits now: {', '.join(words)}, for {cheaper.quote.words}."
