"""One status message for a job, in the right place, edited and found again."""

from dataclasses import replace
from typing import Any

import pytest

from bot.generation.job import Failure, Job, JobState, Purpose
from bot.generation.ports import ChatError, JobView
from tests.slack.room import PROMPT, Room, a_room, changed  # noqa: F401

FAILED = Failure("refused", "The gateway refuses this picture")


def running(job: Job, **more: Any) -> JobView:
    return JobView(changed(job, state=JobState.RUNNING, task_created_at=job.accepted_at, **more))


async def test_it_is_posted_edited_and_ends_with_a_link_to_the_result(room: Room) -> None:
    job = await room.delivering()
    status = await room.with_status(job)
    assert PROMPT in status.text_read
    assert status.metadata == {"event_type": "video_job", "event_payload": {"job_id": job.id, "purpose": "status"}}
    reference = f"{room.general.id}/{status.ts}"
    assert await room.place.show(running(job, progress=40), reference) == reference
    assert "40" in status.text_read
    assert status.button_texts == ["Cancel"]
    result = await room.deliver(job)
    done = JobView(changed(job, state=JobState.DELIVERED), result=f"{room.general.id}/{result.ts}")
    await room.place.show(done, reference)
    assert [(button.text, button.url) for button in status.buttons] == [("See the video", result.permalink)]
    assert status.metadata["event_payload"]["purpose"] == "status"
    assert room.slack.complaints == []


async def test_it_names_who_asked_and_notifies_nobody(room: Room) -> None:
    status = await room.with_status(await room.accepted())
    assert status.mentions == set()
    assert "For anna: " in status.text_read
    assert len(room.slack.calls("users.info")) == 1
    await room.with_status(await room.accepted())
    assert len(room.slack.calls("users.info")) == 1
    assert room.slack.complaints == []


async def test_a_name_that_cannot_be_asked_for_stops_nothing(room: Room) -> None:
    room.slack.fault("users.info", error="user_not_found")
    status = await room.with_status(await room.accepted())
    assert "For the person who asked: " in status.text_read
    assert room.slack.complaints == []


async def test_a_failure_ends_with_the_reason_and_a_button(room: Room) -> None:
    job = await room.accepted()
    status = await room.with_status(job)
    failed = JobView(changed(job, state=JobState.FAILED, failure=FAILED))
    await room.place.show(failed, f"{room.general.id}/{status.ts}")
    assert "The gateway refuses this picture" in status.text_read
    assert status.button_texts == ["Again", "Edit"]
    again = status.buttons[0]
    assert (again.action_id, again.value, again.style) == (f"v1:again:{job.id}", job.id, "primary")
    assert room.slack.complaints == []


@pytest.mark.parametrize("what", ["deleted", "too old", "archived", "left"])
async def test_a_message_that_cannot_be_changed_is_gone_and_another_can_be_posted(room: Room, what: str) -> None:
    job = await room.accepted()
    status = await room.with_status(job)
    match what:
        case "deleted":
            status.deleted = True
        case "too old":
            room.team.edit_window_s = 60.0
            room.clock.move(3600)
        case "archived":
            room.general.is_archived = True
        case "left":
            room.general.kind, room.general.bot_is_member = "group", False
    with pytest.raises(ChatError) as told:
        await room.place.show(running(job), f"{room.general.id}/{status.ts}")
    assert told.value.gone
    room.restart()
    second = room.message(await room.place.show(running(job), None))
    moved = what in ("archived", "left")
    assert second.channel is (room.team.im(room.anna) if moved else room.general)
    assert ("So it comes to you here." in second.text_read) is moved
    assert room.slack.complaints == []


async def test_a_busy_slack_is_not_an_end(room: Room) -> None:
    job = await room.accepted()
    status = await room.with_status(job)
    room.slack.fault("chat.update", status=503, times=2)
    with pytest.raises(ChatError) as told:
        await room.place.show(running(job), f"{room.general.id}/{status.ts}")
    assert not told.value.gone
    room.slack.fault("chat.update", status=500)  # repeated by itself: an edit done twice is done once
    await room.place.show(running(job), f"{room.general.id}/{status.ts}")
    assert room.slack.complaints == []


async def test_it_is_found_again_wherever_it_was_posted(room: Room) -> None:
    asked = await room.anna.says(room.general, "a video, please")
    away = room.team.add_channel("away", bot_is_member=False)
    for address in (
        room.address(),
        room.address(thread=asked),
        room.address(room.team.im(room.anna)),
        room.address(away),
    ):
        job = await room.accepted(address)
        posted = await room.place.show(JobView(job), None)
        assert await room.place.find(job, Purpose.STATUS) == posted
    assert room.slack.complaints == []


@pytest.mark.slow
async def test_edits_keep_to_slacks_rates(room: Room) -> None:
    room.slack.documented_rate_limits()
    jobs = [await room.accepted() for _ in range(70)]
    references = [await room.place.show(JobView(job), None) for job in jobs]
    began = room.clock.now()
    for job, reference in zip(jobs, references, strict=True):
        await room.place.show(running(job, progress=10), reference)
    assert room.clock.now() - began < 100
    assert [request.method for request in room.slack.requests if request.status == 429] == []
    assert room.slack.complaints == []


async def test_edits_of_one_channel_are_paced_together(room: Room) -> None:
    first = room.address()
    assert room.place.lane(first) == room.place.lane(replace(first, thread="1.2"))
    assert room.place.lane(first) != room.place.lane(replace(first, channel="C2"))
    assert room.place.lane(first) != room.place.lane(replace(first, workspace="T2"))
    assert room.place.edit_every == 12.0
