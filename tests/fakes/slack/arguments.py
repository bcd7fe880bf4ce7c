"""The arguments of a Web API call: query string, form and JSON merged, as Slack reads them."""

import json
from typing import Any

from aiohttp import web

# Sent as JSON inside a form field, https://docs.slack.dev/apis/web-api/#post-bodies
JSON_ARGUMENTS = ("blocks", "attachments", "metadata", "view", "files", "unfurls", "file_ids")
BOOLEANS = (
    "as_user",
    "exclude_archived",
    "include_all_metadata",
    "include_disabled",
    "include_locale",
    "include_num_members",
    "include_users",
    "inclusive",
    "link_names",
    "mrkdwn",
    "prevent_creation",
    "reply_broadcast",
    "return_im",
    "test",
    "unfurl_links",
    "unfurl_media",
)
NUMBERS = ("limit", "length", "count", "page")


async def read_arguments(request: web.Request) -> dict[str, Any]:
    """All arguments of a call, typed; the later source wins: query string, then form, then JSON."""
    merged: dict[str, Any] = dict(request.query)
    if request.method == "POST":
        if request.content_type == "application/json":
            text = await request.text()
            merged |= json.loads(text) if text.strip() else {}
        elif request.can_read_body:
            merged |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    return {name: _typed(name, value) for name, value in merged.items() if value is not None}


def _typed(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name in JSON_ARGUMENTS and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    if name in BOOLEANS and value.lower() in ("1", "true", "0", "false"):
        return value.lower() in ("1", "true")
    if name in NUMBERS and value.isdecimal():
        return int(value)
    return value
