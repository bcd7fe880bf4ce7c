"""What people decide: each decision is audited, and a refused one changes nothing."""

import pytest

from bot.generation.job import ChargeState, Job, JobState, Outcome
from bot.generation.limits import Unit, Window
from bot.generation.ports import NotDecidableError, Resolution
from tests.storage.steps import BUSY, QUOTE, Steps

R = Resolution


async def test_a_queued_job_is_cancelled_at_once_and_free(do: Steps) -> None:
    job = await do.accepted()
    cancelled = await do.store.want_cancel(job.id, "shell:anna", do.tick())
    assert (cancelled.state, cancelled.charge) == (JobState.CANCELLED, ChargeState.RELEASED)
    assert await do.audited() == [("shell:anna", "cancel", job.id)]
    assert await do.used_and_held() == (0, 0)
    assert (await do.use(Unit.JOBS, Window.NOW)).held == 0
    assert await do.books_agree()


async def test_a_job_waiting_for_approval_is_cancelled_at_once(do: Steps) -> None:
    job = await do.accepted(needs_approval=True)
    assert (await do.store.want_cancel(job.id, "anna", do.tick())).state is JobState.CANCELLED


async def test_a_job_at_the_gateway_keeps_the_wish(do: Steps) -> None:
    job = await do.creating()
    wished = await do.store.want_cancel(job.id, "anna", do.tick())
    assert (wished.state, wished.cancel_wanted_at, wished.version) == (JobState.CREATING, do.now, job.version)
    again = await do.store.want_cancel(job.id, "anna", do.tick())
    assert again.cancel_wanted_at == wished.cancel_wanted_at
    assert (await do.attach(job.attempt_id, "t1")).cancel_wanted_at == wished.cancel_wanted_at


async def test_nothing_can_be_cancelled_twice_or_out_of_thin_air(do: Steps) -> None:
    job = await do.delivered()
    with pytest.raises(NotDecidableError, match="delivered already"):
        await do.store.want_cancel(job.id, "anna", do.tick())
    with pytest.raises(NotDecidableError, match="There is no job nope"):
        await do.store.want_cancel("nope", "anna", do.tick())
    assert await do.audited() == []


# --------------------------------------------------------------------------------------------------- resolving


async def test_an_admin_knows_the_task(do: Steps) -> None:
    job = await do.unsure()
    running = await do.store.resolve(job.id, R.TASK, "admin", do.tick(), task_id="t9")
    assert (running.state, running.task_id, running.due_at) == (JobState.RUNNING, "t9", do.now)
    assert (await do.attempt(job.attempt_id)).task_id == "t9"
    assert ("admin", "resolve", job.id) in await do.audited()
    await do.complete(running)
    assert await do.books_agree()


async def test_a_lost_job_gets_its_task_too(do: Steps) -> None:
    job = await do.given_up()
    assert (await do.store.resolve(job.id, R.TASK, "admin", do.tick(), task_id="t9")).state is JobState.RUNNING
    assert await do.books_agree()


async def test_a_task_must_be_given_and_be_nobody_elses(do: Steps) -> None:
    other = await do.running("ben")
    job = await do.unsure()
    with pytest.raises(NotDecidableError, match="Give the id"):
        await do.store.resolve(job.id, R.TASK, "admin", do.tick())
    with pytest.raises(NotDecidableError, match=f"belongs to job {other.id}"):
        await do.store.resolve(job.id, R.TASK, "admin", do.tick(), task_id=other.task_id)
    assert await do.job(job.id) == job
    assert await do.audited() == []


async def test_a_lost_job_with_a_task_keeps_that_task(do: Steps) -> None:
    job = await do.running()
    await do.store.fail(job, BUSY, do.tick(), state=JobState.LOST, possibly_billed=True)
    with pytest.raises(NotDecidableError, match="has the task"):
        await do.store.resolve(job.id, R.TASK, "admin", do.tick(), task_id="other")


@pytest.mark.parametrize("lost", [False, True])
async def test_an_admin_knows_it_was_billed(do: Steps, lost: bool) -> None:
    job = await (do.given_up() if lost else do.unsure())
    after = await do.store.resolve(job.id, R.BILLED, "admin", do.tick())
    assert (after.state, after.charge) == (JobState.LOST, ChargeState.RELEASED)
    assert await do.events(job) == [("hold", QUOTE), ("release", -QUOTE), ("cost_possibly_billed", QUOTE)]
    assert await do.books_agree()


async def test_an_admin_knows_it_never_ran(do: Steps) -> None:
    job = await do.unsure()
    after = await do.store.resolve(job.id, R.NOT_CREATED, "admin", do.tick())
    assert (after.state, after.charge) == (JobState.FAILED, ChargeState.RELEASED)
    assert await do.events(job) == [("hold", QUOTE), ("release", -QUOTE)]
    assert (await do.attempt(job.attempt_id)).outcome is Outcome.NOT_CREATED
    assert await do.books_agree()


async def test_a_lost_job_that_never_ran_costs_nothing(do: Steps) -> None:
    job = await do.given_up()
    after = await do.store.resolve(job.id, R.NOT_CREATED, "admin", do.tick())
    assert after.state is JobState.LOST
    assert sum(usd for _, usd in await do.events(job, "cost")) == 0
    assert not (await do.attempt(job.attempt_id)).possibly_billed
    assert await do.books_agree()


async def test_an_admin_sends_it_again_under_the_same_charge(do: Steps) -> None:
    job = await do.unsure()
    queued = await do.store.resolve(job.id, R.AGAIN, "admin", do.tick())
    assert (queued.state, queued.charge, queued.due_at) == (JobState.QUEUED, ChargeState.HELD, do.now)
    second = await do.begin(queued)
    assert second.attempts == 2
    assert await do.events(job) == [("hold", QUOTE)]
    assert await do.books_agree()


async def test_a_lost_job_is_not_sent_again_because_its_charge_is_gone(do: Steps) -> None:
    job = await do.given_up()
    with pytest.raises(NotDecidableError, match="as a new job"):
        await do.store.resolve(job.id, R.AGAIN, "admin", do.tick())


async def test_only_uncertain_and_lost_jobs_need_a_decision(do: Steps) -> None:
    for job in (await do.accepted(), await do.running("ben"), await do.delivered("cid")):
        with pytest.raises(NotDecidableError, match="only an uncertain or a lost job"):
            await do.store.resolve(job.id, R.BILLED, "admin", do.tick())


# ---------------------------------------------------------------------------------------------------- resuming


async def test_an_unfinished_job_becomes_due_now_as_a_new_version(do: Steps) -> None:
    job = await do.unsure()
    resumed = await do.store.resume(job.id, "admin", do.tick())
    assert (resumed.state, resumed.due_at, resumed.version) == (JobState.UNCERTAIN, do.now, job.version + 1)
    assert await do.audited() == [("admin", "resume", job.id)]


async def test_a_lost_job_with_a_task_is_looked_at_again(do: Steps) -> None:
    job = await do.running()
    await do.store.fail(job, BUSY, do.tick(), state=JobState.LOST, possibly_billed=True)
    resumed = await do.store.resume(job.id, "admin", do.tick())
    assert (resumed.state, resumed.due_at, resumed.failure) == (JobState.RUNNING, do.now, None)
    assert await do.books_agree()


async def test_what_cannot_be_resumed_says_why(do: Steps) -> None:
    async def refused(job: Job, words: str) -> None:
        with pytest.raises(NotDecidableError, match=words):
            await do.store.resume(job.id, "admin", do.tick())

    await do.wide_limits()
    before = await do.audited()
    await refused(await do.given_up(), "no task id")
    await refused(await do.accepted(needs_approval=True), "approval")
    await refused(await do.creating(), "at this moment")
    await refused(await do.delivered(), "Ask for it again")
    queued = await do.accepted()
    await do.store.want_cancel(queued.id, "anna", do.tick())
    await refused(await do.job(queued.id), "Ask for it again")
    assert len(await do.audited()) == len(before) + 1


async def test_a_create_whose_sender_is_gone_can_be_resumed(do: Steps) -> None:
    job = await do.creating()
    do.tick(301)
    assert (await do.store.resume(job.id, "admin", do.now)).due_at == do.now


async def test_an_admins_act_is_written_down(do: Steps) -> None:
    await do.store.audit("admin", "check", "toapis", "balance", do.tick())
    assert await do.audited() == [("admin", "check", "toapis")]
