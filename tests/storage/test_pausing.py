"""The pause: nothing is accepted, over a restart too, until it is ended."""

import asyncio

import pytest

from bot.generation.ports import Pause, PausedError
from storage import SqlStore, open_database
from storage.sqlite import SqliteDatabase
from tests.storage.steps import Steps


async def test_a_pause_refuses_and_writes_nothing(do: Steps) -> None:
    assert await do.store.paused() is None
    pause = await do.store.pause("The gateway is down.", "shell:root", do.tick())
    assert pause == Pause("shell:root", "The gateway is down.", do.now)
    assert await do.store.paused() == pause
    with pytest.raises(PausedError) as refused:
        await do.ask()
    assert refused.value.pause == pause
    assert await do.store.jobs() == []
    assert await do.used_and_held() == (0, 0)
    assert await do.store.resume_all("shell:root", do.tick())
    assert await do.store.paused() is None
    await do.accepted()
    assert await do.books_agree()


async def test_the_first_pause_stays_as_it_is(do: Steps) -> None:
    first = await do.store.pause("one", "shell:anna", do.tick())
    assert await do.store.pause("two", "shell:ben", do.tick()) == first
    assert await do.store.paused() == first
    assert await do.store.resume_all("shell:ben", do.tick())
    assert not await do.store.resume_all("shell:ben", do.tick())
    assert await do.audited() == [
        ("shell:anna", "pause", "everything"),
        ("shell:ben", "pause", "everything"),
        ("shell:ben", "end pause", "everything"),
    ]


async def test_a_drain_during_a_pause_is_noted_though_it_changes_nothing(do: Steps) -> None:
    await do.store.pause("the key is empty", "shell:anna", do.tick())
    assert not (await do.store.pause("", "shell:ben", do.tick(), drain=True)).drain
    assert (await do.audited())[-1] == ("shell:ben", "drain", "everything")
    assert (await do.audit_details())[-1] == "paused already by shell:anna"


async def test_a_job_that_is_there_already_is_returned_while_paused(do: Steps) -> None:
    job = await do.accepted(intake_key="discord:1")
    await do.store.pause("", "shell:root", do.tick())
    assert await do.ask(intake_key="discord:1") == job
    with pytest.raises(PausedError):
        await do.ask(intake_key="discord:2")


async def test_one_paused_request_does_not_take_others_with_it(sqlite_database: SqliteDatabase) -> None:
    """Transactions that wait together share a commit; the one before the pause is accepted, the ones behind are not."""
    do = Steps(sqlite_database)
    before = do.store.accept(do.new(), do.zone, do.now)
    pause = do.store.pause("", "shell:root", do.now)
    after = do.store.accept(do.new("ben"), do.zone, do.now)
    accepted, _, refused = await asyncio.gather(before, pause, after, return_exceptions=True)
    assert [job.id for job in await do.store.jobs()] == [accepted.id]  # type: ignore[union-attr]
    assert isinstance(refused, PausedError)
    assert await do.books_agree()


async def test_a_pause_is_there_for_every_process_and_after_a_restart(do: Steps, url: str) -> None:
    await do.store.changed_elsewhere()
    other = await open_database(url)
    pause = await SqlStore(other).pause("", "shell:root", do.tick())
    await other.close()
    assert await do.store.changed_elsewhere()
    assert await do.store.paused() == pause


async def test_what_runs_is_finished_while_paused(do: Steps) -> None:
    running = await do.running()
    await do.store.pause("", "shell:root", do.tick())
    job = await do.saved(await do.complete(running))
    assert await do.store.delivered(job, "m1", do.tick()) is not None
    assert await do.books_agree()


async def test_small_values_are_remembered_apart_from_the_stores_own(do: Steps) -> None:
    assert await do.store.remembered("paused") is None
    await do.store.remember("paused", "no")
    await do.store.remember("commands", "1")
    await do.store.remember("commands", "2")
    assert (await do.store.remembered("paused"), await do.store.remembered("commands")) == ("no", "2")
    assert await do.store.paused() is None
