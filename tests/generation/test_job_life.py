"""The life of a job, told step by step: real HTTP to the sandbox, a real SQLite file, a clock that the test moves."""

from pathlib import Path

import pytest

from bot.generation.job import ChargeState, JobState, Outcome
from bot.generation.ports import NotDecidableError, Resolution
from tests.fakes.house import House, open_house

HOUR = 3600.0
QUOTE = 184_000  # 5 s std of Kling 2.6 at $0.0368 a second
LOST_ANSWERS = [
    "lost_answer",
    "lost_request",
    "reset",
    "reset_made",
    "no_id",
    "server_error",
    "html_504",
    "half_answer",
]


async def test_a_prompt_becomes_a_saved_video_of_the_asked_shape(tmp_path: Path) -> None:
    async with open_house(tmp_path, render=True) as house:
        job = await house.submit(aspect_ratio="9:16")
        done = await house.run(job.id)
        assert done.video is not None
        assert (done.video.width, done.video.height, round(done.video.seconds, 1)) == (720, 1280, 5.0)
        assert house.app.media.video_path(done.video).stat().st_size == done.video.size


async def test_a_prompt_becomes_one_posted_video_and_the_books_agree(house: House) -> None:
    job = await house.submit()
    assert (job.state, job.charge) == (JobState.QUEUED, ChargeState.HELD)
    done = await house.run(job.id)
    assert (done.state, done.charge) == (JobState.DELIVERED, ChargeState.SETTLED)
    assert house.creates() == 1
    assert len(house.results(job.id)) == 1
    assert await house.money(job.id) == {"hold": QUOTE, "settle": QUOTE, "cost": QUOTE}
    assert await house.books_agree()


async def test_the_gateways_own_bill_counts(house: House) -> None:
    job = await house.submit(gateway="apimart", mode="pro", audio=True)
    done = await house.run(job.id)
    assert done.bill_micros == 625_000
    assert (await house.money(job.id))["cost"] == 625_000


# ------------------------------------------------------------------------------------------ lost create answers


@pytest.mark.parametrize("fault", LOST_ANSWERS)
async def test_a_lost_create_answer_is_never_sent_again(house: House, fault: str) -> None:
    job = await house.submit(f"waves [[sandbox:{fault}]]")
    waiting = await house.run(job.id)
    assert (waiting.state, waiting.charge) == (JobState.UNCERTAIN, ChargeState.HELD)
    for _ in range(3):
        await house.restart()
        await house.step(job.id)
    assert house.creates() == 1
    assert [a.outcome for a in await house.attempts(job.id)] == [Outcome.UNCERTAIN]
    assert await house.books_agree()


async def test_after_a_day_an_undecided_job_releases_the_charge_and_books_a_possible_cost(house: House) -> None:
    job = await house.submit("waves [[sandbox:lost_answer]]")
    await house.run(job.id)
    house.clock.move(23 * HOUR)
    assert (await house.step(job.id)).state is JobState.UNCERTAIN
    house.clock.move(HOUR)
    assert (await house.step(job.id)).state is JobState.LOST
    assert await house.money(job.id) == {"hold": QUOTE, "release": -QUOTE, "cost_possibly_billed": QUOTE}
    assert house.creates() == 1
    assert await house.books_agree()


async def test_an_admin_who_finds_the_task_gets_the_video_posted(house: House) -> None:
    job = await house.submit("waves [[sandbox:lost_answer]]")
    await house.run(job.id)
    (task,) = house.sandbox.tasks()
    await house.app.service.resolve(job.id, Resolution.TASK, "shell:root", task_id=task["id"])
    assert (await house.run(job.id)).state is JobState.DELIVERED
    assert house.creates() == 1
    assert await house.books_agree()


async def test_an_admin_who_saw_it_billed_books_the_cost_and_frees_the_requester(house: House) -> None:
    job = await house.submit("waves [[sandbox:lost_answer]]")
    await house.run(job.id)
    done = await house.app.service.resolve(job.id, Resolution.BILLED, "shell:root")
    assert (done.state.is_final, done.charge) == (True, ChargeState.RELEASED)
    assert "cost_possibly_billed" in await house.money(job.id)
    assert await house.books_agree()


async def test_an_admin_who_knows_it_never_ran_frees_everything(house: House) -> None:
    job = await house.submit("waves [[sandbox:lost_request]]")
    await house.run(job.id)
    done = await house.app.service.resolve(job.id, Resolution.NOT_CREATED, "shell:root")
    assert (done.state, done.charge) == (JobState.FAILED, ChargeState.RELEASED)
    assert await house.money(job.id) == {"hold": QUOTE, "release": -QUOTE}


async def test_an_admin_may_send_it_again_under_the_same_charge(house: House) -> None:
    job = await house.submit("waves [[sandbox:lost_request]]")
    await house.run(job.id)
    await house.app.service.resolve(job.id, Resolution.AGAIN, "shell:root")
    done = await house.run(job.id)
    assert (done.state, done.attempts) == (JobState.DELIVERED, 2)
    assert house.creates() == 2
    assert await house.money(job.id) == {"hold": QUOTE, "settle": QUOTE, "cost": QUOTE}
    with pytest.raises(NotDecidableError):
        await house.app.service.resolve(job.id, Resolution.AGAIN, "shell:root")


async def test_a_task_id_that_turns_up_late_wins(house: House) -> None:
    job = await house.submit("waves [[sandbox:lost_answer]]")
    await house.run(job.id)
    house.clock.move(25 * HOUR)
    assert (await house.step(job.id)).state is JobState.LOST
    (task,), (attempt,) = house.sandbox.tasks(), await house.attempts(job.id)
    # A stale worker wakes up with the answer in its hands.
    await house.app.store.task_accepted(attempt.id, task["id"], house.clock.now(), house.clock.now())
    done = await house.run(job.id)
    assert done.state is JobState.DELIVERED
    assert "adjust_late_success" in await house.money(job.id)
    assert await house.books_agree()


async def test_where_the_gateway_can_look_up_a_lost_answer_heals_itself(tmp_path: Path) -> None:
    async with open_house(tmp_path, toapis_send_client_id=True, toapis_look_up=True) as house:
        job = await house.submit("waves [[sandbox:lost_answer]]")
        assert (await house.run(job.id)).state is JobState.UNCERTAIN
        house.clock.move(15.0)
        assert (await house.run(job.id)).state is JobState.DELIVERED
        assert house.creates() == 1


# ------------------------------------------------------------------------------------------ creates that made nothing


@pytest.mark.parametrize("fault", ["rate_limited=7", "channel_failed", "idempotency_unavailable"])
async def test_a_create_that_certainly_made_nothing_is_tried_again(house: House, fault: str) -> None:
    job = await house.submit(f"waves [[sandbox:{fault}]]")
    done = await house.run(job.id)
    assert (done.state, done.attempts) == (JobState.DELIVERED, 2)
    outcomes = [a.outcome for a in await house.attempts(job.id)]
    assert outcomes == [Outcome.NOT_CREATED, Outcome.ACCEPTED]
    assert await house.books_agree()


async def test_retry_after_is_obeyed(house: House) -> None:
    job = await house.submit("waves [[sandbox:rate_limited=90]]")
    begun = house.clock.now()
    await house.run(job.id, until=JobState.RUNNING)
    first, second = await house.attempts(job.id)
    assert second.started_at - (first.ended_at or begun) >= 90.0


@pytest.mark.parametrize(
    ("fault", "code"),
    [("moderation", "content_refused"), ("no_money", "out_of_credit"), ("fail_late", "generation_failed")],
)
@pytest.mark.parametrize("gateway", ["toapis", "apimart"])
async def test_a_refused_job_costs_nothing_and_says_why(house: House, gateway: str, fault: str, code: str) -> None:
    job = await house.submit(f"waves [[sandbox:{fault}]]", gateway=gateway)
    done = await house.run(job.id)
    assert (done.state, done.charge) == (JobState.FAILED, ChargeState.RELEASED)
    assert done.failure is not None
    assert done.failure.code == code
    assert done.failure.message.endswith(".")
    assert sum(row.usd for row in await house.ledger(job.id)) == 0
    assert house.results(job.id) == []
    assert await house.books_agree()


# ------------------------------------------------------------------------------------------ watching


BAD_LOOKS = [
    *("server_error", "html_504", "error_200", "not_found", "rate_limited", "half_answer"),
    *("lost_request", "reset", "html_200", "not_found", "rate_unavailable", "server_error"),
]


async def test_twelve_bad_looks_in_a_row_of_mixed_kinds_and_then_the_video(house: House) -> None:
    job = await house.submit("waves [[sandbox:slow=60]]")
    await house.run(job.id, until=JobState.RUNNING)
    assert len(BAD_LOOKS) == 12
    for fault in BAD_LOOKS:
        # Twice, because the HTTP library repeats a GET once when a kept connection dies.
        house.sandbox.inject(fault, route="status", times=2)
        assert (await house.step(job.id)).state is JobState.RUNNING
        assert house.app.worker.watcher.watches[job.id].seen_running is None
        house.sandbox.clear_faults()
    done = await house.run(job.id)
    assert (done.state, done.charge) == (JobState.DELIVERED, ChargeState.SETTLED)
    assert house.creates() == 1
    assert await house.books_agree()


async def test_three_404s_within_a_minute_do_not_end_a_job(house: House) -> None:
    job = await house.submit("waves [[sandbox:not_found=3]]")
    assert (await house.run(job.id)).state is JobState.DELIVERED


async def test_a_task_that_stays_unknown_ends_the_job_as_lost_but_not_before_five_minutes(house: House) -> None:
    job = await house.submit("waves [[sandbox:vanish]]")
    begun = house.clock.now()
    done = await house.run(job.id)
    assert (done.state, done.charge) == (JobState.LOST, ChargeState.RELEASED)
    assert house.clock.now() - begun >= 300.0
    assert "cost_possibly_billed" in await house.money(job.id)
    assert await house.books_agree()


async def test_a_task_still_running_after_fifteen_minutes_says_so_and_is_delivered(house: House) -> None:
    job = await house.submit("waves [[sandbox:slow=1200]]")
    await house.run(job.id, until=JobState.RUNNING)
    while house.clock.now() - job.accepted_at < 1000:
        await house.step(job.id)
    assert (await house.view(job.id)).taking_longer
    assert (await house.run(job.id)).state is JobState.DELIVERED


async def test_a_task_still_running_after_23_hours_is_delivered_and_paid(house: House) -> None:
    job = await house.submit("waves [[sandbox:slow=82800]]")
    done = await house.run(job.id)
    assert (done.state, done.charge) == (JobState.DELIVERED, ChargeState.SETTLED)
    assert house.clock.now() - job.accepted_at >= 82800


async def test_a_task_that_never_ends_is_given_up_after_a_day(house: House) -> None:
    job = await house.submit("waves [[sandbox:stuck]]")
    done = await house.run(job.id)
    assert (done.state, done.charge) == (JobState.LOST, ChargeState.RELEASED)
    assert house.clock.now() - job.accepted_at >= 24 * HOUR


async def test_completed_without_a_link_is_looked_at_again(house: House) -> None:
    job = await house.submit("waves [[sandbox:no_url=3]]")
    assert (await house.run(job.id)).state is JobState.DELIVERED


async def test_completed_without_a_link_for_good_names_the_gateway(house: House) -> None:
    job = await house.submit("waves [[sandbox:no_url x0]]")
    done = await house.run(job.id)
    assert done.state is JobState.LOST  # not failed: it can be taken up again when the link is there
    assert done.failure is not None
    assert "toapis" in done.failure.message.lower()
    assert "cost_possibly_billed" in await house.money(job.id)
    assert await house.books_agree()


# ------------------------------------------------------------------------------------------ cancelling


async def test_cancelled_while_queued_is_free(house: House) -> None:
    job = await house.submit()
    done = await house.app.service.cancel(job.id, "chat:anna")
    assert (done.state, done.charge) == (JobState.CANCELLED, ChargeState.RELEASED)
    await house.step(job.id)
    assert house.creates() == 0
    assert await house.books_agree()


async def test_cancelled_while_running_is_billed_and_not_posted(house: House) -> None:
    job = await house.submit()
    await house.run(job.id, until=JobState.RUNNING)
    wished = await house.app.service.cancel(job.id, "chat:anna")
    assert wished.state is JobState.RUNNING
    house.app.worker.watcher.forget(job.id)
    done = await house.run(job.id)
    assert (done.state, done.charge) == (JobState.CANCELLED, ChargeState.SETTLED)
    assert house.results(job.id) == []
    assert await house.books_agree()


# ------------------------------------------------------------------------------------------ saving, delivering


@pytest.mark.parametrize(
    "fault", ["cut_download", "redirect x1", "no_range", "no_length", "octet_stream", "url_place=url"]
)
async def test_downloads_that_stumble_still_arrive(house: House, fault: str) -> None:
    job = await house.submit(f"waves [[sandbox:{fault}]]")
    done = await house.run(job.id)
    assert done.state is JobState.DELIVERED
    assert done.video is not None


async def test_what_cannot_be_saved_is_shown_by_its_link(house: House) -> None:
    job = await house.submit("waves [[sandbox:expired]]")
    done = await house.run(job.id)
    assert (done.state, done.video, done.charge) == (JobState.DELIVERED, None, ChargeState.SETTLED)
    assert done.output is not None
    assert house.results(job.id)[0]["text"] == done.output.url


async def test_a_chat_that_stumbles_gets_the_video_once(house: House) -> None:
    house.chat.refuse_with = [500, 503]
    job = await house.submit()
    assert (await house.run(job.id)).state is JobState.DELIVERED
    assert len(house.results(job.id)) == 1


async def test_a_post_whose_answer_was_lost_is_found_and_not_posted_again(house: House) -> None:
    house.chat.lose_answers = 1
    job = await house.submit()
    done = await house.run(job.id)
    assert done.state is JobState.DELIVERED
    assert len(house.results(job.id)) == 1


async def test_a_chat_that_is_gone_keeps_the_video_and_the_money_as_they_are(house: House) -> None:
    house.chat.refuse_with = [404]
    job = await house.submit()
    done = await house.run(job.id)
    assert (done.state, done.charge) == (JobState.UNDELIVERABLE, ChargeState.SETTLED)
    assert done.video is not None
    assert house.app.media.video_path(done.video).is_file()
    await house.app.service.resume(job.id, "chat:anna")
    assert (await house.run(job.id)).state is JobState.DELIVERED
    assert await house.books_agree()
