"""`videobot demo`: the main job on the built-in sandbox, with no key and at no cost."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.root import root_of


def demo(
    ctx: typer.Context,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where the videos go; those of an earlier demo are replaced.")
    ] = Path("demo-videos"),
) -> None:
    """Make two videos on a gateway that runs here: one from words, one from a first and a last picture."""
    from bot.cli.showpiece import show_off

    root = root_of(ctx)
    root.run_without_settings(lambda: show_off(root, out), log_level=logging.ERROR)
