"""Telling a person something when the interaction they are waiting at cannot be answered any more."""

from dataclasses import replace

import discord

from adapters.cards.card import Card
from adapters.discord import answers
from adapters.discord.layout import NOBODY, allowed, view_of
from adapters.discord.order import Order
from adapters.discord.origin import posting_channel
from adapters.discord.trouble import Trouble, tried


class Elsewhere:
    """By the token while it lives, in the channel with a mention, in a direct message."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def by_token(self, order: Order, card: Card) -> bool:
        """Change the first answer, if there was one; False when there was none or the token is dead."""
        application = self._client.application_id
        if not order.token or application is None:
            return False
        webhook = discord.Webhook.partial(application, order.token, client=self._client)
        original: int = "@original"  # type: ignore[assignment] # its name in Discord's interface, where ids are texts
        try:
            await tried(webhook.edit_message(original, view=view_of(card), allowed_mentions=NOBODY))
        except Trouble as trouble:
            answers.note_trouble("an answer by token", trouble)
            return False
        return True

    async def tell(self, order: Order, card: Card) -> bool:
        """In the channel, mentioning the person, else in a direct message; False when neither takes it."""
        user = order.actor.requester.user
        card = replace(card, notify=user)
        nonce = order.key.rpartition(":")[2]  # the event's own id: told twice, it is shown once
        channel = self._client.get_partial_messageable(posting_channel(order.address))
        try:
            await tried(channel.send(view=view_of(card), allowed_mentions=allowed(card), nonce=nonce))
        except Trouble as trouble:
            answers.note_trouble("an answer in the channel", trouble)
        else:
            return True
        try:
            direct = await tried(self._client.create_dm(discord.Object(int(user))))
            await tried(direct.send(view=view_of(card), allowed_mentions=NOBODY, nonce=nonce))
        except Trouble as trouble:
            answers.note_trouble("an answer in a direct message", trouble)
            return False
        return True
