"""The channels in which admins see what needs them: approvals, nearly full limits, the gateways' balance."""

import logging
from collections.abc import Sequence

import discord

from adapters.cards.card import Card
from adapters.discord.chat import own_id
from adapters.discord.destinations import Destinations, Reference
from adapters.discord.layout import NOBODY, view_of
from adapters.discord.names import with_names
from adapters.discord.rules import DiscordRules
from adapters.discord.trouble import Kind, Trouble, tried
from bot.generation.ports import ChatError

log = logging.getLogger("videobot.discord")


class AdminChannels:
    """Posts over a logged-in client."""

    def __init__(self, client: discord.Client, rules: DiscordRules) -> None:
        self._client, self._rules = client, rules
        self._places = Destinations(client)
        self._servers: dict[int, int] = {}  # by channel

    async def announce(self, card: Card, workspace: str, key: str = "") -> Sequence[str]:
        """Post the card in the channels of this server ("": in all); the references of the messages. Raises ChatError
        when none of them takes it."""
        if not self._rules.admin_channels:
            return ()
        own_id(self._client)
        posted: list[str] = []
        failed: list[Trouble] = []
        for channel_id in self._rules.admin_channels:
            try:
                server = await self._server_of(channel_id)
                if self._is_meant(server, workspace):
                    posted.append(await self._post(channel_id, with_names(card, self._client, server), key))
            except Trouble as trouble:
                log.warning("the admins' channel %s takes no message: %s", channel_id, trouble)
                failed.append(trouble)
        if failed and not posted:
            passing = [trouble for trouble in failed if not trouble.as_chat_error().gone]
            raise (passing or failed)[0].as_chat_error()
        return posted

    async def amend(self, reference: str, card: Card) -> None:
        """Show another card in a message of ours. Raises ChatError."""
        own_id(self._client)
        place = Reference.of(reference)
        message = self._places.channel(place.channel).get_partial_message(place.message)
        try:
            await tried(message.edit(view=view_of(card), allowed_mentions=NOBODY))
        except Trouble as trouble:
            if trouble.kind is not Kind.ARCHIVED:
                raise trouble.as_chat_error() from trouble
            raise ChatError("The thread of the message is archived.", gone=True) from trouble

    async def _post(self, channel_id: int, card: Card, key: str) -> str:
        # Discord counts a nonce over all channels; a repetition within a few minutes gives the message that is there.
        nonce = f"a{key}-{channel_id % 10**9}" if key else None
        channel = self._places.channel(channel_id)
        sent = await tried(channel.send(view=view_of(card), allowed_mentions=NOBODY, nonce=nonce))  # type: ignore[arg-type]
        return str(Reference(sent.channel.id, sent.id))

    def _is_meant(self, server: int, workspace: str) -> bool:
        """Whether it is this process's to post in a channel of this server what concerns that one."""
        if workspace and server != int(workspace):
            return False
        count, mine = self._rules.shard_count, self._rules.shard_ids
        return not mine or count is None or (server >> 22) % count in mine

    async def _server_of(self, channel_id: int) -> int:
        if channel_id not in self._servers:
            channel = self._client.get_channel(channel_id) or await tried(self._client.fetch_channel(channel_id))
            self._servers[channel_id] = guild.id if (guild := getattr(channel, "guild", None)) is not None else 0
        return self._servers[channel_id]
