"""How a reply of the desk becomes an answer to an interaction."""

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import closing
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import discord

from adapters.cards.card import Card, Tone
from adapters.cards.told import told
from adapters.charts.drawing import Picture
from adapters.desk import Reply
from adapters.discord.charting import picture_of, shot_of
from adapters.discord.layout import NOBODY, allowed, mark_of, view_of
from adapters.discord.names import with_names
from adapters.discord.trouble import Trouble, tried
from bot.generation.job import Job, Purpose
from bot.generation.ports import StoreError

T = TypeVar("T")

log = logging.getLogger("videobot.discord")

FIRST_ANSWER_WITHIN = 2.0  # seconds; Discord waits 3
#: Discord's codes for an interaction that cannot be answered (any more): unknown interaction, unknown webhook,
#: answered already, invalid webhook token.
TOO_LATE = frozenset({10062, 10015, 40060, 50027})
BROKEN = (
    "Something went wrong in the bot, and it was noted in its log. Look at /jobs before you ask again: what is listed "
    "there was accepted."
)
#: For the person alone, when the status is a message of its own.
PLACED = told("On its way: a message here shows how far it is, and the video follows.", Tone.GOOD)


class Board(Protocol):
    """As much of the status board as an answer needs."""

    def adopt(self, job_id: str, reference: str, /) -> Awaitable[None]:
        """This message shows the job's status from now on. Raises StoreError."""
        ...

    def step(self, job_id: str, /) -> None:
        """This job changed."""
        ...


async def tell(interaction: discord.Interaction[Any], text: str, tone: Tone = Tone.WARNING) -> None:
    """A sentence for the person alone, whatever was answered before. Never raises for what Discord says."""
    await tell_card(interaction, told(text, tone))


async def tell_card(interaction: discord.Interaction[Any], card: Card) -> None:
    """A card for the person alone, whatever was answered before. Never raises for what Discord says."""
    try:
        await tried(_privately(interaction, card))
    except Trouble as trouble:
        note_trouble("an answer", trouble)


async def _privately(interaction: discord.Interaction[Any], card: Card) -> None:
    if not interaction.response.is_done():
        await interaction.response.send_message(view=view_of(card), ephemeral=True, allowed_mentions=NOBODY)
    elif _is_thinking(interaction):
        _thought(interaction)
        await interaction.edit_original_response(view=view_of(card), allowed_mentions=NOBODY)
    else:
        await interaction.followup.send(view=view_of(card), ephemeral=True, allowed_mentions=NOBODY)


async def think(interaction: discord.Interaction[Any], *, privately: bool) -> None:
    """The first answer leaves now, the rest follows. Raises Trouble."""
    await tried(interaction.response.defer(ephemeral=privately, thinking=True))
    interaction.extras["thinking"] = "private" if privately else "public"


async def in_time(
    interaction: discord.Interaction[Any],
    asking: Awaitable[T],
    *,
    in_place: bool = False,
) -> T:
    """What the desk says. When it takes its time, Discord hears within three seconds that the answer will come."""
    task = asyncio.ensure_future(asking)
    try:
        await asyncio.wait({task}, timeout=FIRST_ANSWER_WITHIN)
        if not task.done():
            if in_place:
                await tried(interaction.response.defer())
            else:
                await think(interaction, privately=True)
    except Trouble as trouble:
        note_trouble("a first answer", trouble)
    except asyncio.CancelledError:
        task.cancel()
        raise
    return await task


async def answer(interaction: discord.Interaction[Any], asking: Awaitable[Reply], board: Board) -> None:
    """Answer with what the desk says. Never raises for what Discord says."""
    try:
        reply, picture = await in_time(interaction, _with_picture(interaction, asking))
        await show(interaction, reply, board, picture)
    except Trouble as trouble:
        note_trouble("an answer", trouble)


async def _with_picture(
    interaction: discord.Interaction[Any], asking: Awaitable[Reply]
) -> tuple[Reply, Picture | None]:
    reply = await asking
    return reply, await picture_of(reply.card, interaction)


async def show(
    interaction: discord.Interaction[Any], reply: Reply, board: Board, picture: Picture | None = None
) -> None:
    """Answer a command or a form. An accepted job's card becomes the public answer where the answer is public, and then
    it is the job's status message. `picture`: what the card's chart looks like; the words are shown without it where
    Discord does not take it. Raises Trouble."""
    reply, job = _named(interaction, reply), _accepted(reply)
    if picture is not None:
        try:
            await tried(_show_pictured(interaction, reply, picture))
        except Trouble as trouble:
            note_trouble("a picture", trouble)
        else:
            return
    await tried(_show(interaction, reply, job, board))
    if job is not None and reply.aside is not None and interaction.extras.get("thought") != "private":
        await tell_card(interaction, reply.aside)


async def _show(interaction: discord.Interaction[Any], reply: Reply, job: Job | None, board: Board) -> None:
    if interaction.extras.get("thinking") == "private" and job is not None:
        await _show_thought(interaction, on_its_way(reply), None, board)
    elif _is_thinking(interaction):
        await _show_thought(interaction, reply.card, job, board)
    elif interaction.response.is_done():
        sent = await interaction.followup.send(
            view=view_of(reply.card, mark=_mark(job)),
            ephemeral=reply.private,
            allowed_mentions=allowed(reply.card),
            wait=True,
        )
        if job is not None:
            await adopt(board, job, interaction, sent.id)
    else:
        answer = await interaction.response.send_message(
            view=view_of(reply.card, mark=_mark(job)),
            ephemeral=reply.private,
            allowed_mentions=allowed(reply.card),
        )
        if job is not None and answer.message_id is not None:
            await adopt(board, job, interaction, answer.message_id)


async def _show_pictured(interaction: discord.Interaction[Any], reply: Reply, picture: Picture) -> None:
    """No job's status has a picture: nothing is adopted."""
    shot = shot_of(picture)
    view, mentions = view_of(reply.card, gallery=shot.gallery), allowed(reply.card)
    with closing(shot.file):  # discord.py closes it only when it comes as far as sending
        if _is_thinking(interaction):
            await interaction.edit_original_response(view=view, attachments=[shot.file], allowed_mentions=mentions)
            _thought(interaction)
        elif interaction.response.is_done():
            await interaction.followup.send(
                view=view, file=shot.file, ephemeral=reply.private, allowed_mentions=mentions
            )
        else:
            await interaction.response.send_message(
                view=view, file=shot.file, ephemeral=reply.private, allowed_mentions=mentions
            )


async def show_in_place(interaction: discord.Interaction[Any], reply: Reply, board: Board) -> None:
    """Answer a press by changing the message the button is on. Raises Trouble."""
    reply, job = _named(interaction, reply), _accepted(reply)
    await tried(_change(interaction, view_of(reply.card, mark=_mark(job))))
    if job is not None and interaction.message is not None:
        await adopt(board, job, interaction, interaction.message.id)
    if job is not None and reply.aside is not None:
        await tell_card(interaction, reply.aside)


async def _change(interaction: discord.Interaction[Any], view: discord.ui.LayoutView) -> None:
    if interaction.response.is_done():
        await interaction.edit_original_response(view=view, allowed_mentions=NOBODY)
    else:
        await interaction.response.edit_message(view=view, allowed_mentions=NOBODY)


async def adopt(board: Board, job: Job, interaction: discord.Interaction[Any], message_id: int) -> None:
    """From now on this message is the job's status. When that cannot be noted the board finds the message itself."""
    try:
        await board.adopt(job.id, f"{interaction.channel_id}/{message_id}")
    except StoreError as error:
        log.warning("the status message of %s was not noted: %s", job.id, error)


def on_its_way(reply: Reply) -> Card:
    """What the person alone reads when the status is a message of its own: where it is, and what is worth knowing."""
    return PLACED if reply.aside is None else PLACED.plus(*reply.aside.body)


def note_trouble(what: str, trouble: Trouble) -> None:
    """Log what Discord said about an answer, without words of people or tokens."""
    level = logging.INFO if trouble.code in TOO_LATE else logging.WARNING
    log.log(level, "%s could not be sent: %s, code %s", what, trouble.kind, trouble.code)


def _named(interaction: discord.Interaction[Any], reply: Reply) -> Reply:
    """The reply with names where the desk has ids."""
    return replace(reply, card=with_names(reply.card, interaction.client, interaction.guild_id))


def _accepted(reply: Reply) -> Job | None:
    """The job whose status the reply's card is, if it is one."""
    return None if reply.private else reply.job


def _mark(job: Job | None) -> int | None:
    return None if job is None else mark_of(job.id, Purpose.STATUS)


def _is_thinking(interaction: discord.Interaction[Any]) -> bool:
    return "thinking" in interaction.extras


def _thought(interaction: discord.Interaction[Any]) -> None:
    interaction.extras["thought"] = interaction.extras.pop("thinking")


async def _show_thought(interaction: discord.Interaction[Any], card: Card, job: Job | None, board: Board) -> None:
    view = view_of(card, mark=_mark(job))
    message = await interaction.edit_original_response(view=view, allowed_mentions=allowed(card))
    _thought(interaction)
    if job is not None:
        await adopt(board, job, interaction, message.id)
