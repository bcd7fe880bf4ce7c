"""What became of a task: here the money settles, and nowhere later."""

import pytest
from sqlalchemy import Connection, func, select

from bot.generation.job import ChargeState, Failure, JobState
from bot.generation.limits import Unit
from bot.generation.pacing import KEPT_SAMPLES, timing_key
from storage.tables import render_times
from storage.watching import add_render_time
from tests.storage.steps import BUSY, CENT, DAY, OUTPUT, QUOTE, Steps

KEY = timing_key("toapis", "kling-v3", "std", 5)


async def test_completed_without_a_bill_settles_at_the_quote(do: Steps) -> None:
    job = await do.complete(await do.running())
    assert job == await do.job(job.id)
    assert (job.state, job.charge, job.due_at, job.output) == (JobState.SAVING, ChargeState.SETTLED, do.now, OUTPUT)
    assert await do.events(job) == [("hold", QUOTE), ("settle", QUOTE), ("cost", QUOTE)]
    assert "estimate" in (await do.store.ledger(job.id))[-1].note
    assert await do.used_and_held() == (QUOTE, 0)
    assert await do.used_and_held(Unit.VIDEOS) == (1, 0)
    assert await do.books_agree()


@pytest.mark.parametrize("bill", [0, 20 * CENT, 90 * CENT])
async def test_a_bill_that_differs_from_the_hold_is_an_adjustment(do: Steps, bill: int) -> None:
    job = await do.complete(await do.running(), bill)
    assert job.bill_micros == bill
    assert await do.events(job) == [
        ("hold", QUOTE),
        ("settle", QUOTE),
        ("adjust_bill", bill - QUOTE),
        ("cost", bill),
    ]
    assert await do.used_and_held() == (bill, 0)
    assert await do.books_agree()


async def test_an_upper_estimate_without_a_bill_comes_down_to_the_quote(do: Steps) -> None:
    job = await do.complete(await do.running(held=2 * QUOTE))
    assert await do.events(job, "charge") == [("hold", 2 * QUOTE), ("settle", 2 * QUOTE), ("adjust_quote", -QUOTE)]
    assert await do.used_and_held() == (QUOTE, 0)
    assert await do.books_agree()


async def test_completing_twice_settles_once(do: Steps) -> None:
    job = await do.running()
    await do.complete(job)
    assert await do.store.completed(job, OUTPUT, None, 60.0, do.tick()) is None
    assert await do.used_and_held() == (QUOTE, 0)


async def test_a_failed_task_releases_the_charge_and_costs_nothing(do: Steps) -> None:
    job = await do.store.fail(await do.running(), BUSY, do.tick())
    assert job is not None
    assert (job.state, job.charge, job.failure) == (JobState.FAILED, ChargeState.RELEASED, BUSY)
    assert await do.events(job) == [("hold", QUOTE), ("release", -QUOTE)]
    assert await do.used_and_held() == (0, 0)
    assert await do.books_agree()


async def test_a_lost_task_may_have_been_billed(do: Steps) -> None:
    job = await do.running()
    lost = await do.store.fail(job, BUSY, do.tick(), state=JobState.LOST, possibly_billed=True)
    assert lost is not None
    assert (lost.state, lost.charge) == (JobState.LOST, ChargeState.RELEASED)
    assert await do.events(job, "cost") == [("cost_possibly_billed", QUOTE)]
    resumed = await do.store.resume(job.id, "admin", do.tick())
    await do.store.fail(resumed, BUSY, do.tick(), state=JobState.LOST, possibly_billed=True)
    assert await do.events(job, "cost") == [("cost_possibly_billed", QUOTE)]
    assert await do.books_agree()


async def test_a_lost_task_that_completes_after_all_pays_its_bill_once(do: Steps) -> None:
    job = await do.running()
    await do.store.fail(job, BUSY, do.tick(), state=JobState.LOST, possibly_billed=True)
    await do.complete(await do.store.resume(job.id, "admin", do.tick()), bill=50 * CENT)
    assert await do.events(job, "cost") == [("cost_possibly_billed", QUOTE), ("adjust_cost", 50 * CENT - QUOTE)]
    assert not (await do.attempt(job.attempt_id)).possibly_billed
    assert await do.books_agree()


async def test_an_upload_that_cannot_be_done_fails_free(do: Steps) -> None:
    job = await do.store.begin_upload(await do.accepted(), do.tick())
    assert job is not None
    failed = await do.store.fail(job, Failure("input_lost", "The image is gone."), do.tick())
    assert failed is not None
    assert (failed.state, failed.charge) == (JobState.FAILED, ChargeState.RELEASED)


async def test_postponing_keeps_the_state_and_what_is_not_given(do: Steps) -> None:
    job = await do.accepted()
    later = await do.store.postpone(job, do.now + 60, do.tick(), failure=BUSY, retries=3)
    assert later is not None
    assert (later.state, later.due_at, later.failure, later.retries) == (JobState.QUEUED, do.now + 59, BUSY, 3)
    again = await do.store.postpone(later, do.now + 90, do.tick())
    assert again is not None
    assert (again.failure, again.retries) == (BUSY, 3)
    assert await do.store.postpone(job, 0.0, do.tick()) is None


async def test_progress_is_neither_fenced_nor_a_new_version(do: Steps) -> None:
    running, other = await do.running(), await do.running("ben")
    queued = await do.accepted("cid")
    await do.store.note_progress({running.id: 40, other.id: 50, queued.id: 60, "nobody": 1})
    after = await do.job(running.id)
    assert (after.progress, after.version) == (40, running.version)
    assert (await do.job(queued.id)).progress is None
    assert (await do.complete(running)).progress == 40
    await do.store.note_progress({})


async def test_the_newest_render_times_are_kept_by_kind(do: Steps) -> None:
    await do.no_limits()
    await do.complete(await do.running(), seconds=None)
    for seconds in (61.0, 62.0):
        await do.complete(await do.running(), seconds=seconds)
    await do.complete(await do.running(mode="pro"), seconds=90.0)
    times = await do.store.render_times()
    assert times == {KEY: [61.0, 62.0], timing_key("toapis", "kling-v3", "pro", 5): [90.0]}


async def test_old_render_times_are_dropped(do: Steps) -> None:
    def fill(conn: Connection) -> int:
        for number in range(KEPT_SAMPLES + 120):
            add_render_time(conn, KEY, float(number), do.now)
        return int(conn.execute(select(func.count()).select_from(render_times)).scalar_one())

    kept = await do.database.write(fill)
    assert KEPT_SAMPLES <= kept < KEPT_SAMPLES + 50
    times = (await do.store.render_times())[KEY]
    assert (len(times), times[0], times[-1]) == (KEPT_SAMPLES, 120.0, KEPT_SAMPLES + 119.0)


async def test_a_task_attached_long_after_its_create_teaches_nothing_about_rendering(do: Steps) -> None:
    job = await do.unsure()
    do.tick(DAY / 2)
    await do.complete(await do.attach(job.attempt_id, "t1"), seconds=9.0)
    assert await do.store.render_times() == {}
