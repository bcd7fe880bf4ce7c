"""The ledger check sees each kind of disagreement, and nothing where all agree."""

import sqlite3

import pytest

from storage import SqlStore, open_database
from storage.sqlite import SqliteDatabase
from tests.storage.steps import BUSY, CENT, Steps

SECOND_RELEASE = """
    INSERT INTO ledger (job_id, account, event, videos, seconds, usd, at, accepted_at, note, user_key, workspace,
                        channel, roles, gateway, model)
    SELECT job_id, account, 'release', -1, -5, -usd, at, accepted_at, '', user_key, '', '', '[]', gateway, model
    FROM ledger WHERE job_id = 'j004' AND event = 'hold'
"""


async def everything(do: Steps) -> None:
    """Jobs of every kind: j001 delivered with a bill, j002 lost, j003 failed late, j004 running, j005 queued."""
    await do.wide_limits()
    await do.delivered(bill=40 * CENT)
    await do.given_up()
    creating = await do.creating()
    await do.store.not_created(creating, str(creating.attempt_id), BUSY, None, do.tick())
    await do.complete(await do.attach(creating.attempt_id, "late"))
    await do.running("ben")
    await do.accepted("ben", held=50 * CENT)


async def test_jobs_of_every_kind_agree(do: Steps) -> None:
    await everything(do)
    assert await do.books_agree()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("DELETE FROM ledger WHERE job_id = 'j005'", ["Job j005 has no row", "counter of user shell:ben slot"]),
        ("DELETE FROM ledger WHERE job_id = 'j001' AND event = 'settle'", ["Job j001 says $0.40 were used"]),
        ("DELETE FROM ledger WHERE job_id = 'j001' AND event = 'adjust_bill'", ["Job j001 says $0.40 were used"]),
        ("DELETE FROM ledger WHERE job_id = 'j002' AND event = 'release'", ["Job j002 says the charge was released"]),
        (
            "DELETE FROM ledger WHERE job_id = 'j003' AND event = 'adjust_late_success'",
            ["Job j003 says $0.35 were used"],
        ),
        ("UPDATE ledger SET usd = usd + 1 WHERE job_id = 'j004'", ["Job j004 says $0.35 are held", "$0.350001 held"]),
        ("UPDATE ledger SET seconds = 6 WHERE job_id = 'j004'", ["Job j004", "counter of everyone"]),
        (SECOND_RELEASE, ["Job j004 says $0.35 are held, but its ledger has 1 x hold, 1 x release"]),
        ("UPDATE ledger SET user_key = 'shell:eve' WHERE job_id = 'j004'", ["another account, user or time"]),
        ("UPDATE ledger SET account = 'pocket' WHERE job_id = 'j005'", ["another account", "Job j005 has no row"]),
        ("UPDATE jobs SET charge = 'released' WHERE id = 'j004'", ["Job j004 says the charge was released"]),
        ("UPDATE jobs SET charge = 'held' WHERE id = 'j002'", ["Job j002 is lost with its charge held"]),
        ("UPDATE jobs SET charged_micros = 1 WHERE id = 'j001'", ["Job j001 says $0.000001 were used"]),
        ("UPDATE jobs SET held_micros = 1 WHERE id = 'j005'", ["Job j005 says $0.000001 are held"]),
        ("UPDATE jobs SET state = 'delivered' WHERE id = 'j004'", ["Job j004 is delivered with its charge held"]),
        ("UPDATE jobs SET finished_at = 1 WHERE id = 'j004'", ["Job j004 is running", "counter of user shell:ben now"]),
        ("UPDATE jobs SET attempts = 2 WHERE id = 'j004'", ["Job j004 says 2 attempts"]),
        ("UPDATE jobs SET task_id = 'x' WHERE id = 'j004'", ["Job j004", "task-j004"]),
        ("UPDATE jobs SET attempt_id = 'x' WHERE id = 'j004'", ["Job j004 says 1 attempts, the last x"]),
        ("UPDATE attempts SET cost_micros = 1 WHERE job_id = 'j001'", ["Attempt 1 of job j001 says $0.000001"]),
        ("UPDATE attempts SET cost_micros = NULL WHERE job_id = 'j002'", ["Attempt 1 of job j002 says no cost"]),
        ("DELETE FROM ledger WHERE account = 'cost' AND job_id = 'j001'", ["its ledger rows say no cost"]),
        (
            "UPDATE ledger SET attempt_id = 'x' WHERE account = 'cost' AND job_id = 'j001'",
            ["that job j001 does not have"],
        ),
        ("UPDATE attempts SET possibly_billed = true WHERE job_id = 'j001'", ["Job j001", "no cost although"]),
        ("UPDATE counters SET usd_used = 1 WHERE scope_id = 'shell:anna'", ["counter of user shell:anna slot"]),
        (
            "UPDATE counters SET videos_held = 9 WHERE span = 1",
            ["counter of everyone * slot", "counter of model kling-v3"],
        ),
        ("UPDATE counters SET jobs_held = 0 WHERE span = 0", ["counter of everyone * now"]),
        ("UPDATE counters SET last_at = 1 WHERE span = 0", ["counter of user shell:ben now"]),
        ("DELETE FROM counters WHERE scope_kind = 'everyone'", ["counter of everyone * slot"]),
        ("UPDATE counters SET seconds_used = 3 WHERE span = 96", ["counter of everyone * day"]),
        (
            "INSERT INTO counters VALUES ('user', 'shell:eve', 1, 1959696, 1, 0, 5, 0, 350000, 0, 0, 0)",
            ["counter of user shell:eve slot 1959696 says 1+0 videos"],
        ),
    ],
)
async def test_each_disagreement_is_seen(do: Steps, damage: str, words: list[str]) -> None:
    await everything(do)
    await do.sql(damage)
    said = await do.store.check_ledger()
    for word in words:
        assert any(word in sentence for sentence in said), (word, said)
    assert all(sentence.endswith(".") for sentence in said)


async def test_a_row_of_a_job_that_is_not_there_is_seen(sqlite_database: SqliteDatabase) -> None:
    do = Steps(sqlite_database)
    await do.accepted()
    await do.database.close()
    with sqlite3.connect(do.database.name) as other:
        other.execute("DELETE FROM jobs")
    other.close()
    database = await open_database(f"sqlite:///{do.database.name}")
    said = await SqlStore(database).check_ledger()
    await database.close()
    assert any("belongs to job j001, which is not there" in sentence for sentence in said)
