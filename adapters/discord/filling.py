"""Forms are opened, and come back filled in."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import discord

from adapters.cards.card import Tone, line, quote
from adapters.cards.told import told
from adapters.desk import Actor, Desk, Reply
from adapters.desk.intake import KEEP_WITHIN
from adapters.discord import answers, origin
from adapters.discord.actors import actor_of
from adapters.discord.forms import (
    NO_SUBJECT,
    Filled,
    FormKind,
    form_id,
    offer_of,
    read_form,
    video_form,
    which_form,
)
from adapters.discord.orders import NO_DATABASE, Orders
from adapters.discord.rules import DiscordRules
from adapters.discord.trouble import Trouble, tried
from bot.generation.catalog import Catalog
from bot.generation.ports import Clock, Draft, Ids, Store, StoreError
from bot.generation.request import FrameRole, VideoRequest

_TITLES = {
    FormKind.VIDEO: "Make a video",
    FormKind.FORM: "Make a video",
    FormKind.EDIT: "Edit and make again",
    FormKind.EXTEND: "Extend the video",
}
_EMPTY = VideoRequest(prompt="")
_OLD_FORM = "This form is from an older version of the bot: use /video again."
_GONE = "This form is no longer kept: use /video again."


class Forms:
    """Opens forms for commands and buttons, and makes orders of what is sent with them."""

    def __init__(
        self,
        rules: DiscordRules,
        catalog: Catalog,
        desk: Desk,
        store: Store,
        clock: Clock,
        ids: Ids,
        orders: Orders,
        board: answers.Board,
    ) -> None:
        self._rules, self._catalog, self._desk, self._store = rules, catalog, desk, store
        self._clock, self._ids, self._orders, self._board = clock, ids, orders, board

    async def for_command(
        self,
        interaction: discord.Interaction[Any],
        request: VideoRequest,
        kept: Mapping[str, str],
        *,
        title: str = _TITLES[FormKind.VIDEO],
    ) -> None:
        """Ask for the prompt. What was chosen already is kept as a draft, so that it is there when the form comes back,
        after a restart as well."""
        closed = self._orders.closed(interaction)
        if closed is not None:
            await answers.tell_card(interaction, closed)
            return
        subject = NO_SUBJECT
        if request != _EMPTY or kept:
            actor, address = (
                actor_of(interaction, self._rules),
                origin.interaction_address(interaction, kept=kept),
            )
            draft = Draft(self._ids.job_id(), request, actor.requester, address, self._clock.now())
            try:
                await asyncio.wait_for(self._store.save_draft(draft), KEEP_WITHIN)
            except (StoreError, TimeoutError):
                await answers.tell(interaction, NO_DATABASE)
                return
            subject = draft.id
        await self._open(interaction, request, FormKind.VIDEO, subject, title)

    async def for_button(self, interaction: discord.Interaction[Any], kind: FormKind, subject: str) -> None:
        """Open the form that a button stands for, filled in."""
        before = await self._before(interaction, kind, subject)
        if isinstance(before, Reply):
            await self._tell(interaction, before)
        else:
            await self._open(interaction, before, kind, subject, _TITLES[kind])

    async def sent(self, interaction: discord.Interaction[Any]) -> None:
        """A form came back. What was typed is never lost: an answer that refuses it repeats it."""
        data: Mapping[str, Any] = interaction.data or {}
        filled = read_form(data)
        which = which_form(str(data.get("custom_id", "")))
        if which is None:
            await self._tell(interaction, Reply(told(_OLD_FORM, Tone.WARNING), private=True), filled)
            return
        kind, subject = which
        before = await self._before(interaction, kind, subject)
        if isinstance(before, Reply):
            await self._tell(interaction, before, filled)
            return
        meant = before if filled.model is None else before.model_copy(update={"model": filled.model})
        usual = offer_of(self._catalog, meant, self._rules.default_model).default_aspect_ratio
        try:
            kept = await asyncio.wait_for(self._kept(subject), KEEP_WITHIN)
        except (StoreError, TimeoutError):
            await self._tell(interaction, Reply(told(NO_DATABASE, Tone.BAD), private=True), filled)
            return
        order = self._orders.order(
            interaction,
            filled.over(before, usual),
            actor=actor_of(interaction, self._rules),
            kept=kept,
            extend=subject if kind is FormKind.EXTEND else "",
        )
        await self._orders.take(interaction, order)

    async def _open(
        self, interaction: discord.Interaction[Any], request: VideoRequest, kind: FormKind, subject: str, title: str
    ) -> None:
        given = {frame.role for frame in request.frames}
        form = video_form(
            self._catalog,
            request,
            form_id(kind, subject),
            title=title,
            default_model=self._rules.default_model,
            asks_image=kind is not FormKind.EXTEND and given <= {FrameRole.LAST_FRAME},
        )
        try:
            await tried(interaction.response.send_modal(form))
        except Trouble as trouble:
            answers.note_trouble("a form", trouble)

    async def _before(
        self, interaction: discord.Interaction[Any], kind: FormKind, subject: str
    ) -> VideoRequest | Reply:
        """What the form begins with; a Reply says why there is none. Within the time Discord waits."""
        actor = actor_of(interaction, self._rules)
        try:
            return await asyncio.wait_for(self._request(kind, subject, actor), KEEP_WITHIN)
        except (StoreError, TimeoutError):
            return Reply(told(NO_DATABASE, Tone.BAD), private=True)

    async def _request(self, kind: FormKind, subject: str, actor: Actor) -> VideoRequest | Reply:
        match kind:
            case FormKind.EXTEND:
                return await self._desk.extend_form(subject, actor)
            case FormKind.FORM | FormKind.EDIT:
                return await self._desk.form(subject, actor)
            case FormKind.VIDEO:
                if subject == NO_SUBJECT:
                    return _EMPTY
                # Its images may still be to be fetched, which the desk's own drafts never are.
                draft = await self._store.draft(subject)
                if draft is None or draft.requester.key != actor.key:
                    return Reply(told(_GONE, Tone.WARNING), private=True)
                return draft.request

    async def _kept(self, subject: str) -> Mapping[str, str]:
        """The extras of the address that stay with a request."""
        if subject == NO_SUBJECT:
            return {}
        found = await self._store.draft(subject) or await self._store.job(subject)
        return {} if found is None else found.address.extra

    async def _tell(self, interaction: discord.Interaction[Any], reply: Reply, filled: Filled | None = None) -> None:
        card = reply.card
        if filled is not None and filled.prompt.strip():
            card = replace(card, body=(*card.body, line("This is what you typed:"), quote(filled.prompt)))
        await answers.tell_card(interaction, card)
