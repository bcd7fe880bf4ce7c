"""`videobot pause` and `videobot resume`: stop new videos for a while."""

from typing import Annotated

import typer

from bot.cli.root import root_of

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def pause(
    ctx: typer.Context,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; shown to everybody who asks for a video.")] = "",
    as_json: _Json = False,
) -> None:
    """Stop new videos: nothing is accepted, nothing that waits is started. What runs is finished."""
    from bot.cli.pausing import begin_pause

    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: begin_pause(root, settings, reason))


def resume(ctx: typer.Context, as_json: _Json = False) -> None:
    """End a pause: new videos are accepted again, and what waited is started. (One job: videobot jobs resume.)"""
    from bot.cli.pausing import end_pause

    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: end_pause(root, settings))
