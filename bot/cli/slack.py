"""`videobot slack`: what it takes to install the bot in Slack."""

import json
from typing import Annotated

import typer

from bot.cli.groups import group
from bot.cli.root import root_of


def build() -> typer.Typer:
    """The commands of `videobot slack`."""
    app = group("What it takes to install the bot in Slack.")
    app.command("manifest")(manifest)
    app.command("key")(key)
    return app


def manifest(
    ctx: typer.Context,
    http: Annotated[
        str | None,
        typer.Option("--http", metavar="URL", help="Take events by HTTP at this public address; else by Socket Mode."),
    ] = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="What the bot is called in Slack.")] = "videobot",
) -> None:
    """Print the app manifest: paste it at api.slack.com/apps under Create New App, From a manifest."""
    from adapters.slack.manifest import manifest as made
    from bot.cli.errors import bad_input

    if http is not None and not http.startswith("https://"):
        raise bad_input("Slack calls public https addresses only: use --http https://bot.example.com")
    if not 1 <= len(name) <= 35:
        raise bad_input("A name in Slack has 1 to 35 characters.")
    root_of(ctx).screen.out.file.write(json.dumps(made(http, name=name), indent=2, ensure_ascii=False) + "\n")


def key(ctx: typer.Context) -> None:
    """Print a new key for SLACK_TOKEN_KEYS, which encrypts the tokens of several workspaces in the database."""
    from storage.slack_installs import new_key

    root_of(ctx).screen.out.file.write(new_key() + "\n")
