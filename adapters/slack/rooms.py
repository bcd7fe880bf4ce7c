"""Where videos can be asked for, and where the bot may not speak: said before anything is accepted."""

from dataclasses import replace
from typing import Any

from adapters.slack.clients import PacedClient, SlackClients
from adapters.slack.occasion import Occasion
from adapters.slack.rules import SlackRules
from adapters.slack.trouble import Kind, TroubleError, tried
from bot.generation.catalog import listed

BELIEVED = 300.0  # seconds
_MOST = 5000
_SHOWN = 5
_NOTHING = "Nothing was accepted."
ARCHIVED = f"This channel is archived, so no video can be shown here: ask in another channel. {_NOTHING}"
OUT = f"The bot cannot work in this workspace any more: an admin has to install it again. {_NOTHING}"


class Rooms:
    """Knows for some minutes what conversations.info said."""

    def __init__(self, clients: SlackClients, rules: SlackRules) -> None:
        self._clients, self._rules = clients, rules
        self._open: dict[tuple[str, str], tuple[bool, float]] = {}  # -> is a direct message with the bot, since

    async def enter(self, occasion: Occasion) -> Occasion | str:
        """The occasion, with what is known of its channel; a sentence when nothing can be asked for there."""
        if occasion.is_direct or not occasion.channel:
            return occasion
        key, now = (occasion.team, occasion.channel), self._clients.clock.now()
        is_direct, at = self._open.get(key, (False, 0.0))
        if now - at > BELIEVED:
            looked = await self._look(occasion)
            if isinstance(looked, str):
                return looked
            is_direct = looked
            if len(self._open) >= _MOST:
                self._open.clear()
            self._open[key] = (is_direct, now)
        if is_direct:
            return replace(occasion, is_direct=True)
        allowed = self._rules.channels
        return occasion if not allowed or occasion.channel in allowed else await self._elsewhere(occasion.team)

    async def _elsewhere(self, team: str) -> str:
        """Where else videos can be asked for, by name as far as Slack tells."""
        found: list[str] = []
        for channel in sorted(self._rules.channels)[:_SHOWN]:
            try:
                client = await self._clients.of(team)
                answer = await tried(client.conversations_info(channel=channel))
            except TroubleError:
                continue  # of another workspace, or private: not for these eyes
            about: dict[str, Any] = answer.get("channel") or {}
            found.append(f"#{about.get('name')}")
        where = f"in {listed(found)} only, or in a direct message to me" if found else "in a direct message to me only"
        return f"Videos can be asked for {where}. {_NOTHING}"

    async def _look(self, occasion: Occasion) -> bool | str:
        """Whether it is a direct message with the bot; a sentence when the bot may not speak there."""
        try:
            client = await self._clients.of(occasion.team)
            answer = await tried(client.conversations_info(channel=occasion.channel))
        except TroubleError as trouble:
            if trouble.kind is Kind.OUT:
                return OUT
            if trouble.kind in (Kind.PLACE_GONE, Kind.NOT_A_MEMBER):
                return await self._invite(occasion)
            return False  # for this kind of conversation nobody tells: the message itself will
        channel: dict[str, Any] = answer.get("channel") or {}
        if channel.get("is_archived"):
            return ARCHIVED
        if channel.get("is_im"):
            return True
        is_in = bool(channel.get("is_member") or channel.get("is_mpim"))
        if not is_in and channel.get("is_private"):
            return await self._invite(occasion)
        if not is_in and self._rules.join:
            await self._join(client, occasion.channel)
        return False

    async def _join(self, client: PacedClient, channel: str) -> None:
        """As far as that goes: not being in, the bot may write there all the same, but shows a link."""
        try:
            await tried(client.conversations_join(channel=channel))
        except TroubleError:
            return

    async def _invite(self, occasion: Occasion) -> str:
        """How the bot gets in: channels take an invitation, other people's direct messages do not."""
        if occasion.channel.startswith("D"):
            return f"I cannot speak in this direct message: ask in a channel, or write to me directly. {_NOTHING}"
        return f"I am not in this channel. Invite me with /invite @videobot, and ask again. {_NOTHING}"
