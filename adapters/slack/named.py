"""The ids of Slack in our own words as people know them: channels and user groups by name, people as mentions."""

import itertools
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from adapters.cards.card import Card, Line, Person, Piece, Said, Table, Words
from adapters.charts.labels import shown_groups
from adapters.slack.clients import SlackClients
from adapters.slack.names import Names
from adapters.slack.trouble import TroubleError, tried
from adapters.slack.user_groups import UserGroups
from bot.generation.job import Requester

log = logging.getLogger("videobot.slack")

KEEP = 6 * 3600.0  # seconds
_MOST = 5000
_MOST_ASKED = 20  # names of one card; more stay as they are
#: A scope, or a person, in our words: "slack:T1:U2", "channel slack:T1:C2", "each member of role slack:T1:S3".
_ID = re.compile(r"(?:\b(workspace|channel|role) )?\bslack:([TE][A-Z0-9]+)(?::([A-Z0-9]+))?(?!\w)", re.IGNORECASE)


class Named:
    """Rewrites cards; asks Slack for a name once in some hours. Never fails."""

    def __init__(self, clients: SlackClients, groups: UserGroups, names: Names | None = None) -> None:
        self._clients, self._groups = clients, groups
        self._names = names or Names(clients)
        self._channels: dict[tuple[str, str], tuple[str, float]] = {}

    async def with_names(self, card: Card, here: str) -> Card:
        """The card as it is read in this workspace ("": in any). What people typed stays as it is."""
        found = sorted({(match[2], match[3] or "") for text in _texts(card) for match in _ID.finditer(text)})
        names = {pair: await self._name(*pair, here) for pair in found[:_MOST_ASKED]}
        body = tuple(
            _table(part, names) if isinstance(part, Table) else Line(tuple(_pieces(part, names)), part.shape)
            for part in card.body
        )
        chart = card.chart and card.chart.named(lambda label: _ID.sub(lambda match: _in_cell(match, names), label))
        return replace(card, body=body, chart=chart)

    async def people_of(self, card: Card) -> dict[str, str]:
        """What the people whom the card names are called, where naming them is not to notify them."""
        names: dict[str, str] = {}
        pieces = (piece for part in card.body if isinstance(part, Line) for piece in part.pieces)
        for user in sorted({piece.user for piece in pieces if isinstance(piece, Person)})[:_MOST_ASKED]:
            names |= await self._names.of(_requester(user))
        return names

    async def _name(self, team: str, inner: str, here: str) -> str:
        """A channel is "#general", a group "@editors", a person "@anna"; "" where nobody knows."""
        if not inner:
            return "this workspace" if team == here else f"workspace {team}"
        if inner.startswith("S"):
            name = await self._groups.handle(team, inner)
        elif inner.startswith(("C", "G", "D")):
            return f"#{name}" if (name := await self._channel(team, inner)) else ""
        else:
            name = (await self._names.of(_requester(f"{team}:{inner}"))).get(f"{team}:{inner}", "")
        return f"@{name}" if name else ""

    async def _channel(self, team: str, channel: str) -> str:
        now = self._clients.clock.now()
        name, at = self._channels.get((team, channel), ("", 0.0))
        if name and now - at < KEEP:
            return name
        try:
            client = await self._clients.of(team)
            answer = await tried(client.conversations_info(channel=channel))
        except TroubleError as trouble:
            log.info("the name of a channel cannot be asked for: %s", trouble)
            return ""
        about: dict[str, Any] = answer.get("channel") or {}
        name = str(about.get("name") or "")[:80]
        if len(self._channels) >= _MOST:
            self._channels.clear()
        self._channels[(team, channel)] = (name, now)
        return name


def _requester(user: str) -> Requester:
    return Requester("slack", user, user.partition(":")[0])


def _texts(card: Card) -> Iterator[str]:
    for part in card.body:
        if isinstance(part, Table):
            yield from itertools.chain(part.header, *part.rows)
        else:
            yield from (piece.text for piece in part.pieces if isinstance(piece, Words))
    if card.chart is not None:
        yield from (bar.label for bar in shown_groups(card.chart))


def _pieces(each: Line, names: dict[tuple[str, str], str]) -> Iterator[Piece]:
    for piece in each.pieces:
        if not isinstance(piece, Words):
            yield piece
            continue
        last = 0
        for match in _ID.finditer(piece.text):
            if match.start() > last:
                yield replace(piece, text=piece.text[last : match.start()])
            yield from _shown(match, piece, names)
            last = match.end()
        if last < len(piece.text):
            yield replace(piece, text=piece.text[last:])


def _shown(match: re.Match[str], words: Words, names: dict[tuple[str, str], str]) -> Iterator[Piece]:
    kind, team, inner = match[1] or "", match[2], match[3] or ""
    name = names.get((team, inner), "")
    if not inner and name:
        yield replace(words, text=_starting(name) if kind[:1].isupper() or match.start() == 0 else name)
    elif inner.startswith(("U", "W")):
        yield Person(f"{team}:{inner}")
    elif name:
        yield replace(words, text=_kind(kind))
        yield Said(name)
    else:
        yield replace(words, text=match[0])


def _kind(kind: str) -> str:
    """Slack's word for it, with a space behind."""
    if kind.lower() == "role":
        return "User group " if kind[0].isupper() else "user group "
    return f"{kind} " if kind else ""


def _table(table: Table, names: dict[tuple[str, str], str]) -> Table:
    def cell(text: str) -> str:
        return _ID.sub(lambda match: _in_cell(match, names), text)

    return Table(tuple(map(cell, table.header)), tuple(tuple(map(cell, row)) for row in table.rows))


def _in_cell(match: re.Match[str], names: dict[tuple[str, str], str]) -> str:
    name = names.get((match[2], match[3] or ""), "")
    if not name:
        return match[0]
    return name if not match[3] else f"{_kind(match[1] or '')}{name}"


def _starting(name: str) -> str:
    return f"{name[0].upper()}{name[1:]}"
