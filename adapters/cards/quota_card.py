"""What a person may still take."""

from collections.abc import Sequence
from datetime import tzinfo

from adapters.cards.barred import barred_line
from adapters.cards.card import Card, Line, Look, Table, Tone, Words, line, point, small
from adapters.cards.limits import use_lines
from adapters.cards.paused_card import pause_line
from adapters.cards.price import dollars_beside
from bot.generation.barring import Barred
from bot.generation.limits import LimitUse
from bot.generation.ports import Pause
from bot.generation.prices import dollars
from bot.generation.service import Quoted


def quota_card(
    uses: Sequence[LimitUse],
    now: float,
    zone: tzinfo | None = None,
    *,
    pause: Pause | None = None,
    examples: Sequence[Quoted] = (),
    barred: Barred | None = None,
    apart: tuple[int, int, int] = (0, 0, 0),
) -> Card:
    """What is left of each limit that applies, and until when; what videos cost, for `examples`; a pause or what else
    keeps the person out, where there is such a thing. `apart`: how many of their videos of this month were billed at
    another sum than quoted, their bills and their quotes (micro-dollars)."""
    is_open = pause is None and barred is None
    body: list[Line | Table] = []
    if pause is not None:
        body.append(pause_line(pause, now, zone))
    if barred is not None:
        body.append(barred_line(barred, now, zone))
    if uses:
        body.append(line(Words("What you may still ask for:", Look.STRONG)))
        body += [point(sentence) for sentence in use_lines(uses, now, zone)]
    elif is_open:
        body.append(line("There are no limits for you."))
    prices = prices_line(examples, with_room=is_open)
    body += [small(sentence) for sentence in (prices, apart_line(apart)) if sentence]
    return Card(tuple(body), tone=Tone.NEUTRAL if is_open else Tone.WARNING)


def prices_line(examples: Sequence[Quoted], *, with_room: bool = True) -> str:
    """What videos cost and (`with_room`) whether they fit now; "" without examples."""
    said = "; ".join(_example(quoted, with_room=with_room) for quoted in examples)
    return f"What videos cost: {said}." if examples else ""


def apart_line(apart: tuple[int, int, int], whose: str = "yours") -> str:
    """The videos of this month that were billed at another sum than quoted: how many, their bills and their quotes
    (micro-dollars); "" where there are none."""
    videos, billed, quoted = apart
    if not videos:
        return ""
    which = f"one video of {whose}" if videos == 1 else f"{videos} videos of {whose}"
    other = "the same together" if billed == quoted else dollars_beside(quoted, billed)
    return f"This month the gateways billed {dollars(billed)} for {which} quoted at {other}; the bill is what counts."


def _example(quoted: Quoted, *, with_room: bool) -> str:
    now, quote = quoted.checked.effective, quoted.checked.quote
    if now is None or quote is None:
        return ""
    fits = f" ({'would not fit now' if quoted.over else 'fits now'})" if with_room else ""
    return f"{now.duration} seconds in {now.mode} mode {quote.words}{fits}"
