"""Videos that wait for an admin's approval."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from adapters.cards.card import Button, Card, Line, Person, Table, Tone, Verb, Weight, Words, line, quote, small
from adapters.cards.made import for_price, made_words
from adapters.cards.moments import at_moment
from adapters.cards.ruling_cards import rule_words
from bot.generation.job import Job
from bot.generation.prompt_rules import PromptRule

#: So many jobs with their buttons fit in a message.
LISTED = 4


def approval_card(
    job: Job, now: float, zone: tzinfo | None = None, *, platform: str = "", rule: PromptRule | None = None
) -> Card:
    """One video that waits, with the buttons of an admin. `platform` is where the card is read: people of it are named
    by it. `rule`: the one about prompts that asks for the approval."""
    return Card(_entry(job, now, zone, platform, rule), _buttons(job), Tone.WARNING)


def approvals_card(
    jobs: Sequence[Job],
    now: float,
    zone: tzinfo | None = None,
    *,
    platform: str = "",
    rules: Mapping[str, PromptRule] | None = None,
    more: int = 0,
) -> Card:
    """All that wait; `more` are not listed. `rules`: by job, those about prompts that ask for the approval."""
    if not jobs:
        return Card((line("Nothing waits for an approval."),), tone=Tone.GOOD)
    body: list[Line | Table] = [
        part for job in jobs for part in _entry(job, now, zone, platform, (rules or {}).get(job.id))
    ]
    if more:
        body.append(line(f"And {more} more."))
    return Card(tuple(body), tuple(button for job in jobs for button in _buttons(job)), Tone.WARNING)


def _entry(job: Job, now: float, zone: tzinfo | None, platform: str, rule: PromptRule | None) -> tuple[Line, ...]:
    who = Person(job.requester.user) if job.requester.platform == platform else Words(job.requester.key)
    until = () if job.due_at is None else (" It expires ", at_moment(job.due_at, now, zone), ".")
    return (
        line(who, f" asks for {made_words(job)}, {for_price(job)}.", *until),
        quote(job.request.prompt),
        *(() if rule is None else (small(*rule_words(rule)),)),
        small(f"Job {job.id}."),
    )


def _buttons(job: Job) -> tuple[Button, ...]:
    return (
        Button(f"Approve {job.id}", Verb.APPROVE, job.id, Weight.MAIN),
        Button(f"Decline {job.id}", Verb.DECLINE, job.id, Weight.DANGER),
    )
