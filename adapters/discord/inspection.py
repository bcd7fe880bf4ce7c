"""What `videobot check` asks Discord: is the token right, what is the bot allowed where, and the invite link."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import aiohttp
import discord

#: What the bot needs in a channel, with the words Discord's own settings use.
NEEDED = {
    "view_channel": "View Channels",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}
FOR_THREADS = {"create_public_threads": "Create Public Threads"}
_Client = TypeVar("_Client", bound=discord.Client)
MOST_SERVERS = 200  # one page of the list; a bot on more servers has other tools


class DiscordRefusedError(Exception):
    """Discord cannot be asked; the message is one sentence with what to do."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server the bot is in, and the permissions it lacks there (channels may take more away)."""

    id: str
    name: str
    missing: tuple[str, ...]
    takes_commands: bool


@dataclass(frozen=True, slots=True)
class Inspection:
    """What Discord says about the bot."""

    name: str
    application_id: str
    invite: str
    reads_content: bool  # the Message Content Intent is switched on in the developer portal
    commands: tuple[str, ...]  # registered everywhere
    servers: tuple[Server, ...]


def needed(*, threads: bool) -> dict[str, str]:
    """The permissions the bot needs: discord.py's name -> the name people see."""
    return {**NEEDED, **(FOR_THREADS if threads else {})}


def invite_link(application_id: int, *, threads: bool) -> str:
    """The link that adds the bot to a server with what it needs."""
    permissions = discord.Permissions(**dict.fromkeys(needed(threads=threads), True))
    return discord.utils.oauth_url(application_id, permissions=permissions, scopes=("bot", "applications.commands"))


async def inspect(token: str, *, threads: bool) -> Inspection:
    """Ask Discord by its REST API; no gateway connection is made. Raises DiscordRefusedError."""
    async with logged_in(discord.Client(intents=discord.Intents.none()), token) as client:
        return await _look_around(client, threads=threads)


@asynccontextmanager
async def logged_in(client: _Client, token: str) -> AsyncIterator[_Client]:
    """The client, able to call Discord's REST API. Raises DiscordRefusedError for everything that goes wrong there."""
    try:
        async with client:
            await client.login(token)
            yield client
    except discord.LoginFailure:
        raise DiscordRefusedError(
            "Discord does not accept the token; copy it from the Bot page of the developer portal to DISCORD_TOKEN."
        ) from None
    except discord.HTTPException as error:
        raise DiscordRefusedError(f"Discord answered with status {error.status}; try again in a minute.") from None
    except (aiohttp.ClientError, OSError, TimeoutError):
        raise DiscordRefusedError(
            "Discord cannot be reached; look at this machine's network, and at DISCORD_API_BASE if it is set."
        ) from None


async def _look_around(client: discord.Client, *, threads: bool) -> Inspection:
    application = await client.application_info()
    flags = application.flags
    registered = await client.http.get_global_commands(application.id)
    return Inspection(
        name=str(client.user),
        application_id=str(application.id),
        invite=invite_link(application.id, threads=threads),
        reads_content=flags.gateway_message_content or flags.gateway_message_content_limited,
        commands=tuple(command["name"] for command in registered),
        servers=tuple(await _servers(client, application.id, threads=threads)),
    )


async def _servers(client: discord.Client, application_id: int, *, threads: bool) -> Sequence[Server]:
    servers = []
    # The list itself says what the bot may do; discord.py's own Guild objects leave that out.
    for found in await client.http.get_guilds(MOST_SERVERS, with_counts=False):
        has = discord.Permissions(int(found["permissions"]))
        missing = [words for name, words in needed(threads=threads).items() if not getattr(has, name)]
        servers.append(
            Server(
                id=str(found["id"]),
                name=found["name"],
                missing=() if has.administrator else tuple(missing),
                takes_commands=await _takes_commands(client, application_id, int(found["id"])),
            )
        )
    return servers


async def _takes_commands(client: discord.Client, application_id: int, server: int) -> bool:
    """False where the bot was added without the scope applications.commands."""
    try:
        await client.http.get_guild_commands(application_id, server)
    except discord.Forbidden:
        return False
    return True
