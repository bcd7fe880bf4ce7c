"""Look for a message of ours that a crash left without a reference."""

import discord

from adapters.discord.layout import is_marked, mark_of
from adapters.discord.trouble import Kind, Trouble, tried
from bot.generation.job import Job, Purpose

#: Messages of one place that are looked through, oldest first: ten calls.
MOST = 1000
CLOCKS_DIFFER = 300.0  # seconds our clock and Discord's may be apart


def begins_at(job: Job, status: int | None) -> discord.Object:
    """The moment, as an id of Discord, after which the message must have been posted: ids grow with time, and Discord's
    own are better than our clock."""
    known = (status, job.address.extra.get("response"), job.address.message)
    ids = [int(each) for each in known if each]
    if ids:
        return discord.Object(ids[0])
    milliseconds = int((job.accepted_at - CLOCKS_DIFFER) * 1000) - discord.utils.DISCORD_EPOCH
    return discord.Object(max(0, milliseconds) << 22)


async def find_in(
    channel: discord.PartialMessageable, me: int, job: Job, purpose: Purpose, after: discord.Object
) -> int | None:
    """The id of our message in this place. None when it is not there, or when the place (or its history) cannot be
    read. Raises Trouble: LATER, LOST.

    Known by the mark of its container, by its nonce, or as the response to the interaction that began the job.
    """
    mark = mark_of(job.id, purpose)
    response = job.address.extra.get("response") if purpose is Purpose.STATUS else None

    async def look() -> int | None:
        async for message in channel.history(limit=MOST, after=after, oldest_first=True):
            if message.author.id != me:
                continue
            if is_marked(message, mark) or message.nonce == nonce_of(job.id, purpose):
                return message.id
            asked = message.interaction_metadata
            if response and asked is not None and str(asked.id) == response:
                return message.id
        return None

    try:
        return await tried(look())
    except Trouble as trouble:
        if trouble.kind in (Kind.LATER, Kind.LOST):
            raise
        return None


def nonce_of(job_id: str, purpose: Purpose) -> str:
    """What keeps Discord from posting the same message twice within a few minutes; at most 25 characters."""
    return f"{purpose[0]}{job_id}"
