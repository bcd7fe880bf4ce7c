"""Points the unmodified discord.py at a fake."""

from collections.abc import Iterator
from contextlib import contextmanager

import yarl

import discord.gateway
import discord.http
from tests.fakes.discord.server import FakeDiscord


@contextmanager
def redirected(fake: FakeDiscord) -> Iterator[None]:
    """Within it discord.py speaks to the fake; afterwards its two addresses are what they were."""
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    discord.http.Route.BASE = fake.api_base
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(fake.gateway_url)
    try:
        yield
    finally:
        discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = base, gateway
