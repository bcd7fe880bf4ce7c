"""Where something holds."""

from bot.generation.barring import EVERYWHERE


def where(place: str) -> str:
    """A place in words: "everywhere", "in discord:1"."""
    return "everywhere" if place == EVERYWHERE else f"in {place}"
