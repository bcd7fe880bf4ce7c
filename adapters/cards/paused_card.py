"""What is told while an admin has stopped new videos."""

from datetime import tzinfo

from adapters.cards.card import Card, Line, Said, Tone, line
from adapters.cards.moments import at_moment
from adapters.cards.words import stopped
from bot.generation.ports import Pause


def paused_card(pause: Pause, now: float, zone: tzinfo | None = None) -> Card:
    """Said to somebody whose request is not taken now: why, since when, and that what runs is not lost."""
    if pause.drain:
        return Card(
            (
                pause_line(pause, now, zone),
                line("Nothing was accepted and nothing is paid: ask again in a few minutes. No video is lost."),
            ),
            tone=Tone.WARNING,
        )
    return Card(
        (
            pause_line(pause, now, zone),
            line(
                "Nothing was accepted and nothing is paid: ask again later. Videos that are being made already will be "
                "finished."
            ),
        ),
        tone=Tone.WARNING,
    )


def pause_line(pause: Pause, now: float, zone: tzinfo | None = None) -> Line:
    """That new videos are paused, since when and why."""
    why = (" Reason: ", Said(stopped(pause.reason))) if pause.reason.strip() else ()
    if pause.drain:
        return line("The bot is being replaced by a newer one, since ", at_moment(pause.since, now, zone), ".", *why)
    return line("New videos have been paused by an admin since ", at_moment(pause.since, now, zone), ".", *why)
