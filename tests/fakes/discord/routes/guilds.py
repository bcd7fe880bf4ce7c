"""Servers, members, roles."""

from typing import Any

from tests.fakes.discord.api import Call, route
from tests.fakes.discord.errors import DiscordError
from tests.fakes.discord.guilds import Guild


def place(call: Call) -> Guild:
    """The server of the path; raises 10004, or 50001 where the bot is no member."""
    guild = call.discord.guilds.get(call.number("guild_id", 10004))
    if guild is None:
        raise DiscordError(10004)
    if guild.bot_kicked:
        raise DiscordError(50001)
    return guild


@route("GET", "/guilds/{guild_id}")
async def get_guild(call: Call) -> Any:
    return place(call).summary()


@route("GET", "/guilds/{guild_id}/channels")
async def guild_channels(call: Call) -> Any:
    return [channel.payload() for channel in place(call).channels if not channel.deleted]


@route("GET", "/guilds/{guild_id}/roles")
async def roles(call: Call) -> Any:
    return [role.payload() for role in place(call).roles]


@route("GET", "/guilds/{guild_id}/threads/active")
async def active_threads(call: Call) -> Any:
    return {"threads": [thread.payload() for thread in place(call).threads if thread.active], "members": []}


@route("GET", "/guilds/{guild_id}/members/{user_id}")
async def member(call: Call) -> Any:
    guild = place(call)
    person = call.discord.people.get(call.number("user_id", 10013))
    if person is None:
        raise DiscordError(10013)
    if person is call.discord.bot:
        return guild.bot_member_payload()
    if person not in guild.members:
        raise DiscordError(10007)
    return guild.member_payload(person)
