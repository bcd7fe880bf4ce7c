"""The tree of commands."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import (
    backup,
    check,
    database,
    demo,
    discord,
    forget,
    gateways,
    health,
    jobs,
    ledger,
    limits,
    make,
    models,
    pause,
    report,
    ruling,
    run,
    sandbox,
    slack,
    usage,
)
from bot.cli.groups import group
from bot.cli.root import root_of

_VIDEOS, _MONEY, _RULING = "Videos", "Money", "Who may ask for what"
_RUNNING, _TRYING = "Running the bot", "Trying it without a key"


def build() -> typer.Typer:
    """The commands of `videobot`."""
    app = group("Makes videos with Kling models, from this command line or for the people of a chat.")
    app.callback()(_root)
    app.command("make", rich_help_panel=_VIDEOS)(make.make)
    app.add_typer(jobs.build(), name="jobs", rich_help_panel=_VIDEOS)
    app.command("models", rich_help_panel=_VIDEOS)(models.models)
    app.add_typer(limits.build(), name="limits", rich_help_panel=_MONEY)
    app.command("usage", rich_help_panel=_MONEY)(usage.usage)
    app.command("report", rich_help_panel=_MONEY)(report.report)
    app.add_typer(ledger.build(), name="ledger", rich_help_panel=_MONEY)
    app.command("reset", rich_help_panel=_MONEY)(ruling.reset)
    app.command("approvals", rich_help_panel=_RULING)(ruling.approvals)
    app.command("approve", rich_help_panel=_RULING)(ruling.approve)
    app.command("decline", rich_help_panel=_RULING)(ruling.decline)
    app.command("ban", rich_help_panel=_RULING)(ruling.ban)
    app.command("unban", rich_help_panel=_RULING)(ruling.unban)
    app.command("bans", rich_help_panel=_RULING)(ruling.bans)
    app.command("close", rich_help_panel=_RULING)(ruling.close)
    app.command("open", rich_help_panel=_RULING)(ruling.open_)
    app.add_typer(ruling.rules(), name="rules", rich_help_panel=_RULING)
    app.command("zone", rich_help_panel=_RULING)(ruling.zone)
    app.command("audit", rich_help_panel=_RULING)(ruling.audit)
    app.command("forget", rich_help_panel=_RULING)(forget.forget)
    app.command("check", rich_help_panel=_RUNNING)(check.check)
    app.command("run", rich_help_panel=_RUNNING)(run.run)
    app.command("backup", rich_help_panel=_RUNNING)(backup.backup)
    app.command("restore", rich_help_panel=_RUNNING)(backup.restore)
    app.command("health", rich_help_panel=_RUNNING)(health.health)
    app.add_typer(gateways.build(), name="gateways", rich_help_panel=_RUNNING)
    app.command("pause", rich_help_panel=_RUNNING)(pause.pause)
    app.command("resume", rich_help_panel=_RUNNING)(pause.resume)
    app.command("drain", rich_help_panel=_RUNNING)(pause.drain)
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
