"""response_url: five uses within 30 minutes, https://docs.slack.dev/interactivity/handling-user-interaction."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.slack.messages import Message, with_ids
from tests.fakes.slack.rules import BLOCKS_IN_MESSAGE, MESSAGE_BLOCKS, wrong_with_blocks
from tests.fakes.slack.schemas import wrong_by_schema

if TYPE_CHECKING:
    from tests.fakes.slack.people import Person
    from tests.fakes.slack.server import FakeSlack
    from tests.fakes.slack.teams import Channel

USES = 5
LIFE_S = 30 * 60
FIELDS = {
    *("text", "blocks", "attachments", "response_type", "replace_original", "delete_original", "thread_ts", "metadata"),
    *("mrkdwn", "unfurl_links", "unfurl_media", "parse", "link_names", "username", "icon_emoji"),
}


@dataclass(eq=False)
class Hook:
    """One response_url: who it answers and where. `origin` is the message that was acted on."""

    id: str
    url: str
    person: "Person"
    channel: "Channel"
    made_at: float
    origin: Message | None = None
    uses: int = 0
    responses: list[Message] = field(default_factory=list)


class Hooks:
    """All response_urls."""

    def __init__(self, slack: "FakeSlack") -> None:
        self.slack = slack
        self.by_id: dict[str, Hook] = {}

    def new(self, kind: str, person: "Person", channel: "Channel", origin: Message | None = None) -> Hook:
        """A fresh response_url; `kind` is commands, actions or app."""
        hook_id = self.slack.new_id("H")
        url = f"{self.slack.root}/{kind}/{person.team.id}/{hook_id}/secret{len(self.by_id)}"
        hook = Hook(hook_id, url, person, channel, self.slack.now(), origin)
        self.by_id[hook_id] = hook
        return hook

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """A POST to a response_url."""
        hook = self.by_id.get(request.match_info["hook"])
        if hook is None or not hook.url.endswith(request.path):
            return web.Response(status=404, text="no_service")
        try:
            body = json.loads(await request.text())
        except ValueError:
            return web.Response(status=400, text="invalid_payload")
        troubles = self.slack.troubles
        hold = troubles.next_hold("response_url", after=False)
        if hold is not None and not await hold.passes():
            return _cut(request)
        fault = troubles.next_fault("response_url", hook.person.team)
        if fault is not None and not fault.lose_answer:
            return web.Response(status=fault.status or 500, text=fault.error or "server_error")
        error, status = self._use(hook, body)
        answer = {"ok": False, "error": error} if error else {"ok": True}
        self.slack.record("response_url", hook.person.team, body, answer, status)
        hold = troubles.next_hold("response_url", after=True)
        if fault is not None or (hold is not None and not await hold.passes()):
            return _cut(request)
        return web.json_response(answer, status=status)

    def _use(self, hook: Hook, body: dict[str, Any]) -> tuple[str, int]:
        if self.slack.now() - hook.made_at > LIFE_S:
            return "expired_url", 404
        if hook.uses >= USES:
            return "used_url", 404
        wrong = self.wrong_with(body) or self._wrong_files(hook, body)
        if wrong:
            self.slack.complain("response_url", wrong[1], body)
            return wrong[0], 400
        hook.uses += 1
        message = self.answer(hook, body)
        if message is not None:
            hook.responses.append(message)
        return "", 200

    def wrong_with(self, body: dict[str, Any]) -> tuple[str, str] | None:
        """(Slack's error, why) of a response message."""
        unknown = set(body) - FIELDS
        if unknown:
            self.slack.complain("response_url", f"unknown fields {sorted(unknown)}", body)
        if body.get("delete_original"):
            return None
        if body.get("blocks"):
            wrong = wrong_with_blocks(body["blocks"], limit=BLOCKS_IN_MESSAGE, known=MESSAGE_BLOCKS)
            if not wrong:
                wrong = [found for block in body["blocks"] if (found := wrong_by_schema("KnownBlock", block))]
            if wrong:
                return "invalid_blocks", "; ".join(wrong)
            if not str(body.get("text") or "").strip():
                self.slack.complain("response_url", "blocks without a text for notifications and screen readers", body)
        elif not str(body.get("text") or "").strip() and not body.get("attachments"):
            return "no_text", "neither text nor blocks"
        if body.get("response_type", "ephemeral") not in ("ephemeral", "in_channel"):
            return "invalid_payload", f"response_type {body['response_type']}"
        return None

    def _wrong_files(self, hook: Hook, body: dict[str, Any]) -> tuple[str, str] | None:
        """(Slack's error, why) of pictures that are not there to be shown."""
        wrong = self.slack.wrong_slack_files(hook.channel.team, body.get("blocks") or [])
        return ("invalid_blocks", "; ".join(wrong)) if wrong else None

    def answer(self, hook: Hook, body: dict[str, Any]) -> Message | None:
        """Carry out a response message: post, replace or delete. The new or changed message."""
        origin = hook.origin
        if body.get("delete_original"):
            if origin is not None:
                origin.deleted = True
            self.slack.touch()
            return None
        blocks = with_ids(body.get("blocks"), self.slack.new_block_id)
        text = str(body.get("text") or "")
        if body.get("replace_original") and origin is not None and not origin.deleted:
            self.slack.edit(origin, text=text, blocks=blocks)
            return origin
        private = body.get("response_type", "ephemeral") == "ephemeral"
        message = hook.channel.team.post(
            hook.channel,
            text=text,
            blocks=blocks,
            thread_ts=body.get("thread_ts"),
            ephemeral_for=hook.person if private else None,
        )
        if not private:
            self.slack.tell_subscribers(message)
        if hook.origin is None:
            hook.origin = message
        return message


def _cut(request: web.Request) -> web.StreamResponse:
    """The connection goes without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
