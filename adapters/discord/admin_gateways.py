"""/video-admin gateways: how they stand, and which ones new videos go to."""

from typing import Any

import discord
from discord import app_commands

from adapters.desk import Desk
from adapters.desk.panel import Switch
from adapters.discord.admin_acting import Acting
from adapters.discord.options import MOST_CHOICES, Given, Option, slash

_ACTS = (
    app_commands.Choice(name="use it first", value=Switch.USE.value),
    app_commands.Choice(name="start", value=Switch.START.value),
    app_commands.Choice(name="stop", value=Switch.STOP.value),
)


class Gateways:
    """The command. The desk knows who may."""

    def __init__(self, desk: Desk, acting: Acting) -> None:
        self._desk, self._acting = desk, acting

    def command(self) -> app_commands.Command[Any, ..., None]:
        """/video-admin gateways."""
        return slash(
            "gateways",
            "How the gateways stand; with both options: which ones new videos go to",
            self._gateways,
            (
                Option("gateway", "Which gateway", app_commands.Range[str, 1, 40], complete=self._names),
                Option("act", "Take new videos first, again, or none", str, choices=_ACTS),
            ),
        )

    async def _gateways(self, interaction: discord.Interaction[Any], given: Given) -> None:
        actor = self._acting.actor(interaction)
        if "gateway" in given and "act" in given:
            switching = self._desk.switch_gateway(actor, given["gateway"], Switch(given["act"]))
            await self._acting.say(interaction, switching)
        else:
            await self._acting.say(interaction, self._desk.gateways(actor))

    async def _names(self, interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[Any]]:
        names = self._desk.gateway_names(self._acting.actor(interaction))
        typed = current.strip().lower()
        return [app_commands.Choice(name=name, value=name) for name in names if typed in name][:MOST_CHOICES]
