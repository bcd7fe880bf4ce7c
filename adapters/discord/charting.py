"""A card's chart as a picture of a message, with people, channels and servers called as this server knows them."""

import asyncio
import io
import logging
from dataclasses import dataclass
from typing import Any

import discord

from adapters.cards.card import Card, Person, line, plain
from adapters.charts.chart import Chart
from adapters.charts.drawing import ChartError, Picture, drawn
from adapters.charts.labels import shown_groups
from adapters.discord.layout import shot
from adapters.discord.names import pieces_of
from adapters.discord.trouble import Trouble, tried

log = logging.getLogger("videobot.discord")


@dataclass(frozen=True, slots=True)
class Shot:
    """One upload of the picture; a file is sent once."""

    file: discord.File
    gallery: tuple[discord.MediaGalleryItem, ...]


def shot_of(picture: Picture) -> Shot:
    """The picture, ready to be sent."""
    file = discord.File(io.BytesIO(picture.png), "usage.png")
    return Shot(file, (shot(file, picture.alt, spoiler=False),))


async def picture_of(card: Card, interaction: discord.Interaction[Any]) -> Picture | None:
    """The picture of the card's chart, if it has one that can be drawn here."""
    if card.chart is None:
        return None
    try:
        return await drawn(await _named(card.chart, interaction))
    except ChartError as error:
        log.warning("a chart is not shown: %s", error)
        return None


async def _named(chart: Chart, interaction: discord.Interaction[Any]) -> Chart:
    labels = [bar.label for bar in shown_groups(chart)]
    found = await asyncio.gather(*(_name(label, interaction) for label in labels))
    names = dict(zip(labels, found, strict=True))
    return chart.named(lambda label: names.get(label, label))


async def _name(label: str, interaction: discord.Interaction[Any]) -> str:
    pieces = pieces_of(label, interaction.client, interaction.guild_id)
    words = [
        await _person(int(piece.user), interaction) if isinstance(piece, Person) else plain(Card((line(piece),)))
        for piece in pieces
    ]
    return "".join(words)


async def _person(user: int, interaction: discord.Interaction[Any]) -> str:
    """What the person is called here. A picture holds no mention, and without the members intent nobody is known."""
    known: discord.Member | discord.User | None = None
    if interaction.guild is not None:
        known = interaction.guild.get_member(user)
    try:
        known = known or interaction.client.get_user(user) or await tried(interaction.client.fetch_user(user))
    except Trouble:
        return f"person {user}"
    return known.display_name
