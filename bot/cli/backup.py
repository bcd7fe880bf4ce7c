"""`videobot backup` and `videobot restore`: a copy of everything, while the bot runs; and back."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.root import root_of

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def backup(
    ctx: typer.Context,
    target: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new or empty folder.", show_default=False)],
    media: Annotated[bool, typer.Option("--media", help="Copy images and videos, too.")] = False,
    as_json: _Json = False,
) -> None:
    """Copy the database (and with --media the files) to a folder, while the bot runs, and prove the copy."""
    from bot.cli.backing_up import back_up

    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: back_up(root, settings, target, with_media=media))


def restore(
    ctx: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="FOLDER", help="What backup made.", show_default=False)],
    as_json: _Json = False,
) -> None:
    """Put a backup in the place of a database that is not there (any more); the bot must not run."""
    from bot.cli.backing_up import put_back

    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: put_back(root, settings, source))
