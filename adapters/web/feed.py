"""Messages as HTML: drawn from the job's row each time, with a mark that tells whether it looks different now."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from adapters.cards.card import Card, Line, Shape, Table, Tone, plain
from adapters.cards.result_card import Inline, LinkOnly, alt_text, result_card
from adapters.cards.status_card import status_card
from adapters.cards.told import told
from adapters.media.library import LocalMedia
from adapters.web.card_text import card_of
from adapters.web.channel import name_of_message, url_of_message
from adapters.web.media import MediaNames
from adapters.web.messages import Kind, Message
from adapters.web.templating import rendered
from bot.generation.job import Job, JobState, Purpose
from bot.generation.ports import JobView, Store

MOST_JOBS = 500  # that the store reads at once
_MARK_CHARS = 12
_WORKING = frozenset(
    {JobState.UPLOADING, JobState.CREATING, JobState.RUNNING, JobState.SAVING, JobState.DELIVERING, JobState.QUEUED}
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A message as it looks now. `news`: what a screen reader says when it changes; the same while only a percentage
    does."""

    message: Message
    html: Markup
    mark: str
    news: str

    @property
    def in_place(self) -> Markup:
        """The same, to be put where the message stands already."""
        return Markup(str(self.html).replace("<article ", '<article hx-swap-oob="true" ', 1))  # noqa: S704 - escaped


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread as it looks now."""

    name: str
    root: Drawn | None
    replies: tuple[Drawn, ...]


class Feed:
    """Draws messages."""

    def __init__(
        self,
        store: Store,
        media: LocalMedia,
        names: MediaNames,
        look_at: Callable[[Job], JobView],
        environment: Environment,
    ) -> None:
        self._store, self._media, self._names = store, media, names
        self._look_at, self._environment = look_at, environment

    async def threads(self, messages: Sequence[Message]) -> list[Thread]:
        """The threads of `Channel.latest`. Raises StoreError."""
        found = []
        drawn = await self.drawn(messages)
        for name, group in groupby(drawn, key=lambda one: one.message.thread):
            of_thread = list(group)
            root = next((one for one in of_thread if one.message.is_root), None)
            found.append(Thread(name, root, tuple(one for one in of_thread if one is not root)))
        return found

    async def drawn(self, messages: Iterable[Message]) -> list[Drawn]:
        """Each message as it looks now. Raises StoreError."""
        messages = list(messages)
        wanted = list(dict.fromkeys(message.job_id for message in messages if message.job_id))
        jobs: dict[str, Job] = {}
        for start in range(0, len(wanted), MOST_JOBS):
            jobs |= {job.id: job for job in await self._store.jobs_by_id(wanted[start : start + MOST_JOBS])}
        return [self._draw(message, jobs.get(message.job_id)) for message in messages]

    # ------------------------------------------------------------------------------------------------- one message

    def _draw(self, message: Message, job: Job | None) -> Drawn:
        match message.kind:
            case Kind.SAID:
                return self._drawn(message, "said.html", self._said(message), "")
            case Kind.NOTE:
                card = _kept(message.card)
                return self._drawn(message, "note.html", {"card": card}, plain(card))
            case Kind.STATUS if job is not None:
                return self._status(message, self._look_at(job))
            case Kind.RESULT if job is not None:
                return self._result(message, self._look_at(job))
        card = told("This video is not known here any more.", Tone.WARNING)
        return self._drawn(message, "note.html", {"card": card}, "")

    def _said(self, message: Message) -> dict[str, Any]:
        pictures = [{"url": self._names.input(picture.key), "name": picture.name} for picture in message.pictures]
        return {"pictures": pictures}

    def _status(self, message: Message, view: JobView) -> Drawn:
        job = view.job
        is_there = job.state is JobState.DELIVERED and job.deleted_at is None
        result = url_of_message(job, name_of_message(job, Purpose.RESULT)) if is_there else None
        card = _without_quote(status_card(view, result=result))
        progress = job.progress if job.state is JobState.RUNNING else None
        values = {"card": card, "is_working": job.state in _WORKING, "progress": progress, "job": job}
        return self._drawn(message, "status.html", values, _news(view, card))

    def _result(self, message: Message, view: JobView) -> Drawn:
        job = view.job
        video = self._names.video(job)
        shown = Inline() if video is not None else LinkOnly(_why_no_video(job))
        card = _without_quote(result_card(view, shown))
        values = {
            "card": card,
            "video": video,
            "poster": self._names.poster(job),
            "alt": alt_text(job),
            "width": job.video.width if job.video else None,
            "height": job.video.height if job.video else None,
        }
        return self._drawn(message, "result.html", values, "Your video is ready.")

    def _drawn(self, message: Message, template: str, values: dict[str, Any], news: str) -> Drawn:
        body = rendered(self._environment, template, message=message, **values)
        mark = hashlib.sha256(body.encode()).hexdigest()[:_MARK_CHARS]
        html = rendered(self._environment, "message.html", message=message, body=body, mark=mark)
        return Drawn(message, html, mark, news)


def _news(view: JobView, card: Card) -> str:
    """Said aloud once per state; a percentage would be said every two seconds."""
    if view.job.state is JobState.RUNNING:
        return "The video is being made."
    return plain(card).partition("\n")[0]


def _without_quote(card: Card) -> Card:
    """What was asked for stands right above, in the person's own words."""
    return replace(card, body=tuple(part for part in card.body if not _is_quote(part)))


def _is_quote(part: Line | Table) -> bool:
    return isinstance(part, Line) and part.shape is Shape.QUOTE


def _why_no_video(job: Job) -> str:
    if job.video is None:
        return "The video could not be saved here."
    return "The video is not kept here any more."


def _kept(text: str) -> Card:
    try:
        return card_of(text)
    except (ValueError, KeyError, TypeError, AttributeError):
        return told("This answer is from another version of the bot and cannot be shown any more.", Tone.WARNING)
