"""The tree of commands."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import (
    check,
    database,
    demo,
    discord,
    jobs,
    ledger,
    limits,
    make,
    models,
    pause,
    run,
    sandbox,
    slack,
    usage,
)
from bot.cli.groups import group
from bot.cli.root import root_of

_VIDEOS, _MONEY, _RUNNING, _TRYING = "Videos", "Money", "Running the bot", "Trying it without a key"


def build() -> typer.Typer:
    """The commands of `videobot`."""
    app = group("Makes videos with Kling models, from this command line or for the people of a chat.")
    app.callback()(_root)
    app.command("make", rich_help_panel=_VIDEOS)(make.make)
    app.add_typer(jobs.build(), name="jobs", rich_help_panel=_VIDEOS)
    app.command("models", rich_help_panel=_VIDEOS)(models.models)
    app.add_typer(limits.build(), name="limits", rich_help_panel=_MONEY)
    app.command("usage", rich_help_panel=_MONEY)(usage.usage)
    app.add_typer(ledger.build(), name="ledger", rich_help_panel=_MONEY)
    app.command("check", rich_help_panel=_RUNNING)(check.check)
    app.command("run", rich_help_panel=_RUNNING)(run.run)
    app.command("pause", rich_help_panel=_RUNNING)(pause.pause)
    app.command("resume", rich_help_panel=_RUNNING)(pause.resume)
    app.add_typer(database.build(), name="db", rich_help_panel=_RUNNING)
    app.add_typer(discord.build(), name="discord", rich_help_panel=_RUNNING)
    app.add_typer(slack.build(), name="slack", rich_help_panel=_RUNNING)
    app.command("sandbox", rich_help_panel=_TRYING)(sandbox.sandbox)
    app.command("demo", rich_help_panel=_TRYING)(demo.demo)
    return app


def _show_version(ctx: typer.Context, wanted: bool) -> None:
    if wanted:
        try:
            number = version("videobot")
        except PackageNotFoundError:  # run from a folder that was never installed
            number = "(not installed)"
        root_of(ctx).screen.say(f"videobot {number}")
        raise typer.Exit


def _root(
    ctx: typer.Context,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE.toml", help="Read settings from this file, too.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Say what happens, and where it breaks.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and end.")
    ] = False,
) -> None:
    root = root_of(ctx)
    root.config, root.verbose = config, verbose
