"""After a crash a message is looked for before it is posted again, and a file is not uploaded twice."""

import asyncio

import pytest

from bot.generation.job import Purpose
from bot.generation.ports import ChatError, JobView
from tests.slack.room import Room, a_room  # noqa: F401

pytestmark = pytest.mark.slow


async def crash_in(room: Room, job_view: JobView, method: str, *, after: bool) -> None:
    """The process ends while it waits for the answer to this call."""
    hold = room.slack.hold(method, after=after)
    delivery = asyncio.create_task(room.chat.deliver(job_view))
    await hold.wait_reached()
    delivery.cancel()
    await asyncio.gather(delivery, return_exceptions=True)
    hold.drop() if not after else hold.release()
    room.restart()


async def come_back(room: Room, view: JobView) -> str:
    """What the worker does with a delivery it finds begun."""
    return await room.chat.find(view.job, Purpose.RESULT) or await room.chat.deliver(view)


@pytest.mark.parametrize(
    ("method", "after"),
    [
        ("files.getUploadURLExternal", False),
        ("files.getUploadURLExternal", True),
        ("file.upload", False),
        ("files.completeUploadExternal", False),
        ("files.completeUploadExternal", True),
        ("chat.postMessage", False),
        ("chat.postMessage", True),
        ("files.info", True),
    ],
)
@pytest.mark.parametrize("place", ["thread", "direct message", "channel"])
async def test_a_crash_at_any_call_makes_one_result_with_one_video(
    room: Room, method: str, after: bool, place: str
) -> None:
    where = room.team.im(room.anna) if place == "direct message" else room.general
    job = await room.delivering(room.address(where))
    if place != "channel":
        await room.with_status(job)
    view = JobView(job)
    await crash_in(room, view, method, after=after)
    result = room.message(await come_back(room, view))
    assert [message.ts for message in room.results()] == [result.ts]
    assert [file.name for file in result.files] == [f"video-{job.id}.mp4"]
    assert room.uploads() == 1
    assert await room.store.remembered(f"slack.file.{job.id}") is None
    assert room.slack.complaints == []


async def test_a_crash_before_the_file_was_seen_and_slack_never_shows_it(room: Room) -> None:
    room.slack.never_share(times=2)
    job = await room.delivering()
    await crash_in(room, JobView(job), "chat.postMessage", after=True)
    result = room.message(await come_back(room, JobView(job)))
    assert "Slack does not show the video here" in result.text_read
    assert len(room.results()) == 1
    assert room.slack.complaints == []


@pytest.mark.parametrize(
    ("method", "after"),
    [
        ("chat.postMessage", True),
        ("files.getUploadURLExternal", False),
        ("file.upload", False),
        ("files.completeUploadExternal", True),
        ("files.info", True),
        ("chat.update", False),
    ],
)
async def test_a_crash_where_files_come_in_a_message_below(room: Room, method: str, after: bool) -> None:
    room.slack.never_share()
    first = await room.delivering()
    await room.with_status(first)
    await room.deliver(first)  # since then this workspace is known to need it
    job = await room.delivering()
    status = await room.with_status(job)
    await crash_in(room, JobView(job), method, after=after)
    result = room.message(await come_back(room, JobView(job)))
    videos = [file.name for message in status.replies for file in message.files if not file.deleted]
    is_below = "The video is in the message below." in result.text_read
    assert len(videos) == (1 if is_below or result.files else 0)
    assert is_below or result.files or "Slack does not show the video here" in result.text_read
    assert len([message for message in room.results() if message.thread_ts == status.ts]) == 1
    assert await room.store.remembered(f"slack.file.{job.id}") is None
    assert room.slack.complaints == []


async def test_a_result_that_went_to_a_direct_message_is_found_there(room: Room) -> None:
    job = await room.delivering()
    await room.with_status(job)
    room.general.is_archived = True
    room.restart()
    posted = await room.chat.deliver(JobView(job))
    room.restart()
    assert await room.chat.find(job, Purpose.RESULT) == posted
    assert room.slack.complaints == []


async def test_a_result_in_the_channel_of_a_thread_that_is_gone_is_found(room: Room) -> None:
    asked = await room.anna.says(room.general, "a video, please")
    job = await room.delivering(room.address(thread=asked))
    await room.anna.deletes(asked)
    posted = await room.chat.deliver(JobView(job))
    assert await room.chat.find(job, Purpose.RESULT) == posted
    assert room.slack.complaints == []


async def test_a_result_in_the_channel_of_a_locked_thread_is_found(room: Room) -> None:
    job = await room.delivering()
    status = await room.with_status(job)
    room.slack.fault("chat.postMessage", error="restricted_action_thread_locked")
    result = await room.deliver(job)
    assert result.thread_ts is None
    assert "That thread was locked by an admin. So it is here." in result.text_read
    assert await room.chat.find(job, Purpose.RESULT) == f"{room.general.id}/{result.ts}"
    assert status.replies == []
    assert room.slack.complaints == []


async def test_what_is_not_there_is_not_found(room: Room) -> None:
    job = await room.delivering()
    other = await room.delivering()
    await room.with_status(job)
    await room.chat.deliver(JobView(other))
    for _ in range(3):
        await room.anna.says(room.general, "hello")
    assert await room.chat.find(job, Purpose.RESULT) is None
    assert await room.chat.find(other, Purpose.STATUS) is None
    assert room.slack.complaints == []


async def test_a_message_many_pages_back_is_found(room: Room) -> None:
    job = await room.delivering()
    posted = await room.chat.deliver(JobView(job))
    for number in range(450):
        room.team.post(room.general, text=f"message {number}", author=room.anna)
    assert await room.chat.find(job, Purpose.RESULT) == posted
    assert room.slack.complaints == []


async def test_the_reference_that_a_row_knows_needs_no_look(room: Room) -> None:
    job = await room.delivering()
    status = await room.with_status(job)
    before = len(room.slack.requests)
    assert await room.chat.find(job, Purpose.STATUS) == f"{room.general.id}/{status.ts}"
    assert len(room.slack.requests) == before


async def test_a_channel_that_cannot_be_read_holds_nothing(room: Room) -> None:
    job = await room.delivering()
    room.general.bot_is_member = False
    assert await room.chat.find(job, Purpose.RESULT) is None
    assert room.slack.complaints == []


async def test_slack_that_cannot_be_asked_is_not_an_empty_thread(room: Room) -> None:
    job = await room.delivering()
    room.slack.fault("conversations.history", error="internal_error")
    with pytest.raises(ChatError) as told:
        await room.chat.find(job, Purpose.RESULT)
    assert not told.value.gone
    assert room.slack.complaints == []
