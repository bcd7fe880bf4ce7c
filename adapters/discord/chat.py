"""Discord as the core's `Chat`: the finished video as a new message where it was asked for, whatever became of that
place."""

from collections.abc import Sequence

import discord

from adapters.cards.card import small
from adapters.cards.result_card import LinkOnly, alt_text, result_card
from adapters.cards.told import told
from adapters.discord.carrying import NOT_ALLOWED, Way, ways
from adapters.discord.destinations import Destinations, Place, Reference, somewhere
from adapters.discord.layout import NOBODY, mark_of, view_of
from adapters.discord.posting import Message, post
from adapters.discord.search import begins_at, find_in, nonce_of
from adapters.discord.trouble import Kind, Trouble, tried
from adapters.media.library import LocalMedia
from bot.generation.job import Delivery, Job, Purpose
from bot.generation.ports import ChatError, Clock, JobView, Store


class DiscordChat:
    """Delivers over a logged-in client, always with the bot's own token: an interaction's token dies after 15 minutes.

    `thread_per_job`: the video goes into a thread that is opened from the status message, where there can be one.
    """

    def __init__(
        self, client: discord.Client, store: Store, media: LocalMedia, clock: Clock, *, thread_per_job: bool = False
    ) -> None:
        self._client, self._store, self._media, self._clock = client, store, media, clock
        self._thread_per_job = thread_per_job
        self._places = Destinations(client)

    async def find(self, job: Job, purpose: Purpose) -> str | None:
        """The reference of our message for this job and purpose if it is there already. Raises ChatError.

        Where the bot may not read the history nothing is ever found; within a few minutes the nonce still keeps the
        message from being posted twice.
        """
        me = own_id(self._client)
        deliveries = await self._store.deliveries(job.id)
        known = _reference(deliveries, purpose)
        if known is not None:
            return str(known)
        status = _reference(deliveries, Purpose.STATUS)
        after = begins_at(job, status.message if status is not None else None)
        thread = status.message if purpose is Purpose.RESULT and self._opens_thread(job) and status else None
        try:
            async for place in self._places.of(job, thread):
                found = await find_in(place.channel, me, job, purpose, after)
                if found is not None:
                    return str(Reference(place.channel.id, found))
        except Trouble as trouble:
            if trouble.kind in (Kind.LATER, Kind.LOST):
                raise ChatError("Discord cannot be asked at this moment.") from trouble
        return None

    async def deliver(self, view: JobView) -> str:
        """Post the result as a new message that replies to the status and notifies the requester; returns its
        reference. Raises ChatError: gone when neither thread, channel nor direct message takes it."""
        own_id(self._client)
        job = view.job
        status = _reference(await self._store.deliveries(job.id), Purpose.STATUS)
        try:
            thread = await self._places.open_thread(job, status) if status and self._opens_thread(job) else None
        except Trouble as trouble:
            raise trouble.as_chat_error() from trouble
        reply_to = status or asked_by(job)

        async def in_place(place: Place, note: str) -> Reference:
            return await self._in_place(view, place, note, reply_to)

        return str(await somewhere(self._places.of(job, thread), in_place))

    async def take_down(self, job: Job) -> bool:
        """Remove the result message; False when there is none (any more). Where it may not be deleted it is emptied.
        Raises ChatError when neither can be done."""
        found = await self.find(job, Purpose.RESULT)
        if found is None:
            return False
        place = Reference.of(found)
        message = self._places.channel(place.channel).get_partial_message(place.message)
        try:
            await self._delete(message)
        except Trouble as trouble:
            if trouble.kind in (Kind.MESSAGE_GONE, Kind.PLACE_GONE):
                return False
            if trouble.kind in (Kind.LATER, Kind.LOST):
                raise trouble.as_chat_error() from trouble
            empty = view_of(told("This video was deleted."), mark=mark_of(job.id, Purpose.RESULT))
            try:
                await tried(message.edit(view=empty, attachments=[], allowed_mentions=NOBODY))
            except Trouble as second:
                raise second.as_chat_error() from second
        return True

    async def _delete(self, message: discord.PartialMessage) -> None:
        try:
            await tried(message.delete())
        except Trouble as trouble:
            if trouble.kind is not Kind.ARCHIVED:
                raise
            await self._places.unarchive(message.channel.id)
            await tried(message.delete())

    async def _in_place(self, view: JobView, place: Place, note: str, reply_to: Reference | None) -> Reference:
        """The best way this place takes. Raises Trouble when it takes none."""
        trouble: Trouble | None = None
        async for way in ways(view.job, self._media, place.limit):
            try:
                return await post(place, self._message(view, way, note, reply_to))
            except OSError:  # the file went away meanwhile
                continue
            except Trouble as met:
                trouble = met
                if met.kind is Kind.FORBIDDEN and way.path is not None:
                    bare = Way(LinkOnly(NOT_ALLOWED))
                    return await post(place, self._message(view, bare, note, reply_to))
                if met.kind is not Kind.TOO_LARGE:
                    raise
        raise trouble or Trouble(Kind.REFUSED)

    def _message(self, view: JobView, way: Way, note: str, reply_to: Reference | None) -> Message:
        job = view.job
        card = result_card(view, way.shown, now=self._clock.now())
        return Message(
            card.plus(small(note)) if note else card,
            mark=mark_of(job.id, Purpose.RESULT),
            nonce=nonce_of(job.id, Purpose.RESULT),
            reply_to=reply_to,
            way=way,
            alt=alt_text(job),
            spoiler=job.address.extra.get("spoiler") == "yes",
        )

    def _opens_thread(self, job: Job) -> bool:
        address = job.address
        return self._thread_per_job and bool(address.workspace) and not address.thread


def own_id(client: discord.Client) -> int:
    """Our own user id. Raises ChatError before login and after the end."""
    if client.user is None or client.is_closed():
        raise ChatError("The bot is not connected to Discord.")
    return client.user.id


def _reference(deliveries: Sequence[Delivery], purpose: Purpose) -> Reference | None:
    for delivery in deliveries:
        if delivery.purpose is purpose and delivery.reference is not None:
            return Reference.of(delivery.reference)
    return None


def asked_by(job: Job) -> Reference | None:
    """The message the job was asked with, if it was asked with one."""
    address = job.address
    if not address.message:
        return None
    return Reference(int(address.thread or address.channel), int(address.message))
