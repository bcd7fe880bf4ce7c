"""`videobot check`: is everything set up, and does it work? Nothing is billed."""

from typing import Annotated

import typer

from bot.cli.root import root_of


def check(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Check settings, database, keys, balance and model ids; exit code 1 when something does not work."""
    from bot.cli.checking import check_all

    root = root_of(ctx)
    root.as_json = as_json
    check_all(root)
