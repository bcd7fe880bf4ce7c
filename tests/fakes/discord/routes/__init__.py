"""The routes of the REST API."""

from tests.fakes.discord.routes import account, channels, commands, guilds, interactions, messages

__all__ = ["account", "channels", "commands", "guilds", "interactions", "messages"]
