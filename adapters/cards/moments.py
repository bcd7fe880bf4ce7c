"""Moments inside a sentence."""

from datetime import tzinfo

from adapters.cards.card import Moment
from adapters.cards.words import moment


def at_moment(at: float, now: float, zone: tzinfo | None = None) -> Moment:
    """A moment (epoch seconds) after "until", "since" or a colon; platforms show it in the reader's own time."""
    return Moment(at, moment(at, now, zone).removeprefix("on "))
