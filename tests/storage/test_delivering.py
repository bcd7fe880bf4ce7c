"""Saving and delivering: at least once with a look first, and never a change of the money."""

import pytest

from bot.generation.job import ChargeState, DeliveryState, Failure, JobState, Purpose
from bot.generation.limits import Unit, Window
from bot.generation.ports import NotDecidableError
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
