"""`videobot forget`."""

from typing import Annotated

import typer

from bot.cli.root import root_of


def forget(
    ctx: typer.Context,
    user: Annotated[str, typer.Argument(metavar="USER", help="Such as discord:42 or shell:anna.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Erase everything that is kept of a user but the sums: videobot forget discord:42"""
    from bot.cli.forgetting import forget_user
    from bot.cli.people import person_key

    root, key = root_of(ctx), person_key(user)
    root.as_json = as_json
    root.run(lambda settings: forget_user(root, settings, key, sure=yes))
