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
    page: Annotated[
        bool, typer.Option("--page/--no-page", help="With the chat page, or on the command line alone.")
    ] = True,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="The port of the page; another one when it is in use.")
    ] = 8765,
) -> None:
    """Make two videos on a gateway that runs here: one from words, one from a first and a last picture.

    With the chat page, which stays open for videos of your own until Ctrl-C where a person sits at the terminal.
    """
    root = root_of(ctx)
    if page:
        from bot.cli.page_demo import show_page

        root.run_without_settings(lambda: show_page(root, out, port), log_level=logging.ERROR)
        return
    from bot.cli.showpiece import show_off

    root.run_without_settings(lambda: show_off(root, out), log_level=logging.ERROR)
