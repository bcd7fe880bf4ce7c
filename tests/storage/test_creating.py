"""From queued to a task: uploads, the attempt before the POST, and what became of it."""

import pytest

from bot.generation.job import ChargeState, Failure, IllegalMoveError, JobState, Outcome
from bot.generation.ports import Resolution, Uploaded
from storage.creating import UPLOAD_FRESH
from tests.storage.steps import BUSY, DAY, HOUR, QUOTE, Steps


async def test_the_attempt_is_there_before_anything_is_sent(do: Steps) -> None:
    job = await do.accepted()
    creating = await do.store.begin_attempt(job, "a1", {"prompt": "waves", "n": 1}, "me", do.now + 300, do.tick())
    assert creating is not None
    assert creating == await do.job(job.id)
    assert (creating.state, creating.attempts, creating.attempt_id) == (JobState.CREATING, 1, "a1")
    assert (creating.lease_owner, creating.lease_until) == ("me", creating.due_at)
    [attempt] = await do.store.attempts(job.id)
    assert (attempt.outcome, attempt.body, attempt.task_id) == (Outcome.SENDING, {"prompt": "waves", "n": 1}, None)


async def test_a_second_worker_with_the_same_reading_is_fenced(do: Steps) -> None:
    job = await do.accepted()
    await do.begin(job, "a1")
    assert await do.store.begin_attempt(job, "a2", {}, "other", do.now + 300, do.tick()) is None
    assert len(await do.store.attempts(job.id)) == 1


async def test_the_lease_ends_with_its_time_or_with_the_next_version(do: Steps) -> None:
    job = await do.creating()
    assert await do.store.holds_lease(job, do.now)
    assert not await do.store.holds_lease(job, do.now + 301)
    await do.doubt(job)
    assert not await do.store.holds_lease(job, do.now)


async def test_a_task_id_lets_the_job_run(do: Steps) -> None:
    job = await do.creating()
    running = await do.attach(job.attempt_id, "t1")
    assert running == await do.job(job.id)
    assert (running.state, running.task_id, running.task_created_at) == (JobState.RUNNING, "t1", do.now)
    assert (running.lease_owner, running.lease_until) == (None, None)
    attempt = await do.attempt(job.attempt_id)
    assert (attempt.outcome, attempt.task_id) == (Outcome.ACCEPTED, "t1")


async def test_not_created_goes_back_to_queued_with_one_more_retry(do: Steps) -> None:
    job = await do.creating()
    queued = await do.store.not_created(job, str(job.attempt_id), BUSY, do.now + 30, do.tick())
    assert queued is not None
    assert (queued.state, queued.retries, queued.due_at, queued.failure) == (JobState.QUEUED, 1, do.now + 29, BUSY)
    assert queued.charge is ChargeState.HELD
    attempt = await do.attempt(job.attempt_id)
    assert (attempt.outcome, attempt.error) == (Outcome.NOT_CREATED, BUSY.message)
    again = await do.begin(queued)
    assert (again.attempts, again.failure, again.retries) == (2, None, 1)
    assert await do.books_agree()


async def test_not_created_for_good_fails_and_releases(do: Steps) -> None:
    job = await do.creating()
    failed = await do.store.not_created(job, str(job.attempt_id), BUSY, None, do.tick())
    assert failed is not None
    assert (failed.state, failed.charge, failed.due_at) == (JobState.FAILED, ChargeState.RELEASED, None)
    assert failed.finished_at == do.now
    assert await do.events(job) == [("hold", QUOTE), ("release", -QUOTE)]
    assert await do.used_and_held() == (0, 0)
    assert await do.books_agree()


async def test_not_created_of_a_stale_worker_is_fenced(do: Steps) -> None:
    job = await do.creating()
    await do.attach(job.attempt_id, "task-1")
    assert await do.store.not_created(job, str(job.attempt_id), BUSY, None, do.tick()) is None
    assert (await do.job(job.id)).state is JobState.RUNNING


async def test_an_uncertain_create_keeps_its_hold(do: Steps) -> None:
    job = await do.unsure()
    assert (job.state, job.charge) == (JobState.UNCERTAIN, ChargeState.HELD)
    assert job.failure == Failure("connection_lost", "The answer was lost.")
    assert (await do.attempt(job.attempt_id)).outcome is Outcome.UNCERTAIN
    assert await do.used_and_held() == (0, QUOTE)


async def test_after_a_day_undecided_the_charge_is_released_and_the_cost_booked_as_possible(do: Steps) -> None:
    job = await do.given_up()
    assert (job.state, job.charge) == (JobState.LOST, ChargeState.RELEASED)
    assert await do.events(job) == [("hold", QUOTE), ("release", -QUOTE), ("cost_possibly_billed", QUOTE)]
    assert (await do.attempt(job.attempt_id)).possibly_billed
    assert await do.books_agree()


# -------------------------------------------------------------------------------------------------- cancelling


async def test_a_wish_before_the_upload_is_honoured_free(do: Steps) -> None:
    job = await do.unsure()
    await do.store.want_cancel(job.id, "anna", do.tick())
    queued = await do.store.resolve(job.id, Resolution.AGAIN, "admin", do.tick())
    cancelled = await do.store.begin_upload(queued, do.tick())
    assert cancelled is not None
    assert (cancelled.state, cancelled.charge) == (JobState.CANCELLED, ChargeState.RELEASED)


async def test_a_wish_while_uploading_is_honoured_free_before_the_create(do: Steps) -> None:
    job = await do.store.begin_upload(await do.accepted(), do.tick())
    assert job is not None
    wished = await do.store.want_cancel(job.id, "anna", do.tick())
    assert (wished.state, wished.cancel_wanted_at) == (JobState.UPLOADING, do.now)
    cancelled = await do.begin(job)
    assert (cancelled.state, cancelled.charge) == (JobState.CANCELLED, ChargeState.RELEASED)
    assert await do.store.attempts(job.id) == []
    assert await do.books_agree()


async def test_a_wish_during_the_create_is_honoured_free_when_it_made_nothing(do: Steps) -> None:
    job = await do.creating()
    await do.store.want_cancel(job.id, "anna", do.tick())
    cancelled = await do.store.not_created(job, str(job.attempt_id), BUSY, do.now + 5, do.tick())
    assert cancelled is not None
    assert (cancelled.state, cancelled.charge) == (JobState.CANCELLED, ChargeState.RELEASED)


# ----------------------------------------------------------------------------------------------------- uploads


async def test_uploads_are_kept_per_gateway_while_they_are_good_for_another_hour(do: Steps) -> None:
    job = await do.store.begin_upload(await do.accepted(), do.tick())
    assert job is not None
    assert (job.state, job.due_at) == (JobState.UPLOADING, do.now)
    put = do.store.note_upload
    soon = do.now + UPLOAD_FRESH + 1
    await put(job.id, "a.jpg", Uploaded("https://u/a", soon + HOUR), "toapis", do.now)
    await put(job.id, "b.jpg", Uploaded("https://u/b", soon + HOUR - 1), "toapis", do.now)
    await put(job.id, "c.jpg", Uploaded("https://u/c", None), "toapis", do.now)
    await put(job.id, "a.jpg", Uploaded("https://m/a", None), "apimart", do.now)
    # Just uploaded, a short-lived link is used: else it would be uploaded again and again.
    assert set(await do.store.uploads(job.id, "toapis", do.now)) == {"a.jpg", "b.jpg", "c.jpg"}
    assert await do.store.uploads(job.id, "toapis", soon) == {"a.jpg": "https://u/a", "c.jpg": "https://u/c"}
    await put(job.id, "b.jpg", Uploaded("https://u/b2", do.now + DAY), "toapis", do.now)
    assert (await do.store.uploads(job.id, "toapis", do.now))["b.jpg"] == "https://u/b2"
    assert await do.store.uploads(job.id, "apimart", do.now) == {"a.jpg": "https://m/a"}


async def test_a_move_the_machine_does_not_have_changes_nothing(do: Steps) -> None:
    job = await do.accepted()
    with pytest.raises(IllegalMoveError):
        await do.store.completed(job, None, None, None, do.tick())
    assert await do.job(job.id) == job
    assert await do.books_agree()


async def test_what_was_surely_not_sent_frees_a_job_that_another_process_took_for_uncertain(do: Steps) -> None:
    job = await do.creating()
    await do.doubt(job)
    after = await do.store.not_created(job, str(job.attempt_id), BUSY, do.now + 5, do.tick())
    assert after is not None
    assert (after.state, after.charge) == (JobState.QUEUED, ChargeState.HELD)
    assert (await do.attempt(job.attempt_id)).outcome is Outcome.NOT_CREATED
    again = await do.doubt(await do.begin(after))
    assert await do.store.not_created(job, str(job.attempt_id), BUSY, do.now, do.tick()) is None
    assert (await do.job(job.id)).attempt_id == again.attempt_id
    assert await do.books_agree()
