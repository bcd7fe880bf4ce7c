"""The commands are registered with Discord only when they changed: it takes 200 new names a day and no more."""

import hashlib
import json
from typing import Any

import discord
from discord import app_commands

from bot.generation.ports import Store

_NAME = "discord.commands"


def payload_of(tree: app_commands.CommandTree[Any]) -> list[dict[str, Any]]:
    """The commands as Discord is told them."""
    return [command.to_dict(tree) for command in tree.get_commands()]


async def sync(tree: app_commands.CommandTree[Any], store: Store) -> bool:
    """Register the commands of a logged-in client, if they changed since this database last saw them.

    True when they were registered. Raises discord.HTTPException, app_commands.CommandSyncFailure, StoreError.
    """
    mark = _mark(tree, tree.client.application_id)
    if await store.remembered(_NAME) == mark:
        return False
    await tree.sync()
    await store.remember(_NAME, mark)
    return True


async def register(tree: app_commands.CommandTree[Any], client: discord.Client, store: Store) -> int:
    """Register the commands whether they changed or not, over another logged-in client; how many there are. Raises
    discord.HTTPException, StoreError."""
    payload = payload_of(tree)
    application_id = (await client.application_info()).id
    await client.http.bulk_upsert_global_commands(application_id, payload)
    await store.remember(_NAME, _mark(tree, application_id))
    return len(payload)


def _mark(tree: app_commands.CommandTree[Any], application_id: int | None) -> str:
    text = json.dumps(payload_of(tree), sort_keys=True)
    return f"{application_id}:{hashlib.sha256(text.encode()).hexdigest()}"
