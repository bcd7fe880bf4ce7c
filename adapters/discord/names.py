"""The ids of Discord in our own words as people know them: servers, channels and roles by name, people as mentions."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

import discord

from adapters.cards.card import Card, Line, Person, Piece, Said, Words
from adapters.discord.paragraphs import lines_of

#: A scope, or a person, in our words: "discord:42", "channel discord:1:2", "each member of role discord:1:3".
_ID = re.compile(r"(?:\b(workspace|channel|role) )?\bdiscord:(\d+)(?::(\d+))?(?!\w)", re.IGNORECASE)


def with_names(card: Card, client: discord.Client, here: int | None) -> Card:
    """The card as it is read in this server (None: in none). Tables become lists, because their cells have no room for
    mentions. What people typed stays as it is."""
    body = tuple(_line(each, client, here) for each in lines_of(card.body))
    return replace(card, body=body)


def pieces_of(text: str, client: discord.Client, here: int | None) -> list[Piece]:
    """Our own words as they are read in this server (None: in none)."""
    return list(_named(Words(text), client, here))


def _line(each: Line, client: discord.Client, here: int | None) -> Line:
    pieces: list[Piece] = []
    for piece in each.pieces:
        if isinstance(piece, Words):
            pieces += _named(piece, client, here)
        else:
            pieces.append(piece)
    return Line(tuple(_together(pieces)), each.shape)


def _together(pieces: list[Piece]) -> Iterator[Piece]:
    """Neighbours of one look as one piece."""
    for _, group in itertools.groupby(pieces, key=lambda piece: piece.look if isinstance(piece, Words) else id(piece)):
        several = list(group)
        words = [piece for piece in several if isinstance(piece, Words)]
        yield replace(words[0], text="".join(piece.text for piece in words)) if words else several[0]


def _named(words: Words, client: discord.Client, here: int | None) -> Iterator[Piece]:
    last = 0
    for match in _ID.finditer(words.text):
        if match.start() > last:
            yield replace(words, text=words.text[last : match.start()])
        yield from _name(match, words, client, here)
        last = match.end()
    if last < len(words.text):
        yield replace(words, text=words.text[last:])


def _name(match: re.Match[str], words: Words, client: discord.Client, here: int | None) -> Iterator[Piece]:
    kind, first, inner = match[1], int(match[2]), match[3]
    guild = client.get_guild(first)
    if inner is not None:
        yield from _within(match, words, guild)
    elif first == here and here is not None:
        is_start = kind[0].isupper() if kind else match.start() == 0
        yield replace(words, text="This server" if is_start else "this server")
    elif guild is not None:
        yield replace(words, text="Server " if kind and kind[0].isupper() else "server ")
        yield Said(guild.name)
    elif kind is not None:
        yield replace(words, text=f"server {first}")
    else:
        yield Person(str(first))


def _within(match: re.Match[str], words: Words, guild: discord.Guild | None) -> Iterator[Piece]:
    """A channel or a role of a server."""
    kind, inner = match[1], int(match[3])
    channel = guild.get_channel_or_thread(inner) if guild is not None else None
    role = guild.get_role(inner) if guild is not None else None
    said = Said(f"#{channel.name}") if channel is not None else Said(role.name) if role is not None else None
    if kind is not None:
        yield replace(words, text=f"{kind} ")
    yield said or replace(words, text=str(inner))
