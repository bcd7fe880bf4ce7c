"""Messages by bot token."""

from typing import Any

from tests.fakes.discord import compose
from tests.fakes.discord.api import Answer, Call, route
from tests.fakes.discord.channels import Channel
from tests.fakes.discord.errors import DiscordError, form_errors
from tests.fakes.discord.gateway import MESSAGE_CONTENT
from tests.fakes.discord.messages import FakeMessage
from tests.fakes.discord.permissions import MANAGE_MESSAGES, READ_MESSAGE_HISTORY, allows
from tests.fakes.discord.routes.channels import place

NONCE_LIFE_S = 5 * 60  # "the past few minutes", by the same author in whatever channel


def shown(call: Call, message: FakeMessage) -> dict[str, Any]:
    """A message over REST: the message-content rule holds here too."""
    return message.payload(privileged=bool(call.discord.privileged_intents & MESSAGE_CONTENT))


def known(call: Call, channel: Channel) -> FakeMessage:
    """The message of the path; private ones cannot be reached by bot token. Raises 10008."""
    message = call.discord.messages.get(call.number("message_id", 10008))
    if message is None or message.deleted or message.ephemeral or message.channel is not channel:
        raise DiscordError(10008)
    return message


@route("POST", "/channels/{channel_id}/messages")
async def create(call: Call) -> Any:
    discord, channel, body = call.discord, place(call), call.body or {}
    compose.require_permissions(channel, body, call.files)
    nonce = body.get("nonce")
    if nonce is not None and body.get("enforce_nonce"):
        at, first = discord.nonces.get(str(nonce), (0.0, None))
        if first is not None and discord.now() - at <= NONCE_LIFE_S:
            return shown(call, first)
    message = compose.post(discord, channel, body, call.files, reply_to=_replied(call, channel))
    if nonce is not None and body.get("enforce_nonce"):
        discord.nonces[str(nonce)] = (discord.now(), message)
    return shown(call, message)


def _replied(call: Call, channel: Channel) -> FakeMessage | None:
    reference = (call.body or {}).get("message_reference")
    if not reference:
        return None
    message = call.discord.messages.get(int(reference["message_id"]))
    if message is not None and not (message.deleted or message.ephemeral) and message.channel is channel:
        return message
    if reference.get("fail_if_not_exists", True):
        raise DiscordError(50035, errors=form_errors([("message_reference", "Unknown message")]))
    return None


@route("GET", "/channels/{channel_id}/messages")
async def history(call: Call) -> Any:
    channel = place(call)
    if channel.guild and not allows(channel.bot_permissions, READ_MESSAGE_HISTORY):
        return []
    newest_first = channel.messages[::-1]
    try:
        limit = int(call.query.get("limit", 50))
        marks = {key: int(call.query[key]) for key in ("before", "after", "around") if key in call.query}
    except ValueError:
        raise DiscordError(50035) from None
    if not 1 <= limit <= 100:
        raise DiscordError(50035, errors=form_errors([("limit", "must be 1 to 100")]))
    if "after" in marks:
        found = [message for message in newest_first if message.id > marks["after"]][-limit:]
    elif "around" in marks:
        near = sorted(newest_first, key=lambda message: abs(message.id - marks["around"]))[:limit]
        found = sorted(near, key=lambda message: -message.id)
    else:
        found = [message for message in newest_first if message.id < marks.get("before", 1 << 64)][:limit]
    return [shown(call, message) for message in found]


@route("GET", "/channels/{channel_id}/messages/{message_id}")
async def get(call: Call) -> Any:
    channel = place(call)
    channel.require(READ_MESSAGE_HISTORY)
    return shown(call, known(call, channel))


@route("PATCH", "/channels/{channel_id}/messages/{message_id}")
async def edit(call: Call) -> Any:
    channel = place(call)
    message = known(call, channel)
    channel.require_editing()
    if not message.by_bot:
        raise DiscordError(50005)
    compose.edit(message, call.body or {}, call.files)
    return shown(call, message)


@route("DELETE", "/channels/{channel_id}/messages/{message_id}")
async def delete(call: Call) -> Any:
    channel = place(call)
    message = known(call, channel)
    channel.require_editing()
    if not message.by_bot:
        channel.require(MANAGE_MESSAGES)
    call.discord.delete_message(message)
    return Answer(None, 204)
