"""Who the bot is, and where its gateway is."""

from typing import Any

from tests.fakes.discord.api import Call, route
from tests.fakes.discord.errors import DiscordError


@route("GET", "/users/@me")
async def me(call: Call) -> Any:
    about = {"verified": True, "mfa_enabled": False, "email": None, "locale": "en-US"}
    return {**call.discord.bot.payload(), **about}


@route("GET", "/users/@me/guilds")
async def my_guilds(call: Call) -> Any:
    guilds = [guild for guild in call.discord.guilds.values() if not guild.bot_kicked]
    keys = ("id", "name", "icon", "banner", "features")
    return [
        {**{key: guild.summary()[key] for key in keys}, "owner": False, "permissions": str(guild.bot_permissions)}
        for guild in guilds
    ]


@route("GET", "/users/{user_id}")
async def user(call: Call) -> Any:
    person = call.discord.people.get(call.number("user_id", 10013))
    if person is None:
        raise DiscordError(10013)
    return person.payload()


@route("POST", "/users/@me/channels")
async def open_dm(call: Call) -> Any:
    person = call.discord.people.get(int(call.body["recipient_id"]))
    if person is None:
        raise DiscordError(10013)
    if person.bot:
        raise DiscordError(50007)
    return call.discord.dm(person).payload()


@route("GET", "/applications/@me")
@route("GET", "/oauth2/applications/@me")
async def application(call: Call) -> Any:
    discord = call.discord
    return {
        "id": str(discord.application_id),
        "name": discord.bot_name,
        "icon": None,
        "description": "",
        "summary": "",
        "type": None,
        "bot_public": discord.bot_public,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": discord.application_flags,
        "flags_new": str(discord.application_flags),
        "hook": True,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": discord.owner.payload(),
        "team": None,
        "approximate_guild_count": len(discord.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": ["bot", "applications.commands"],
        "install_params": {"scopes": ["applications.commands", "bot"], "permissions": "0"},
        "integration_types_config": {"0": {}},
        "bot": discord.bot.payload(),
    }


@route("GET", "/gateway", open=True)
async def gateway(call: Call) -> Any:
    return {"url": call.discord.gateway_url}


@route("GET", "/gateway/bot")
async def gateway_bot(call: Call) -> Any:
    used = call.discord.gateway.identifies
    limit = {"total": 1000, "remaining": max(0, 1000 - used), "reset_after": 86_400_000, "max_concurrency": 16}
    return {"url": call.discord.gateway_url, "shards": call.discord.shards, "session_start_limit": limit}
