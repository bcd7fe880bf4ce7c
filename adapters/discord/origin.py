"""Where a request came from: is the bot allowed to work there, and where do the answers go?"""

from collections.abc import Mapping
from typing import Any

import discord

from adapters.cards.card import Card, Link, Tone, line, point
from adapters.cards.told import told
from adapters.discord.rules import DiscordRules
from bot.generation.catalog import listed
from bot.generation.job import Address

#: Extra keys of an address that stay with a request wherever its buttons are pressed.
KEPT_EXTRA = ("spoiler",)
_SHOWN_CHANNELS = 5


def interaction_address(
    interaction: discord.Interaction[Any], *, response: bool = False, kept: Mapping[str, str] | None = None
) -> Address:
    """Where the answers to an interaction go.

    `response`: its own response is to be the status message. `kept`: extras that go with the request (see KEPT_EXTRA).
    """
    extra = {name: value for name, value in (kept or {}).items() if name in KEPT_EXTRA}
    if response:
        extra["response"] = str(interaction.id)
    if interaction.guild_id is None:
        extra["dm"] = "yes"
    if is_age_restricted(interaction.channel):
        extra["age_restricted"] = "yes"
    channel, thread = _channel_and_thread(interaction.channel, interaction.channel_id)
    return Address(
        platform="discord",
        workspace=str(interaction.guild_id or ""),
        channel=channel,
        thread=thread,
        size_limit=interaction.filesize_limit,
        extra=extra,
    )


def message_address(message: discord.Message) -> Address:
    """Where the answers to a message go: replies to it."""
    channel, thread = _channel_and_thread(message.channel, message.channel.id)
    extra = {} if message.guild else {"dm": "yes"}
    if is_age_restricted(message.channel):
        extra["age_restricted"] = "yes"
    return Address(
        platform="discord",
        workspace=str(message.guild.id if message.guild else ""),
        channel=channel,
        thread=thread,
        message=str(message.id),
        size_limit=message.guild.filesize_limit if message.guild else discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES,
        extra=extra,
    )


def is_age_restricted(channel: object) -> bool:
    """Whether Discord shows this channel to adults only; a thread is as its channel is, and nothing is known of one
    whose channel is not cached."""
    return isinstance(channel, discord.abc.GuildChannel | discord.Thread) and bool(
        getattr(channel, "is_nsfw", lambda: False)()
    )


def posting_channel(address: Address) -> int:
    """The channel (or thread) that messages of this address are posted in."""
    return int(address.thread or address.channel)


def wrong_place(rules: DiscordRules, guild_id: int | None, channel: object) -> Card | None:
    """Why videos cannot be asked for here; None when they can."""
    if guild_id is None:
        words = "This bot takes no direct messages: ask in a server it is in."
        return None if rules.direct_messages else told(words, Tone.WARNING)
    if not works_in(rules, guild_id):
        return told("This bot does not work in this server: ask its operator to add the server.", Tone.WARNING)
    here = {int(part) for part in _channel_and_thread(channel, None) if part}
    if not rules.channels or rules.channels & here:
        return None
    open_here = _channels_of(rules, guild_id, channel)
    if not open_here:
        return told("Videos cannot be asked for in this server: ask the bot's operator to add a channel.", Tone.WARNING)
    return Card((line("Videos can be asked for in these channels only:"), *map(point, open_here)), tone=Tone.WARNING)


def _channels_of(rules: DiscordRules, guild_id: int, channel: object) -> list[Link]:
    """Links to the channels of this server where videos can be asked for."""
    guild = getattr(channel, "guild", None)
    if not isinstance(guild, discord.Guild):
        return []
    found = [guild.get_channel_or_thread(channel_id) for channel_id in sorted(rules.channels)]
    known = [each for each in found if each is not None][:_SHOWN_CHANNELS]
    return [Link(f"#{each.name}", f"https://discord.com/channels/{guild_id}/{each.id}") for each in known]


def works_in(rules: DiscordRules, guild_id: int | None) -> bool:
    """Whether the bot works in this server (None: in direct messages) at all."""
    if guild_id is None:
        return rules.direct_messages
    return not rules.servers or guild_id in rules.servers


def cannot_post(interaction: discord.Interaction[Any]) -> Card | None:
    """Which permission the bot lacks to show a video here; None when it lacks none.

    Asked before anything is accepted: what cannot be shown is not to be paid for.
    """
    if interaction.guild_id is None:
        return None
    has = interaction.app_permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    needed = {
        "View Channel": has.view_channel,
        "Send Messages in Threads" if in_thread else "Send Messages": (
            has.send_messages_in_threads if in_thread else has.send_messages
        ),
        "Attach Files": has.attach_files,
    }
    missing = [name for name, given in needed.items() if not given]
    if not missing:
        return None
    return told(
        f"The bot could not show a video here: it lacks the permission {listed(missing, 'and')} in this channel. "
        "Ask in another channel, or ask an admin of the server. Nothing was accepted.",
        Tone.WARNING,
    )


def _channel_and_thread(channel: object, channel_id: int | None) -> tuple[str, str]:
    if isinstance(channel, discord.Thread):
        return str(channel.parent_id), str(channel.id)
    return str(getattr(channel, "id", channel_id) or ""), ""
