"""Channels and threads."""

from typing import Any

from tests.fakes.discord.api import Answer, Call, route
from tests.fakes.discord.channels import PRIVATE_THREAD, PUBLIC_THREAD, Channel, TextChannel, Thread
from tests.fakes.discord.errors import DiscordError
from tests.fakes.discord.permissions import (
    CREATE_PRIVATE_THREADS,
    CREATE_PUBLIC_THREADS,
    MANAGE_CHANNELS,
    MANAGE_THREADS,
    SEND_MESSAGES_IN_THREADS,
    VIEW_CHANNEL,
    allows,
)


def place(call: Call) -> Channel:
    """The channel of the path; raises 10003, or 50001 where the bot may not look."""
    channel = call.discord.channels.get(call.number("channel_id", 10003))
    if channel is None or channel.deleted or (isinstance(channel, Thread) and channel.parent.deleted):
        raise DiscordError(10003)
    channel.require(VIEW_CHANNEL)
    return channel


@route("GET", "/channels/{channel_id}")
async def get_channel(call: Call) -> Any:
    return place(call).payload()


@route("DELETE", "/channels/{channel_id}")
async def delete_channel(call: Call) -> Any:
    channel = place(call)
    channel.require(MANAGE_THREADS if isinstance(channel, Thread) else MANAGE_CHANNELS)
    answer = channel.payload()
    channel.delete()
    return answer


@route("PATCH", "/channels/{channel_id}")
async def edit_channel(call: Call) -> Any:
    channel = place(call)
    mine = isinstance(channel, Thread) and channel.owner_id == call.discord.bot_user_id
    if isinstance(channel, Thread):
        moderator = allows(channel.bot_permissions, MANAGE_THREADS)
        # "When setting archived to false, when locked is also false, only the SEND_MESSAGES permission is required":
        # https://docs.discord.com/developers/resources/channel#modify-channel
        opens = call.body == {"archived": False} and not channel.locked
        may_open = opens and allows(channel.bot_permissions, SEND_MESSAGES_IN_THREADS)
        if not (moderator or may_open) and (not mine or channel.locked or call.body.get("locked")):
            raise DiscordError(50013)
        if channel.archived and call.body.get("archived", True):
            raise DiscordError(50083)
        channel.archived = bool(call.body.get("archived", channel.archived))
        channel.locked = bool(call.body.get("locked", channel.locked))
        channel.changed_at = call.discord.now()
    else:
        channel.require(MANAGE_CHANNELS)
    channel.name = call.body.get("name") or channel.name
    channel.send_update()
    return channel.payload()


@route("POST", "/channels/{channel_id}/typing")
async def typing(call: Call) -> Any:
    channel = place(call)
    channel.require_sending()
    channel.typing.append(call.discord.now())


@route("POST", "/channels/{channel_id}/messages/{message_id}/threads")
async def thread_from_message(call: Call) -> Any:
    channel = _parent(call)
    channel.require(CREATE_PUBLIC_THREADS)
    number = call.number("message_id", 10008)
    message = call.discord.messages.get(number)
    if message is None or message.deleted or message.channel is not channel or message.ephemeral:
        raise DiscordError(10008)
    if message.thread is not None:
        raise DiscordError(160004)
    thread = channel.add_thread(call.body["name"], number=number)
    _settings(thread, call)
    message.thread = thread
    call.discord.changed(message)
    return Answer(thread.payload(), 201)


@route("POST", "/channels/{channel_id}/threads")
async def thread_without_message(call: Call) -> Any:
    channel = _parent(call)
    kind = call.body.get("type") or PRIVATE_THREAD
    channel.require(CREATE_PRIVATE_THREADS if kind == PRIVATE_THREAD else CREATE_PUBLIC_THREADS)
    thread = channel.add_thread(call.body["name"])
    thread.kind = PRIVATE_THREAD if kind == PRIVATE_THREAD else PUBLIC_THREAD
    _settings(thread, call)
    return Answer(thread.payload(), 201)


@route("PUT", "/channels/{channel_id}/thread-members/{user_id}")
async def join_thread(call: Call) -> Any:
    thread = place(call)
    if not isinstance(thread, Thread):
        raise DiscordError(50024)
    if thread.archived:
        raise DiscordError(50083)


@route("GET", "/channels/{channel_id}/thread-members/{user_id}")
async def thread_member(call: Call) -> Any:
    thread = place(call)
    if not isinstance(thread, Thread):
        raise DiscordError(50024)
    return {"id": str(thread.id), "user_id": call.args["user_id"], "flags": 0, "join_timestamp": "2026-01-01T00:00:00Z"}


def _settings(thread: Thread, call: Call) -> None:
    thread.auto_archive_minutes = call.body.get("auto_archive_duration") or thread.auto_archive_minutes


def _parent(call: Call) -> TextChannel:
    channel = place(call)
    if not isinstance(channel, TextChannel):
        raise DiscordError(50024)
    return channel
