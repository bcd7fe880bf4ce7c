"""A message that mentions the bot, or is written to it directly: what it asks for, the price, and a Start button."""

import logging
from collections.abc import Mapping
from typing import Any

from adapters.desk import Desk, Reply
from adapters.slack.actors import Actors
from adapters.slack.answers import REPLY, Answers
from adapters.slack.clients import SlackClients
from adapters.slack.files import last_picture_of
from adapters.slack.filling import job_in, picture_in
from adapters.slack.occasion import Occasion
from adapters.slack.orders import Orders, warning
from adapters.slack.reference import EVENT_TYPE
from adapters.slack.rooms import Rooms
from adapters.slack.trouble import TroubleError, tried
from bot.generation.ports import Store
from bot.generation.request import Frame, FrameRole

log = logging.getLogger("videobot.slack")

MOST_READ = 200  # messages of a thread
_LOOKS = frozenset({"quota", "jobs", "help", ""})


class Mentions:
    """Answers in the thread of the message. Nothing starts without a press."""

    def __init__(
        self,
        desk: Desk,
        store: Store,
        clients: SlackClients,
        actors: Actors,
        answers: Answers,
        rooms: Rooms,
        orders: Orders,
    ) -> None:
        self._desk, self._store, self._clients, self._actors = desk, store, clients, actors
        self._answers, self._rooms, self._orders = answers, rooms, orders

    async def answer(self, key: str, occasion: Occasion, text: str, picture: str, *, is_again: bool = False) -> bool:
        """Answer a message. `text`: what was said, without the mention; `picture`: the source of its own image.

        `is_again`: a crash came in between, so the answer may be there already. Returns whether the event is done with.
        """
        entered = await self._rooms.enter(occasion)
        if isinstance(entered, str):
            return await self._answers.tell(occasion, entered)
        frame = Frame(role=FrameRole.FIRST_FRAME, source=picture) if picture else None
        if frame is None or is_again:
            thread = await self._thread(entered)
            if is_again and any(_answers(message, entered.message) for message in thread):
                return True
            frame = frame or await self._nearest(thread, entered)
        word = text.strip().lower().rstrip("?.!")
        if frame is None and word in _LOOKS:
            return await self._orders.look(entered, word)
        parsed = self._orders.parsed(text)
        request = parsed.request if frame is None else parsed.request.model_copy(update={"frames": (frame,)})
        request = await self._orders.with_defaults(entered, request)
        reply = await self._orders.ask(entered, request, key, parsed, press_first=True)
        return await self._show(entered, reply)

    async def _show(self, occasion: Occasion, reply: Reply) -> bool:
        if reply.job is not None and not reply.private:
            return True  # it was started before; its message shows it
        if warning(reply) and reply.private and not occasion.is_direct:
            return await self._answers.privately(occasion, reply.card)
        return await self._answers.openly(occasion, reply.card, again=occasion.message)

    async def _thread(self, occasion: Occasion) -> list[dict[str, Any]]:
        """The messages of the thread up to this one, oldest first; none when it cannot be read."""
        if not occasion.thread:
            return []
        try:
            client = await self._clients.of(occasion.team)
            answer = await tried(
                client.conversations_replies(
                    channel=occasion.channel, ts=occasion.thread, include_all_metadata=True, limit=MOST_READ
                )
            )
        except TroubleError as trouble:
            log.info("a thread could not be read: %s", trouble)
            return []
        messages: list[dict[str, Any]] = answer.get("messages") or []
        return messages

    async def _nearest(self, thread: list[dict[str, Any]], occasion: Occasion) -> Frame | None:
        """The image (or the last picture of the bot's own video) nearest above the message."""
        before = [message for message in thread if float(message.get("ts") or 0) < float(occasion.message or 0)]
        for message in reversed(before):
            job_id = job_in(message) or _job_of(message)
            if job_id and await self._has_video(job_id, occasion):
                return last_picture_of(job_id)
            if job_id is None and (picture := picture_in(message)) is not None:
                return picture
        return None

    async def _has_video(self, job_id: str, occasion: Occasion) -> bool:
        job = await self._store.job(job_id)
        return job is not None and job.video is not None and job.address.workspace == occasion.team


def _job_of(message: Mapping[str, Any]) -> str | None:
    """The job that a message of ours shows: its metadata says it."""
    about = message.get("metadata") or {}
    if about.get("event_type") != EVENT_TYPE:
        return None
    return str((about.get("event_payload") or {}).get("job_id") or "") or None


def _answers(message: Mapping[str, Any], to: str) -> bool:
    about = message.get("metadata") or {}
    return about.get("event_type") == REPLY and (about.get("event_payload") or {}).get("to") == to
