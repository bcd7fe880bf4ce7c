"""A request that does not fit in a limit."""

from datetime import tzinfo

from adapters.cards.card import Button, Card, Tone, Verb, Weight, line
from adapters.cards.refusal import refusal
from bot.generation.service import OverLimitError


def refusal_card(
    error: OverLimitError,
    now: float,
    zone: tzinfo | None = None,
    *,
    use: str | None = None,
    form: str | None = None,
) -> Card:
    """The limit, its use, when it frees and what would fit. `use` is the draft of the cheapest change that fits, `form`
    the draft with what was typed."""
    buttons = []
    if use is not None:
        buttons.append(Button("Use this", Verb.START, use, Weight.MAIN))
    if form is not None:
        buttons.append(Button("Open the form", Verb.FORM, form))
    return Card(tuple(line(text) for text in refusal(error, now, zone)), tuple(buttons), Tone.WARNING)
