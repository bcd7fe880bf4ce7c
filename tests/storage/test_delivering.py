"""Saving and delivering: at least once with a look first, and never a change of the money."""

import pytest

from bot.generation.job import ChargeState, DeliveryState, Failure, JobState, Purpose
from bot.generation.limits import Unit, Window
from bot.generation.ports import NotDecidableError
from storage import reading
from storage.sqlite import SqliteDatabase
from tests.storage.steps import BUSY, OUTPUT, QUOTE, VIDEO, Steps

LINK_ONLY = Failure("not_saved", "The link could not be read.")
NO_WAY = Failure("undeliverable", "The channel is gone.")


async def test_a_saved_video_is_delivered(do: Steps) -> None:
    job = await do.delivering()
    assert job == await do.job(job.id)
    assert (job.state, job.video, job.output, job.due_at) == (JobState.DELIVERING, VIDEO, OUTPUT, do.now)
    done = await do.store.delivered(job, "m1", do.tick())
    assert done is not None
    assert (done.state, done.due_at, done.finished_at) == (JobState.DELIVERED, None, do.now)
    [message] = await do.store.deliveries(job.id)
    assert (message.purpose, message.state, message.reference) == (Purpose.RESULT, DeliveryState.SENT, "m1")
    assert await do.store.delivered(job, "m2", do.tick()) is None


async def test_a_video_that_cannot_be_saved_is_delivered_as_a_link_and_says_why(do: Steps) -> None:
    saving = await do.complete(await do.running())
    job = await do.store.saved(saving, None, LINK_ONLY, do.tick())
    assert job is not None
    assert (job.video, job.failure) == (None, LINK_ONLY)
    later = await do.store.postpone(job, do.now + 5, do.tick(), failure=NO_WAY, retries=1)
    assert later is not None
    assert (later.failure, later.retries) == (LINK_ONLY, 1)
    done = await do.store.delivered(later, "m1", do.tick())
    assert done is not None
    assert done.failure == LINK_ONLY


async def test_a_failed_post_is_history_once_the_video_is_posted(do: Steps) -> None:
    later = await do.store.postpone(await do.delivering(), do.now, do.tick(), failure=NO_WAY, retries=1)
    assert later is not None
    assert later.failure == NO_WAY
    done = await do.store.delivered(later, "m1", do.tick())
    assert done is not None
    assert done.failure is None


async def test_sending_tells_what_was_there_before(do: Steps) -> None:
    job = await do.delivering()
    assert await do.store.sending(job.id, Purpose.RESULT, do.tick()) is None
    before = await do.store.sending(job.id, Purpose.RESULT, do.tick())
    assert before is not None
    assert (before.state, before.reference) == (DeliveryState.SENDING, None)
    await do.store.sent(job.id, Purpose.RESULT, "m1", do.tick())
    sent = await do.store.sending(job.id, Purpose.RESULT, do.tick())
    assert sent is not None
    assert (sent.state, sent.reference) == (DeliveryState.SENT, "m1")
    assert await do.store.sending(job.id, Purpose.STATUS, do.tick()) is None


async def test_an_undeliverable_video_keeps_video_charge_and_cost_and_can_be_tried_again(do: Steps) -> None:
    await do.wide_limits()
    delivering = await do.delivering()
    job = await do.store.undeliverable(delivering, NO_WAY, do.tick())
    assert job is not None
    assert (job.state, job.video, job.charge, job.failure) == (
        JobState.UNDELIVERABLE,
        VIDEO,
        ChargeState.SETTLED,
        NO_WAY,
    )
    assert await do.events(job) == [("hold", QUOTE), ("settle", QUOTE), ("cost", QUOTE)]
    again = await do.store.resume(job.id, "admin", do.tick())
    assert (again.state, again.due_at, again.finished_at) == (JobState.DELIVERING, do.now, None)
    assert (await do.use(Unit.JOBS, Window.NOW)).held == 1
    assert await do.books_agree()


async def test_a_wish_before_the_video_is_saved_means_billed_and_not_posted(do: Steps) -> None:
    running = await do.running()
    wished = await do.store.want_cancel(running.id, "anna", do.tick())
    assert (wished.state, wished.version) == (JobState.RUNNING, running.version)
    job = await do.saved(await do.complete(running))
    assert (job.state, job.charge, job.video) == (JobState.CANCELLED, ChargeState.SETTLED, VIDEO)
    shown = await do.store.resume(job.id, "anna", do.tick())
    assert (shown.state, shown.cancel_wanted_at) == (JobState.DELIVERING, None)
    assert await do.books_agree()


async def test_a_wish_before_the_post_stops_it(do: Steps) -> None:
    job = await do.delivering()
    cancelled = await do.store.want_cancel(job.id, "anna", do.tick())
    assert cancelled.state is JobState.CANCELLED
    with pytest.raises(NotDecidableError, match="cancelled meanwhile"):
        await do.store.sending(job.id, Purpose.RESULT, do.tick())
    assert await do.store.deliveries(job.id) == []


async def test_a_wish_during_the_post_counts_only_when_it_fails(do: Steps) -> None:
    job = await do.delivering()
    await do.store.sending(job.id, Purpose.RESULT, do.tick())
    wished = await do.store.want_cancel(job.id, "anna", do.tick())
    assert wished.state is JobState.DELIVERING
    cancelled = await do.store.postpone(job, do.now + 5, do.tick(), failure=BUSY)
    assert cancelled is not None
    assert (cancelled.state, cancelled.charge) == (JobState.CANCELLED, ChargeState.SETTLED)
    assert await do.books_agree()


# ----------------------------------------------------------------------------------------- the status messages


async def shown(do: Steps, job_id: str) -> None:
    """The status message is there and shows what became of the job."""
    await do.store.sending(job_id, Purpose.STATUS, do.tick())
    await do.store.sent(job_id, Purpose.STATUS, "status-1", do.tick())
    await do.store.close_delivery(job_id, Purpose.STATUS, True, do.tick())


async def test_a_message_is_closed_and_opened(do: Steps) -> None:
    job = await do.delivered()
    await shown(do, job.id)
    rows = {row.purpose: row for row in await do.store.deliveries(job.id)}
    assert (rows[Purpose.STATUS].closed, rows[Purpose.STATUS].updated_at) == (True, do.now)
    assert (rows[Purpose.STATUS].state, rows[Purpose.STATUS].reference) == (DeliveryState.SENT, "status-1")
    assert not rows[Purpose.RESULT].closed
    await do.store.close_delivery(job.id, Purpose.STATUS, False, do.tick())
    assert not any(row.closed for row in await do.store.deliveries(job.id))
    await do.store.close_delivery("nothing", Purpose.STATUS, True, do.tick())
    assert await do.store.deliveries("nothing") == []


async def test_a_status_is_open_until_it_shows_the_end(do: Steps) -> None:
    job = await do.accepted()
    assert await do.store.open_statuses("shell") == [job.id]  # before any message, too
    await do.store.sending(job.id, Purpose.STATUS, do.tick())
    await do.store.sent(job.id, Purpose.STATUS, "status-1", do.tick())
    assert await do.store.open_statuses("shell") == [job.id]
    await do.store.want_cancel(job.id, "anna", do.tick())
    assert await do.store.open_statuses("shell") == [job.id]  # it does not say so yet
    await do.store.close_delivery(job.id, Purpose.STATUS, True, do.tick())
    assert await do.store.open_statuses("shell") == []
    assert await do.store.open_statuses("discord") == []


async def test_a_finished_job_without_a_status_message_needs_none(do: Steps) -> None:
    await do.delivered()
    waits = await do.accepted(needs_approval=True)
    assert await do.store.open_statuses("shell") == [waits.id]


async def test_a_job_taken_up_again_is_open_again_until_its_new_end_is_shown(do: Steps) -> None:
    await do.no_limits()
    job = await do.store.undeliverable(await do.delivering(), NO_WAY, do.tick())
    lost = await do.given_up()
    assert job is not None
    for ended in (job, lost):
        await shown(do, ended.id)
    assert await do.store.open_statuses("shell") == []
    await do.store.resume(job.id, "admin", do.tick())
    await do.attach(lost.attempt_id, "late")
    assert set(await do.store.open_statuses("shell")) == {job.id, lost.id}
    again = await do.store.delivered(await do.job(job.id), "m1", do.tick())
    assert again is not None
    assert set(await do.store.open_statuses("shell")) == {job.id, lost.id}
    await shown(do, job.id)
    assert await do.store.open_statuses("shell") == [lost.id]


async def test_a_message_closed_while_its_job_went_on_is_open_at_the_next_end(do: Steps) -> None:
    job = await do.running()
    await shown(do, job.id)  # a slow editor, which had seen an end
    assert await do.store.open_statuses("shell") == [job.id]
    await do.store.fail(job, BUSY, do.tick())
    assert await do.store.open_statuses("shell") == [job.id]


async def test_open_statuses_are_found_without_reading_the_finished_jobs(sqlite_database: SqliteDatabase) -> None:
    do = Steps(sqlite_database)
    plan = await do.plan(reading._OPEN_STATUSES, {"platform": "shell"})
    reads = [line for line in plan if line.startswith(("SCAN", "SEARCH"))]
    assert reads == [
        "SCAN jobs USING INDEX ix_jobs_unfinished",
        "SCAN deliveries USING INDEX ix_deliveries_open_status",
        "SEARCH jobs USING INDEX sqlite_autoindex_jobs_1 (id=?)",
    ]


# --------------------------------------------------------------------------------------------- deleted videos


async def test_a_deleted_video_is_forgotten_and_the_money_stays(do: Steps) -> None:
    job = await do.delivered()
    await shown(do, job.id)
    before = await do.events(job)
    deleted = await do.store.delete_video(job.id, "shell:anna", do.tick())
    assert (deleted.state, deleted.video, deleted.output, deleted.deleted_at) == (
        JobState.DELIVERED,
        None,
        None,
        do.now,
    )
    assert await do.job(job.id) == deleted
    assert await do.store.open_statuses("shell") == [job.id]  # its message says so only after an edit
    assert await do.store.delete_video(job.id, "shell:ben", do.tick()) == deleted
    assert await do.audited() == [("shell:anna", "delete video", job.id)]
    assert await do.events(job) == before
    assert await do.books_agree()


async def test_a_deleted_video_cannot_be_delivered_any_more(do: Steps) -> None:
    job = await do.store.undeliverable(await do.delivering(), NO_WAY, do.tick())
    assert job is not None
    assert set(await do.store.media_in_use()) == {job.id}
    await do.store.delete_video(job.id, "shell:anna", do.tick())
    assert set(await do.store.media_in_use()) == set()
    with pytest.raises(NotDecidableError, match="was deleted"):
        await do.store.resume(job.id, "admin", do.tick())


async def test_any_finished_job_may_be_told_its_video_was_deleted(do: Steps) -> None:
    await do.no_limits()
    ended = [await do.given_up(), await do.store.want_cancel((await do.accepted()).id, "anna", do.tick())]
    failed = await do.store.fail(await do.running(), BUSY, do.tick())
    assert failed is not None
    for job in (*ended, failed):
        assert (await do.store.delete_video(job.id, "anna", do.tick())).deleted_at == do.now
    late = await do.attach(ended[0].attempt_id, "late")
    assert (late.state, late.deleted_at) == (JobState.RUNNING, None)
    assert await do.books_agree()


@pytest.mark.parametrize("state", ["delivering", "running", "nothing"])
async def test_only_a_finished_jobs_video_is_deleted(do: Steps, state: str) -> None:
    job_id = "nothing" if state == "nothing" else (await getattr(do, state)()).id
    with pytest.raises(NotDecidableError, match=r"\.$"):
        await do.store.delete_video(job_id, "anna", do.tick())
    assert await do.audited() == []
