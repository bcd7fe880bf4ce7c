"""A card as a message of Discord's Components V2."""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import discord

from adapters.cards.card import Button, Card, Line, Link, LinkButton, Person, Table, Tone, line
from adapters.discord.button import JobButton, label
from adapters.discord.markup import clusters, cut
from adapters.discord.paragraphs import paragraphs
from bot.generation.job import Purpose

# https://docs.discord.com/developers/components/reference
ALT_UNITS = 1024  # of the description of a picture or video in a gallery
BUTTON_URL = 512  # characters of a link button's address
ROW = 5  # buttons in a row
BUTTONS = 25  # five rows: with the texts and a gallery far from the 40 components a message may have

_COLOURS = {
    Tone.NEUTRAL: None,
    Tone.WORKING: discord.Colour(0x5865F2),
    Tone.GOOD: discord.Colour(0x23A55A),
    Tone.WARNING: discord.Colour(0xF0B232),
    Tone.BAD: discord.Colour(0xDA373C),
}


def view_of(
    card: Card, *, gallery: Sequence[discord.MediaGalleryItem] = (), mark: int | None = None
) -> discord.ui.LayoutView:
    """The card as a fresh view that nothing has to keep or stop; send each view once.

    `gallery`: pictures and videos of the same message (see `shot`). `mark` tells our messages apart (see `mark_of`).
    """
    box: discord.ui.Container[Any] = discord.ui.Container(accent_colour=_COLOURS[card.tone], id=mark)
    for text in paragraphs(_body(card)):
        box.add_item(discord.ui.TextDisplay(text))
    if gallery:
        box.add_item(discord.ui.MediaGallery(*gallery))
    for row in _rows(card):
        box.add_item(row)
    view = discord.ui.LayoutView(timeout=None)
    if not box.children:
        box.add_item(discord.ui.TextDisplay("\u200b"))  # Discord takes no message without anything to show
    return view.add_item(box)


def allowed(card: Card) -> discord.AllowedMentions:
    """Who is notified when the card is posted: nobody but the person the card names. For edits, `NOBODY`."""
    users = [discord.Object(int(card.notify))] if card.notify and card.notify.isdigit() else False
    return discord.AllowedMentions(everyone=False, roles=False, users=users, replied_user=False)


#: For edits: they notify nobody. Without it discord.py lets an edited view mention people.
NOBODY = discord.AllowedMentions.none()


def shot(file: discord.File, alt: str, *, spoiler: bool) -> discord.MediaGalleryItem:
    """A file of the message in its gallery, with words for those who do not see it."""
    words = cut(list(clusters(alt)), ALT_UNITS) or None
    return discord.MediaGalleryItem(file.uri, description=words, spoiler=spoiler)


def mark_of(job_id: str, purpose: Purpose) -> int:
    """The number that the container of this job's message of this purpose carries as its component id.

    A message may lose its buttons, a status and a result may have the same ones: this number stays, so a message whose
    posting was interrupted is known again. 31 bits (ids are 32-bit integers), above every number Discord gives itself.
    """
    return zlib.crc32(f"{purpose}:{job_id}".encode()) & 0x3FFFFFFF | 0x40000000


def is_marked(message: discord.Message, mark: int) -> bool:
    """Does this message's container carry the mark?"""
    return any(isinstance(part, discord.Container) and part.id == mark for part in message.components)


def _body(card: Card) -> Sequence[Line | Table]:
    """The card's lines; with the person to notify named, who is notified only by that, and with links that are too
    long for a button."""
    body = list(card.body)
    pieces = (piece for part in body if isinstance(part, Line) for piece in part.pieces)
    if card.notify and Person(card.notify) not in pieces:
        body.insert(0, line(Person(card.notify)))
    long = (button for button in card.buttons if isinstance(button, LinkButton) and not _fits(button))
    return [*body, *(line(Link(button.label, button.url)) for button in long)]


def _rows(card: Card) -> Iterable[discord.ui.ActionRow[Any]]:
    items: dict[str, discord.ui.Item[Any]] = {}  # Discord refuses a message with the same id (or address) twice
    for button in card.buttons:
        if isinstance(button, Button):
            made = JobButton.of(button)
            items.setdefault(made.custom_id, made)
        elif _fits(button):
            items.setdefault(button.url, discord.ui.Button(label=label(button.label), url=button.url))
    shown = list(items.values())[:BUTTONS]
    return [discord.ui.ActionRow(*shown[first : first + ROW]) for first in range(0, len(shown), ROW)]


def _fits(button: LinkButton) -> bool:
    return len(button.url) <= BUTTON_URL and button.url.startswith(("http://", "https://"))
