"""What a press on a button does."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import discord

from adapters.cards.card import Tone, Verb
from adapters.desk import Desk, Reply
from adapters.desk.intake import KEEP_WITHIN
from adapters.desk.panel import SWITCHES, Switch
from adapters.discord import answers, origin
from adapters.discord.actors import actor_of
from adapters.discord.filling import Forms
from adapters.discord.forms import FormKind
from adapters.discord.orders import NO_DATABASE, Orders
from adapters.discord.rules import DiscordRules
from adapters.discord.trouble import Trouble
from bot.generation.job import Job
from bot.generation.ports import ChatError, Clock, Resolution, Store, StoreError

log = logging.getLogger("videobot.discord")

ONCE_WITHIN = 3.0  # seconds in which a second press on Again means the first one
_FORMS = {Verb.FORM: FormKind.FORM, Verb.EDIT: FormKind.EDIT, Verb.EXTEND: FormKind.EXTEND}
_RESOLUTIONS = {
    Verb.RESOLVE_BILLED: Resolution.BILLED,
    Verb.RESOLVE_NOT_CREATED: Resolution.NOT_CREATED,
    Verb.RESOLVE_AGAIN: Resolution.AGAIN,
}
OLD_BUTTON = "This button is from an older version of the bot and does nothing any more: use /video or /jobs."


class TakesDown(Protocol):
    """As much of the chat as Delete needs."""

    def take_down(self, job: Job, /) -> Awaitable[object]:
        """Remove the result message. Raises ChatError."""
        ...


class Buttons:
    """Presses. The desk knows who may; here is only where the answer appears."""

    def __init__(
        self,
        rules: DiscordRules,
        desk: Desk,
        store: Store,
        clock: Clock,
        forms: Forms,
        orders: Orders,
        board: answers.Board,
        chat: Callable[[], TakesDown],
    ) -> None:
        self._rules, self._desk, self._store, self._clock = rules, desk, store, clock
        self._forms, self._orders, self._board, self._chat = forms, orders, board, chat
        self._pressed: dict[tuple[int, str], float] = {}

    async def press(self, interaction: discord.Interaction[Any], verb: Verb, subject: str) -> None:
        """Do it and answer. Never raises for what Discord or the database says."""
        try:
            match verb:
                case Verb.FORM | Verb.EDIT | Verb.EXTEND:
                    if await self._is_open(interaction):
                        await self._forms.for_button(interaction, _FORMS[verb], subject)
                case Verb.START:
                    await self._start(interaction, subject)
                case Verb.AGAIN:
                    await self._again(interaction, subject)
                case Verb.CANCEL | Verb.CANCEL_SURE:
                    await self._cancel(interaction, subject, sure=verb is Verb.CANCEL_SURE)
                case Verb.DELETE | Verb.DELETE_SURE:
                    await self._delete(interaction, subject, sure=verb is Verb.DELETE_SURE)
                case Verb.RESOLVE_BILLED | Verb.RESOLVE_NOT_CREATED | Verb.RESOLVE_AGAIN:
                    actor = actor_of(interaction, self._rules)
                    deciding = self._desk.resolve(actor, subject, _RESOLUTIONS[verb])
                    await answers.answer(interaction, deciding, self._board)
                case Verb.FORGET | Verb.FORGET_SURE:
                    await self._forget(interaction, subject, sure=verb is Verb.FORGET_SURE)
                case Verb.GATEWAY_USE | Verb.GATEWAY_START | Verb.GATEWAY_STOP:
                    await self._switch(interaction, subject, SWITCHES[verb])
                case Verb.APPROVE:
                    deciding = self._desk.approve(actor_of(interaction, self._rules), subject)
                    await answers.answer(interaction, deciding, self._board)
                case Verb.DECLINE:
                    deciding = self._desk.decline(actor_of(interaction, self._rules), subject)
                    await answers.answer(interaction, deciding, self._board)
        except Trouble as trouble:
            answers.note_trouble("an answer to a press", trouble)

    async def _start(self, interaction: discord.Interaction[Any], draft_id: str) -> None:
        """The offer itself becomes the status message where everybody sees it; a private one makes way for it."""
        if not await self._is_open(interaction):
            return
        is_public = not _is_private(interaction)
        kept = await self._kept(interaction, draft_id)
        if kept is None:
            return
        address = origin.interaction_address(interaction, response=is_public, kept=kept)
        starting = self._desk.start(draft_id, actor_of(interaction, self._rules), address)
        reply = await answers.in_time(interaction, starting, in_place=True)
        is_accepted = reply.job is not None and not reply.private
        if is_public and not is_accepted:
            await answers.show(interaction, reply, self._board)
        elif is_accepted and not is_public:
            placed = Reply(answers.on_its_way(reply), private=True)
            await answers.show_in_place(interaction, placed, self._board)
        else:
            await answers.show_in_place(interaction, reply, self._board)

    async def _again(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        if not await self._is_open(interaction):
            return
        if self._is_second_press(interaction.user.id, job_id):
            text = "You pressed this a moment ago, and that counts once. Press again in a few seconds for one more."
            await answers.tell(interaction, text, Tone.NEUTRAL)
            return
        kept = await self._kept(interaction, job_id)
        if kept is None:
            return
        address = origin.interaction_address(interaction, response=True, kept=kept)
        await answers.answer(
            interaction, self._desk.again(job_id, actor_of(interaction, self._rules), address), self._board
        )

    async def _cancel(self, interaction: discord.Interaction[Any], job_id: str, *, sure: bool) -> None:
        cancelling = self._desk.cancel(job_id, actor_of(interaction, self._rules), sure=sure)
        in_place = _is_private(interaction)
        reply = await answers.in_time(interaction, cancelling, in_place=in_place)
        await (answers.show_in_place if in_place else answers.show)(interaction, reply, self._board)

    async def _delete(self, interaction: discord.Interaction[Any], job_id: str, *, sure: bool) -> None:
        deleting = self._desk.delete(job_id, actor_of(interaction, self._rules), sure=sure)
        in_place = _is_private(interaction)
        reply = await answers.in_time(interaction, deleting, in_place=in_place)
        try:
            await (answers.show_in_place if in_place else answers.show)(interaction, reply, self._board)
        finally:
            if reply.job is not None:
                await self._take_down(interaction, reply.job)

    async def _forget(self, interaction: discord.Interaction[Any], subject: str, *, sure: bool) -> None:
        actor = actor_of(interaction, self._rules)
        forgetting = self._desk.forget_pressed(actor, subject) if sure else self._desk.forget_me(actor)
        in_place = _is_private(interaction)
        reply = await answers.in_time(interaction, forgetting, in_place=in_place)
        await (answers.show_in_place if in_place else answers.show)(interaction, reply, self._board)

    async def _take_down(self, interaction: discord.Interaction[Any], job: Job) -> None:
        self._board.step(job.id)
        try:
            await self._chat().take_down(job)
        except ChatError as error:
            log.warning("the message of %s was not taken down: %s", job.id, error)
            await answers.tell(
                interaction,
                "The video is deleted here, but its message could not be removed: press Delete again later, or ask a "
                "moderator to remove it.",
            )

    async def _switch(self, interaction: discord.Interaction[Any], account: str, what: Switch) -> None:
        switching = self._desk.switch_gateway(actor_of(interaction, self._rules), account, what)
        in_place = _is_private(interaction)
        reply = await answers.in_time(interaction, switching, in_place=in_place)
        await (answers.show_in_place if in_place else answers.show)(interaction, reply, self._board)

    async def _is_open(self, interaction: discord.Interaction[Any]) -> bool:
        closed = self._orders.closed(interaction)
        if closed is not None:
            await answers.tell_card(interaction, closed)
        return closed is None

    async def _kept(self, interaction: discord.Interaction[Any], subject: str) -> Mapping[str, str] | None:
        """The extras that stay with the request; None when the database does not answer, which is told."""
        try:
            found = await asyncio.wait_for(self._found(subject), KEEP_WITHIN)
        except (StoreError, TimeoutError):
            await answers.tell(interaction, NO_DATABASE, Tone.BAD)
            return None
        return found

    async def _found(self, subject: str) -> Mapping[str, str]:
        found = await self._store.draft(subject) or await self._store.job(subject)
        return {} if found is None else found.address.extra

    def _is_second_press(self, user_id: int, job_id: str) -> bool:
        now = self._clock.now()
        self._pressed = {key: at for key, at in self._pressed.items() if now - at < ONCE_WITHIN}
        is_second = (user_id, job_id) in self._pressed
        self._pressed.setdefault((user_id, job_id), now)
        return is_second


def _is_private(interaction: discord.Interaction[Any]) -> bool:
    return interaction.message is not None and interaction.message.flags.ephemeral
