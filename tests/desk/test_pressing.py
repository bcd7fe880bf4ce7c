"""Buttons: they work at any time, for the right person, and never pay twice for one press."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from adapters.cards.card import Verb
from bot.generation.job import Job, JobState, Purpose
from bot.generation.ports import Clock
from bot.generation.request import FrameRole, VideoRequest
from tests.desk.conftest import ANNA, BEN, MOD, ROOT, Front, elsewhere, open_front, picture, subject, verbs, words

DAY = 86_400.0


# ------------------------------------------------------------------------------------------------------- start


async def test_two_presses_at_the_same_moment_make_one_job(front: Front) -> None:
    asked = await front.ask("waves", press_first=True)
    replies = await asyncio.gather(*(front.press(asked.card, Verb.START) for _ in range(6)))
    assert sum(reply.job is not None for reply in replies) == 1
    assert all(reply.private for reply in replies if reply.job is None)
    assert len(await front.house.app.service.jobs()) == 1
    assert await front.house.books_agree()


async def test_the_same_press_delivered_again_after_a_crash_gets_its_status_message(front: Front) -> None:
    asked = await front.ask("waves", press_first=True)
    address, draft = front.address(), subject(asked.card, Verb.START)
    first = await front.desk.start(draft, ANNA, address)
    second = await front.desk.start(draft, ANNA, address)
    assert first.job is not None
    assert second.job is not None
    assert first.job.id == second.job.id
    assert not second.private


async def test_a_late_second_press_leads_to_the_message_that_is_there(front: Front) -> None:
    asked = await front.ask("waves", press_first=True)
    started = await front.press(asked.card, Verb.START)
    assert started.job is not None
    store, now = front.house.app.store, front.house.clock.now()
    await store.sending(started.job.id, Purpose.STATUS, now)
    await store.sent(started.job.id, Purpose.STATUS, "c1/77", now)
    late = await front.press(asked.card, Verb.START)
    assert verbs(late.card) == ["https://chat.example/c1/77"]


async def test_somebody_elses_button_is_refused(front: Front) -> None:
    asked = await front.ask("waves", press_first=True)
    for stranger in (BEN, MOD, ROOT):
        reply = await front.press(asked.card, Verb.START, stranger)
        assert (reply.job, reply.private) == (None, True)
        assert words(reply) == "Only the person who asked can use these buttons; ask for a video of your own."
    form = await front.desk.form(subject(asked.card, Verb.FORM), BEN)
    assert not isinstance(form, VideoRequest)
    assert (await front.press(asked.card, Verb.START)).job is not None
    assert "Only the person who asked" in words(await front.press(asked.card, Verb.START, BEN))


async def test_a_button_works_after_a_restart(tmp_path: Path) -> None:
    async with open_front(tmp_path) as front:
        asked = await front.ask("waves", press_first=True, pictures=(picture(front),))
    async with open_front(tmp_path) as later:
        started = await later.press(asked.card, Verb.START)
        assert started.job is not None
        assert len(started.job.request.frames) == 1
        assert (await later.house.run(started.job.id)).state is JobState.DELIVERED


async def test_an_offer_that_is_no_longer_kept_says_so(front: Front) -> None:
    reply = await front.desk.start("nothing", ANNA, front.address())
    assert words(reply) == "This offer is no longer kept; ask for the video again."
    form = await front.desk.form("nothing", ANNA)
    assert not isinstance(form, VideoRequest)
    assert words(form) == "This request is no longer kept; ask for the video again."


async def test_an_image_that_is_gone_is_asked_for_again_and_nothing_is_paid(front: Front) -> None:
    asked = await front.ask("waves", press_first=True, pictures=(picture(front),))
    assert asked.draft is not None
    await front.house.app.media.store.delete(asked.draft.request.frames[0].source)
    reply = await front.press(asked.card, Verb.START)
    assert reply.job is None
    assert "image: The image is no longer stored here: attach it again." in words(reply)
    assert verbs(reply.card) == [Verb.FORM]
    form = await front.desk.form(subject(reply.card, Verb.FORM), ANNA)
    assert isinstance(form, VideoRequest)
    assert form.frames == ()


# ------------------------------------------------------------------------------------------------------- again, edit


async def test_again_is_one_new_job_of_whoever_presses(front: Front) -> None:
    job = await front.done("waves", mode="pro")
    reply = await front.desk.again(job.id, elsewhere(ANNA, "c2"), front.address())
    assert reply.job is not None
    assert reply.job.id != job.id
    assert (reply.job.request, reply.job.requester.channel) == (job.request, "c2")
    by_admin = await front.desk.again(job.id, ROOT, front.address())
    assert by_admin.job is not None
    assert by_admin.job.requester.user == "root"


async def test_again_pressed_twice_in_haste_is_paid_once(front: Front) -> None:
    job = await front.done("waves")
    replies = await asyncio.gather(*(front.desk.again(job.id, ANNA, front.address()) for _ in range(4)))
    assert sum(reply.job is not None for reply in replies) == 1
    assert len(await front.house.app.service.jobs()) == 2


async def test_again_pressed_twice_at_the_end_of_a_limit_is_no_refusal(tmp_path: Path) -> None:
    async with open_front(tmp_path, user_videos_per_day=2) as front:
        job = await front.done("waves")
        assert (await front.desk.again(job.id, ANNA, front.address())).job is not None
        second = await front.desk.again(job.id, ANNA, front.address())
        assert words(second).startswith("This was pressed before")
        front.house.clock.move(60)
        later = await front.desk.again(job.id, ANNA, front.address())
        assert "your limit of 2 videos a day" in words(later)
        assert len(await front.house.app.service.jobs()) == 2


async def test_again_above_the_price_asks_first(front: Front) -> None:
    asked = await front.ask("waves", mode="pro", duration=10)
    started = await front.press(asked.card, Verb.START)
    assert started.job is not None
    job = await front.house.run(started.job.id)
    reply = await front.desk.again(job.id, ANNA, front.address())
    assert reply.job is None
    assert words(reply).startswith("This costs $0.63, so it starts only when you press Start.")
    assert (await front.press(reply.card, Verb.START)).job is not None


async def test_again_over_a_limit_is_refused_with_the_limit(tmp_path: Path) -> None:
    async with open_front(tmp_path, user_videos_per_day=1) as front:
        job = await front.done("waves")
        reply = await front.desk.again(job.id, ANNA, front.address())
        assert "your limit of 1 video a day" in words(reply)


async def test_others_may_not_spend_from_a_video(front: Front) -> None:
    job = await front.done("waves")
    for stranger in (BEN, MOD):
        assert words(await front.desk.again(job.id, stranger, front.address())) == (
            "Only the person who asked for this video, or an admin, can make it again."
        )
        form = await front.desk.form(job.id, stranger)
        assert not isinstance(form, VideoRequest)
        assert "can edit it" in words(form)
        extended = await front.desk.extend(job.id, VideoRequest(prompt="on"), stranger, front.address(), "k")
        assert "can extend it" in words(extended)
    assert words(await front.desk.again("nothing", ANNA, front.address())) == "This video is not known here any more."


async def test_edit_opens_the_form_with_the_jobs_request(front: Front) -> None:
    job = await front.job("waves", mode="pro", pictures=(picture(front),))
    assert await front.desk.form(job.id, ANNA) == job.request
    await front.house.app.media.store.delete(job.request.frames[0].source)
    form = await front.desk.form(job.id, ANNA)
    assert isinstance(form, VideoRequest)
    assert form.frames == ()


# ------------------------------------------------------------------------------------------------------- extend


@pytest.mark.slow
async def test_extend_goes_on_from_the_last_picture(tmp_path: Path) -> None:
    async with open_front(tmp_path, render=True) as front:
        job = await front.done("waves", mode="pro", pictures=(picture(front, role=FrameRole.FIRST_FRAME),))
        filled = await front.desk.extend_form(job.id, ANNA)
        assert isinstance(filled, VideoRequest)
        assert (filled.prompt, filled.mode, filled.frames) == ("", "pro", ())
        wanted = filled.model_copy(update={"prompt": "and a ship"})
        reply = await front.desk.extend(job.id, wanted, ANNA, front.address(), "modal-1")
        assert reply.job is not None
        (frame,) = reply.job.request.frames
        assert frame.role is FrameRole.FIRST_FRAME
        assert frame.source != job.request.frames[0].source
        assert job.video is not None
        assert (frame.width, frame.height) == (job.video.width, job.video.height)
        once_more = await front.desk.extend(job.id, wanted, ANNA, reply.job.address, "modal-1")
        assert once_more.job is not None
        assert once_more.job.id == reply.job.id
        assert (await front.house.run(reply.job.id)).state is JobState.DELIVERED


async def test_a_video_that_is_not_kept_cannot_be_extended(front: Front) -> None:
    job = await front.done("waves")
    await front.desk.delete(job.id, ANNA, sure=True)
    answers = [
        await front.desk.extend_form(job.id, ANNA),
        await front.desk.extend(job.id, VideoRequest(prompt="on"), ANNA, front.address(), "k"),
    ]
    for reply in answers:
        assert not isinstance(reply, VideoRequest)
        assert words(reply).startswith("This video is no longer kept here")
    assert await front.desk.last_picture(job.id) is None
    assert await front.desk.last_picture("nothing") is None


async def test_a_kept_video_whose_file_is_gone_is_told_like_any_other_image(front: Front) -> None:
    job = await front.done("waves")
    await front.house.app.media.delete_video(job.id)
    reply = await front.desk.extend(job.id, VideoRequest(prompt="on"), ANNA, front.address(), "k")
    assert reply.job is None
    assert "image (the last picture): " in words(reply)


# ------------------------------------------------------------------------------------------------------- cancel


async def test_cancel_is_free_while_it_waits(front: Front) -> None:
    job = await front.job("waves")
    reply = await front.desk.cancel(job.id, ANNA)
    assert words(reply) == "Cancelled. It cost nothing."
    assert reply.job is not None
    assert (reply.job.state, reply.private) == (JobState.CANCELLED, True)
    assert words(await front.desk.cancel(job.id, ANNA)) == "Cancelled. It cost nothing."


async def test_cancel_at_the_gateway_says_what_it_costs_first(front: Front) -> None:
    job = await running(front)
    reply = await front.desk.cancel(job.id, ANNA)
    assert reply.job is None
    assert words(reply).startswith(
        "This video was sent to ToAPIs already, which cannot take it back: it will be billed ($0.18) and will not be"
    )
    assert verbs(reply.card) == [Verb.CANCEL_SURE]
    assert (await front.house.job(job.id)).cancel_wanted_at is None
    sure = await front.desk.cancel(job.id, ANNA, sure=True)
    assert sure.job is not None
    assert sure.job.cancel_wanted_at is not None
    assert "it will be billed and not posted" in words(sure)
    again = await front.desk.cancel(job.id, ANNA)
    assert "it will be billed and not posted" in words(again)
    assert (await front.house.run(job.id)).state is JobState.CANCELLED
    assert front.house.results(job.id) == []


async def test_cancel_comes_too_late(front: Front) -> None:
    job = await front.done("waves")
    assert words(await front.desk.cancel(job.id, ANNA)) == (
        "This video has ended already; there is nothing left to cancel."
    )
    assert words(await front.desk.cancel("nothing", ANNA)) == "This video is not known here any more."


async def test_moderators_and_admins_may_cancel_and_delete_others_may_not(front: Front) -> None:
    job = await front.job("waves")
    assert words(await front.desk.cancel(job.id, BEN)) == (
        "Only the person who asked for this video, or an admin, can cancel it."
    )
    other_place = replace(MOD, requester=replace(MOD.requester, workspace="another server"))
    assert "can cancel it" in words(await front.desk.cancel(job.id, other_place))
    assert (await front.desk.cancel(job.id, MOD)).job is not None
    other = await front.done("waves")
    assert "can delete it" in words(await front.desk.delete(other.id, BEN, sure=True))
    assert (await front.desk.delete(other.id, ROOT, sure=True)).job is not None
    assert ("chat:mia", "cancel", job.id) in await front.audit()


# ------------------------------------------------------------------------------------------------------- delete


async def test_delete_asks_once_then_the_file_is_gone_and_the_money_stays(front: Front) -> None:
    job = await front.done("waves")
    assert job.video is not None
    path = front.house.app.media.video_path(job.video)
    asked = await front.desk.delete(job.id, ANNA)
    assert asked.job is None
    assert verbs(asked.card) == [Verb.DELETE_SURE]
    assert path.exists()
    sure = await front.desk.delete(job.id, ANNA, sure=True)
    assert sure.job is not None
    assert words(sure) == "Deleted."
    assert (sure.job.video, sure.job.output, sure.job.state) == (None, None, JobState.DELIVERED)
    assert not path.exists()
    once_more = await front.desk.delete(job.id, ANNA, sure=True)
    assert once_more.job is not None
    assert (await front.house.money(job.id))["settle"] == 184_000
    assert await front.house.books_agree()


async def test_what_is_being_made_is_not_deleted(front: Front) -> None:
    job = await running(front)
    assert words(await front.desk.delete(job.id, ANNA, sure=True)) == (
        "This video is still being made: cancel it first."
    )


async def test_delete_pressed_before_the_row_of_the_posted_video_is_written_waits_for_it(front: Front) -> None:
    job = await posted_but_not_noted(front)
    asked = await front.desk.delete(job.id, ANNA)
    assert verbs(asked.card) == [Verb.DELETE_SURE]
    assert (await front.house.job(job.id)).state is JobState.DELIVERED


async def test_the_answer_to_delete_waits_for_that_row_as_well(front: Front) -> None:
    job = await posted_but_not_noted(front)
    assert (await front.desk.delete(job.id, ANNA, sure=True)).job is not None


async def test_cancel_pressed_in_that_moment_does_not_promise_that_nothing_is_posted(front: Front) -> None:
    job = await posted_but_not_noted(front)
    assert "has ended already" in words(await front.desk.cancel(job.id, ANNA))
    assert (await front.house.job(job.id)).cancel_wanted_at is None


async def test_a_video_that_cannot_be_posted_for_now_is_waited_for_a_moment_only(front: Front) -> None:
    job = await front.house.run((await front.job("waves")).id, until=JobState.DELIVERING)
    await front.house.app.store.sending(job.id, Purpose.RESULT, front.house.clock.now())
    before = front.house.clock.now()
    assert "being posted" in words(await front.desk.delete(job.id, ANNA))
    assert front.house.clock.now() - before < 10
    assert verbs((await front.desk.cancel(job.id, ANNA)).card) == [Verb.CANCEL_SURE]


async def test_a_video_that_nobody_began_to_post_is_not_waited_for(front: Front) -> None:
    job = await front.house.run((await front.job("waves")).id, until=JobState.DELIVERING)
    before = front.house.clock.now()
    assert "being posted" in words(await front.desk.delete(job.id, ANNA))
    assert front.house.clock.now() == before


# ------------------------------------------------------------------------------------------------------- looks


async def test_ones_own_videos_are_listed_with_their_messages(front: Front) -> None:
    assert words(await front.desk.jobs(ANNA)) == "You have not asked for a video yet. Start with /video."
    done = await front.done("waves one")
    moving = await running(front, "waves two")
    front.house.chat.refuse_with = [404] * 5
    stuck = await front.house.run((await front.job("waves three")).id)
    unsure = await front.house.run((await front.job("waves four [[sandbox:lost_answer]]")).id)
    await front.job("secret", actor=BEN)
    assert (moving.state, stuck.state, unsure.state) == (
        JobState.RUNNING,
        JobState.UNDELIVERABLE,
        JobState.UNCERTAIN,
    )
    reply = await front.desk.jobs(ANNA)
    assert reply.private
    lines = words(reply).split("\n")
    assert lines[0] == "Being made"
    assert lines[1].startswith("waves four [[sandbox:lost_answer]]. The gateway's answer got lost")
    assert lines[2].startswith("waves two. Making the video")
    assert lines[3] == "Made, but not posted"
    assert lines[4].startswith("waves three. The video is made and paid, but could not be handed over.")
    assert lines[4].endswith(f"It is kept here. Job {stuck.id}.")
    assert lines[5].startswith("Download: http")
    assert lines[6] == "Recent"
    reference = {row.purpose: row.reference for row in await front.house.app.store.deliveries(done.id)}
    assert lines[7].startswith(f"waves one (show it: https://chat.example/{reference[Purpose.RESULT]}): done today at")
    assert len(lines) == 8


async def test_quota_tells_what_is_left(tmp_path: Path) -> None:
    async with open_front(tmp_path, user_videos_per_day=5, everyone_usd_per_day=20) as front:
        await front.job("waves")
        reply = await front.desk.quota(ANNA)
        assert reply.private
        assert "4 left of your 5 videos a day" in words(reply)
        assert "of everyone's $20.00 a day" in words(reply)
        await front.house.app.service.pause("maintenance", "chat:root")
        assert words(await front.desk.quota(ANNA)).startswith("New videos have been paused by an admin")


async def test_help_tells_admins_of_their_command(front: Front) -> None:
    assert "/video-admin" not in words(front.desk.help(ANNA))
    assert "/video-admin" in words(front.desk.help(ROOT))


@dataclass
class Meanwhile:
    """A clock: while somebody sleeps, something happens."""

    clock: Clock
    happens: Callable[[], Awaitable[object]]

    def now(self) -> float:
        return self.clock.now()

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)
        await self.happens()


async def posted_but_not_noted(front: Front) -> Job:
    """A job whose video is there, and whose row says so only after a moment."""
    house = front.house
    job = await house.run((await front.job("waves")).id, until=JobState.DELIVERING)
    await house.app.store.sending(job.id, Purpose.RESULT, house.clock.now())
    front.desk.clock = Meanwhile(house.clock, lambda: house.app.store.delivered(job, "c1/99", house.clock.now()))
    return job


async def running(front: Front, prompt: str = "waves") -> Job:
    """A job that is at the gateway."""
    job = await front.job(prompt)
    return await front.house.run(job.id, until=JobState.RUNNING)
