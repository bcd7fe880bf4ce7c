"""Why a request was not accepted: the limit, its use, when it frees, and the cheapest change that fits."""

from collections.abc import Sequence
from datetime import tzinfo

from adapters.cards.limits import HELD, amount, bearer_of, limit_words, use_words
from adapters.cards.price import dollars_beside
from adapters.cards.problems import changes
from adapters.cards.words import moment, span
from bot.generation.limits import LimitUse, ScopeKind, Unit
from bot.generation.service import OverLimitError


def refusal(
    error: OverLimitError, now: float, zone: tzinfo | None = None, *, is_operator: bool = False
) -> Sequence[str]:
    """The sentences of a refusal: one for each limit it does not fit in, then what would fit. `is_operator`: whoever
    reads it can allow more, and the commands for it follow."""
    charge = error.refusal.charge
    lines = [over_line(use, charge.of(use.limit.unit), now, zone) for use in error.refusal.over]
    lines.append(what_fits(error, is_operator=is_operator))
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
        return f"{_unfinished(use, yours=yours)}."
    parts = [f"{amount(limit.unit, use.used)} used"] if use.used or not use.held else []
    if use.held:
        parts.append(f"{amount(limit.unit, use.held)} {HELD}")
    need = "one more video" if limit.unit is Unit.VIDEOS else amount(limit.unit, wanted)
    name = f"{bearer_of(use)} limit of {use_words(use)}"
    again = f" Ask again{frees}" if frees else ""
    return f"There is no room for {need} in {name}: {', '.join(parts)}.{again}"


def _unfinished(use: LimitUse, *, yours: bool) -> str:
    """As many videos at once as the limit allows, and when to ask again."""
    there = use.used + use.held
    ended = there - use.amount + 1
    which = f"{there}{' of yours' if yours else ''} {'is' if there == 1 else 'are'} not finished yet"
    some = "it is" if there == 1 else "one of them is" if ended == 1 else f"{ended} of them are"
    return f"{which}, and {bearer_of(use)} limit is {limit_words(use.limit)}: ask again when {some}"


def _never(use: LimitUse, wanted: int) -> str:
    """However long one waits: it alone is more than the limit."""
    limit = use.limit
    name = f"{bearer_of(use)} limit of {use_words(use)}"
    if not use.amount:
        return f"{name[0].upper()}{name[1:]} allows no video at all."
    need = dollars_beside(wanted, use.amount) if limit.unit is Unit.USD else amount(limit.unit, wanted)
    return f"This video takes {need}, which is more than {name} allows at all."


def what_fits(error: OverLimitError, *, is_operator: bool = False) -> str:
    """The cheapest change that fits, with its price, or what else helps: waiting, an admin."""
    cheaper = error.cheaper
    if cheaper is None or cheaper.quote is None:
        return _what_helps(error, is_operator=is_operator)
    words = list(changes(error.checked.request, cheaper.request))
    return f"What fits now: {', '.join(words)}, for {cheaper.quote.words}."


def _what_helps(error: OverLimitError, *, is_operator: bool) -> str:
    """What to do where no change of the request fits."""
    charge, over = error.refusal.charge, error.refusal.over
    # Counts and pauses are the same for every video: only of money and length would a smaller one take less.
    smaller = any(use.limit.unit in (Unit.USD, Unit.SECONDS) for use in over)
    head = "No shorter or simpler video fits either: " if smaller else ""
    lasting = [use for use in over if use.limit.unit is not Unit.COOLDOWN]
    more = "allow more:" if is_operator else "ask an admin for more."
    if any(charge.of(use.limit.unit) > use.amount for use in lasting):
        todo = more if is_operator else "ask an admin to raise the limit."
    elif is_operator and not lasting:
        todo = "wait."
    elif any(use.limit.scope.kind is ScopeKind.MODEL for use in over):
        todo = f"wait, use another model, or {more}"
    else:
        todo = f"wait, or {more}"
    return f"{head}{todo}" if head else f"{todo[0].upper()}{todo[1:]}"
