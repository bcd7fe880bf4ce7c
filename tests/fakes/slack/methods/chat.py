"""chat.*: post, change, delete, find the link."""

from typing import TYPE_CHECKING, Any

from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.files import Share
from tests.fakes.slack.messages import Message, with_ids
from tests.fakes.slack.methods.registry import Call, check, method
from tests.fakes.slack.rules import (
    BLOCKS_IN_MESSAGE,
    BLOCKS_TEXT,
    MESSAGE_BLOCKS,
    POST_TEXT,
    UPDATE_TEXT,
    texts_in,
    wrong_with_blocks,
    wrong_with_metadata,
)

if TYPE_CHECKING:
    from tests.fakes.slack.teams import Channel


@method("chat.postMessage")
def post_message(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/chat.postMessage"""
    channel = _target(call)
    _may_post(call, channel)
    text = str(call.args.get("text") or call.args.get("markdown_text") or "")
    if len(text) > POST_TEXT:
        call.complain(f"text of {len(text)} characters is cut at {POST_TEXT}")
        text = text[:POST_TEXT]
    message = call.team.post(
        channel,
        text=text,
        blocks=with_ids(call.args.get("blocks"), call.slack.new_block_id),
        attachments=call.args.get("attachments") or [],
        thread_ts=_thread(call, channel),
        broadcast=bool(call.args.get("reply_broadcast")),
        metadata=call.args.get("metadata") or None,
        parse=call.args.get("parse"),
        username=call.args.get("username"),
    )
    _share_linked_files(call, message)
    call.slack.tell_subscribers(message)
    return {"channel": channel.id, "ts": message.ts, "message": message.to_api(metadata=True)}


@method("chat.postEphemeral")
def post_ephemeral(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/chat.postEphemeral"""
    channel = call.channel()
    call.need("user")
    person = call.team.people.get(call.args["user"])
    if person is None or not channel.has(person):
        raise SlackError("user_not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    if not channel.bot_is_member:
        raise SlackError("not_in_channel")
    message = call.team.post(
        channel,
        text=str(call.args.get("text") or ""),
        blocks=with_ids(call.args.get("blocks"), call.slack.new_block_id),
        thread_ts=_thread(call, channel),
        ephemeral_for=person,
    )
    return {"message_ts": message.ts}


@method("chat.update")
def update(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/chat.update: text alone removes the blocks; metadata stays unless {}."""
    channel = call.channel()
    call.need("ts")
    message = _own(call, channel, "cant_update_message")
    if channel.is_archived:
        raise SlackError("cant_update_message")
    window = call.team.edit_window_s
    if window is not None and call.slack.now() - message.at > window:
        raise SlackError("edit_window_closed")
    text, blocks = call.args.get("text"), call.args.get("blocks")
    if blocks is None:
        blocks = message.blocks if text is None else []
    call.slack.edit(
        message,
        text=message.text if text is None else str(text),
        blocks=with_ids(blocks, call.slack.new_block_id),
    )
    if "metadata" in call.args:
        message.metadata = call.args["metadata"] or None
    if "attachments" in call.args:
        message.attachments = call.args["attachments"] or []
    for file_id in call.args.get("file_ids") or []:
        file = call.team.files.get(file_id)
        if file is None or not file.completed:
            raise SlackError("file_not_found")
        if file not in message.files:
            call.slack.share_later(file, Share(channel, message.thread_ts, post=message))
    call.slack.tell_change(message, "message_changed")
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": message.to_api(metadata=True)}


@method("chat.delete")
def delete(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/chat.delete"""
    channel = call.channel()
    call.need("ts")
    message = _own(call, channel, "cant_delete_message")
    message.deleted = True
    call.slack.touch()
    call.slack.tell_change(message, "message_deleted")
    return {"channel": channel.id, "ts": message.ts}


@method("chat.getPermalink")
def get_permalink(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/chat.getPermalink"""
    channel = call.channel()
    call.need("message_ts")
    message = channel.find(call.args["message_ts"])
    if message is None:
        raise SlackError("message_not_found")
    return {"channel": channel.id, "permalink": message.permalink}


def _target(call: Call) -> "Channel":
    """A conversation by id or name; a user id means the DM."""
    wanted = str(call.args.get("channel") or "")
    if wanted in call.team.people:
        return call.team.im(call.team.people[wanted])
    named = call.team.channel_named(wanted)
    if named is not None:
        call.args["channel"] = named.id
    return call.channel()


def _may_post(call: Call, channel: "Channel") -> None:
    if channel.is_archived:
        raise SlackError("is_archived")
    if channel.read_only:
        raise SlackError("restricted_action")
    if not channel.bot_is_member and "chat:write.public" not in call.team.scopes:
        raise SlackError("not_in_channel")


def _thread(call: Call, channel: "Channel") -> str | None:
    thread_ts = call.args.get("thread_ts")
    if not thread_ts:
        return None
    root = next((m for m in channel.messages if m.ts == thread_ts), None)  # one deleted meanwhile is nobody's fault
    if root is None or root.is_reply or root.ephemeral_for is not None:
        call.complain(f"thread_ts {thread_ts} is not a thread's root here; use the parent's ts")
    return str(thread_ts)


def _own(call: Call, channel: "Channel", refusal: str) -> Message:
    message = channel.find(call.args["ts"])
    if message is None:
        raise SlackError("message_not_found")
    if message.author is not None:
        raise SlackError(refusal)
    return message


@check("chat.postMessage", "chat.postEphemeral", "chat.update")
def check_message(call: Call) -> None:
    """Everything that is wrong with a message by itself."""
    _check_content(call)
    if call.method != "chat.postMessage":
        _check_length(call)
    wrong = wrong_with_metadata(call.args.get("metadata"))
    if wrong is not None:
        call.complain(wrong[1])
        raise SlackError(wrong[0])


def _check_content(call: Call) -> None:
    args = call.args
    blocks, text = args.get("blocks"), str(args.get("text") or "")
    if blocks:
        wrong = wrong_with_blocks(blocks, limit=BLOCKS_IN_MESSAGE, known=MESSAGE_BLOCKS)
        call.refuse("invalid_blocks", wrong or call.slack.wrong_slack_files(call.team, blocks))
        if sum(len(part) for part in texts_in(blocks)) > BLOCKS_TEXT:
            call.refuse("msg_blocks_too_long", [f"more than {BLOCKS_TEXT} characters in the blocks"])
        if not text.strip():
            call.complain("blocks without a text for notifications and screen readers")
    if args.get("markdown_text"):
        if blocks or text:
            raise SlackError("markdown_text_conflict")
        return
    changes_something_else = call.method == "chat.update" and ("file_ids" in args or "metadata" in args)
    if not blocks and not text.strip() and not args.get("attachments") and not changes_something_else:
        call.complain("neither text nor blocks")
        raise SlackError("no_text")


def _check_length(call: Call) -> None:
    if len(str(call.args.get("text") or "")) > UPDATE_TEXT:
        call.complain(f"text over {UPDATE_TEXT} characters")
        raise SlackError("msg_too_long")


def _share_linked_files(call: Call, message: Message) -> None:
    """The permalink of an own file in the top-level text shares the file here, some seconds later; not in blocks, not
    under another user name, not without unfurling."""
    if call.args.get("unfurl_media") is False or message.username or not message.channel.bot_is_member:
        return
    for file in call.team.files.values():
        if file.completed and file.owner_id == call.team.bot_user_id and file.permalink in message.text:
            call.slack.share_later(file, Share(message.channel, message.thread_ts, post=message))
