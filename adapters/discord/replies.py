"""A message that mentions the bot: what it asks for, with the price and a button that starts it."""

import re
from typing import Any

import discord

from adapters.cards.card import Card, Tone
from adapters.cards.told import told
from adapters.cards.understood import understood_line
from adapters.desk import Ask, Desk
from adapters.desk.intake import IntakeBook, Kept
from adapters.discord import answers, origin
from adapters.discord.actors import author_of
from adapters.discord.layout import NOBODY, view_of
from adapters.discord.order import message_key
from adapters.discord.orders import NO_DATABASE
from adapters.discord.pictures import first_frame_in
from adapters.discord.rules import DiscordRules
from adapters.discord.sources import Sources
from adapters.discord.trouble import Kind, Trouble, tried
from bot.generation.catalog import Catalog
from bot.generation.grammar import parse
from bot.generation.request import Frame

CANNOT_SEE = (
    "I cannot see an image in the message you replied to, because Discord shows me only messages that mention me. "
    "Right-click the image (on a phone: hold the message) > Apps > Animate, or attach the image to your own message."
)


class Replies:
    """Answers messages that literally mention the bot; all others do nothing."""

    def __init__(
        self,
        client: discord.Client,
        rules: DiscordRules,
        catalog: Catalog,
        desk: Desk,
        sources: Sources,
        intake: IntakeBook,
    ) -> None:
        self._client, self._rules, self._catalog = client, rules, catalog
        self._desk, self._sources, self._intake = desk, sources, intake

    def is_meant(self, message: discord.Message) -> bool:
        """Whether a person wrote our name into this message. A reply that only pings us is not meant for us."""
        is_person = not message.author.bot and message.webhook_id is None
        return is_person and not message.is_system() and self._mention().search(message.content) is not None

    async def take(self, message: discord.Message) -> None:
        """Answer a message that is meant for us, once."""
        payload = {"kind": "mention", "channel": str(message.channel.id), "message": str(message.id)}
        key = message_key(message.id)
        match await self._intake.keep(key, payload):
            case Kept.BEFORE:
                return
            case Kept.NOT_KEPT:
                await self._reply(message, told(NO_DATABASE, Tone.BAD))
            case Kept.NEW:
                await self._answer(message)
                await self._intake.close(key)

    async def again(self, channel_id: int, message_id: int) -> None:
        """Answer a message that a crash left unanswered, if it is still there."""
        try:
            channel = self._client.get_channel(channel_id) or await tried(self._client.fetch_channel(channel_id))
            if not isinstance(channel, discord.abc.Messageable):
                return
            message = await tried(channel.fetch_message(message_id))
        except Trouble as trouble:
            answers.note_trouble("an answer to a message", trouble)
            return
        await self._answer(message)

    async def _answer(self, message: discord.Message) -> None:
        guild_id = message.guild.id if message.guild else None
        closed = origin.wrong_place(self._rules, guild_id, message.channel)
        await self._reply(message, closed if closed is not None else await self._card(message))

    async def _card(self, message: discord.Message) -> Card:
        actor = author_of(message, self._rules, self._client)
        text = self._mention().sub(" ", message.content).strip()
        frame, is_hidden = await self._frame(message)
        if frame is None and is_hidden:
            return told(CANNOT_SEE, Tone.WARNING)
        if frame is None and not text:
            return self._desk.help(actor).card
        parsed = parse(text, self._catalog)
        frames = () if frame is None else (frame,)
        request, pictures, video = self._sources.split(parsed.request.model_copy(update={"frames": frames}))
        ask = Ask(
            actor,
            origin.message_address(message),
            request,
            pictures,
            video,
            understood=understood_line(parsed),
            problems=tuple(parsed.problems),
            notes=parsed.notes,
            press_first=True,
        )
        return (await self._desk.ask(ask, message_key(message.id))).card

    async def _frame(self, message: discord.Message) -> tuple[Frame | None, bool]:
        """The image that is meant: the message's own, else that of the message it replies to; and whether the latter
        is hidden from the bot."""
        me = self._client.user.id if self._client.user else None
        own = first_frame_in(message, me)
        reference = message.reference
        if own is not None or reference is None or reference.message_id is None:
            return own, False
        known = reference.resolved
        if isinstance(known, discord.Message) and (found := first_frame_in(known, me)) is not None:
            return found, False
        try:
            fetched = await tried(message.channel.fetch_message(reference.message_id))
        except Trouble as trouble:
            return None, trouble.kind is not Kind.MESSAGE_GONE
        found = first_frame_in(fetched, me)
        # A message without anything in it was emptied for us; one with words in it has no image.
        is_hidden = not (fetched.content or fetched.embeds or fetched.components or fetched.author.id == me)
        return found, found is None and is_hidden and not self._rules.message_content

    async def _reply(self, message: discord.Message, card: Card) -> None:
        try:
            await tried(
                message.channel.send(
                    view=view_of(card),
                    reference=message.to_reference(fail_if_not_exists=False),
                    allowed_mentions=NOBODY,
                    nonce=f"m{message.id}",
                )
            )
        except Trouble as trouble:
            answers.note_trouble("an answer to a message", trouble)

    def _mention(self) -> re.Pattern[Any]:
        return re.compile(rf"<@!?{self._client.user.id if self._client.user else 0}>")
