"""User groups, which are Slack's roles: who is in which, asked for once in some minutes for a whole workspace."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.slack.clients import SlackClients
from adapters.slack.trouble import TroubleError, tried

log = logging.getLogger("videobot.slack")

BELIEVED = 300.0  # seconds


@dataclass(frozen=True, slots=True)
class _Known:
    """The user groups of a workspace: their handles, and who is in them."""

    at: float
    handles: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)


class UserGroups:
    """While Slack does not tell, what was known last is believed; before that nobody is in any group."""

    def __init__(self, clients: SlackClients) -> None:
        self._clients = clients
        self._known: dict[str, _Known] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    def at_a_glance(self, team: str, user: str) -> tuple[str, ...]:
        """The ids of the groups a person is in, by what is known without asking Slack."""
        known = self._known.get(team)
        return () if known is None else tuple(sorted(name for name, users in known.members.items() if user in users))

    async def of(self, team: str, user: str) -> tuple[str, ...]:
        """The ids of the groups a person is in. Never fails."""
        await self._look(team)
        return self.at_a_glance(team, user)

    async def handle(self, team: str, group: str) -> str:
        """What a group is called, without the @; "" where nobody knows. Never fails."""
        await self._look(team)
        return self._known[team].handles.get(group, "")

    async def _look(self, team: str) -> None:
        async with self._asking.setdefault(team, asyncio.Lock()):
            known, now = self._known.get(team), self._clients.clock.now()
            if known is None or now - known.at >= BELIEVED:
                self._known[team] = await self._asked(team, known or _Known(now), now)

    async def _asked(self, team: str, before: _Known, now: float) -> _Known:
        try:
            client = await self._clients.of(team)
            answer = await tried(client.usergroups_list(include_users=True, team_id=team))
        except TroubleError as trouble:
            log.info("user groups cannot be asked for: %s", trouble)
            return _Known(now, before.handles, before.members)
        groups: list[dict[str, Any]] = answer.get("usergroups") or []
        return _Known(
            now,
            {str(group["id"]): str(group.get("handle") or "") for group in groups},
            {str(group["id"]): frozenset(map(str, group.get("users") or ())) for group in groups},
        )
