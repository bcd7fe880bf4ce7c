"""The one channel of the page: who says what in it. Everything is kept first, and every open page then hears of it."""

import re
from collections.abc import Sequence
from dataclasses import replace

from adapters.cards.card import Card
from adapters.web.card_text import text_of
from adapters.web.hub import Hub
from adapters.web.messages import Kind, Message, Picture, Rows, message_of, row_of
from adapters.web.people import Person
from bot.generation.grammar import spell
from bot.generation.job import Job, Purpose
from bot.generation.ports import Clock, Ids

#: How the keys look that a page may make names of.
_KEY = re.compile(r"[a-z0-9]{8,40}")
_SAID = "said"  # of an address' extra: what was typed
_NEWS = "news-"  # begins the names of what is told without being asked


class Channel:
    """Adds to the channel and takes from it. Every method raises StoreError.

    A message's name follows from what it is about, so that the same thing said again, by another process or after a
    crash, is there once.
    """

    def __init__(self, rows: Rows, hub: Hub, clock: Clock, ids: Ids) -> None:
        self._rows, self.hub, self._clock, self._ids = rows, hub, clock, ids

    # ----------------------------------------------------------------------------------------------------- reading

    async def named(self, name: str) -> Message | None:
        """One message; None when there is none (any more)."""
        row = await self._rows.named(name)
        return None if row is None else message_of(row)

    async def latest(self, person: Person, threads: int, before: int | None = None) -> list[Message]:
        """The newest threads that this person may see, each with all its messages; see `Rows.latest`."""
        rows = await self._rows.latest(person.id, threads=threads, before=before)
        return [message_of(row) for row in rows]

    # ----------------------------------------------------------------------------------------------------- adding

    async def say(self, person: Person, text: str, pictures: Sequence[Picture], thread: str, key: str) -> None:
        """A person says something that asks for nothing; the same key again says it once. Raises ValueError for a key
        that no page was given."""
        if not _KEY.fullmatch(key):
            raise ValueError("this is no key of a page")
        name = f"said-{key}"
        await self._add(
            Message(
                name,
                thread or name,
                Kind.SAID,
                self._clock.now(),
                author=person.id,
                text=text,
                pictures=tuple(pictures),
            )
        )

    async def show_request(self, job: Job) -> None:
        """What the job was asked for with, as the person's own message, where its thread is."""
        name = _name("ask", job)
        text = job.address.extra.get(_SAID) or f"/video {spell(job.request)}"
        pictures = [Picture(f.source, f.role.value, f.width or 0, f.height or 0) for f in job.request.frames]
        await self._add(
            Message(
                name,
                thread_of(job),
                Kind.SAID,
                job.accepted_at,
                author=job.requester.user,
                job_id=job.id,
                text=text,
                pictures=tuple(pictures),
            )
        )

    async def show(self, job: Job, purpose: Purpose) -> str:
        """The job's message for this purpose: added, or told to every open page anew; its name."""
        name = name_of_message(job, purpose)
        kind = Kind.STATUS if purpose is Purpose.STATUS else Kind.RESULT
        if not await self._add(Message(name, thread_of(job), kind, self._clock.now(), job_id=job.id)):
            self.hub.tell(name)
        return name

    async def note(self, person: Person, card: Card, thread: str = "") -> None:
        """The bot answers one person, in a thread or below all of them. There is one such answer in a place: it makes
        way for the next."""
        name = f"note-{self._ids.job_id()}"
        for old in await self._rows.notes(person.id):
            if old["name"].startswith(_NEWS):
                continue
            if old["thread"] == thread or (not thread and old["thread"] == old["name"]):
                await self.remove(old["name"])
        await self._add(
            Message(name, thread or name, Kind.NOTE, self._clock.now(), only_for=person.id, card=text_of(card))
        )

    async def tell_news(self, person: Person, card: Card, key: str = "") -> str:
        """Something this person is to see without asking, which stays until they dismiss it; the message's name. The
        same `key` (of letters and digits; empty: none) says it once."""
        name = f"{_NEWS}{person.id}-{key or self._ids.job_id()}"
        await self._add(Message(name, name, Kind.NOTE, self._clock.now(), only_for=person.id, card=text_of(card)))
        return name

    async def change_news(self, name: str, card: Card) -> bool:
        """Show another card in such a message; False when it was dismissed."""
        found = await self.named(name)
        if found is None:
            return False
        await self._rows.remove([name])
        return await self._add(replace(found, card=text_of(card)))

    async def tell_all(self, card: Card, thread: str = "") -> None:
        """The bot answers for everybody to see."""
        name = f"note-{self._ids.job_id()}"
        await self._add(Message(name, thread or name, Kind.NOTE, self._clock.now(), card=text_of(card)))

    # ----------------------------------------------------------------------------------------------------- removing

    async def remove(self, name: str) -> None:
        """Take one message out."""
        await self._rows.remove([name])
        self.hub.tell(name)

    async def dismiss(self, person: Person, name: str) -> None:
        """Take out a note that only this person sees; anything else stays."""
        found = await self.named(name)
        if found is not None and found.kind is Kind.NOTE and found.only_for == person.id:
            await self.remove(name)

    async def _add(self, message: Message) -> bool:
        is_new = await self._rows.add(row_of(message))
        if is_new:
            self.hub.tell(message.name)
        return is_new


def name_of_message(job: Job, purpose: Purpose) -> str:
    """The name, and so the reference, of a job's message."""
    return _name(purpose.value, job)


def names_of_job(job_id: str) -> tuple[str, ...]:
    """The names of all messages there may be about a job."""
    return tuple(f"{what}-{job_id}" for what in ("ask", Purpose.STATUS.value, Purpose.RESULT.value))


def thread_of(job: Job) -> str:
    """The thread a job belongs to: the one it was asked for in, else the one it began."""
    return job.address.thread or _name("ask", job)


def said(text: str) -> dict[str, str]:
    """The extra of an address that keeps what was typed."""
    return {_SAID: text}


def url_of_message(_job: Job, reference: str) -> str:
    """Where a message of the channel is found."""
    return f"/#{reference}"


def _name(what: str, job: Job) -> str:
    return f"{what}-{job.id}"
