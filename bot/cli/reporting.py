"""The month of `videobot report`: read, and shown as tables, as one document or as lines of a CSV file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from adapters.cards.usage import bill_difference, total
from bot.cli.csv_cells import moment, money, text
from bot.cli.csv_file import csv_file
from bot.cli.documents import usage_document, usd, when
from bot.cli.errors import bad_input
from bot.cli.report import GROUPS
from bot.cli.root import Root
from bot.cli.tables import add_rows, table
from bot.generation.ports import ReportLine, UsageRow
from storage.booking import dollars
from storage.zoning import check_zone

if TYPE_CHECKING:
    from bot.app import App
    from bot.settings import Settings

_SHOWN = GROUPS[:4]
_NUMBERS = (
    "Jobs",
    "Delivered",
    "Failed",
    "Seconds",
    "Quote",
    "Charged",
    "Cost",
    "Bill - quote",
    "Maybe billed",
)
_SUM_COLUMNS = (
    "jobs",
    "delivered",
    "failed",
    "withdrawn",
    "videos",
    "seconds",
    "quote_usd",
    "charged_usd",
    "held_usd",
    "cost_usd",
    "billed_usd",
    "quote_of_billed_usd",
    "bill_minus_quote_usd",
    "possibly_billed_usd",
)
_JOB_COLUMNS = (
    "job",
    "accepted_at",
    "finished_at",
    "platform",
    "workspace",
    "channel",
    "user",
    "gateway",
    "model",
    "mode",
    "seconds",
    "sound",
    "state",
    "failure",
    "charge",
    "quote_usd",
    "held_usd",
    "charged_usd",
    "bill_usd",
    "bill_minus_quote_usd",
    "cost_usd",
    "possibly_billed_usd",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed."""

    month: str | None
    by: str | None
    place: str | None
    zone: str | None
    csv: str | None
    bom: bool
    top: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month by the clock of a zone: from `since` up to `until`, epoch seconds."""

    name: str
    zone: ZoneInfo
    since: float
    until: float


def month_of(typed: str | None, zone: ZoneInfo, now: float) -> Month:
    """The month that was typed ("2026-11"), or the one of `now`. Raises CommandError."""
    name = datetime.fromtimestamp(now, zone).strftime("%Y-%m") if typed is None else typed.strip()
    found = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", name, re.ASCII)
    if found is None:
        raise bad_input(f'--month is a month such as 2026-11, not "{name[:40]}".')
    year, month = int(found[1]), int(found[2])
    start = datetime(year, month, 1, tzinfo=zone)
    end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
    return Month(name, zone, start.timestamp(), end.timestamp())


async def run_report(root: Root, settings: "Settings", wanted: Wanted) -> int:
    """Do the command."""
    if wanted.by is not None and wanted.by not in GROUPS:
        raise bad_input(f'--by is one of {", ".join(GROUPS)}, not "{wanted.by}".')
    if wanted.csv is not None and root.as_json:
        raise bad_input("--csv and --json are two ways to say the same: choose one.")
    if wanted.bom and wanted.csv is None:
        raise bad_input("--bom is the beginning of a CSV file: give --csv FILE, too.")
    if wanted.place is not None and ":" not in wanted.place:
        raise bad_input(f'--in is a server or workspace such as discord:1, not "{wanted.place[:40]}".')
    if wanted.zone is not None:
        try:
            check_zone(wanted.zone)
        except ValueError as error:
            raise bad_input(str(error)) from None
    async with root.open(settings, run_jobs=False) as app:
        zone = ZoneInfo(wanted.zone or await app.service.zone(wanted.place or ""))
        month = month_of(wanted.month, zone, app.clock.now())
        if wanted.csv is not None and wanted.by is None:
            count = await _write_jobs(app, wanted, month)
            what = f"{count:,} job{'' if count == 1 else 's'}"
        else:
            tables = {by: await _usage(app, wanted, month, by) for by in _tables(wanted)}
            if wanted.csv is None:
                _show(root, wanted, month, tables)
                return 0
            [(by, rows)] = tables.items()
            _write_sums(wanted, by, rows)
            what = f"{len(rows):,} line{'' if len(rows) == 1 else 's'}"
    if wanted.csv != "-":
        root.screen.say(f"{wanted.csv}: {what} of {month.name} ({month.zone.key}).")
    return 0


def _tables(wanted: Wanted) -> Sequence[str]:
    return _SHOWN if wanted.by is None else (wanted.by,)


async def _usage(app: "App", wanted: Wanted, month: Month, by: str) -> Sequence[UsageRow]:
    return await app.service.usage(since=month.since, until=month.until, by=by, place=wanted.place, zone=month.zone.key)


# ------------------------------------------------------------------------------------------------------- shown


def _show(root: Root, wanted: Wanted, month: Month, tables: dict[str, Sequence[UsageRow]]) -> None:
    every = total(next(iter(tables.values())))
    if root.as_json:
        top = tables["user"][: wanted.top] if "user" in tables else ()
        root.screen.document(
            {
                "ok": True,
                "month": month.name,
                "zone": month.zone.key,
                "workspace": wanted.place,
                "since": when(month.since),
                "until": when(month.until),
                "together": _document(every),
                **({"top_spenders": [_document(row) for row in top]} if "user" in tables else {}),
                "by": {by: [_document(row) for row in rows] for by, rows in tables.items()},
            }
        )
        return
    say = root.screen.say
    say(f"{month.name} ({month.zone.key})" + (f", {wanted.place}" if wanted.place else ""), style="bold")
    if not every.jobs:
        say("Nothing was asked for in this month.")
        return
    for by, rows in tables.items():
        most = wanted.top if by == "user" else len(rows)
        heading = f"By {by}" if by != "user" else "By user, those who spent most"
        say()
        say(heading, style="bold")
        shown = [*rows[:most], every] if len(rows) > 1 else rows
        made = table(by.capitalize(), *_NUMBERS, right=_NUMBERS)
        root.screen.show(add_rows(made, [_cells(row) for row in shown]))
        if len(rows) > most:
            say(f"{len(rows) - most} more are only in the sum; --top {len(rows)} shows them.")
    say()
    say("Charged counts against limits; cost is what the gateways billed, or the quote where they gave no bill.")
    difference = bill_difference([every])
    if difference:
        say(difference)


def _cells(row: UsageRow) -> list[str]:
    apart = row.billed_micros - row.quoted_micros
    return [
        _group(row),
        f"{row.jobs:,}",
        f"{row.delivered:,}",
        f"{row.failed:,}",
        f"{row.seconds:,}",
        *(dollars(x) if x else "-" for x in (row.expected_micros, row.charged_micros, row.cost_micros)),
        ("+" if apart > 0 else "") + dollars(apart) if apart else "-",
        dollars(row.possibly_billed_micros) if row.possibly_billed_micros else "-",
    ]


def _group(row: UsageRow) -> str:
    """A place without a server or a channel is its platform."""
    return row.group.rstrip(":") or "-"


def _document(row: UsageRow) -> dict[str, object]:
    return {
        **usage_document(row),
        "jobs": row.jobs,
        "delivered": row.delivered,
        "failed": row.failed,
        "withdrawn": row.withdrawn,
        "quote_usd": usd(row.expected_micros),
        "bill_minus_quote_usd": usd(row.billed_micros - row.quoted_micros),
    }


# --------------------------------------------------------------------------------------------------------- CSV


def _write_sums(wanted: Wanted, by: str, rows: Sequence[UsageRow]) -> None:
    with csv_file(str(wanted.csv), bom=wanted.bom) as write:
        write((by, *_SUM_COLUMNS))
        for row in rows:
            amounts = (
                row.expected_micros,
                row.charged_micros,
                row.held_micros,
                row.cost_micros,
                row.billed_micros,
                row.quoted_micros,
                row.billed_micros - row.quoted_micros,
                row.possibly_billed_micros,
            )
            counts = (row.jobs, row.delivered, row.failed, row.withdrawn, row.videos, row.seconds)
            write((text(_group(row)), *counts, *(money(amount) for amount in amounts)))


async def _write_jobs(app: "App", wanted: Wanted, month: Month) -> int:
    """A line for each job of the month; how many there were."""
    count = 0
    with csv_file(str(wanted.csv), bom=wanted.bom) as write:
        write(_JOB_COLUMNS)
        async for page in app.service.report_lines(since=month.since, until=month.until, place=wanted.place):
            for line in page:
                write(job_cells(line, month.zone))
            count += len(page)
    return count


def job_cells(line: ReportLine, zone: ZoneInfo) -> list[str | int]:
    """One job as cells."""
    bill = line.bill_micros
    return [
        text(line.id),
        moment(line.accepted_at, zone),
        moment(line.finished_at, zone),
        *(text(value) for value in (line.platform, line.workspace, line.channel, line.user_key)),
        *(text(value) for value in (line.gateway, line.model, line.mode)),
        line.duration,
        "yes" if line.audio else "no",
        *(text(value) for value in (line.state, line.failure_code, line.charge)),
        money(line.quote_micros),
        money(line.held_micros),
        money(line.charged_micros),
        money(bill),
        money(None if bill is None else bill - line.quote_micros),
        money(line.cost_micros),
        money(line.possibly_billed_micros),
    ]
