"""Who acts: a Discord user or member as the desk's Actor.

What is made is paid by the operator, so "may manage the server" makes an admin only where the operator means that
server: one named in the settings, or the only one the bot is in. Otherwise anybody could add the bot to a server of
their own and give themselves its limits. An admin rules their own server; what holds for all servers (everyone's
limits, models, pauses) is for the people named in the settings, and for the admins of a bot that serves one server.
"""

from collections.abc import Iterable
from typing import Any

import discord

from adapters.desk import Actor
from adapters.discord.origin import interaction_address, message_address
from adapters.discord.rules import DiscordRules
from bot.generation.job import Address, Requester


def actor_of(interaction: discord.Interaction[Any], rules: DiscordRules) -> Actor:
    """Who used a command, sent a form or pressed a button."""
    may = interaction.permissions
    return _actor(interaction.user, may, interaction_address(interaction), rules, interaction.client)


def author_of(message: discord.Message, rules: DiscordRules, client: discord.Client) -> Actor:
    """Who wrote a message."""
    may = discord.Permissions.none()
    if isinstance(message.author, discord.Member):
        # In a thread that is not cached there are no permissions to look up: then nobody moderates it.
        channel = message.channel
        if isinstance(channel, discord.abc.GuildChannel | discord.Thread) and message.guild is not None:
            try:
                may = channel.permissions_for(message.author)
            except discord.ClientException:
                may = message.author.guild_permissions
    return _actor(message.author, may, message_address(message), rules, client)


def _actor(
    user: discord.User | discord.Member,
    may: discord.Permissions,
    address: Address,
    rules: DiscordRules,
    client: discord.Client,
) -> Actor:
    roles = tuple(role_id for role_id in _roles(user) if str(role_id) != address.workspace)  # without @everyone
    server = int(address.workspace or 0)
    is_admin = _is_admin(user.id, roles, may, server, rules, client)
    requester = Requester(
        platform="discord",
        user=str(user.id),
        workspace=address.workspace,
        channel=address.channel,
        roles=tuple(str(role_id) for role_id in roles),
    )
    return Actor(
        requester,
        name=user.display_name,
        is_admin=is_admin,
        is_moderator=may.manage_messages,
        is_operator=user.id in rules.admins or (is_admin and _is_the_only_one(server, rules, client)),
    )


def _roles(user: discord.User | discord.Member) -> Iterable[int]:
    # `Member.roles` leaves out roles that are not cached; the ids are what counts.
    return user._roles if isinstance(user, discord.Member) else ()


def _is_admin(
    user_id: int,
    roles: Iterable[int],
    may: discord.Permissions,
    server: int,
    rules: DiscordRules,
    client: discord.Client,
) -> bool:
    if user_id in rules.admins:
        return True
    if not server:
        return False
    if rules.admin_roles:
        return not rules.admin_roles.isdisjoint(roles)
    return may.manage_guild and (server in rules.servers or _is_the_only_one(server, rules, client))


def _is_the_only_one(server: int, rules: DiscordRules, client: discord.Client) -> bool:
    """Whether this bot serves no other server."""
    if rules.servers:
        return rules.servers == {server}
    return client.shard_count in (None, 1) and [guild.id for guild in client.guilds] == [server]
