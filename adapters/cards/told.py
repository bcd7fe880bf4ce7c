"""A card of one sentence or two."""

from adapters.cards.card import Card, Tone, line


def told(text: str, tone: Tone = Tone.NEUTRAL) -> Card:
    """Our own words and nothing else; what a person typed has no place in them."""
    return Card((line(text),), tone=tone)
