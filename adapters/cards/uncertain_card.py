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
from bot.generation.job import Job
from bot.generation.ports import Resolution
from bot.generation.undecided import open_decisions

_PROMPT_CHARS = 60
_PRESSED = {
    Resolution.BILLED: ("billed", Verb.RESOLVE_BILLED),
    Resolution.NOT_CREATED: ("never ran", Verb.RESOLVE_NOT_CREATED),
    Resolution.AGAIN: ("ask again", Verb.RESOLVE_AGAIN),
}
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
        *_what_happened(entries),
        point("It is there: ", *_where_to_say(platform), " with its task id delivers it."),
        point("Billed: it was billed but cannot be found; the limits are freed and the cost is booked."),
        point("Never ran: the limits are freed and nothing is booked."),
    ]
    if any(Resolution.AGAIN in open_decisions(entry.job) for entry in entries):
        body.append(point("Ask again: it never ran; one new request is sent under the same charge."))
    buttons: list[Button | LinkButton] = []
    for entry in entries:
        body.append(_entry(entry, now, zone, platform))
        buttons += _buttons(entry.job)
    if more:
        body.append(line(f"And {more} more."))
    return Card(tuple(body), tuple(buttons), Tone.WARNING)


def _what_happened(entries: Sequence[Undecided]) -> list[Line]:
    """How it came about: the answer to the create was lost, or the task was watched in vain; and where to look."""
    has_task = {entry.job.task_id is not None for entry in entries}
    these = "this request" if len(entries) == 1 else "these requests"
    told = []
    if False in has_task:
        which = f"{these} without a task id" if True in has_task else these
        told.append(
            line(
                f"The answer to {which} got lost, so nobody knows whether the gateway made the video. Nothing is "
                "sent again by itself. Look at the gateway's own page for a video started at that time, then decide:"
            )
        )
    if True in has_task:
        which = "those with a task id" if False in has_task else these
        them = "it" if len(entries) == 1 else "them"
        told.append(
            line(
                f"The gateway took {which}, but for a whole day it did not say what became of {them}, so the bot looks "
                "no more. Look at the gateway's own page for the task id, then decide:"
            )
        )
    return told


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
        *(() if job.task_id is None else (", task ", Words(job.task_id, Look.CODE))),
        ".",
        *held,
        *(() if entry.url is None else (" ", Link("Show it", entry.url))),
    )


def _buttons(job: Job) -> list[Button]:
    short, offered = job.id[:4], open_decisions(job)
    return [Button(f"{short}: {word}", verb, job.id) for how, (word, verb) in _PRESSED.items() if how in offered]
