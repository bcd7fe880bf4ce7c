"""`videobot discord`: register the commands by hand, print the invite link."""

from typing import TYPE_CHECKING

import typer

from bot.cli.groups import group
from bot.cli.root import Root, root_of

if TYPE_CHECKING:
    from bot.settings import Settings


def build() -> typer.Typer:
    """The group `discord`."""
    app = group("The Discord side.")
    app.command("sync")(sync)
    app.command("invite")(invite)
    return app


def sync(ctx: typer.Context) -> None:
    """Register the commands with Discord now; `videobot run` does so by itself when they changed."""
    root = root_of(ctx)
    root.run(lambda settings: _sync(root, settings))


def invite(ctx: typer.Context) -> None:
    """Print the link that adds the bot to a server."""
    root = root_of(ctx)
    root.run(lambda settings: _invite(root, settings))


async def _sync(root: Root, settings: "Settings") -> int:
    from adapters.cards.words import counted
    from adapters.discord.inspection import DiscordRefusedError
    from bot.cli.errors import CommandError
    from bot.discord_side import register_commands

    _token(settings)
    async with root.open(settings, run_jobs=False) as app:
        try:
            count = await register_commands(app)
        except DiscordRefusedError as error:
            raise CommandError(f"Discord: {error}") from None
    root.screen.say(
        f"Registered {counted(count, 'command')}. Discord may take a minute to show them; reload it (Ctrl+R)."
    )
    return 0


async def _invite(root: Root, settings: "Settings") -> int:
    from adapters.discord.inspection import DiscordRefusedError, inspect
    from adapters.discord.redirect import redirect
    from bot.cli.errors import CommandError

    token = _token(settings)
    redirect(settings.discord_api_base, settings.discord_gateway_url)
    try:
        found = await inspect(token, threads=settings.thread_per_job)
    except DiscordRefusedError as error:
        raise CommandError(f"Discord: {error}") from None
    root.screen.say(found.invite)
    return 0


def _token(settings: "Settings") -> str:
    from bot.cli.errors import bad_input

    if settings.discord_token is None:
        raise bad_input("DISCORD_TOKEN is not set: copy it from the Bot page of Discord's developer portal.")
    return settings.discord_token.get_secret_value()
