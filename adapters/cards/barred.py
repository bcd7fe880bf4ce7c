"""Why a request is not taken, whatever room the limits have: one sentence for each reason."""

from datetime import tzinfo

from adapters.cards.card import Card, Line, Said, Tone, line, plain
from adapters.cards.moments import at_moment
from adapters.cards.words import model_title, sentence, span
from bot.generation.barring import Ban, Barred, Closed, ClosureKind, ForbiddenPrompt, Slowed, WrongPlace
from bot.generation.catalog import listed

_NOTHING = "Nothing was accepted and nothing is paid."


def barred_card(barred: Barred, now: float, zone: tzinfo | None = None) -> Card:
    """Said to somebody whose request is not taken."""
    return Card((barred_line(barred, now, zone), line(_NOTHING)), tone=Tone.WARNING)


def barred_words(barred: Barred, now: float, zone: tzinfo | None = None) -> str:
    """The same as plain text, for a terminal."""
    return " ".join(plain(barred_card(barred, now, zone)).split("\n"))


def barred_line(barred: Barred, now: float, zone: tzinfo | None = None) -> Line:
    """What keeps the request out, and until when or what to do."""
    match barred:
        case Ban(reason=reason, until=until):
            why = (" Reason: ", Said(sentence(reason))) if reason.strip() else ()
            if until is None:
                return line("An admin has banned you from making videos here.", *why, " Ask an admin about it.")
            return line("An admin has banned you from making videos until ", at_moment(until, now, zone), ".", *why)
        case Closed():
            return line(_closed(barred))
        case Slowed(strikes, until):
            return line(
                f"The gateway's moderation refused {strikes} of your requests within a day, so you can ask again in "
                f"{span(until - now)}, ",
                at_moment(until, now, zone),
                ". Each further refusal makes the wait longer.",
            )
        case WrongPlace():
            return line("Videos are made only in channels that are marked as age-restricted: ask in one of those.")
        case ForbiddenPrompt():
            return line("A rule of the admins forbids this prompt: say it in other words, or ask an admin.")


def _closed(closed: Closed) -> str:
    if closed.kind is ClosureKind.CHANNEL:
        return "No videos are made in this channel: ask in another one, or ask an admin."
    title = model_title(closed.name) if closed.kind is ClosureKind.MODEL else f"{closed.name} mode"
    names = [model_title(name) if closed.kind is ClosureKind.MODEL else name for name in closed.only]
    instead = f"use {listed(names, 'or')}" if names else f"use another {closed.kind}"
    return f"{title[0].upper()}{title[1:]} is closed here by an admin: {instead}."
