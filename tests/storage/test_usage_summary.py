"""What reports read is kept in step with the jobs: whatever happens to them, each sum is the sum over the jobs."""

import asyncio
import itertools
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from alembic import command
from alembic.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from bot.generation.job import JobState, Requester
from bot.generation.ports import UsageRow
from storage import counting, migrate, open_database, usage_check
from storage.usage import BY, _covered
from storage.usage_sums import DAY, MONTH
from tests.storage.steps import BUSY, CENT, NOON, QUOTE, Steps

BERLIN, KATHMANDU = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu")


def epoch(zone: ZoneInfo, *when: int) -> float:
    return datetime(*when, tzinfo=zone).timestamp()  # type: ignore[arg-type, misc]


async def rows(do: Steps, since: float, until: float, by: str = "day", zone: str = "UTC") -> list[UsageRow]:
    return list(await do.store.usage(since=since, until=until, by=by, zone=zone))


async def test_each_end_of_a_job_is_in_its_sums(do: Steps) -> None:
    await do.no_limits()
    await do.delivered(bill=40 * CENT)
    await do.delivered("ben", held=60 * CENT)
    await do.given_up()
    await do.store.fail(await do.running(), BUSY, do.tick())
    await do.store.want_cancel((await do.accepted()).id, "shell:anna", do.tick())
    late = await do.given_up("ben")
    await do.complete(await do.attach(late.attempt_id, "late"), bill=90 * CENT)
    assert await do.books_agree()
    [row] = await rows(do, NOON, NOON + 40 * 86_400, by="mode")
    assert (row.jobs, row.delivered, row.failed, row.withdrawn) == (6, 2, 2, 1)
    assert (row.billed_micros, row.quoted_micros) == (130 * CENT, 2 * QUOTE)
    assert row.cost_micros == 130 * CENT + QUOTE


async def test_days_begin_by_the_clock_of_the_zone(do: Steps) -> None:
    await do.no_limits()
    for zone in (BERLIN, KATHMANDU):
        midnight = epoch(zone, 2025, 11, 23)
        do.now = midnight - 2.0
        await do.accepted()  # a second before midnight
        await do.accepted()  # at midnight
        found = await rows(do, midnight - 3600, midnight + 3600, zone=zone.key)
        assert [(row.group, row.jobs) for row in found] == [("2025-11-22", 1), ("2025-11-23", 1)]


async def test_the_day_the_clocks_change_is_one_day(do: Steps) -> None:
    await do.no_limits()
    for hour in (0, 1, 2, 3, 22, 23):
        do.now = epoch(BERLIN, 2026, 10, 25, hour, 30)
        await do.accepted()
    start, end = epoch(BERLIN, 2026, 10, 25), epoch(BERLIN, 2026, 10, 26)
    assert end - start == 25 * 3600
    [row] = await rows(do, start, end, zone="Europe/Berlin")
    assert (row.group, row.jobs) == ("2026-10-25", 6)


MOMENTS = st.integers(0, 900 * 24 * 3600).map(lambda seconds: epoch(ZoneInfo("UTC"), 2023, 12, 1) + seconds / 4)


@given(since=MOMENTS, until=MOMENTS)
def test_months_days_and_the_rest_cover_a_time_once(since: float, until: float) -> None:
    since, until = min(since, until), max(since, until)
    spans, edges = _covered(since, until)
    parts = [(a, b) for a, b in edges if a < b]
    for span, first, end in spans:
        if first < end:
            parts.append((_start(span, first), _start(span, end)))
    parts.sort()
    assert all(end == start for (_, end), (start, _) in itertools.pairwise(parts))
    assert not parts or (parts[0][0], parts[-1][1]) == (since, until)
    assert parts or since == until
    assert sum(b - a for a, b in edges) < 2 * 86_400


def _start(span: int, slot: int) -> float:
    if span == DAY:
        return slot * 86_400.0
    assert span == MONTH
    return epoch(ZoneInfo("UTC"), slot // 12, slot % 12 + 1, 1)


async def test_any_range_is_counted_exactly_from_months_days_and_jobs(do: Steps) -> None:
    await do.no_limits()
    accepted = []
    for days in (0, 0.4, 1, 9.99, 30, 39, 40, 41.7, 62, 95):
        do.now = NOON + days * 86_400
        accepted.append((await do.accepted()).accepted_at)
    for first in range(len(accepted)):
        for last in range(first, len(accepted)):
            for by in BY:
                found = await rows(do, accepted[first], accepted[last] + 0.001, by=by)
                assert sum(row.jobs for row in found) == last - first + 1


async def test_a_user_who_is_forgotten_is_counted_under_another_name(do: Steps) -> None:
    await do.delivered()

    def forget(conn: Connection) -> None:
        counting.rename_user(conn, "shell:anna", "shell:forgotten-1")
        conn.execute(text("UPDATE jobs SET user_key = 'shell:forgotten-1', user_id = 'forgotten-1'"))
        conn.execute(text("UPDATE ledger SET user_key = 'shell:forgotten-1'"))

    await do.database.write(forget)
    assert await do.books_agree()
    [row] = await rows(do, NOON, NOON + 40 * 86_400, by="user")
    assert (row.group, row.delivered) == ("shell:forgotten-1", 1)


async def test_a_sum_that_is_wrong_is_named(do: Steps) -> None:
    await do.delivered(bill=40 * CENT)
    await do.sql("UPDATE usage_sums SET cost_micros = 1, failed = 3 WHERE span = 0")
    await do.sql("DELETE FROM usage_sums WHERE span = 1")
    month, quarter = [line for line in await do.store.check_ledger() if line.startswith("The use of")]
    assert month == (
        "The use of shell, shell:anna, kling-v3, std, toapis in the month 2025-11 says 3 failed (the jobs: 0), "
        "$0.000001 cost (the jobs: $0.40)."
    )
    assert quarter.startswith("The use of shell in the quarter hour 1959696 says 0 jobs (the jobs: 1), 0 delivered")


async def test_a_grown_database_gets_its_sums_from_its_jobs(do: Steps) -> None:
    """The migration itself, over the jobs that were made with this version."""
    await do.no_limits()
    await do.delivered(bill=40 * CENT)
    await do.given_up("ben", requester=Requester("discord", "42", "1", "2"))
    do.now = NOON + 60 * 86_400
    await do.running()

    def fill_again(conn: Connection) -> list[str]:
        before = sorted(map(tuple, conn.execute(text("SELECT * FROM usage_sums"))))
        conn.execute(text("DROP TABLE usage_sums"))
        conn.execute(text("UPDATE alembic_version SET version_num = '0006'"))
        config = Config()
        config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
        config.attributes["connection"] = conn
        command.upgrade(config, "0007")
        after = sorted(map(tuple, conn.execute(text("SELECT * FROM usage_sums"))))
        assert after == before
        return list(usage_check.check(conn))

    assert await do.database.write(fill_again) == []


KINDS = ("begin", "doubt", "attach", "complete", "fail", "save", "deliver", "cancel", "give up", "wait")
BILLS = (None, 0, 20 * CENT, QUOTE, 90 * CENT)
MOVES = st.tuples(st.sampled_from(KINDS), st.integers(0, 5), st.sampled_from(BILLS))


@settings(max_examples=15, deadline=None)
@given(moves=st.lists(MOVES, max_size=25))
def test_whatever_happens_to_jobs_the_sums_are_those_of_the_jobs(
    moves: list[tuple[str, int, int | None]], migrated: Path
) -> None:
    async def play(path: Path) -> None:
        database = await open_database(f"sqlite:///{path}")
        try:
            await lives(Steps(database), moves)
        finally:
            await database.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(shutil.copy(migrated, Path(folder) / "v.db"))))


async def lives(do: Steps, moves: list[tuple[str, int, int | None]]) -> None:
    """Six jobs of two people, and what `moves` says happens to them, where it can."""
    await do.no_limits()
    jobs = [await do.accepted(user, quote=QUOTE + n) for n, user in enumerate(("anna", "ben") * 3)]
    for kind, number, bill in moves:
        job = await do.job(jobs[number].id)
        match kind, job.state:
            case "begin", JobState.QUEUED:
                await do.begin(job)
            case "doubt", JobState.CREATING:
                await do.doubt(job)
            case "attach", _ if job.attempt_id:
                await do.attach(job.attempt_id, f"task-{job.attempt_id}")
            case "complete", JobState.RUNNING:
                await do.complete(job, bill)
            case "fail", JobState.RUNNING:
                await do.store.fail(job, BUSY, do.tick(), possibly_billed=bill is None)
            case "save", JobState.SAVING:
                await do.saved(job)
            case "deliver", JobState.DELIVERING:
                await do.store.delivered(job, "m", do.tick())
            case "cancel", state if not state.is_final:
                await do.store.want_cancel(job.id, "shell:anna", do.tick())
            case "give up", JobState.UNCERTAIN:
                await do.store.give_up_uncertain(job, do.tick())
            case "wait", _:
                do.tick(20 * 86_400)
                jobs[number] = await do.accepted("ben")
    assert await do.books_agree()


async def test_bills_that_are_not_the_quote_are_counted_for_their_user(do: Steps) -> None:
    await do.no_limits()
    for bill in (40 * CENT, 30 * CENT, QUOTE, None):
        await do.delivered(bill=bill)
    await do.delivered("ben", bill=90 * CENT)
    assert await do.store.bills_apart("shell:anna", NOON) == (2, 70 * CENT, 2 * QUOTE)
    assert await do.store.bills_apart("shell:anna", do.now + 1.0) == (0, 0, 0)
    [anna, ben] = sorted(await rows(do, NOON, do.now + 1.0, by="user"), key=lambda row: row.group)
    assert (anna.misquoted, ben.misquoted) == (2, 1)
