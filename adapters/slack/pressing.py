"""What a press on a button does. The desk knows who may; here is only where the answer appears."""

import logging
from typing import Protocol

from adapters.cards.card import Tone, Verb
from adapters.cards.told import told
from adapters.desk import Desk, Reply
from adapters.desk.panel import SWITCHES
from adapters.slack.actors import Actors
from adapters.slack.answers import Answers, on_its_way
from adapters.slack.defaults import DefaultsBook
from adapters.slack.occasion import Occasion
from adapters.slack.rooms import Rooms
from bot.generation.job import Job
from bot.generation.ports import ChatError, Clock, Resolution, Store, StoreError

log = logging.getLogger("videobot.slack")

ONCE_WITHIN = 3.0  # seconds in which a second press on Again means the first one
OLD_BUTTON = "This button is from an older version of the bot and does nothing any more: use /video or /video jobs."
UNKNOWN = "This video is not known here any more."
STARTED = told("Started: a message below shows how far it is.", Tone.GOOD)
_RESOLUTIONS = {
    Verb.RESOLVE_BILLED: Resolution.BILLED,
    Verb.RESOLVE_NOT_CREATED: Resolution.NOT_CREATED,
    Verb.RESOLVE_AGAIN: Resolution.AGAIN,
}


class Board(Protocol):
    """As much of the status board as a press needs."""

    def step(self, job_id: str, /) -> None:
        """This job changed."""
        ...


class TakesDown(Protocol):
    """As much of the chat as Delete needs."""

    async def take_down(self, job: Job, /) -> bool:
        """Remove the result message. Raises ChatError."""
        ...


class Presses:
    """Presses on everything but what opens a form. Each method says whether the event is done with."""

    def __init__(
        self,
        desk: Desk,
        store: Store,
        clock: Clock,
        actors: Actors,
        answers: Answers,
        rooms: Rooms,
        board: Board,
        chat: TakesDown,
        defaults: DefaultsBook,
    ) -> None:
        self._desk, self._store, self._clock, self._actors = desk, store, clock, actors
        self._defaults = defaults
        self._answers, self._rooms, self._board, self._chat = answers, rooms, board, chat
        self._pressed: dict[tuple[str, str], float] = {}

    def is_second(self, occasion: Occasion, verb: Verb, subject: str) -> bool:
        """Whether this press means one of a moment ago, which counts once."""
        now = self._clock.now()
        self._pressed = {key: at for key, at in self._pressed.items() if now - at < ONCE_WITHIN}
        key = (occasion.requester.user, f"{verb}:{subject}")
        is_second = key in self._pressed
        self._pressed.setdefault(key, now)
        return is_second

    async def press(self, occasion: Occasion, verb: Verb, subject: str, *, is_private: bool) -> bool:
        """Do it and answer. `is_private`: the button was on a message that only this person sees."""
        if verb in (Verb.FORGET, Verb.FORGET_SURE):
            return await self._forget(occasion, subject, sure=verb is Verb.FORGET_SURE, is_private=is_private)
        if verb in SWITCHES:
            reply = await self._desk.switch_gateway(await self._actors.known(occasion), subject, SWITCHES[verb])
            return await self._answers.privately(occasion, reply.card, replace=is_private)
        if verb not in (Verb.START, Verb.FORM) and not await self._is_here(occasion, subject):
            return await self._answers.tell(occasion, UNKNOWN)
        match verb:
            case Verb.START:
                return await self._start(occasion, subject, is_private=is_private)
            case Verb.AGAIN:
                return await self._again(occasion, subject)
            case Verb.CANCEL | Verb.CANCEL_SURE:
                sure = verb is Verb.CANCEL_SURE
                reply = await self._desk.cancel(subject, await self._actors.known(occasion), sure=sure)
                return await self._answers.privately(occasion, reply.card, replace=is_private)
            case Verb.DELETE | Verb.DELETE_SURE:
                return await self._delete(occasion, subject, sure=verb is Verb.DELETE_SURE, is_private=is_private)
            case Verb.RESOLVE_BILLED | Verb.RESOLVE_NOT_CREATED | Verb.RESOLVE_AGAIN:
                actor = await self._actors.known(occasion)
                reply = await self._desk.resolve(actor, subject, _RESOLUTIONS[verb])
                return await self._answers.privately(occasion, reply.card, replace=is_private)
            case Verb.APPROVE | Verb.DECLINE:
                return await self._decide(occasion, subject, approves=verb is Verb.APPROVE)
        return await self._answers.tell(occasion, OLD_BUTTON)

    async def _decide(self, occasion: Occasion, job_id: str, *, approves: bool) -> bool:
        """About a video that waits for an approval; the message with the button shows it by itself."""
        actor = await self._actors.known(occasion)
        reply = await (self._desk.approve(actor, job_id) if approves else self._desk.decline(actor, job_id))
        return await self._answers.privately(occasion, reply.card)

    async def _start(self, occasion: Occasion, draft_id: str, *, is_private: bool) -> bool:
        """The offer makes way for the status message, which is one of its own."""
        reply = await self._desk.start(draft_id, await self._actors.present(occasion))
        is_accepted = reply.job is not None and not reply.private
        if not is_accepted:
            return await self._answers.privately(occasion, reply.card, replace=is_private)
        card = on_its_way(reply) if is_private else STARTED
        await self._answers.privately(occasion, card, replace=True)
        return True

    async def _again(self, occasion: Occasion, job_id: str) -> bool:
        entered = await self._rooms.enter(occasion)
        if isinstance(entered, str):
            return await self._answers.tell(occasion, entered)
        reply = await self._desk.again(job_id, await self._actors.known(entered), entered.address())
        return await self._answers.reply(entered, reply)

    async def _delete(self, occasion: Occasion, job_id: str, *, sure: bool, is_private: bool) -> bool:
        reply = await self._desk.delete(job_id, await self._actors.known(occasion), sure=sure)
        card = reply.card
        if reply.job is not None:
            self._board.step(reply.job.id)
            card = (await self._taken_down(reply)).card
        return await self._answers.privately(occasion, card, replace=is_private)

    async def _forget(self, occasion: Occasion, subject: str, *, sure: bool, is_private: bool) -> bool:
        actor = await self._actors.known(occasion)
        reply = await (self._desk.forget_pressed(actor, subject) if sure else self._desk.forget_me(actor))
        if sure:
            self._defaults.forget()
        return await self._answers.privately(occasion, reply.card, replace=is_private)

    async def _taken_down(self, reply: Reply) -> Reply:
        if reply.job is None:
            return reply
        try:
            await self._chat.take_down(reply.job)
        except ChatError as error:
            log.warning("the message of %s was not taken down: %s", reply.job.id, error)
            words = (
                "The video is deleted here, but its message could not be removed: press Delete again later, or ask an "
                "admin of the workspace to remove it."
            )
            return Reply(told(words, Tone.WARNING), private=True)
        return reply

    async def _is_here(self, occasion: Occasion, job_id: str) -> bool:
        """Whether the job is one of this workspace; what nobody knows is the desk's to say. Admins of the bot decide
        about all."""
        if self._actors.at_a_glance(occasion).is_admin:
            return True
        try:
            job = await self._store.job(job_id)
        except StoreError:
            return True
        return job is None or job.address.workspace == occasion.team
