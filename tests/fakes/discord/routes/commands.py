"""Registering application commands."""

from typing import Any

from tests.fakes.discord.api import Answer, Call, route
from tests.fakes.discord.errors import DiscordError
from tests.fakes.discord.routes.guilds import place as guild_of

GLOBAL = "/applications/{application_id}/commands"
GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"


def _place(call: Call) -> int | None:
    if call.args["application_id"] != str(call.discord.application_id):
        raise DiscordError(20012, 403, "You are not authorized to perform this action on this application")
    return guild_of(call).id if "guild_id" in call.args else None


@route("GET", GLOBAL)
@route("GET", GUILD)
async def list_commands(call: Call) -> Any:
    return call.discord.commands.of(_place(call))


@route("PUT", GLOBAL)
@route("PUT", GUILD)
async def overwrite(call: Call) -> Any:
    return call.discord.commands.overwrite(_place(call), call.body or [])


@route("POST", GLOBAL)
@route("POST", GUILD)
async def upsert(call: Call) -> Any:
    command, new = call.discord.commands.upsert(_place(call), call.body)
    return Answer(command, 201 if new else 200)


@route("GET", GLOBAL + "/{command_id}")
@route("GET", GUILD + "/{command_id}")
async def get_command(call: Call) -> Any:
    return call.discord.commands.find(_place(call), call.args["command_id"])


@route("PATCH", GLOBAL + "/{command_id}")
@route("PATCH", GUILD + "/{command_id}")
async def change(call: Call) -> Any:
    return call.discord.commands.change(_place(call), call.args["command_id"], call.body)


@route("DELETE", GLOBAL + "/{command_id}")
@route("DELETE", GUILD + "/{command_id}")
async def delete(call: Call) -> Any:
    call.discord.commands.delete(_place(call), call.args["command_id"])
    return Answer(None, 204)


@route("GET", GUILD + "/permissions")
async def permissions(call: Call) -> Any:
    _place(call)
    return []  # nobody changed who sees which command
