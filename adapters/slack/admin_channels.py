"""The channels in which admins see what needs them: approvals, nearly full limits, the gateways' balance."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.cards.card import Card
from adapters.slack import posting
from adapters.slack.clients import PacedClient, SlackClients
from adapters.slack.layout import LaidOut, laid_out
from adapters.slack.named import Named
from adapters.slack.reference import Reference
from adapters.slack.trouble import TroubleError, tried
from adapters.slack.workspaces import Workspaces

log = logging.getLogger("videobot.slack")

NEWS = "video_news"  # event_type of these messages; the key in them is what they are known by
LOOK_BACK = 31 * 24 * 3600.0  # seconds; nothing waits longer for an approval
PAGE, PAGES = 200, 10


class AdminChannels:
    """`channels`: ids; with its workspace in front ("T012:C345") where there are several.

    Slack takes no name for a message that it would post once only, so the first look into a channel, and one after a
    post of which nobody knows what became, reads what is there.
    """

    def __init__(self, clients: SlackClients, workspaces: Workspaces, named: Named, channels: Sequence[str]) -> None:
        self._clients, self._workspaces, self._named = clients, workspaces, named
        self._channels = tuple(channels)
        self._there: dict[tuple[str, str], dict[str, str]] = {}  # by team and channel: ts by key

    async def announce(self, card: Card, workspace: str, key: str = "") -> Sequence[str]:
        """Post the card in the channels of this workspace ("": in all); the references of the messages. Raises
        ChatError when none of them takes it."""
        posted: list[str] = []
        failed: list[TroubleError] = []
        for name in self._channels:
            try:
                team, channel = await self._where(name)
                if workspace in ("", team):
                    posted.append(await self._post(team, channel, card, key))
            except TroubleError as trouble:
                log.warning("the admins' channel %s takes no message: %s", name, trouble)
                failed.append(trouble)
        if failed and not posted:
            passing = [trouble for trouble in failed if trouble.may_pass]
            raise (passing or failed)[0].as_chat_error()
        return posted

    async def amend(self, reference: str, card: Card) -> None:
        """Show another card in a message of ours. Raises ChatError."""
        team, _, place = reference.partition("/")
        try:
            client = await self._clients.of(team)
            message = await self._laid_out(card, team)
            await posting.change(client, Reference.of(place), message, _metadata(""))
        except TroubleError as trouble:
            raise trouble.as_chat_error() from trouble

    async def _post(self, team: str, channel: str, card: Card, key: str) -> str:
        client = await self._clients.of(team)
        there = await self._known(client, team, channel) if key else {}
        if key not in there:
            message = await self._laid_out(card, team)
            try:
                reference = await posting.post(client, channel, "", message, _metadata(key))
            except TroubleError:
                self._there.pop((team, channel), None)
                raise
            there[key] = reference.ts
        return f"{team}/{Reference(channel, there[key])}"

    async def _laid_out(self, card: Card, team: str) -> LaidOut:
        """With names, which notify nobody."""
        shown = await self._named.with_names(card, team)
        return laid_out(shown, names=await self._named.people_of(shown))

    async def _where(self, name: str) -> tuple[str, str]:
        team, _, channel = name.rpartition(":")
        if team:
            return team, channel
        identity = await self._workspaces.identity("")
        return (identity.team_id if identity is not None else ""), channel

    async def _known(self, client: PacedClient, team: str, channel: str) -> dict[str, str]:
        """Our messages in a channel, by their keys; none where it cannot be read."""
        found = self._there.get((team, channel))
        if found is None:
            try:
                found = await self._read(client, channel)
            except TroubleError as trouble:
                if trouble.may_pass:
                    raise
                log.info("the admins' channel %s cannot be read: %s", channel, trouble)
                found = {}
            self._there[(team, channel)] = found
        return found

    async def _read(self, client: PacedClient, channel: str) -> dict[str, str]:
        found: dict[str, str] = {}
        cursor: str | None = None
        oldest = f"{self._clients.clock.now() - LOOK_BACK:.6f}"
        for _ in range(PAGES):
            page = await tried(
                client.conversations_history(
                    channel=channel, oldest=oldest, include_all_metadata=True, limit=PAGE, cursor=cursor
                )
            )
            messages: list[dict[str, Any]] = page.get("messages") or []
            found |= {key: str(message["ts"]) for message in messages if (key := _key(message))}
            following: dict[str, Any] = page.get("response_metadata") or {}
            cursor = str(following.get("next_cursor") or "") or None
            if cursor is None:
                break
        return found


def _metadata(key: str) -> dict[str, object]:
    return {"event_type": NEWS, "event_payload": {"key": key}}


def _key(message: Mapping[str, Any]) -> str:
    told: Mapping[str, Any] = message.get("metadata") or {}
    if told.get("event_type") != NEWS:
        return ""
    return str((told.get("event_payload") or {}).get("key") or "")
