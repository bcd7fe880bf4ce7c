"""Where a job's messages can go: the thread, else its channel, else a direct message to the requester."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeVar

import discord

from adapters.cards.words import clipped
from adapters.discord.markup import clusters, cut
from adapters.discord.trouble import Kind, Trouble, tried
from bot.generation.job import Job
from bot.generation.ports import ChatError

T = TypeVar("T")

#: What a direct message takes, in bytes, where no interaction said so
#: (https://docs.discord.com/developers/reference#uploading-files).
DIRECT_MESSAGE_LIMIT = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
THREAD_NAME = 100  # units, as Discord may count them
THREAD_HIDES_AFTER: Literal[1440] = 1440  # minutes without a message

_HAS_THREAD = 160004  # a thread was already created for this message
_TRY_LATER = (Kind.LATER, Kind.LOST)


class What(StrEnum):
    """What kind of place it is, as people call it."""

    THREAD = "thread"
    CHANNEL = "channel"
    DIRECT = "direct message"


@dataclass(frozen=True, slots=True)
class Place:
    """A place messages are posted in, and how many bytes a file may have there."""

    what: What
    channel: discord.PartialMessageable
    limit: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A message of ours: "channel id/message id"."""

    channel: int
    message: int

    @classmethod
    def of(cls, text: str) -> "Reference":
        """Read a stored reference."""
        channel, _, message = text.partition("/")
        return cls(int(channel), int(message))

    def __str__(self) -> str:
        return f"{self.channel}/{self.message}"


@dataclass(frozen=True, slots=True)
class Destinations:
    """Finds the places of a job."""

    client: discord.Client

    def channel(self, channel_id: int, guild: str = "") -> discord.PartialMessageable:
        """A channel or thread by its id; Discord is not asked."""
        return self.client.get_partial_messageable(channel_id, guild_id=int(guild) if guild else None)

    async def of(self, job: Job, thread: int | None = None) -> AsyncIterator[Place]:
        """The places one after another, each looked up when the one before did not do; `thread`: one that was opened
        for this job. Raises Trouble when the requester's direct messages cannot be opened."""
        address = job.address
        limit = self._limit(job)
        inner = thread or (int(address.thread) if address.thread else None)
        if inner is not None:
            yield Place(What.THREAD, self.channel(inner, address.workspace), limit)
        is_direct = address.extra.get("dm") == "yes"
        if address.channel:
            what = What.DIRECT if is_direct else What.CHANNEL
            yield Place(what, self.channel(int(address.channel), address.workspace), limit)
        if not (is_direct and address.channel):
            opened = await tried(self.client.create_dm(discord.Object(int(job.requester.user))))
            yield Place(What.DIRECT, self.channel(opened.id), DIRECT_MESSAGE_LIMIT)

    async def open_thread(self, job: Job, status: Reference) -> int | None:
        """The thread of the status message, opened if it is not there yet: it has the message's own id, so it is never
        opened twice. None where there can be none. Raises Trouble: LATER, LOST."""
        name = cut(list(clusters(clipped(job.request.prompt, THREAD_NAME))), THREAD_NAME) or "Video"
        # Not `Message.create_thread`: that needs the server in the cache, which it is not right after a restart.
        opening = self.client.http.start_thread_with_message(
            status.channel, status.message, name=name, auto_archive_duration=THREAD_HIDES_AFTER
        )
        try:
            thread = await tried(opening)
        except Trouble as trouble:
            if trouble.code == _HAS_THREAD:
                return status.message
            if trouble.kind in _TRY_LATER:
                raise
            return None
        return int(thread["id"])

    async def unarchive(self, channel_id: int) -> None:
        """Open an archived thread again. Raises Trouble: LOCKED, FORBIDDEN ..."""
        thread = await tried(self.client.fetch_channel(channel_id))
        if not isinstance(thread, discord.Thread):
            raise Trouble(Kind.REFUSED)
        if thread.locked:
            raise Trouble(Kind.LOCKED)
        await tried(thread.edit(archived=False))

    def _limit(self, job: Job) -> int:
        """What the place takes: as Discord said when the job came, else as the server's boosts allow at this moment.
        discord.py's number lags behind Discord's own, so the one that was told counts; "too large" is obeyed anyway."""
        if job.address.size_limit is not None:
            return job.address.size_limit
        guild = self.client.get_guild(int(job.address.workspace)) if job.address.workspace else None
        return guild.filesize_limit if guild is not None else DIRECT_MESSAGE_LIMIT


async def somewhere(places: AsyncIterator[Place], post: Callable[[Place, str], Awaitable[T]]) -> T:
    """`post` in the first place that takes it; its second argument says why it is there and not in the first place.
    Raises ChatError: gone when no place takes it."""
    reasons: list[str] = []
    try:
        async for place in places:
            try:
                return await post(place, elsewhere(reasons))
            except Trouble as trouble:
                if trouble.kind in _TRY_LATER:
                    raise
                reasons.append(reason(place.what, trouble.kind))
    except Trouble as trouble:
        if trouble.kind in _TRY_LATER:
            raise trouble.as_chat_error() from trouble
        reasons.append(reason(What.DIRECT, trouble.kind))
    raise ChatError(f"It could not be posted: {_listed(reasons)}.", gone=True)


def elsewhere(reasons: Sequence[str]) -> str:
    """Why a message is not where it was asked for; empty when it is."""
    if not reasons:
        return ""
    said = _listed(reasons)
    return f"{said[0].upper()}{said[1:]}, so it is here."


def reason(what: What, kind: Kind) -> str:
    """Why a place takes nothing: "the thread is locked"."""
    if what is What.DIRECT:
        return "your direct messages are closed to me"
    match kind:
        case Kind.PLACE_GONE:
            return f"the {what} is gone"
        case Kind.LOCKED | Kind.ARCHIVED:
            return f"the {what} is locked"
        case Kind.FORBIDDEN:
            return f"I may not write in the {what}"
        case _:
            return f"the {what} does not take it"


def _listed(reasons: Sequence[str]) -> str:
    return f"{', '.join(reasons[:-1])} and {reasons[-1]}" if len(reasons) > 1 else "".join(reasons)
