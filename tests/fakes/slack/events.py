"""The Events API: which events go out for what happens, and their delivery."""

import asyncio
from typing import TYPE_CHECKING, Any

from tests.fakes.slack import payloads
from tests.fakes.slack.delivery import Ack, Event
from tests.fakes.slack.scopes import EVENT_SCOPES

if TYPE_CHECKING:
    from tests.fakes.slack.messages import Message
    from tests.fakes.slack.server import FakeSlack
    from tests.fakes.slack.teams import Team

CHANNEL_TYPES = {"channel": "channel", "group": "group", "im": "im", "mpim": "mpim"}


class Events:
    """All events that went out, in order."""

    def __init__(self, slack: "FakeSlack") -> None:
        self.slack = slack
        self.sent: list[Event] = []

    def subscribed(self, team: "Team", kind: str) -> bool:
        """Does the app hear of this kind: subscribed, and the scope granted."""
        scope = EVENT_SCOPES.get(kind)
        return kind in self.slack.subscriptions and (scope is None or scope in team.scopes)

    async def send(self, team: "Team", event: dict[str, Any], kind: str) -> Event:
        """One event, if the app is subscribed to it; one without `acks` never left."""
        event_id = self.slack.new_id("Ev")
        made = Event(team, payloads.event_callback(team, event, event_id, self.slack.now()))
        gone = kind in ("app_uninstalled", "tokens_revoked")
        if self.subscribed(team, kind) and (gone or (team.installed and team.token_state == "live")):
            self.sent.append(made)
            made.acks.append(await self.slack.deliver("events_api", made.payload))
        return made

    async def send_again(self, event: Event) -> Ack:
        """A retry of the same payload."""
        number, before = len(event.acks), event.acks[-1] if event.acks else None
        reason = {"operation_timeout": "http_timeout", "dispatch_failed": "connection_failed"}
        why = "http_timeout" if before is None or not before.error else reason.get(before.error, "http_error")
        ack = await self.slack.deliver("events_api", event.payload, retry_num=max(1, number), retry_reason=why)
        event.acks.append(ack)
        return ack

    async def of_message(self, message: "Message") -> list[Event]:
        """A new message: app_mention, message.*, file_shared; those that are subscribed to, at the same time."""
        channel, team = message.channel, message.channel.team
        if not channel.bot_is_member or message.ephemeral_for is not None:
            return []
        base = message.to_api(in_event=True) | {"channel": channel.id, "event_ts": message.ts}
        kinds: list[tuple[str, dict[str, Any]]] = []
        named = f"<@{team.bot_user_id}>" in message.text
        if named and message.author is not None and channel.kind != "im":
            kinds.append(("app_mention", base | {"type": "app_mention"}))
        more: dict[str, Any] = {"channel_type": CHANNEL_TYPES[channel.kind]}
        if message.files:
            more["subtype"] = "file_share"
        elif message.broadcast:
            more["subtype"] = "thread_broadcast"
        kinds.append((channel.event_kind, base | more))
        for file in message.files:
            shared = {"file_id": file.id, "user_id": message.author_id, "channel_id": channel.id}
            shared |= {"file": {"id": file.id}, "event_ts": message.ts}
            kinds.append(("file_shared", {"type": "file_shared", **shared}))
        wanted = [(kind, event) for kind, event in kinds if self.subscribed(team, kind)]
        return list(await asyncio.gather(*(self.send(team, event, kind) for kind, event in wanted)))

    async def of_change(self, message: "Message", subtype: str) -> list[Event]:
        """message_changed or message_deleted."""
        channel = message.channel
        if not channel.bot_is_member or message.ephemeral_for is not None:
            return []
        ts = self.slack.new_ts()
        event: dict[str, Any] = {
            "type": "message",
            "subtype": subtype,
            "hidden": True,
            "channel": channel.id,
            "channel_type": CHANNEL_TYPES[channel.kind],
            "ts": ts,
            "event_ts": ts,
        }
        now = message.to_api(in_event=True)
        if subtype == "message_deleted":
            event |= {"deleted_ts": message.ts, "previous_message": now}
        else:
            before = message.edits[-1] if message.edits else None
            was = now | ({"text": before.text, "blocks": before.blocks} if before else {})
            event |= {"message": now, "previous_message": was}
        if not self.subscribed(channel.team, channel.event_kind):
            return []
        return [await self.send(channel.team, event, channel.event_kind)]
