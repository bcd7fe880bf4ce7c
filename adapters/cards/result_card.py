"""The message that brings the finished video."""

from dataclasses import dataclass
from datetime import UTC, tzinfo

from adapters.cards.card import Button, Card, Line, Person, Table, Tone, Verb, Weight, line, quote, small
from adapters.cards.link import link_line
from adapters.cards.made import made_words
from adapters.cards.status import bill_line
from adapters.cards.words import clipped, counted, size
from bot.generation.job import Job
from bot.generation.ports import JobView

#: The longest alternative text (characters) that every platform takes.
ALT_CHARS = 1000


@dataclass(frozen=True, slots=True)
class Inline:
    """The message carries the video itself, byte for byte."""


@dataclass(frozen=True, slots=True)
class SmallerCopy:
    """The message carries a smaller copy of `bytes` bytes, because the place takes no more."""

    bytes: int


@dataclass(frozen=True, slots=True)
class LinkOnly:
    """The message carries no video, only the link; `why` is one sentence of our own."""

    why: str


Shown = Inline | SmallerCopy | LinkOnly


def result_card(view: JobView, shown: Shown, *, now: float | None = None, zone: tzinfo | None = UTC) -> Card:
    """Done, for whom, what it cost, the link with its expiry, that a machine made it, and what can be done next.

    `now` (epoch seconds) and `zone` are for the words of the expiry where the platform cannot show a moment itself.
    """
    job = view.job
    link = link_line(job, "Download the video", now, zone)
    is_gone = isinstance(shown, LinkOnly) and link is None
    head = "your video was made, but it cannot be shown." if is_gone else "your video is ready."
    body: list[Line | Table] = [line(Person(job.requester.user), f", {head}"), quote(job.request.prompt)]
    match shown:
        case SmallerCopy(count):
            whole = f"; the whole video has {size(job.video.size)}" if job.video is not None else ""
            body.append(small(f"This is a smaller copy of {size(count)}, because no larger file fits here{whole}."))
        case LinkOnly(why):
            body.append(line(why))
        case Inline():
            pass
    if link is not None:
        body.append(link if isinstance(shown, LinkOnly) else small(*link.pieces))
    elif is_gone:
        todo = "Press Again to make it once more, at its price" if job.video is None else "Ask an admin for the file"
        body.append(line(f"The gateway's link leads nowhere any more. {todo}."))
    body.append(small(f"AI-generated with {made_words(job)}. Cost: {bill_line(job)}."))
    return Card(tuple(body), _buttons(job), Tone.GOOD, notify=job.requester.user)


def _buttons(job: Job) -> tuple[Button, ...]:
    extend = (Button("Extend", Verb.EXTEND, job.id),) if job.video is not None else ()
    return (
        Button("Again", Verb.AGAIN, job.id),
        Button("Edit", Verb.EDIT, job.id),
        *extend,
        Button("Delete", Verb.DELETE, job.id, Weight.DANGER),
    )


def alt_text(job: Job) -> str:
    """The video for who cannot see it, from its prompt; at most 1,000 characters, one line."""
    return clipped(f"AI-generated video of {counted(job.duration, 'second')}: {job.request.prompt}", ALT_CHARS)
