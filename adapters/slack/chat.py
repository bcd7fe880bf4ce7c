"""Slack as the core's `Chat`: the finished video as a new message in its thread, whatever became of that place."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.cards.card import small
from adapters.cards.result_card import Inline, LinkOnly, result_card
from adapters.cards.told import told
from adapters.media.library import LocalMedia
from adapters.slack import posting
from adapters.slack.carrying import (
    BELOW,
    FILE_REFUSALS,
    IN_A_MESSAGE_BELOW,
    NEVER_SHOWN,
    NOT_A_MEMBER,
    SMALL,
    Carried,
    Carrier,
)
from adapters.slack.clients import SlackClients
from adapters.slack.layout import LaidOut, laid_out
from adapters.slack.places import Place, Places
from adapters.slack.reference import Reference, metadata, reference_in
from adapters.slack.search import find as find_message
from adapters.slack.trouble import Kind, TroubleError
from adapters.slack.uploads import Held, is_shown, remove
from bot.generation.job import Job, Purpose
from bot.generation.ports import JobView, Store

log = logging.getLogger("videobot.slack")


@dataclass(frozen=True, slots=True)
class _Posted:
    """The result message, while its file is seen to."""

    view: JobView
    reference: Reference
    thread: str
    note: str = ""


class SlackChat:
    """Delivers to every workspace the bot is installed in.

    A message is posted with the permalink of a file nobody has seen yet, which shares it: so one message has the video,
    the buttons and the metadata it is found by. Where Slack does not show the file then, it is shared by a message of
    its own below, and in that workspace always from then on.
    """

    def __init__(
        self, clients: SlackClients, store: Store, media: LocalMedia, *, join: bool = True, small: int = SMALL
    ) -> None:
        """`join`: the bot may join public channels it is asked from. `small`: bytes of the smaller copy that is tried
        where a workspace takes no large files."""
        self._clients, self._store = clients, store
        self._places = Places(clients, join=join)
        self._carrier = Carrier(clients, store, media, small=small)
        self._shares_below: set[str] = set()  # workspaces where a permalink shares nothing

    @property
    def places(self) -> Places:
        """Where messages go."""
        return self._places

    async def find(self, job: Job, purpose: Purpose) -> str | None:
        """The reference of our message for this job and purpose if it is there already. Raises ChatError.

        Where the bot may not read (a public channel it is not in) nothing is ever found.
        """
        deliveries = await self._store.deliveries(job.id)
        known = reference_in(deliveries, purpose)
        if known is not None:
            return str(known)
        try:
            client = await self._clients.of(job.address.workspace)
            message = await find_message(client, job, purpose, reference_in(deliveries, Purpose.STATUS))
            if message is None:
                return None
            found = Reference(str(message["channel"]), str(message["ts"]))
            if purpose is Purpose.RESULT:
                posted = _Posted(JobView(job), found, str(message.get("thread_ts") or found.ts))
                await self._go_on_with(posted, _file_of(message))
        except TroubleError as trouble:
            raise trouble.as_chat_error() from trouble
        return str(found)

    async def deliver(self, view: JobView) -> str:
        """Post the result in the thread and notify the requester; returns its reference. Raises ChatError: gone when
        neither thread, channel nor direct message takes it."""
        job = view.job
        status = reference_in(await self._store.deliveries(job.id), Purpose.STATUS)

        async def in_place(place: Place) -> Reference:
            return await self._in_place(view, place)

        try:
            return str(await self._places.somewhere(job, status, in_place))
        except TroubleError as trouble:
            raise trouble.as_chat_error() from trouble

    async def take_down(self, job: Job) -> bool:
        """Remove the result message and its file; False when there is none (any more). Where it may not be deleted it
        is emptied. Raises ChatError when neither can be done."""
        found = await self.find(job, Purpose.RESULT)
        if found is None:
            return False
        try:
            return await self._take_down(job, Reference.of(found))
        except TroubleError as trouble:
            raise trouble.as_chat_error() from trouble

    async def _take_down(self, job: Job, reference: Reference) -> bool:
        client = await self._clients.of(job.address.workspace)
        try:
            message = await posting.read(client, reference)
        except TroubleError as trouble:
            if trouble.may_pass or trouble.kind is Kind.OUT:
                raise
            message = {}  # it cannot be read; perhaps it can be deleted
        if message is None:
            return False
        file_id = _file_of(message)
        try:
            if file_id:
                await remove(client, file_id)
        except TroubleError as trouble:
            if trouble.may_pass:
                raise
            log.info("job %s: its file cannot be deleted: %s", job.id, trouble)
        try:
            await posting.delete(client, reference)
        except TroubleError as trouble:
            if trouble.code == "message_not_found":
                return False
            if trouble.may_pass or trouble.kind is Kind.OUT:
                raise
            empty = laid_out(told("This video was deleted."))
            await posting.change(client, reference, empty, metadata(job.id, Purpose.RESULT))
        return True

    # -------------------------------------------------------------------------------------------------- one place

    async def _in_place(self, view: JobView, place: Place) -> Reference:
        """Post it here in the best way this place takes. Raises TroubleError."""
        job = view.job
        if not place.takes_files:
            carried = Carried(LinkOnly(NOT_A_MEMBER))
        elif job.video is not None and job.address.workspace in self._shares_below:
            carried = Carried(LinkOnly(BELOW), below=True)
        else:
            carried = await self._carrier.bring(job)
        if carried.file is None:
            await self._carrier.note(job, IN_A_MESSAGE_BELOW if carried.below else "")
        try:
            reference = await self._post(view, place, carried)
        except TroubleError as trouble:
            if carried.file is None or trouble.kind not in FILE_REFUSALS:
                raise
            await self._carrier.note(job)
            carried = Carried(LinkOnly(f"{trouble.why} So here is its link."))  # files are not shared in this channel
            reference = await self._post(view, place, carried)
        await self._see_to(_Posted(view, reference, place.thread or reference.ts, place.note), carried)
        return reference

    async def _post(self, view: JobView, place: Place, carried: Carried) -> Reference:
        job = view.job
        return await posting.post(
            await self._clients.of(job.address.workspace),
            place.channel,
            place.thread,
            self._message(view, carried, place.note),
            metadata(job.id, Purpose.RESULT, carried.file.id if carried.file else ""),
            shares_file=carried.link is not None,
        )

    def _message(self, view: JobView, carried: Carried, note: str = "") -> LaidOut:
        card = result_card(view, carried.shown, now=self._clients.clock.now())
        return laid_out(card.plus(small(note)) if note else card, names={}, file=carried.link)

    # --------------------------------------------------------------------------------- what became of the file

    async def _see_to(self, posted: _Posted, carried: Carried) -> None:
        """See that the file shows; else share it below; else let the message say that there is only the link.

        Never fails: the message is there, with the link in it.
        """
        job = posted.view.job
        try:
            if carried.file is not None:
                await self._see_that_it_shows(posted, carried.file)
            elif carried.below:
                await self._share_below(posted)
        except TroubleError as trouble:
            log.warning("job %s: nobody knows whether its file shows: %s", job.id, trouble)
        await self._carrier.note(job)

    async def _see_that_it_shows(self, posted: _Posted, file: Held) -> None:
        team, channel = posted.view.job.address.workspace, posted.reference.channel
        if await is_shown(self._clients, team, file.id, channel):
            return
        log.warning("job %s: Slack took its file and does not show it", posted.view.job.id)
        await remove(await self._clients.of(team), file.id)
        if file.is_image:
            await self._change(posted, NEVER_SHOWN)
        elif await self._share_below(posted):
            self._shares_below.add(team)

    async def _share_below(self, posted: _Posted) -> bool:
        job = posted.view.job
        file = await self._carrier.share_in_thread(job, posted.reference.channel, posted.thread)
        if file is not None and await self._shows_below(posted, file):
            return True
        self._shares_below.discard(job.address.workspace)
        await self._change(posted, NEVER_SHOWN)
        return False

    async def _shows_below(self, posted: _Posted, file: Held) -> bool:
        team = posted.view.job.address.workspace
        if not await is_shown(self._clients, team, file.id, posted.reference.channel):
            await remove(await self._clients.of(team), file.id)
            return False
        await self._change(posted, BELOW, file.id)
        return True

    async def _go_on_with(self, posted: _Posted, file_id: str) -> None:
        """See to the file of a message that a crash left alone; `file_id`: the one it shares. Raises TroubleError."""
        job = posted.view.job
        noted = await self._carrier.noted(job)
        if not noted:
            return
        if noted == IN_A_MESSAGE_BELOW:
            await self._see_to(posted, Carried(LinkOnly(BELOW), below=True))
            return
        file = await self._carrier.underway(job)
        if noted == file_id and file is not None:
            await self._see_to(posted, Carried(Inline(), file))
            return
        if file is None or not await self._shows_below(posted, file):
            await self._change(posted, NEVER_SHOWN)
        await self._carrier.note(job)

    async def _change(self, posted: _Posted, why: str, file_id: str = "") -> None:
        """Let the message say why it has only the link; `file_id`: the file that shows below it."""
        job = posted.view.job
        await posting.change(
            await self._clients.of(job.address.workspace),
            posted.reference,
            self._message(posted.view, Carried(LinkOnly(why)), posted.note),
            metadata(job.id, Purpose.RESULT, file_id),
        )


def _file_of(message: Mapping[str, Any]) -> str:
    """The id of our file that goes along with a message; "" without one."""
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    return str(payload.get("file") or "")
