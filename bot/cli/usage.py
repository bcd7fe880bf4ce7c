"""`videobot usage`: what was made and what it cost."""

from datetime import datetime, timedelta
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
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Show what was asked for in a time, what it took from the limits and what it cost."""
    root = root_of(ctx)
    root.as_json = as_json
    root.run(lambda settings: _usage(root, settings, by, since, until, top))


async def _usage(
    root: Root, settings: "Settings", by: str, since: str | None, until: str | None, top: int | None
) -> int:
    from zoneinfo import ZoneInfo

    from adapters.cards.usage import bill_difference, usage_rows
    from bot.cli.documents import usage_document, when
    from bot.cli.errors import bad_input
    from bot.cli.tables import add_rows, table

    if by not in _GROUPS:
        raise bad_input(f'--by is one of {", ".join(_GROUPS)}, not "{by}".')
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
        rows = await app.service.usage(since=start.timestamp(), until=end.timestamp(), by=by)
    every, rows = rows, rows[:top]
    if root.as_json:
        root.screen.document(
            {
                "ok": True,
                "by": by,
                "since": when(start.timestamp()),
                "until": when(end.timestamp()),
                "rows": [usage_document(row) for row in rows],
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
    return 0


def _day(option: str, typed: str | None) -> datetime | None:
    from bot.cli.errors import bad_input

    if typed is None:
        return None
    try:
        return datetime.strptime(typed.strip(), "%Y-%m-%d")  # noqa: DTZ007 - the zone of the settings is added
    except ValueError:
        raise bad_input(f'{option} is a day such as 2026-11-01, not "{typed[:40]}".') from None
