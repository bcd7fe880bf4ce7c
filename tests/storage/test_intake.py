"""Raw events: stored before they are acknowledged, found again after a crash, emptied once they are answered."""

from sqlalchemy import Connection, text

from bot.generation.limits import Refusal
from storage import accepting
from storage.sqlite import SqliteDatabase
from tests.storage.steps import Steps

PAYLOAD = {"token": "secret", "options": [{"name": "prompt", "value": "wäves"}]}


async def payloads(do: Steps) -> dict[str, str]:
    def read(conn: Connection) -> dict[str, str]:
        return {row.key: row.payload for row in conn.execute(text("SELECT key, payload FROM intake"))}

    return await do.database.look(read)


async def test_what_a_crash_left_unanswered_is_found_oldest_first(do: Steps) -> None:
    for key, at in (("discord:2", 5.0), ("discord:1", 9.0), ("discord:3", 7.0)):
        await do.store.add_intake(key, "discord", PAYLOAD, at)
    await do.store.add_intake("slack:1", "slack", {}, 1.0)
    found = await do.store.open_intakes("discord")
    assert [(row.key, row.received_at) for row in found] == [("discord:2", 5.0), ("discord:3", 7.0), ("discord:1", 9.0)]
    assert (found[0].platform, found[0].payload) == ("discord", PAYLOAD)


async def test_an_answered_event_keeps_no_payload_and_stays_known(do: Steps) -> None:
    await do.store.add_intake("discord:1", "discord", PAYLOAD, do.now)
    await do.store.close_intake("discord:1")
    await do.store.close_intake("discord:1")
    await do.store.close_intake("discord:unknown")
    assert await do.store.open_intakes("discord") == []
    assert await payloads(do) == {"discord:1": "{}"}
    assert await do.store.has_intake("discord:1")
    assert not await do.store.add_intake("discord:1", "discord", PAYLOAD, do.now)


async def test_an_event_that_became_a_job_keeps_no_payload_and_finds_its_job(do: Steps) -> None:
    await do.store.add_intake("discord:1", "discord", PAYLOAD, do.now)
    assert await do.store.job_of_intake("discord:1") is None
    job = await do.accepted(intake_key="discord:1")
    assert await do.store.job_of_intake("discord:1") == job
    assert await do.store.open_intakes("discord") == []
    assert await payloads(do) == {"discord:1": "{}"}


async def test_an_event_stored_after_its_job_is_emptied_by_the_same_acceptance(do: Steps) -> None:
    first = await do.accepted(intake_key="discord:1")
    await do.store.add_intake("discord:1", "discord", PAYLOAD, do.now)
    assert await do.ask(intake_key="discord:1") == first
    assert await payloads(do) == {"discord:1": "{}"}


async def test_a_refused_event_stays_open(do: Steps) -> None:
    await do.store.add_intake("discord:1", "discord", PAYLOAD, do.now)
    assert isinstance(await do.ask(intake_key="discord:1", quote=10**9), Refusal)
    assert await do.store.job_of_intake("discord:1") is None
    assert [row.payload for row in await do.store.open_intakes("discord")] == [PAYLOAD]


async def test_open_events_are_found_without_reading_the_answered_ones(sqlite_database: SqliteDatabase) -> None:
    do = Steps(sqlite_database)
    plan = await do.plan(accepting._OPEN, {"platform": "discord"})
    assert [line for line in plan if "intake" in line] == [
        "SEARCH intake USING INDEX ix_intake_open (platform=?)",
    ]
