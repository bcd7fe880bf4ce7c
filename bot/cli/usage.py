"""`videobot usage`: what was made and what it cost."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.root import Root, root_of

if TYPE_CHECKING:
    from bot.settings import Settings

_GROUPS = ("user", "model", "gateway", "channel", "workspace", "day")


def usage(
    ctx: typer.Context,
    by: Annotated[str, typer.Option(metavar="|".join(_GROUPS), help="What to add up by.")] = "user",
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="From this day on, such as 2026-11-01. Default: this month.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Up to this day and with it. Default: today.")
    ] = None,
    top: Annotated[int | None, typer.Option(min=1, help="Only so many, those that cost most.")] = None,
    balance: Annotated[
        bool, typer.Option("--balance", help="What the gateways took from their accounts, beside what was booked.")
    ] = False,
    chart: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw it as a picture, too; the file is written over.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Show what was asked for in a time, what it took from the limits and what it cost."""
    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: _usage(root, settings, by, since, until, top, chart, with_balance=balance))


async def _usage(
    root: Root,
    settings: "Settings",
    by: str,
    since: str | None,
    until: str | None,
    top: int | None,
    chart: Path | None,
    *,
    with_balance: bool,
) -> int:
    from zoneinfo import ZoneInfo

    from adapters.cards.usage import bill_difference, usage_rows
    from adapters.charts.usage_chart import usage_chart
    from bot.cli.books import read_books, show_books
    from bot.cli.charting import chart_path, write_chart
    from bot.cli.documents import usage_document, when
    from bot.cli.errors import bad_input
    from bot.cli.tables import add_rows, table

    if by not in _GROUPS:
        raise bad_input(f'--by is one of {", ".join(_GROUPS)}, not "{by}".')
    picture = None if chart is None else chart_path(chart)
    if picture is not None and with_balance:
        raise bad_input("--chart draws what was used: give it without --balance.")
    zone = ZoneInfo(settings.time_zone)
    first, last = _day("--since", since), _day("--until", until)
    async with root.open(settings, run_jobs=False) as app:
        today = datetime.fromtimestamp(app.clock.now(), zone).replace(hour=0, minute=0, second=0, microsecond=0)
        start = first.replace(tzinfo=zone) if first else today.replace(day=1)
        final = last.replace(tzinfo=zone) if last else today
        # By the calendar, not by 24 hours: the day the clocks change is shorter or longer.
        end = (final.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
        if start >= end:
            raise bad_input("--since is later than --until; swap them.")
        if with_balance:
            return show_books(root, await read_books(app, start, end), start, end)
        rows = await app.service.usage(since=start.timestamp(), until=end.timestamp(), by=by)
        days = await app.service.usage(since=start.timestamp(), until=end.timestamp(), by="day") if picture else ()
    drawing = usage_chart(f"Use from {start:%Y-%m-%d} to {final:%Y-%m-%d}", start.date(), final.date(), days, by, rows)
    drawn = await write_chart(drawing, picture) if drawing and picture else {}
    every, rows = rows, rows[:top]
    if root.as_json:
        root.screen.document(
            {
                "ok": True,
                "by": by,
                "since": when(start.timestamp()),
                "until": when(end.timestamp()),
                "rows": [usage_document(row) for row in rows],
                **({"chart": drawn} if drawn else {}),
            }
        )
        return 0
    root.screen.say(f"{start:%Y-%m-%d} to {final:%Y-%m-%d} ({settings.time_zone})")
    if not rows:
        root.screen.say("Nothing was asked for in this time.")
        return 0
    numbers = ("Videos", "Seconds", "Charged", "Held", "Cost", "Maybe billed")
    shown = table(by.capitalize(), *numbers, right=numbers)
    lines = usage_rows(rows)
    cells = [[x.group, x.videos, x.seconds, x.charged, x.held, x.cost, x.possibly] for x in lines]
    root.screen.show(add_rows(shown, cells))
    if len(rows) < len(every):
        root.screen.say(f"{len(every) - len(rows)} more are left out.")
    difference = bill_difference(every)
    if difference:
        root.screen.say(difference)
    if drawn:
        root.screen.say(f"The chart is in {drawn['file']}.")
    return 0


def _day(option: str, typed: str | None) -> datetime | None:
    from bot.cli.errors import bad_input

    if typed is None:
        return None
    try:
        return datetime.strptime(typed.strip(), "%Y-%m-%d")  # noqa: DTZ007 - the zone of the settings is added
    except ValueError:
        raise bad_input(f'{option} is a day such as 2026-11-01, not "{typed[:40]}".') from None
