"""Videos whose fate an admin has to decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from adapters.cards.card import (
    Button,
    Card,
    Line,
    Link,
    LinkButton,
    Look,
    Person,
    Piece,
    Said,
    Table,
    Tone,
    Verb,
    Words,
    line,
    point,
)
from adapters.cards.made import price_words
from adapters.cards.moments import at_moment
from adapters.cards.words import account_title, clipped
from bot.generation.job import Job, JobState

_PROMPT_CHARS = 60
_WITH_COMMANDS = frozenset({"discord", "slack"})


@dataclass(frozen=True, slots=True)
class Undecided:
    """One such job: when its create was sent and until when it waits for a decision (epoch seconds, None where that is
    over), and the web address of its message."""

    job: Job
    sent_at: float
    decide_by: float | None = None
    url: str | None = None


def uncertain_card(
    entries: Sequence[Undecided], now: float, zone: tzinfo | None = None, *, platform: str = "", more: int = 0
) -> Card:
    """What is known of each, what to do, and its buttons; `more` are not listed. `platform` is where the card is read:
    people of it are named by it."""
    if not entries:
        return Card((line("Nothing waits for a decision."),), tone=Tone.GOOD)
    body: list[Line | Table] = [
        line(
            "The answer to these requests got lost, so nobody knows whether the gateway made the video. Nothing is "
            "sent again by itself. Look at the gateway's own page for a video started at that time, then decide:"
        ),
        point("It is there: ", *_where_to_say(platform), " with its task id delivers it."),
        point("Billed: it was billed but cannot be found; the limits are freed and the cost is booked."),
        point("Never ran: the limits are freed and nothing is booked."),
        point("Ask again: it never ran; one new request is sent under the same charge."),
    ]
    buttons: list[Button | LinkButton] = []
    for entry in entries:
        body.append(_entry(entry, now, zone, platform))
        buttons += _buttons(entry.job)
    if more:
        body.append(line(f"And {more} more."))
    return Card(tuple(body), tuple(buttons), Tone.WARNING)


def _where_to_say(platform: str) -> tuple[Piece | str, ...]:
    """What takes a task id: the chats have a command for it, the page's dashboard a form."""
    if platform == "web":
        return ("the form on the dashboard",)
    name = "/video-admin resolve" if platform in _WITH_COMMANDS else "videobot jobs resolve"
    return (Words(name, Look.CODE),)


def _entry(entry: Undecided, now: float, zone: tzinfo | None, platform: str) -> Line:
    job = entry.job
    who = Person(job.requester.user) if job.requester.platform == platform else Words(job.requester.key)
    held: tuple[Piece | str, ...] = (" It is given up already, and takes nothing from the limits.",)
    if entry.decide_by is not None:
        until = at_moment(entry.decide_by, now, zone)
        held = (" Its charge is held until ", until, "; then it is given up as possibly billed.")
    return line(
        Words(f"Job {job.id}", Look.STRONG),
        " of ",
        who,
        ", ",
        Said(clipped(job.request.prompt, _PROMPT_CHARS)),
        f": {price_words(job)}, sent to {account_title(job.gateway)} ",
        at_moment(entry.sent_at, now, zone),
        ".",
        *held,
        *(() if entry.url is None else (" ", Link("Show it", entry.url))),
    )


def _buttons(job: Job) -> list[Button]:
    short = job.id[:4]
    buttons = [
        Button(f"{short}: billed", Verb.RESOLVE_BILLED, job.id),
        Button(f"{short}: never ran", Verb.RESOLVE_NOT_CREATED, job.id),
    ]
    if job.state is JobState.UNCERTAIN:
        buttons.append(Button(f"{short}: ask again", Verb.RESOLVE_AGAIN, job.id))
    return buttons
