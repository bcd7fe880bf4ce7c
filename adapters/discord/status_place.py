"""Where a job's status message lives on Discord."""

import logging

import discord

from adapters.cards.card import small
from adapters.cards.status_card import status_card
from adapters.discord.chat import DiscordChat, asked_by, own_id
from adapters.discord.destinations import Destinations, Place, Reference, somewhere
from adapters.discord.layout import NOBODY, mark_of, view_of
from adapters.discord.posting import Message, post
from adapters.discord.search import nonce_of
from adapters.discord.trouble import Kind, Trouble, tried
from adapters.discord.urls import message_url
from bot.generation.job import Address, Job, Purpose
from bot.generation.ports import JobView

log = logging.getLogger("videobot.discord")

_REMEMBERED = 1_000  # lost messages; the board posts again at once


class DiscordStatusPlace:
    """Posts and edits status messages (the board's `StatusPlace`)."""

    edit_every = 8.0  # seconds; oftener, Discord makes everybody wait

    def __init__(self, client: discord.Client, chat: DiscordChat) -> None:
        self._client, self._chat = client, chat
        self._places = Destinations(client)
        self._is_lost: dict[str, None] = {}  # jobs whose next post must not be taken for the one before

    def lane(self, address: Address) -> str:
        """Discord limits edits by channel."""
        return address.thread or address.channel

    async def find(self, job: Job, purpose: Purpose) -> str | None:
        """See Chat.find."""
        return await self._chat.find(job, purpose)

    async def show(self, view: JobView, reference: str | None) -> str:
        """Post (None) or edit the status; returns its reference. Raises ChatError: gone when that message, or every
        place, is gone."""
        own_id(self._client)
        if reference is None:
            return await self._post(view)
        try:
            await self._edit(view, Reference.of(reference))
        except Trouble as trouble:
            error = trouble.as_chat_error()
            if error.gone:
                self._remember_lost(view.job.id)
            raise error from trouble
        return reference

    async def _post(self, view: JobView) -> str:
        job = view.job
        nonce = nonce_of(job.id, Purpose.STATUS)
        if job.id in self._is_lost:  # under the old nonce Discord would answer with the message that is out of reach
            nonce = nonce_of(f"{job.id}-2", Purpose.STATUS)

        async def in_place(place: Place, note: str) -> Reference:
            card = status_card(view, result=self._result_url(view, None))
            return await post(
                place,
                Message(
                    card.plus(small(note)) if note else card,
                    mark=mark_of(job.id, Purpose.STATUS),
                    nonce=nonce,
                    reply_to=asked_by(job),
                ),
            )

        posted = await somewhere(self._places.of(job), in_place)
        self._is_lost.pop(job.id, None)
        return str(posted)

    def _remember_lost(self, job_id: str) -> None:
        self._is_lost[job_id] = None
        while len(self._is_lost) > _REMEMBERED:  # most are never posted again
            del self._is_lost[next(iter(self._is_lost))]

    async def _edit(self, view: JobView, place: Reference) -> None:
        try:
            await self._write(view, place)
        except Trouble as trouble:
            if trouble.kind is not Kind.ARCHIVED:
                raise
            # Nobody reads along in an archived thread, and opening it tells everybody in it. The end is worth that;
            # the result's own message opens the thread by itself.
            if view.job.state.is_final:
                await self._places.unarchive(place.channel)
                await self._write(view, place)

    async def _write(self, view: JobView, place: Reference) -> None:
        card = status_card(view, result=self._result_url(view, place))
        message = self._places.channel(place.channel).get_partial_message(place.message)
        await tried(
            message.edit(view=view_of(card, mark=mark_of(view.job.id, Purpose.STATUS)), allowed_mentions=NOBODY)
        )

    def _result_url(self, view: JobView, status: Reference | None) -> str | None:
        """The web address of the result message."""
        return None if view.result is None else message_url(view.job, view.result, opened=status)
