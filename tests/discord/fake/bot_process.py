"""A little bot in a process of its own, for tests that kill it; its arguments are API base, gateway and token."""

import sys

import discord as dpy
import yarl
from discord import app_commands


def main(api_base: str, gateway_url: str, token: str) -> None:
    """/work answers, posts, and answers the post's button whatever process posted it."""
    dpy.http.Route.BASE = api_base
    dpy.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
    client = dpy.Client(intents=dpy.Intents.default(), guild_ready_timeout=0.05)
    tree = app_commands.CommandTree(client)

    @tree.command(description="Work")
    async def work(interaction: dpy.Interaction) -> None:
        await interaction.response.send_message("working")
        view = dpy.ui.View(timeout=None)
        view.add_item(dpy.ui.Button(label="Again", custom_id="again"))
        await client.get_partial_messageable(interaction.channel_id).send("result", view=view, nonce="work-1")

    @client.event
    async def on_interaction(interaction: dpy.Interaction) -> None:
        if interaction.type is dpy.InteractionType.component:
            await interaction.response.send_message("pressed", ephemeral=True)

    @client.event
    async def setup_hook() -> None:
        await tree.sync()

    client.run(token, log_handler=None)


if __name__ == "__main__":
    main(*sys.argv[1:4])
