"""Who acts: a person of a workspace as the desk's Actor."""

import logging
from dataclasses import replace
from typing import Any

from adapters.desk import Actor
from adapters.slack.clients import SlackClients
from adapters.slack.occasion import Occasion
from adapters.slack.rules import SlackRules
from adapters.slack.trouble import TroubleError, tried
from adapters.slack.user_groups import UserGroups

log = logging.getLogger("videobot.slack")

BELIEVED = 300.0  # seconds what users.info said about a person is believed
_MOST = 5000


class Actors:
    """What is made is paid by the operator, so admins of a workspace are admins of the bot only where `is_one`: with
    several workspaces anybody could install the bot in one of their own and give themselves its limits. Of those in the
    settings, who is named with a workspace ("T012:U345") rules that one, and everything where it is the only one."""

    def __init__(self, clients: SlackClients, rules: SlackRules, groups: UserGroups, *, is_one: bool) -> None:
        self._clients, self._rules, self._groups, self._is_one = clients, rules, groups, is_one
        self._known: dict[tuple[str, str], tuple[bool, float]] = {}

    def at_a_glance(self, occasion: Occasion) -> Actor:
        """The person, by what is known without asking Slack."""
        manages, at = self._known.get((occasion.team, occasion.user), (False, 0.0))
        return self._actor(occasion, manages=manages and self._clients.clock.now() - at < BELIEVED)

    async def present(self, occasion: Occasion) -> Actor:
        """The person with their user groups, which limits may be about."""
        await self._groups.of(occasion.team, occasion.user)
        return self.at_a_glance(occasion)

    async def known(self, occasion: Occasion) -> Actor:
        """The person, with what Slack says about them; when it says nothing they manage nothing."""
        actor = await self.present(occasion)
        if actor.is_admin:
            return actor
        return self._actor(occasion, manages=await self._manages(occasion))

    def _actor(self, occasion: Occasion, *, manages: bool) -> Actor:
        admins = self._rules.admins
        by_name = occasion.user in admins
        is_admin = by_name or f"{occasion.team}:{occasion.user}" in admins
        is_admin = is_admin or (manages and self._rules.workspace_admins and self._is_one)
        roles = self._groups.at_a_glance(occasion.team, occasion.user)
        return Actor(
            replace(occasion.requester, roles=roles),
            occasion.name,
            is_admin=is_admin,
            is_moderator=manages,
            is_operator=by_name or (is_admin and self._is_one),
        )

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
