"""What an older version counted by days and months is counted by quarter hours after the upgrade."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from bot.generation.job import Requester
from bot.generation.limits import Limit, Unit, Window
from storage import SqlStore, migrate, open_database
from tests.storage.steps import ANYONE, NOON, QUOTE

PLACE = "'discord', '42', '1', '2', '[]', 'discord:42'"
JOBS = (("held", "queued", "NULL"), ("settled", "delivered", f"{NOON}"), ("released", "failed", f"{NOON}"))
EVENTS = {"held": ("hold",), "settled": ("hold", "settle"), "released": ("hold", "release")}


def older(conn: Connection) -> None:
    """A database of version 0003 with a job of each kind and a grant."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    config.attributes["connection"] = conn
    command.upgrade(config, "0003")
    for number, (charge, state, ended) in enumerate(JOBS):
        at, task = NOON + number * 3600.0, f"a{number}"
        is_done = charge == "settled"
        conn.exec_driver_sql(
            "INSERT INTO jobs (id, version, state, request, platform, user_id, workspace, channel, roles, user_key, "
            "address, gateway, model, dialect, mode, duration, audio, quote_micros, held_micros, quote_is_estimate, "
            "charge, charged_micros, accepted_at, accepted_day, limits_zone, limit_day, limit_month, attempts, "
            f"attempt_id, task_id, retries, finished_at) VALUES ('j{number}', 1, '{state}', '{{\"prompt\":\"w\"}}', "
            f"{PLACE}, '{{}}', 'toapis', 'v3', 'd', 'std', 5, 0, {QUOTE}, {QUOTE}, 0, '{charge}', "
            f"{QUOTE if is_done else 'NULL'}, {at}, '2025-11-21', 'UTC', '2025-11-21', '2025-11', {int(is_done)}, "
            f"{repr(task) if is_done else 'NULL'}, {repr('t') if is_done else 'NULL'}, 0, {ended})"
        )
        for event in EVENTS[charge]:
            sign = -1 if event == "release" else 1
            conn.exec_driver_sql(
                "INSERT INTO ledger (job_id, account, event, videos, seconds, usd, at, accepted_at, note, user_key, "
                f"workspace, channel, roles, gateway, model) VALUES ('j{number}', 'charge', '{event}', {sign}, "
                f"{5 * sign}, {QUOTE * sign}, {at}, {at}, '', 'discord:42', '1', '2', '[]', 'toapis', 'v3')"
            )
        if is_done:
            conn.exec_driver_sql(
                f"INSERT INTO attempts VALUES ('{task}', 'j{number}', 1, 'toapis', '{{}}', {at}, 'accepted', 't', "
                f"{at}, NULL, {QUOTE}, {QUOTE}, 0)"
            )
            conn.exec_driver_sql(
                "INSERT INTO ledger (job_id, attempt_id, account, event, videos, seconds, usd, at, accepted_at, note, "
                f"user_key, workspace, channel, roles, gateway, model) VALUES ('j{number}', '{task}', 'cost', 'cost', "
                f"0, 0, {QUOTE}, {at}, {at}, '', 'discord:42', '1', '2', '[]', 'toapis', 'v3')"
            )
    conn.exec_driver_sql("INSERT INTO grants VALUES ('user', 'discord:42', 'videos', 'day', '2025-11-21', 2)")
    conn.exec_driver_sql("INSERT INTO grants VALUES ('user', '*', 'usd', 'month', '2025-11', 7)")


async def test_counters_and_grants_of_an_older_version_go_on(tmp_path: Path) -> None:
    database = await open_database(f"sqlite:///{tmp_path}/old.db")
    await database.write(older)
    await database.upgrade()
    store, now = SqlStore(database), NOON + 4 * 3600
    assert list(await store.check_ledger()) == []
    for window in (Window.DAY, Window.MONTH, Window("4h")):
        await store.set_limit(Limit(ANYONE, Unit.VIDEOS, window, 9), "admin", now)
    uses = await store.limit_uses(Requester("discord", "42", "1", "2"), "UTC", now)
    assert {
        (use.limit.unit.value, use.limit.window.value): (use.used, use.held, use.granted)
        for use in uses
        if use.limit.scope == ANYONE
    } == {
        ("videos", "day"): (1, 1, 2),
        ("usd", "day"): (QUOTE, QUOTE, 0),
        ("videos", "month"): (1, 1, 0),
        ("videos", "4h"): (1, 1, 0),
        ("jobs", "now"): (0, 1, 0),
    }
    await database.close()
