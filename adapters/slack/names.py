"""What people are called, where naming them is not to notify them."""

import logging
from typing import Any

from adapters.slack.clients import SlackClients
from adapters.slack.trouble import TroubleError, tried
from bot.generation.job import Requester

log = logging.getLogger("videobot.slack")

KEEP = 6 * 3600.0  # seconds
_MOST = 5000
_CHARS = 60


class Names:
    """Display names, asked for once and kept for some hours."""

    def __init__(self, clients: SlackClients) -> None:
        self._clients = clients
        self._known: dict[str, tuple[str, float]] = {}  # Requester.user -> name, epoch seconds

    async def of(self, requester: Requester) -> dict[str, str]:
        """The name by `Requester.user`; nothing where Slack does not tell it now. Never fails."""
        now = self._clients.clock.now()
        name, at = self._known.get(requester.user, ("", 0.0))
        if not name or now - at > KEEP:
            name = await self._ask(requester)
            if name:
                if len(self._known) >= _MOST:
                    self._known.clear()
                self._known[requester.user] = (name, now)
        return {requester.user: name} if name else {}

    async def _ask(self, requester: Requester) -> str:
        try:
            client = await self._clients.of(requester.workspace)
            answer = await tried(client.users_info(user=slack_user(requester)))
        except TroubleError as trouble:
            log.info("a name cannot be asked for: %s", trouble)
            return ""
        user: dict[str, Any] = answer.get("user") or {}
        profile: dict[str, Any] = user.get("profile") or {}
        found = profile.get("display_name") or profile.get("real_name") or user.get("real_name") or user.get("name")
        return str(found or "")[:_CHARS]


def slack_user(requester: Requester) -> str:
    """The person's id in their workspace: "U345" of "T012:U345"."""
    return requester.user.rpartition(":")[2]
