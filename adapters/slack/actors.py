"""Who acts: a person of a workspace as the desk's Actor."""

import logging
from dataclasses import replace
from typing import Any

from adapters.desk import Actor
from adapters.slack.clients import SlackClients
from adapters.slack.occasion import Occasion
from adapters.slack.rules import SlackRules
from adapters.slack.trouble import TroubleError, tried

log = logging.getLogger("videobot.slack")

BELIEVED = 300.0  # seconds what users.info said about a person is believed
_MOST = 5000


class Actors:
    """Limits count for the whole installation, so admins of a workspace are admins of the bot only where `is_one`: with
    several workspaces anybody could install the bot in one of their own and set everyone's limits."""

    def __init__(self, clients: SlackClients, rules: SlackRules, *, is_one: bool) -> None:
        self._clients, self._rules, self._is_one = clients, rules, is_one
        self._known: dict[tuple[str, str], tuple[bool, float]] = {}

    def at_a_glance(self, occasion: Occasion) -> Actor:
        """The person, by what is known without asking Slack."""
        manages, at = self._known.get((occasion.team, occasion.user), (False, 0.0))
        return self._actor(occasion, manages=manages and self._clients.clock.now() - at < BELIEVED)

    async def known(self, occasion: Occasion) -> Actor:
        """The person, with what Slack says about them; when it says nothing they manage nothing."""
        actor = self.at_a_glance(occasion)
        if actor.is_admin:
            return actor
        return self._actor(occasion, manages=await self._manages(occasion))

    def _actor(self, occasion: Occasion, *, manages: bool) -> Actor:
        configured = {occasion.user, f"{occasion.team}:{occasion.user}"} & self._rules.admins
        actor = Actor(occasion.requester, occasion.name, is_moderator=manages)
        is_admin = bool(configured) or (manages and self._rules.workspace_admins and self._is_one)
        return replace(actor, is_admin=is_admin)

    async def _manages(self, occasion: Occasion) -> bool:
        key, now = (occasion.team, occasion.user), self._clients.clock.now()
        manages, at = self._known.get(key, (False, 0.0))
        if now - at < BELIEVED:
            return manages
        try:
            client = await self._clients.of(occasion.team)
            answer = await tried(client.users_info(user=occasion.user))
        except TroubleError as trouble:
            log.info("whether a person manages their workspace cannot be asked: %s", trouble)
            return False
        user: dict[str, Any] = answer.get("user") or {}
        manages = bool(user.get("is_admin") or user.get("is_owner")) and not user.get("deleted")
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[key] = (manages, now)
        return manages
