"""What a person may still take."""

from collections.abc import Sequence
from datetime import tzinfo

from adapters.cards.card import Card, Line, Look, Table, Tone, Words, line, point
from adapters.cards.limits import use_lines
from adapters.cards.paused_card import pause_line
from bot.generation.limits import LimitUse
from bot.generation.ports import Pause


def quota_card(uses: Sequence[LimitUse], now: float, zone: tzinfo | None = None, *, pause: Pause | None = None) -> Card:
    """What is left of each limit that applies, and until when; a pause, where there is one."""
    body: list[Line | Table] = []
    if pause is not None:
        body.append(pause_line(pause, now, zone))
    if uses:
        body.append(line(Words("What you may still ask for:", Look.STRONG)))
        body += [point(sentence) for sentence in use_lines(uses, now, zone)]
    else:
        body.append(line("There are no limits for you."))
    return Card(tuple(body), tone=Tone.NEUTRAL if pause is None else Tone.WARNING)
