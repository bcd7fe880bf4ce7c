"""Cases that break job machines: double events, long outages, clocks that jump, processes that come and go."""

import asyncio
from pathlib import Path

import pytest

from adapters.gateways.sandbox import SandboxGateway
from bot.generation.job import Address, ChargeState, JobState, Requester
from bot.generation.pacing import Rate, TokenBucket
from bot.generation.ports import Uploaded
from bot.generation.request import VideoRequest
from tests.fakes.chat_server import ChatServer
from tests.fakes.house import House, open_house
from tests.generation.conftest import ended, running, submit

pytestmark = pytest.mark.slow

HOUR = 3600.0
DAY = 24 * HOUR


async def test_the_same_click_delivered_twice_at_any_moment_is_one_post(
    tmp_path: Path, sandbox: SandboxGateway, chat: ChatServer
) -> None:
    async with running(tmp_path, sandbox, chat, max_running=1) as app:
        for number in range(12):

            async def click(key: str = f"event-{number}", user: str = f"user-{number}") -> str:
                requester = Requester("chat", user)
                job = await app.service.submit(VideoRequest(prompt="waves"), requester, Address("chat"), intake_key=key)
                return job.id

            first, second = await asyncio.gather(click(), click())
            assert first == second
            job = await app.store.job(first)
            assert job is not None
            assert (await ended(app, job)).state is JobState.DELIVERED
        assert len(chat.posts) == len(sandbox.tasks()) == 12


async def test_when_the_process_that_ran_the_jobs_ends_the_one_that_follows_takes_over(
    tmp_path: Path, sandbox: SandboxGateway, chat: ChatServer
) -> None:
    async with running(tmp_path, sandbox, chat) as second_to_be_closed_last:
        del second_to_be_closed_last  # the folder's database exists now
    first = running(tmp_path, sandbox, chat)
    app = await first.__aenter__()
    async with running(tmp_path, sandbox, chat) as second:
        assert second.engine is None
        theirs = await submit(second, prompt="waves [[sandbox:slow=800]]")
        mine = await submit(app)
        assert (await ended(app, mine)).state is JobState.DELIVERED
        await first.__aexit__(None, None, None)
        assert (await ended(second, theirs)).state is JobState.DELIVERED
        assert second.engine is not None


async def test_a_job_cancelled_by_another_process_leaves_the_line(
    tmp_path: Path, sandbox: SandboxGateway, chat: ChatServer
) -> None:
    async with running(tmp_path, sandbox, chat, max_running=1) as first, running(tmp_path, sandbox, chat) as second:
        assert first.engine is not None
        await submit(first, "anna", "anna [[sandbox:stuck]]")
        while not sandbox.tasks():
            await asyncio.sleep(0.01)
        gone, late = await submit(first, "ben"), await submit(first, "carl")
        while first.engine.position(late.id) != 2:
            await asyncio.sleep(0.01)
        await second.service.cancel(gone.id, "shell:root")
        while first.engine.position(late.id) != 1:
            await asyncio.sleep(0.01)


async def test_a_long_wait_in_the_queue_does_not_make_the_first_429_final(house: House) -> None:
    job = await house.submit("waves [[sandbox:rate_limited=7]]")
    house.clock.move(2 * HOUR)
    assert (await house.run(job.id)).state is JobState.DELIVERED


async def test_a_gateway_that_takes_nothing_for_an_hour_ends_the_job_and_frees_the_requester(house: House) -> None:
    job = await house.submit("waves [[sandbox:rate_limited=7 x0]]")
    done = await house.run(job.id)
    assert (done.state, done.charge) == (JobState.FAILED, ChargeState.RELEASED)
    assert house.clock.now() - job.accepted_at > 0.75 * HOUR
    assert await house.books_agree()


async def test_a_link_shorter_lived_than_the_margin_is_used_while_it_is_fresh(house: House) -> None:
    job, now = await house.submit(), house.clock.now()
    await house.app.store.note_upload(job.id, "a.png", Uploaded("https://x/a.png", now + 1800), "toapis", now)
    assert await house.app.store.uploads(job.id, "toapis", now + 10) == {"a.png": "https://x/a.png"}
    assert await house.app.store.uploads(job.id, "toapis", now + 600) == {}


async def test_a_lid_closed_between_the_attempt_and_the_post_sends_nothing_and_tries_again(house: House) -> None:
    job = await house.submit()

    def lid(point: str, _job_id: str) -> None:
        if point == "create.before":
            house.clock.move(HOUR)
            house.app.worker.witness = lambda _point, _job_id: None

    house.app.worker.witness = lid
    done = await house.run(job.id)
    assert (done.state, done.attempts, house.creates()) == (JobState.DELIVERED, 2, 1)
    assert await house.books_agree()


async def test_after_a_weekend_one_502_does_not_lose_a_paid_video(house: House) -> None:
    job = await house.submit("waves [[sandbox:slow=200]]")
    await house.run(job.id, until=JobState.RUNNING)
    await house.restart()
    house.clock.move(60 * HOUR)
    house.sandbox.inject("server_error", route="status", argument="502")
    assert (await house.run(job.id)).state is JobState.DELIVERED


async def test_after_a_weekend_a_failed_look_up_is_not_an_answer(tmp_path: Path) -> None:
    async with open_house(tmp_path, toapis_send_client_id=True, toapis_look_up=True) as house:
        job = await house.submit("waves [[sandbox:lost_answer]]")
        await house.run(job.id)
        house.clock.move(60 * HOUR)
        house.sandbox.inject("server_error", route="status", argument="502")
        await house.step(job.id)
        house.clock.move(100)
        assert (await house.run(job.id)).state is JobState.DELIVERED


async def test_an_outage_does_not_teach_render_times(house: House) -> None:
    job = await house.submit("waves [[sandbox:slow=100]]")
    await house.run(job.id, until=JobState.RUNNING)
    for _ in range(3):
        house.sandbox.inject("server_error", route="status", argument="502")
        house.clock.move(1200)
        await house.step(job.id)
    assert (await house.run(job.id)).state is JobState.DELIVERED
    assert await house.app.store.render_times() == {}


async def test_404s_with_other_faults_between_them_are_not_in_a_row(house: House) -> None:
    job = await house.submit("waves [[sandbox:slow=4000]]")
    await house.run(job.id, until=JobState.RUNNING)
    house.clock.move(400)
    for fault in ("not_found", "server_error", "server_error", "not_found", "server_error", "not_found"):
        house.sandbox.inject(fault, route="status")
        assert (await house.step(job.id)).state is JobState.RUNNING
        house.clock.move(60)


@pytest.mark.parametrize("state", [JobState.UNCERTAIN, JobState.RUNNING, JobState.QUEUED])
async def test_a_gateway_taken_out_of_the_settings_does_not_hold_a_charge_for_ever(
    tmp_path: Path, state: JobState
) -> None:
    async with open_house(tmp_path, toapis_send_client_id=True, toapis_look_up=True) as house:
        wish = "waves [[sandbox:lost_answer]]" if state is JobState.UNCERTAIN else "waves [[sandbox:slow=80000]]"
        job = await house.submit(wish)
        if state is not JobState.QUEUED:
            await house.run(job.id, until=state)
        await house.restart()
        del house.app.gateways["toapis"]  # type: ignore[attr-defined]
        for _ in range(200):
            house.clock.move(HOUR / 2)
            await house.app.worker.advance(job.id)
        assert (await house.job(job.id)).charge is ChargeState.RELEASED
        assert await house.books_agree()


async def test_a_video_that_could_not_be_delivered_is_not_swept(house: House) -> None:
    house.chat.refuse_with = [404]
    job = await house.submit()
    done = await house.run(job.id)
    assert (done.state, done.video is not None) == (JobState.UNDELIVERABLE, True)
    house.clock.move(31 * DAY)
    in_use = await house.app.store.media_in_use()
    await house.app.media.sweep(house.clock.now(), 7 * DAY, 30 * DAY, in_use)
    assert done.video is not None
    assert house.app.media.video_path(done.video).is_file()


async def test_a_clock_set_back_does_not_stop_the_looks(house: House) -> None:
    job = await house.submit("waves [[sandbox:slow=100]]")
    await house.run(job.id, until=JobState.RUNNING)
    house.clock.move(-HOUR)
    after = await house.app.worker.advance(job.id)
    assert after is not None
    assert after.due_at is not None
    assert after.due_at - house.clock.now() <= 10


def test_a_clock_set_back_does_not_stop_the_creates() -> None:
    bucket = TokenBucket(Rate(5.0, 50))
    for _ in range(50):
        bucket.take(10_000.0)
    assert bucket.wait(6_400.0) <= 0.2
    assert bucket.wait(6_401.0) == 0.0


def test_after_a_retry_after_not_everything_that_waited_leaves_at_once() -> None:
    bucket = TokenBucket(Rate(50.0, 500))
    bucket.close(60.0, 0.0)
    leaving = [now + bucket.take(now) for now in (number * 0.02 for number in range(3000))]
    assert all(moment >= 60.0 for moment in leaving)
    assert sum(moment < 61.0 for moment in leaving) <= 52
