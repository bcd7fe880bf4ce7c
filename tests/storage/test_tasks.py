"""A task id is a fact: never fenced away, and never a reason to pay twice."""

import pytest

from bot.generation.job import ChargeState, JobState, Outcome
from bot.generation.ports import Resolution
from tests.storage.steps import BUSY, CENT, QUOTE, Steps


async def test_the_same_task_id_again_changes_nothing(do: Steps) -> None:
    job = await do.running()
    assert await do.attach(job.attempt_id, str(job.task_id)) == job
    failed = await do.store.fail(job, BUSY, do.tick())
    assert await do.attach(job.attempt_id, str(job.task_id)) == failed


async def test_an_unknown_attempt_is_nobodys_task(do: Steps) -> None:
    assert await do.store.task_accepted("nobody", "t1", do.now, do.now) is None


async def test_a_stale_worker_still_attaches_its_task(do: Steps) -> None:
    job = await do.unsure()
    running = await do.attach(job.attempt_id, "t1")
    assert (running.state, running.task_id, running.charge) == (JobState.RUNNING, "t1", ChargeState.HELD)
    assert await do.books_agree()


@pytest.mark.parametrize("end", ["lost", "failed"])
async def test_a_late_task_revives_its_job_and_its_success_is_an_adjustment(do: Steps, end: str) -> None:
    await do.wide_limits()
    if end == "lost":
        job = await do.given_up()
    else:
        creating = await do.creating()
        failed = await do.store.not_created(creating, str(creating.attempt_id), BUSY, None, do.tick())
        assert failed is not None
        job = failed
    running = await do.attach(job.attempt_id, "t1")
    assert (running.state, running.charge, running.failure, running.finished_at) == (
        JobState.RUNNING,
        ChargeState.RELEASED,
        None,
        None,
    )
    assert await do.books_agree()
    done = await do.complete(running, bill=40 * CENT)
    assert (done.state, done.charge) == (JobState.SAVING, ChargeState.SETTLED)
    assert ("adjust_late_success", 40 * CENT) in await do.events(job, "charge")
    costs = await do.events(job, "cost")
    assert sum(usd for _, usd in costs) == 40 * CENT
    assert [event for event, _ in costs] == (["cost_possibly_billed", "adjust_cost"] if end == "lost" else ["cost"])
    use_at = do.now
    do.now = job.accepted_at
    assert await do.used_and_held() == (40 * CENT, 0)
    do.now = use_at
    assert await do.books_agree()


async def test_a_late_task_that_fails_takes_back_the_possible_cost(do: Steps) -> None:
    job = await do.given_up()
    running = await do.attach(job.attempt_id, "t1")
    failed = await do.store.fail(running, BUSY, do.tick())
    assert failed is not None
    assert (failed.state, failed.charge) == (JobState.FAILED, ChargeState.RELEASED)
    assert sum(usd for _, usd in await do.events(job, "cost")) == 0
    assert await do.books_agree()


async def test_a_task_that_turns_up_before_the_second_create_saves_it(do: Steps) -> None:
    job = await do.unsure()
    await do.store.resolve(job.id, Resolution.AGAIN, "admin", do.tick())
    running = await do.attach(job.attempt_id, "t1")
    assert (running.state, running.task_id) == (JobState.RUNNING, "t1")
    assert ("videobot", "late task", job.id) in await do.audited()
    assert await do.books_agree()


async def _second_running(do: Steps) -> tuple[str, str]:
    """A job whose admin said AGAIN and whose second create runs: its id and the first attempt's."""
    first = await do.unsure()
    second = await do.begin(await do.store.resolve(first.id, Resolution.AGAIN, "admin", do.tick()))
    await do.attach(second.attempt_id, "t2")
    return first.id, str(first.attempt_id)


async def test_the_first_task_turning_up_beside_the_second_is_kept_and_told(do: Steps) -> None:
    job_id, first = await _second_running(do)
    running = await do.attach(first, "t1")
    assert (running.state, running.task_id) == (JobState.RUNNING, "t2")
    attempt = await do.attempt(first)
    assert (attempt.outcome, attempt.task_id, attempt.possibly_billed) == (Outcome.ACCEPTED, "t1", True)
    assert ("videobot", "unwatched task", job_id) in await do.audited()
    done = await do.complete(running)
    assert await do.events(done, "cost") == [("cost_possibly_billed", QUOTE), ("cost", QUOTE)]
    assert await do.books_agree()


async def test_when_the_second_task_fails_the_first_one_is_watched(do: Steps) -> None:
    _, first = await _second_running(do)
    running = await do.attach(first, "t1")
    after = await do.store.fail(running, BUSY, do.tick())
    assert after is not None
    assert (after.state, after.task_id, after.charge) == (JobState.RUNNING, "t1", ChargeState.HELD)
    over = await do.store.fail(after, BUSY, do.tick())
    assert over is not None
    assert (over.state, over.charge) == (JobState.FAILED, ChargeState.RELEASED)
    assert sum(usd for _, usd in await do.events(over)) == 0
    assert await do.books_agree()


@pytest.mark.parametrize("outcome", ["not created", "uncertain"])
async def test_when_the_second_create_makes_nothing_the_first_task_is_watched(do: Steps, outcome: str) -> None:
    first = await do.unsure()
    second = await do.begin(await do.store.resolve(first.id, Resolution.AGAIN, "admin", do.tick()))
    still = await do.attach(first.attempt_id, "t1")
    assert still.state is JobState.CREATING
    if outcome == "uncertain":
        after = await do.doubt(second)
    else:
        created = await do.store.not_created(second, str(second.attempt_id), BUSY, do.now, do.tick())
        assert created is not None
        after = created
    assert (after.state, after.task_id) == (JobState.RUNNING, "t1")
    await do.complete(after)
    assert (await do.attempt(second.attempt_id)).possibly_billed is (outcome == "uncertain")
    assert await do.books_agree()


async def test_two_uncertain_creates_and_the_first_turns_up(do: Steps) -> None:
    first = await do.unsure()
    second = await do.doubt(await do.begin(await do.store.resolve(first.id, Resolution.AGAIN, "admin", do.tick())))
    running = await do.attach(first.attempt_id, "t1")
    assert (running.state, running.attempt_id) == (JobState.RUNNING, first.attempt_id)
    assert (await do.attempt(second.attempt_id)).possibly_billed
    assert await do.books_agree()


async def test_a_task_of_a_cancelled_job_is_kept_and_its_possible_cost_booked(do: Steps) -> None:
    job = await do.unsure()
    await do.store.want_cancel(job.id, "anna", do.tick())
    queued = await do.store.resolve(job.id, Resolution.AGAIN, "admin", do.tick())
    await do.begin(queued)  # honours the wish
    after = await do.attach(job.attempt_id, "t1")
    assert after.state is JobState.CANCELLED
    assert await do.events(job, "cost") == [("cost_possibly_billed", QUOTE)]
    assert await do.books_agree()


async def test_another_task_id_for_the_same_attempt_is_not_kept_but_told(do: Steps) -> None:
    job = await do.running()
    after = await do.attach(job.attempt_id, "other")
    assert after == job
    assert ("videobot", "second task id", job.id) in await do.audited()
