"""Post one message of ours in one place."""

import asyncio
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import discord

from adapters.cards.card import Card
from adapters.discord.carrying import Way
from adapters.discord.destinations import Place, Reference
from adapters.discord.layout import allowed, shot, view_of
from adapters.discord.trouble import Kind, Trouble, tried


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted: the card, the number it is known by, what it replies to, and what it carries."""

    card: Card
    mark: int
    nonce: str
    reply_to: Reference | None = None
    way: Way | None = None
    alt: str = ""
    spoiler: bool = False


async def post(place: Place, message: Message) -> Reference:
    """Post it; returns where it is. Raises Trouble, OSError when the file cannot be read."""
    target = message.reply_to
    if target is not None and target.channel != place.channel.id:  # Discord has no replies across channels
        target = None
    try:
        return await _send(place, message, target)
    except Trouble as trouble:
        if trouble.kind is not Kind.NO_REPLY or target is None:
            raise
        return await _send(place, message, None)


async def _send(place: Place, message: Message, target: Reference | None) -> Reference:
    options: dict[str, Any] = {}
    if target is not None:
        options["reference"] = discord.MessageReference(
            message_id=target.message, channel_id=target.channel, fail_if_not_exists=False
        )
    way = message.way
    if way is None or way.path is None:
        return await _sent(place, message, (), options)
    file = await asyncio.to_thread(discord.File, way.path, way.name, spoiler=message.spoiler)
    with closing(file):  # discord.py closes it only when it comes as far as sending
        options["file"] = file
        gallery = (shot(file, message.alt, spoiler=message.spoiler),)
        return await _sent(place, message, gallery, options)


async def _sent(
    place: Place, message: Message, gallery: tuple[discord.MediaGalleryItem, ...], options: dict[str, Any]
) -> Reference:
    sent = await tried(
        place.channel.send(
            view=view_of(message.card, gallery=gallery, mark=message.mark),
            allowed_mentions=allowed(message.card),
            nonce=message.nonce,
            **options,
        )
    )
    return Reference(sent.channel.id, sent.id)
