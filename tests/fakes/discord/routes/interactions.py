"""First responses, and messages through the interaction's token."""

from typing import Any

from tests.fakes.discord import compose
from tests.fakes.discord import interactions as kinds
from tests.fakes.discord.api import Answer, Call, route
from tests.fakes.discord.components import numbered
from tests.fakes.discord.errors import DiscordError
from tests.fakes.discord.interactions import Interaction
from tests.fakes.discord.messages import (
    CHAT_INPUT_COMMAND,
    CONTEXT_MENU_COMMAND,
    EPHEMERAL,
    LOADING,
    REPLY,
    FakeMessage,
)


@route("POST", "/interactions/{interaction_id}/{interaction_token}/callback", open=True)
async def callback(call: Call) -> Any:
    discord = call.discord
    used = discord.interactions.by_token.get(call.args["interaction_token"])
    if used is None or str(used.id) != call.args["interaction_id"]:
        raise DiscordError(10062)
    used.require_unanswered()
    kind, data = call.body["type"], call.body.get("data") or {}
    message: FakeMessage | None = None
    if kind == kinds.MESSAGE:
        used.ephemeral = bool((data.get("flags") or 0) & EPHEMERAL)
        message = used.message = _post(used, data, call)
    elif kind == kinds.DEFERRED_MESSAGE:
        used.ephemeral = bool((data.get("flags") or 0) & EPHEMERAL)
        message = used.message = _loading(used)
    elif kind == kinds.DEFERRED_UPDATE:
        message = used.message = used.source
    elif kind == kinds.UPDATE:
        message = used.message = used.source
        assert message is not None
        compose.edit(message, data, call.files)
        used.tell(message)
    elif kind == kinds.CHOICES:
        used.choices = data["choices"]
    elif kind == kinds.MODAL:
        numbered(data["components"])
        used.show(data)
    used.answer(kind)
    if call.query.get("with_response", "").lower() not in ("1", "true"):
        return None
    about: dict[str, Any] = {"id": str(used.id), "type": used.kind, "channel_id": str(used.channel.id)}
    if used.channel.guild is not None:
        about["guild_id"] = str(used.channel.guild.id)
    if message is not None:
        about |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.loading,
            "response_message_ephemeral": message.ephemeral,
        }
        if kind in (kinds.MESSAGE, kinds.UPDATE):
            resource = {"type": kind, "message": message.payload(privileged=True)}
            return {"interaction": about, "resource": resource}
    return {"interaction": about}


def _kind(used: Interaction) -> int:
    if used.kind == kinds.COMMAND:
        return CHAT_INPUT_COMMAND if used.data["type"] == 1 else CONTEXT_MENU_COMMAND
    return REPLY if used.source is not None else 0


def _post(used: Interaction, data: dict[str, Any], call: Call) -> FakeMessage:
    message = compose.post(
        used.discord,
        used.channel,
        data,
        call.files,
        reply_to=used.source if used.source is not None and not used.source.deleted else None,
        ephemeral_for=used.person if used.ephemeral else None,
        interaction=used.metadata(),
        kind=_kind(used),
    )
    used.tell(message)
    return message


def _loading(used: Interaction) -> FakeMessage:
    """The message that says that the application is thinking."""
    discord = used.discord
    message = FakeMessage(
        discord,
        discord.ids.new(),
        used.channel,
        discord.bot,
        discord.now(),
        flags=LOADING,
        kind=_kind(used),
        ephemeral_for=used.person if used.ephemeral else None,
        interaction=used.metadata(),
    )
    discord.post(message)
    return message


def _used(call: Call) -> Interaction:
    if call.args["webhook_id"] != str(call.discord.application_id):
        raise DiscordError(10015)
    used = call.discord.interactions.find(call.args["webhook_token"])
    used.require_token()
    return used


def _known(call: Call, used: Interaction) -> FakeMessage:
    if call.args["message_id"] == "@original":
        message = used.message
    else:
        number = call.number("message_id", 10008)
        mine = [used.message, *used.followups]
        message = next((one for one in mine if one is not None and one.id == number), None)
    if message is None or message.deleted or message.channel.deleted:
        raise DiscordError(10008)
    return message


@route("POST", "/webhooks/{webhook_id}/{webhook_token}", open=True)
async def follow_up(call: Call) -> Any:
    used = _used(call)
    if used.channel.deleted:
        raise DiscordError(10003)
    body = call.body or {}
    if used.message is not None and used.message.loading:
        if used.message.deleted:  # somebody removed it while the application was thinking: discord-api-docs#3087
            raise DiscordError(10008)
        # The first follow-up to a deferred response takes its place, and stays as private as it was.
        compose.finish(used.message, body, call.files)
        message = used.message
    else:
        first, used.ephemeral = used.ephemeral, bool((body.get("flags") or 0) & EPHEMERAL)
        try:
            message = compose.post(
                used.discord,
                used.channel,
                body,
                call.files,
                reply_to=used.message if used.message is not None and not used.message.deleted else None,
                ephemeral_for=used.person if used.ephemeral else None,
                interaction=used.metadata(),
                kind=REPLY,
            )
        finally:
            used.ephemeral = first
        used.followups.append(message)
    used.tell(message)
    return message.payload(privileged=True)


@route("GET", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", open=True)
async def get(call: Call) -> Any:
    return _known(call, _used(call)).payload(privileged=True)


@route("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", open=True)
async def edit(call: Call) -> Any:
    used = _used(call)
    message = _known(call, used)
    if message.loading:
        compose.finish(message, call.body or {}, call.files)
    else:
        compose.edit(message, call.body or {}, call.files)
    used.tell(message)
    return message.payload(privileged=True)


@route("DELETE", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", open=True)
async def delete(call: Call) -> Any:
    message = _known(call, _used(call))
    call.discord.delete_message(message)
    message.flags &= ~LOADING
    return Answer(None, 204)
