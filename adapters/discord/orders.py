"""From a command or a form to an answer: written down first, answered within three seconds, never lost.

What the person sees: all problems at once, privately. A text becomes the public status message itself, under the
command that asked for it. With an image, fetching it takes longer than Discord waits, and whether it will do is not
known yet: so the first answer is private, and when the video is accepted its status message is one of its own in the
channel. Nobody else sees anything of a request that comes to nothing. Where the operator wants refusals in public, the
first answer is public, too, and becomes the status message.

When many people ask in the same moment, a text is answered like an image: everybody hears at once that it is on its
way, and only then, a few at a time, is looked at what was asked. Otherwise all would wait for all.
"""

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import discord

from adapters.cards.card import Card
from adapters.desk import Actor, Ask, Desk, Reply
from adapters.desk.intake import IntakeBook, Kept
from adapters.discord import answers, origin
from adapters.discord.elsewhere import Elsewhere
from adapters.discord.order import Order, interaction_key
from adapters.discord.rules import DiscordRules
from adapters.discord.rush import Rush
from adapters.discord.sources import Sources, last_picture_of, waits
from adapters.discord.trouble import Trouble
from bot.generation.request import VideoRequest

NO_DATABASE = (
    "The bot's database does not answer at the moment. Nothing was accepted and nothing is paid; try again in a minute."
)


class Orders:
    """Takes orders. `board` is told which message shows an accepted job's status."""

    def __init__(
        self,
        rules: DiscordRules,
        desk: Desk,
        sources: Sources,
        intake: IntakeBook,
        board: answers.Board,
        elsewhere: Elsewhere,
    ) -> None:
        self._rules, self._desk, self._sources, self._intake = rules, desk, sources, intake
        self._board, self._elsewhere = board, elsewhere
        self._rush = Rush()

    def closed(self, interaction: discord.Interaction[Any]) -> Card | None:
        """Why nothing can be asked for here; None when it can."""
        return origin.wrong_place(self._rules, interaction.guild_id, interaction.channel) or origin.cannot_post(
            interaction
        )

    def order(
        self,
        interaction: discord.Interaction[Any],
        request: VideoRequest,
        *,
        actor: Actor,
        kept: Mapping[str, str],
        extend: str = "",
    ) -> Order:
        """An interaction's request as an order."""
        is_response = not self._rules.private_refusals or not (extend or _waits(request))
        return Order(
            key=interaction_key(interaction.id),
            actor=actor,
            address=origin.interaction_address(interaction, response=is_response, kept=kept),
            request=request,
            extend=extend,
            token=interaction.token,
        )

    async def take(self, interaction: discord.Interaction[Any], order: Order) -> None:
        """Take an order and answer it. Never raises for what Discord or the database says."""
        began = asyncio.get_running_loop().time()
        closed = self.closed(interaction)
        if closed is not None:
            await answers.tell_card(interaction, closed)
            return
        self._rush.waits(interaction.id)
        try:
            await self._keep_and_answer(interaction, order, began)
        finally:
            self._rush.is_answered(interaction.id)

    async def _keep_and_answer(self, interaction: discord.Interaction[Any], order: Order, began: float) -> None:
        may_spend = self._desk.glance(self.ask_of(order, with_extend=True)) is None
        if may_spend:
            kept = await self._intake.keep(order.key, order.payload())
            if kept is Kept.BEFORE:
                return
            if kept is Kept.NOT_KEPT:
                await answers.tell(interaction, NO_DATABASE)
                return
        left = answers.FIRST_ANSWER_WITHIN - (asyncio.get_running_loop().time() - began)
        is_answered = False
        try:
            is_answered = await self._answer(interaction, order, left)
        except Exception:  # the client tells the person; then it must not make a video at the next start
            is_answered = True
            raise
        finally:
            if may_spend and is_answered:
                await self._intake.close(order.key)

    def ask_of(self, order: Order, *, with_extend: bool = False) -> Ask:
        """What the desk is asked. `with_extend`: with the picture that the desk itself will put in."""
        request = order.request
        if with_extend and order.extend:
            request = request.model_copy(update={"frames": (last_picture_of(order.extend), *request.frames)})
        stored, pictures, video = self._sources.split(request)
        return Ask(order.actor, order.address, stored, pictures, video)

    async def hand_in(self, order: Order) -> Reply:
        """The desk's reply; the same order again gives the same job."""
        if order.extend:
            return await self._desk.extend(order.extend, order.request, order.actor, order.address, order.key)
        return await self._desk.ask(self.ask_of(order), order.key)

    async def _answer(self, interaction: discord.Interaction[Any], order: Order, left: float) -> bool:
        """False when the event has to stay open, because nobody could be told anything and no job shows it."""
        takes_long = bool(order.extend) or _waits(order.request)
        if self._rush.is_on:
            await self._think(interaction)
            order = self._apart(order)
            # Images are fetched from elsewhere: those who wait for them keep nobody from a turn.
            async with nullcontext() if takes_long else self._rush.turn():
                return await self._show(interaction, order, await self.hand_in(order))
        handing_in = asyncio.create_task(self.hand_in(order))
        try:
            if not takes_long:
                await asyncio.wait({handing_in}, timeout=max(0.0, left))
            if not handing_in.done():
                await self._think(interaction)
        except asyncio.CancelledError:
            handing_in.cancel()
            raise
        return await self._show(interaction, order, await handing_in)

    async def _think(self, interaction: discord.Interaction[Any]) -> None:
        """The first answer: that there will be another."""
        try:
            await answers.think(interaction, privately=self._rules.private_refusals)
        except Trouble as trouble:  # the answer is lost, the request is not
            answers.note_trouble("a first answer", trouble)
        self._rush.is_answered(interaction.id)

    def _apart(self, order: Order) -> Order:
        """The order whose first answer was private, so that its status is a message of its own."""
        if not self._rules.private_refusals:
            return order
        extra = {name: value for name, value in order.address.extra.items() if name != "response"}
        return replace(order, address=replace(order.address, extra=extra))

    async def _show(self, interaction: discord.Interaction[Any], order: Order, reply: Reply) -> bool:
        try:
            await answers.show(interaction, reply, self._board)
        except Trouble as trouble:
            answers.note_trouble("an answer", trouble)
            # An accepted video shows itself; everything else is said where the person can see it.
            return reply.job is not None or await self._elsewhere.tell(order, reply.card)
        return True


def _waits(request: VideoRequest) -> bool:
    video = request.reference_video
    return any(waits(frame.source) for frame in request.frames) or (video is not None and waits(video.source))
