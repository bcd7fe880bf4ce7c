"""Videos that wait for an admin's approval."""

from collections.abc import Sequence
from datetime import tzinfo

from adapters.cards.card import Button, Card, Line, Person, Table, Tone, Verb, Weight, Words, line, quote, small
from adapters.cards.made import made_words, price_words
from adapters.cards.moments import at_moment
from adapters.cards.words import sentence
from bot.generation.job import Job

#: So many jobs with their buttons fit in a message.
LISTED = 4


def approval_card(job: Job, now: float, zone: tzinfo | None = None, *, platform: str = "") -> Card:
    """One video that waits, with the buttons of an admin. `platform` is where the card is read: people of it are named
    by it."""
    return Card((*_entry(job, now, zone, platform),), _buttons(job), Tone.WARNING)


def approvals_card(
    jobs: Sequence[Job], now: float, zone: tzinfo | None = None, *, platform: str = "", more: int = 0
) -> Card:
    """All that wait; `more` are not listed."""
    if not jobs:
        return Card((line("Nothing waits for an approval."),), tone=Tone.GOOD)
    body: list[Line | Table] = [part for job in jobs for part in _entry(job, now, zone, platform)]
    if more:
        body.append(line(f"And {more} more."))
    return Card(tuple(body), tuple(button for job in jobs for button in _buttons(job)), Tone.WARNING)


def _entry(job: Job, now: float, zone: tzinfo | None, platform: str) -> tuple[Line, ...]:
    who = Person(job.requester.user) if job.requester.platform == platform else Words(job.requester.key)
    until = () if job.due_at is None else (" It expires ", at_moment(job.due_at, now, zone), ".")
    return (
        line(who, f" asks for {made_words(job)}. {sentence(price_words(job))}", *until),
        quote(job.request.prompt),
        small(f"Job {job.id}."),
    )


def _buttons(job: Job) -> tuple[Button, ...]:
    return (
        Button(f"Approve {job.id}", Verb.APPROVE, job.id, Weight.MAIN),
        Button(f"Decline {job.id}", Verb.DECLINE, job.id, Weight.DANGER),
    )
