"""Point discord.py at another address than Discord's own: a proxy, or the tests' server on loopback."""

import discord.gateway
import discord.http
import yarl


def redirect(api_base: str, gateway_url: str | None) -> None:
    """From now on clients of this process call `api_base` (".../api/v10") and open their gateway at `gateway_url`.

    None: where that API says. discord.py keeps both on its classes; there is no other place to set them.
    """
    discord.http.Route.BASE = api_base.rstrip("/")
    if gateway_url is not None:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
