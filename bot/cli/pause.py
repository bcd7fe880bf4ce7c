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


def drain(
    ctx: typer.Context,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; shown to everybody who asks for a video.")] = "",
    wait: Annotated[bool, typer.Option("--wait", help="Stay until nothing runs any more.")] = False,
    end: Annotated[bool, typer.Option("--end", help="End the drain without replacing the process.")] = False,
    as_json: _Json = False,
) -> None:
    """Before the process is replaced: take and start nothing new, finish what runs. The next one goes on by itself."""
    from bot.cli import draining

    root = root_of(ctx)
    root.as_json = as_json
    if end:
        root.run(lambda settings: draining.end_drain(root, settings))
    else:
        root.run(lambda settings: draining.drain(root, settings, reason, wait=wait))


def resume(ctx: typer.Context, as_json: _Json = False) -> None:
    """End a pause: new videos are accepted again, and what waited is started. (One job: videobot jobs resume.)"""
    from bot.cli.pausing import end_pause

    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: end_pause(root, settings))
