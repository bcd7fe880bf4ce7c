"""Answers to people: for one person alone, or in the thread of what they said. Never raises for what Slack says."""

import logging
from collections.abc import Mapping
from typing import Any

from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.cards.card import Card, Tone
from adapters.cards.told import told
from adapters.desk import Reply
from adapters.slack.charting import charted
from adapters.slack.clients import SlackClients
from adapters.slack.layout import LaidOut, laid_out
from adapters.slack.occasion import Occasion
from adapters.slack.trouble import Kind, TroubleError, tried

log = logging.getLogger("videobot.slack")
_hook_log = logging.getLogger("videobot.slack.hooks")
_hook_log.setLevel(logging.WARNING)  # at DEBUG the SDK writes whole messages into its log

NO_DATABASE = (
    "The bot's database does not answer at the moment. Nothing was accepted and nothing is paid; try again in a minute."
)
BROKEN = (
    "Something went wrong in the bot, and it was noted in its log. Look at /video jobs before you ask again: what is "
    "listed there was accepted."
)
#: For the person alone, when the status is a message of its own.
PLACED = told("On its way: a message here shows how far it is, and the video follows.", Tone.GOOD)
REPLY = "video_reply"  # event_type of our answers to mentions


class Answers:
    """Ways to answer, from the best to the one that always works."""

    def __init__(self, clients: SlackClients) -> None:
        self._clients = clients

    async def tell(self, occasion: Occasion, text: str, tone: Tone = Tone.WARNING) -> bool:
        """A sentence for the person alone; False when it could not be said."""
        return await self.privately(occasion, told(text, tone))

    async def reply(self, occasion: Occasion, reply: Reply) -> bool:
        """What the desk answers. An accepted video shows itself by a message of the board's, so the person alone hears
        that it is on its way. False when nothing could be said and nothing shows itself."""
        if reply.job is not None and not reply.private:
            await self.privately(occasion, on_its_way(reply))
            return True
        if reply.private:
            return await self.privately(occasion, reply.card)
        return await self.openly(occasion, reply.card)

    async def privately(self, occasion: Occasion, card: Card, *, replace: bool = False) -> bool:
        """A card for the person alone, with its chart where it has one. `replace`: in place of the message whose button
        they pressed."""
        messages = [laid_out(card)]
        if card.chart is not None:
            chart = await charted(self._clients, occasion, card.chart)
            if chart is not None:
                messages.insert(0, laid_out(card, file=chart.link, image=chart.image))
        how: dict[str, object] = {"replace_original": True} if replace else {"response_type": "ephemeral"}
        for message in messages:  # without the picture where Slack does not take it
            if occasion.hook and await self._by_hook(occasion, message, **how):
                return True
            if occasion.channel and not occasion.is_direct and await self._ephemeral(occasion, message):
                return True
        return await self._directly(occasion, messages[-1])

    async def openly(self, occasion: Occasion, card: Card, *, again: str = "") -> bool:
        """A card everybody sees, where it was asked. `again`: what the answer is known by, so that it is given once."""
        message = laid_out(card, names={occasion.requester.user: occasion.name} if occasion.name else None)
        if occasion.hook and await self._by_hook(occasion, message, response_type="in_channel"):
            return True
        if not occasion.channel:
            return await self._directly(occasion, message)
        metadata = {"event_type": REPLY, "event_payload": {"to": again}} if again else None
        return await self._post(occasion, occasion.channel, occasion.thread, message, metadata) or await self._directly(
            occasion, message
        )

    async def take_away(self, occasion: Occasion) -> None:
        """Remove the private message whose button was pressed."""
        await self._send(occasion, {"delete_original": True})

    # ---------------------------------------------------------------------------------------------- the ways

    async def _by_hook(self, occasion: Occasion, message: LaidOut, **how: object) -> bool:
        body: dict[str, Any] = {"text": message.text, "blocks": message.blocks, "replace_original": False, **how}
        if occasion.thread and not body["replace_original"]:
            body["thread_ts"] = occasion.thread
        return await self._send(occasion, body)

    async def _send(self, occasion: Occasion, body: dict[str, Any]) -> bool:
        hook = AsyncWebhookClient(occasion.hook, session=self._clients.session, logger=_hook_log, retry_handlers=[])
        try:
            answer = await tried(hook.send_dict(body))
        except TroubleError as trouble:
            log.info("an answer could not be sent to its response_url: %s", trouble)
            # It may have arrived; said twice is worse than not at all, only the person alone can lose something.
            return trouble.kind is Kind.LOST
        if answer.status_code != 200:
            log.info("an answer was refused by its response_url: status %d", answer.status_code)
        return bool(answer.status_code == 200)

    async def _ephemeral(self, occasion: Occasion, message: LaidOut) -> bool:
        try:
            client = await self._clients.of(occasion.team)
            await tried(
                client.chat_postEphemeral(
                    channel=occasion.channel,
                    user=occasion.user,
                    thread_ts=occasion.thread or None,
                    text=message.text,
                    blocks=message.blocks,
                    parse="none",
                    link_names=False,
                )
            )
        except TroubleError as trouble:
            log.info("an answer could not be shown to one person: %s", trouble)
            return False
        return True

    async def _directly(self, occasion: Occasion, message: LaidOut) -> bool:
        try:
            client = await self._clients.of(occasion.team)
            opened = await tried(client.conversations_open(users=occasion.user))
        except TroubleError as trouble:
            log.warning("a direct message could not be opened: %s", trouble)
            return False
        channel: dict[str, Any] = opened.get("channel") or {}
        thread = occasion.thread if occasion.is_direct else ""
        return await self._post(occasion, str(channel.get("id") or ""), thread, message, None)

    async def _post(
        self,
        occasion: Occasion,
        channel: str,
        thread: str,
        message: LaidOut,
        metadata: Mapping[str, object] | None,
    ) -> bool:
        try:
            client = await self._clients.of(occasion.team)
            await tried(
                client.chat_postMessage(
                    channel=channel,
                    thread_ts=thread or None,
                    text=message.text,
                    blocks=message.blocks,
                    metadata=dict(metadata) if metadata is not None else None,
                    mrkdwn=False,
                    parse="none",
                    link_names=False,
                    unfurl_links=False,
                    unfurl_media=False,
                )
            )
        except TroubleError as trouble:
            log.warning("an answer could not be posted: %s", trouble)
            return trouble.kind is Kind.LOST
        return True


def on_its_way(reply: Reply) -> Card:
    """What the person alone reads when the status is a message of its own: where it is, and what is worth knowing."""
    return PLACED if reply.aside is None else PLACED.plus(*reply.aside.body)
