"""`videobot report`: a month on one page, or as lines for a spreadsheet."""

from typing import Annotated

import typer

from bot.cli.root import root_of

GROUPS = ("user", "model", "channel", "day", "gateway", "workspace", "mode")


def report(
    ctx: typer.Context,
    month: Annotated[
        str | None, typer.Option("--month", metavar="MONTH", help="Such as 2026-11. Default: this month.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="|".join(GROUPS), help="Only this table. Default: the first four.")
    ] = None,
    place: Annotated[
        str | None, typer.Option("--in", metavar="WORKSPACE", help="Only this server or workspace, such as discord:1.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option("--zone", metavar="ZONE", help="By whose clock the month begins, such as Asia/Tokyo.")
    ] = None,
    csv: Annotated[
        str | None,
        typer.Option("--csv", metavar="FILE", help="Write one line a job (with --by: a group); - is the output."),
    ] = None,
    bom: Annotated[bool, typer.Option("--bom", help="Begin the file so that spreadsheets see it is UTF-8.")] = False,
    top: Annotated[int, typer.Option("--top", min=1, help="So many users who spent most.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Show what was made in a month and what it cost, by user, model, channel and day."""
    from bot.cli.reporting import Wanted, run_report

    root = root_of(ctx)
    root.as_json = as_json
    wanted = Wanted(month, by, place, zone, csv, bom, top)
    root.run(lambda settings: run_report(root, settings, wanted))
