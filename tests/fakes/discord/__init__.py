"""A fake Discord on loopback: REST v10, gateway v10 and the CDN.

Written from Discord's documents (https://docs.discord.com/developers) and not from the adapter; it imports nothing of
the bot.
"""

from tests.fakes.discord import permissions
from tests.fakes.discord.channels import Channel, DirectMessages, TextChannel, Thread
from tests.fakes.discord.components import Button
from tests.fakes.discord.guilds import Guild, Role
from tests.fakes.discord.interactions import Interaction, Modal
from tests.fakes.discord.messages import FakeMessage
from tests.fakes.discord.people import Person
from tests.fakes.discord.reading import transcript
from tests.fakes.discord.server import FakeDiscord
from tests.fakes.discord.uploads import Attachment, Upload

__all__ = [
    "Attachment",
    "Button",
    "Channel",
    "DirectMessages",
    "FakeDiscord",
    "FakeMessage",
    "Guild",
    "Interaction",
    "Modal",
    "Person",
    "Role",
    "TextChannel",
    "Thread",
    "Upload",
    "permissions",
    "transcript",
]
