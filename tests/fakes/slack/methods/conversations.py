"""conversations.*"""

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.methods.registry import Call, method, page

if TYPE_CHECKING:
    from tests.fakes.slack.messages import Message
    from tests.fakes.slack.teams import Channel

KINDS = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}


@method("conversations.info")
def info(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/conversations.info"""
    return {"channel": call.channel().to_api()}


@method("conversations.join")
def join(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/conversations.join: public channels only."""
    channel = call.channel()
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    already = channel.bot_is_member
    channel.bot_is_member = True
    call.slack.touch()
    answer: dict[str, Any] = {"channel": channel.to_api()}
    if already:
        answer |= {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    return answer


@method("conversations.open")
def open_dm(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/conversations.open: `users` or the `channel` of a known DM."""
    if call.args.get("channel"):
        return {"channel": {"id": call.channel().id}, "already_open": True, "no_op": True}
    users = call.args.get("users") or ""
    ids = users if isinstance(users, list) else [part.strip() for part in str(users).split(",") if part.strip()]
    if not ids:
        raise SlackError("users_list_not_supplied")
    people = [call.team.people.get(user) for user in ids]
    if any(person is None for person in people):
        raise SlackError("user_not_found")
    call.require_scope("im:write" if len(ids) == 1 else "mpim:write")
    known = [person for person in people if person is not None]
    if any(person.is_deleted for person in known):
        raise SlackError("user_disabled")
    channel = call.team.im(known[0]) if len(known) == 1 else call.team.dm(*known, bot_is_member=True)
    return {"channel": channel.to_api() if call.args.get("return_im") else {"id": channel.id}}


@method("conversations.members")
def members(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/conversations.members"""
    channel = call.channel()
    people = list(call.team.people.values()) if channel.members is None else channel.members
    ids = [person.id for person in people] + ([call.team.bot_user_id] if channel.bot_is_member else [])
    found, more = page(call, ids)
    return {"members": found, "response_metadata": more}


@method("conversations.list")
def list_all(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/conversations.list"""
    return _list(call, members_only=False)


@method("users.conversations")
def list_own(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/users.conversations"""
    return _list(call, members_only=True)


@method("conversations.history")
def history(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/conversations.history: newest first, no thread replies."""
    channel = call.channel()
    if not channel.bot_is_member:
        raise SlackError("not_in_channel")
    there = [m for m in _there(call, channel) if not m.is_reply or m.broadcast]
    found, more = page(call, there[::-1])
    return _answer(call, found, more)


@method("conversations.replies")
def replies(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/conversations.replies: oldest first, the root is the first of them."""
    channel = call.channel()
    call.need("ts")
    if not channel.bot_is_member and channel.kind != "channel":
        raise SlackError("channel_not_found")
    message = channel.find(call.args["ts"]) or channel.tombstone(call.args["ts"])
    if message is None:
        raise SlackError("thread_not_found")
    root = message.thread_ts or message.ts
    there = [m for m in _there(call, channel) if root in (m.ts, m.thread_ts)]
    first = channel.tombstone(root)
    if first is not None:
        there.insert(0, first)
    first = channel.find(root)
    if call.slack.replies_always_hold_the_root and first is not None and first not in there:
        there.insert(0, first)
    found, more = page(call, there, default=1000)
    return _answer(call, found, more)


def _there(call: Call, channel: "Channel") -> "list[Message]":
    """What a reader finds between oldest and latest."""
    oldest, latest = str(call.args.get("oldest") or ""), str(call.args.get("latest") or "")
    for bound, error in ((oldest, "invalid_ts_oldest"), (latest, "invalid_ts_latest")):
        if bound and not bound.replace(".", "", 1).isdecimal():
            raise SlackError(error)
    inclusive = bool(call.args.get("inclusive"))

    def wanted(ts: str) -> bool:
        at = float(ts)
        return (
            not (oldest and at < float(oldest))
            and not (latest and at > float(latest))
            and (inclusive or ts not in (oldest, latest))
        )

    return [m for m in channel.messages if not m.deleted and m.ephemeral_for is None and wanted(m.ts)]


def _answer(call: Call, found: "list[Message]", more: dict[str, Any]) -> dict[str, Any]:
    metadata = bool(call.args.get("include_all_metadata"))
    return {
        "messages": [message.to_api(metadata=metadata) for message in found],
        "has_more": bool(more["next_cursor"]),
        "response_metadata": more,
    }


def _list(call: Call, *, members_only: bool) -> dict[str, Any]:
    names = [part.strip() for part in str(call.args.get("types") or "public_channel").split(",")]
    if any(name not in KINDS for name in names):
        raise SlackError("invalid_types")
    kinds = {KINDS[name] for name in names}
    there = [
        channel.to_api()
        for channel in call.team.channels.values()
        if channel.kind in kinds
        and channel.bot_knows
        and (channel.bot_is_member or not members_only)
        and not (call.args.get("exclude_archived") and channel.is_archived)
    ]
    found, more = page(call, there)
    return {"channels": found, "response_metadata": more}
