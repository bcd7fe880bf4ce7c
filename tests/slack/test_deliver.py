"""A finished video comes to where it was asked for, whatever became of that place."""

import asyncio
import logging
import random
import tracemalloc
from dataclasses import replace
from pathlib import Path

import av
import pytest

from bot.generation.job import Purpose
from bot.generation.ports import ChatError, JobView
from tests.fakes.slack import Message
from tests.slack.room import PROMPT, VIDEO_BYTES, Room, a_room, changed  # noqa: F401

pytestmark = pytest.mark.slow


def noise_video(path: Path) -> Path:
    """Two seconds that do not compress."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=12, options={"crf": "12", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        chance = random.Random(1)
        for _ in range(24):
            frame = av.VideoFrame(320, 240, "rgb24")
            frame.planes[0].update(chance.randbytes(320 * 240 * 3))
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def shown_files(message: Message) -> list[str]:
    return [file.name for file in message.files]


async def test_the_video_plays_in_the_thread_of_the_status_message(room: Room) -> None:
    job = await room.delivering()
    status = await room.with_status(job)
    result = await room.deliver(job)
    assert result.thread_ts == status.ts
    assert room.anna.id in result.mentions
    assert [file.data for file in result.files] == [VIDEO_BYTES]
    assert result.files[0].alt_txt.startswith("AI-generated video of 5 seconds: waves at night")
    assert result.button_texts == ["Again", "Edit", "Extend", "Delete"]
    assert result.metadata == {
        "event_type": "video_job",
        "event_payload": {"job_id": job.id, "purpose": "result", "file": result.files[0].id},
    }
    assert "https://cdn.example/v.mp4?a=1&amp;b=2" in result.text
    assert await room.store.remembered(f"slack.file.{job.id}") is None
    assert room.slack.complaints == []


async def test_a_job_that_began_in_a_thread_stays_in_it(room: Room) -> None:
    asked = await room.anna.says(room.general, "who makes me a video?")
    job = await room.delivering(room.address(thread=asked))
    status = await room.with_status(job)
    result = await room.deliver(job)
    assert (status.thread_ts, result.thread_ts) == (asked.ts, asked.ts)
    assert room.slack.complaints == []


async def test_in_a_direct_message(room: Room) -> None:
    job = await room.delivering(room.address(room.team.im(room.anna)))
    status = await room.with_status(job)
    result = await room.deliver(job)
    assert (result.channel, result.thread_ts) == (room.team.im(room.anna), status.ts)
    assert len(result.files) == 1
    assert room.slack.complaints == []


async def test_a_video_that_was_not_saved_comes_as_its_link(room: Room) -> None:
    job = await room.delivering(saved=False)
    result = await room.deliver(job)
    assert "could not be saved here" in result.text_read
    assert "Download the video" in result.text_read
    assert "https://cdn.example/v.mp4?a=1&amp;b=2" in result.text
    assert room.uploads() == 0
    assert room.slack.complaints == []


async def test_a_workspace_that_takes_only_images_gets_a_picture_and_the_link(room: Room) -> None:
    room.team.upload_refusal = "file_uploads_except_images_disabled"
    job = await room.delivering()
    result = await room.deliver(job)
    assert shown_files(result) == [f"video-{job.id}.jpg"]
    assert "This workspace takes no files but images. So here are a picture of it and its link." in result.text_read
    assert room.slack.complaints == []


@pytest.mark.parametrize(
    ("refusal", "why"),
    [
        ("file_uploads_disabled", "This workspace takes no files from the bot."),
        ("storage_limit_reached", "The file storage of this workspace is full."),
    ],
)
async def test_a_workspace_that_takes_no_files_gets_the_link(room: Room, refusal: str, why: str) -> None:
    room.team.upload_refusal = refusal
    result = await room.deliver(await room.delivering())
    assert (result.files, room.uploads()) == ([], 0)
    assert f"{why} So here is its link." in result.text_read
    assert room.slack.complaints == []


async def test_a_workspace_that_takes_no_large_files_gets_a_picture_when_there_is_nothing_smaller(room: Room) -> None:
    room.team.largest_upload = 10_000
    job = await room.delivering()
    result = await room.deliver(job)
    assert shown_files(result) == [f"video-{job.id}.jpg"]
    assert "This workspace takes no files of that size." in result.text_read
    assert room.slack.complaints == []


async def test_a_workspace_that_takes_no_large_files_gets_a_smaller_copy(room: Room, tmp_path: Path) -> None:
    path = noise_video(tmp_path / "noise.mp4")
    job = await room.delivering()
    job = changed(job, video=replace(room.keep_video(job.id, path.read_bytes()), width=320, height=240, seconds=2.0))
    assert job.video is not None
    room.team.largest_upload = 150_000
    assert job.video.size > 2 * 150_000
    room.restart(small=150_000)
    result = await room.deliver(job)
    assert shown_files(result) == [f"video-{job.id}.mp4"]
    assert result.files[0].size <= 150_000
    assert "This is a smaller copy of" in result.text_read
    assert room.slack.complaints == []


async def test_a_channel_that_takes_no_files_gets_the_link(room: Room) -> None:
    room.slack.fault("chat.postMessage", error="slack_connect_file_link_sharing_blocked")
    result = await room.deliver(await room.delivering())
    assert (result.channel, result.files) == (room.general, [])
    assert "This channel takes no files. So here is its link." in result.text_read
    assert room.slack.complaints == []


async def test_a_file_that_never_shows_in_the_message_comes_below_it(room: Room) -> None:
    room.slack.never_share()
    job = await room.delivering()
    status = await room.with_status(job)
    result = await room.deliver(job)
    assert result.files == []
    assert "The video is in the message below." in result.text_read
    below = [message for message in status.replies if message.files]
    assert [message.files[0].data for message in below] == [VIDEO_BYTES]
    assert len(room.results()) == 1
    # The next one in this workspace goes that way at once.
    before = room.uploads()
    second = await room.delivering()
    await room.with_status(second)
    assert "The video is in the message below." in (await room.deliver(second)).text_read
    assert room.uploads() == before + 1
    assert room.slack.complaints == []


async def test_a_file_that_slack_never_shows_at_all_comes_as_its_link(room: Room) -> None:
    room.slack.never_share(times=2)
    job = await room.delivering()
    result = await room.deliver(job)
    assert "Slack does not show the video here, so here is its link." in result.text_read
    assert "Download the video" in result.text_read
    assert all(file.deleted for file in room.team.files.values())
    assert room.slack.complaints == []


async def test_in_a_public_channel_that_it_is_not_in_the_bot_joins(room: Room) -> None:
    away = room.team.add_channel("away", bot_is_member=False)
    result = await room.deliver(await room.delivering(room.address(away)))
    assert away.bot_is_member
    assert (result.channel, len(result.files)) == (away, 1)
    assert room.slack.complaints == []


async def test_in_a_public_channel_that_it_may_not_join_the_bot_posts_the_link(room: Room) -> None:
    room.restart(join=False)
    away = room.team.add_channel("away", bot_is_member=False)
    result = await room.deliver(await room.delivering(room.address(away)))
    assert (result.channel, result.files, room.uploads()) == (away, [], 0)
    assert "I am not in this channel, so I cannot show videos here: /invite me." in result.text_read
    assert room.slack.complaints == []


@pytest.mark.parametrize("what", ["archived", "private", "read only"])
async def test_a_channel_that_takes_nothing_any_more_and_the_video_comes_as_a_direct_message(
    room: Room, what: str
) -> None:
    job = await room.delivering()
    await room.with_status(job)
    why = ""
    match what:
        case "archived":
            room.general.is_archived, why = True, "That channel was archived."
        case "private":  # made private, and the bot removed from it
            room.general.kind, room.general.bot_is_member = "group", False
            why = "That channel is not there any more, or I am not in it."
        case "read only":
            room.general.read_only, why = True, "I am not allowed to write in that channel."
    room.restart()
    result = await room.deliver(job)
    assert result.channel is room.team.im(room.anna)
    assert f"{why} So it comes to you here." in result.text_read
    assert [file.data for file in result.files] == [VIDEO_BYTES]
    assert room.uploads() == 1
    assert room.slack.complaints == []


async def test_a_thread_whose_beginning_was_deleted_and_the_video_comes_into_the_channel(room: Room) -> None:
    asked = await room.anna.says(room.general, "a video, please")
    job = await room.delivering(room.address(thread=asked))
    await room.anna.deletes(asked)
    result = await room.deliver(job)
    assert (result.channel, result.thread_ts) == (room.general, None)
    assert "The thread it belongs in is gone. So it is here." in result.text_read
    assert room.slack.complaints == []


async def test_where_nothing_takes_it_the_core_hears_why(room: Room) -> None:
    job = await room.delivering()
    room.general.is_archived = room.anna.is_deleted = True
    with pytest.raises(ChatError) as told:
        await room.chat.deliver(JobView(job))
    assert (told.value.gone, told.value.message) == (True, "Slack knows no such person here any more.")
    assert room.slack.complaints == []


@pytest.mark.parametrize("how", ["revoked", "uninstalled", "no token"])
async def test_a_workspace_that_removed_the_bot(room: Room, how: str) -> None:
    job = await room.delivering()
    match how:
        case "revoked":
            room.team.token_state = "token_revoked"
        case "uninstalled":
            room.team.token_state = "account_inactive"
        case "no token":
            room.team.installed = False
    with pytest.raises(ChatError) as told:
        await room.chat.deliver(JobView(job))
    assert told.value.gone
    assert told.value.message.startswith("This workspace has removed the bot")
    assert room.slack.complaints == []


async def test_every_second_call_answered_429(room: Room) -> None:
    for method in ("chat.postMessage", "files.info", "files.getUploadURLExternal", "files.completeUploadExternal"):
        room.slack.rate_limit(method, every=2, retry_after_s=3)
    began = room.clock.now()
    for _ in range(3):
        job = await room.delivering()
        await room.with_status(job)
        assert len((await room.deliver(job)).files) == 1
    assert len(room.results()) == 3
    assert room.clock.now() - began >= 9
    assert room.slack.complaints == []


async def test_a_long_retry_after_is_left_to_the_core(room: Room) -> None:
    room.slack.rate_limit("chat.postMessage", times=1, retry_after_s=300)
    job = await room.delivering()
    with pytest.raises(ChatError) as told:
        await room.chat.deliver(JobView(job))
    assert (told.value.gone, told.value.ambiguous) == (False, False)
    with pytest.raises(ChatError):  # nothing is even sent before the time is over
        await room.chat.deliver(JobView(job))
    assert len(room.slack.calls("chat.postMessage")) == 1
    room.clock.move(301)
    await room.deliver(job)
    assert (len(room.results()), room.uploads()) == (1, 1)
    assert room.slack.complaints == []


async def test_an_answer_that_was_lost_and_the_message_is_found(room: Room) -> None:
    job = await room.delivering()
    await room.with_status(job)
    room.slack.fault("chat.postMessage", lose_answer=True)
    with pytest.raises(ChatError) as told:
        await room.chat.deliver(JobView(job))
    assert told.value.ambiguous
    found = await room.chat.find(job, Purpose.RESULT)
    assert found is not None
    assert len(room.message(found).files) == 1
    assert (len(room.results()), room.uploads()) == (1, 1)
    assert room.slack.complaints == []


@pytest.mark.parametrize("how", [{"status": 500}, {"status": 502}, {"error": "internal_error"}, {"body": "<html>"}])
async def test_an_answer_that_says_nothing_is_never_posted_again_by_itself(room: Room, how: dict[str, object]) -> None:
    room.slack.fault("chat.postMessage", **how)
    with pytest.raises(ChatError) as told:
        await room.chat.deliver(JobView(await room.delivering()))
    assert told.value.ambiguous
    assert len(room.slack.calls("chat.postMessage")) == 1
    assert room.slack.complaints == []


async def test_an_upload_that_breaks_off_is_tried_again_and_the_link_goes_alone_in_the_end(room: Room) -> None:
    room.slack.fault("file.upload", status=503, times=10)
    job = await room.delivering()
    with pytest.raises(ChatError) as told:
        await room.chat.deliver(JobView(job))
    assert (told.value.gone, told.value.ambiguous) == (False, False)
    result = await room.deliver(changed(job, retries=3))
    assert "Slack does not take the file at this moment. So here is its link." in result.text_read
    assert room.slack.complaints == []


async def test_deleting_takes_the_message_and_its_file(room: Room) -> None:
    job = await room.delivering()
    await room.with_status(job)
    result = await room.deliver(job)
    await room.store.delivered(job, f"{result.channel.id}/{result.ts}", room.clock.now())
    assert await room.chat.take_down(job)
    assert result.deleted
    assert all(file.deleted for file in room.team.files.values())
    assert not await room.chat.take_down(job)
    assert room.slack.complaints == []


async def test_deleting_a_video_that_was_shared_below(room: Room) -> None:
    room.slack.never_share()
    job = await room.delivering()
    status = await room.with_status(job)
    await room.deliver(job)
    assert await room.chat.take_down(job)
    assert status.replies == []
    assert all(file.deleted for file in room.team.files.values())
    assert room.slack.complaints == []


async def test_a_message_that_may_not_be_deleted_is_emptied(room: Room) -> None:
    job = await room.delivering()
    result = await room.deliver(job)
    room.slack.fault("chat.delete", error="cant_delete_message")
    assert await room.chat.take_down(job)
    assert result.text_read == "This video was deleted."
    assert result.buttons == []
    assert room.slack.complaints == []


async def test_two_workspaces_do_not_see_each_other(room: Room) -> None:
    other = room.slack.add_team("Other")
    other.add_user("ben")
    channel = other.add_channel("general")
    job = await room.delivering()
    await room.deliver(job)
    assert channel.messages == []
    assert other.files == {}
    assert {call.team for call in room.slack.requests} == {room.team}


async def test_what_a_person_typed_mentions_nobody(room: Room) -> None:
    nasty = f"<!channel> <@{room.anna.id}> @here <https://evil.example|click> *bold* `code` & <b>"
    job = await room.delivering(prompt=nasty)
    status = await room.with_status(job)
    result = await room.deliver(job)
    assert status.mentions == set()
    assert result.mentions == {room.anna.id}
    assert nasty in result.text_read
    assert nasty in status.text_read
    assert PROMPT not in result.text_read
    assert room.slack.complaints == []


async def test_a_long_prompt_in_another_script(room: Room) -> None:
    prompt = "猫が窓辺で眠っている。" * 200
    job = await room.delivering(prompt=prompt)
    await room.with_status(job)
    result = await room.deliver(job)
    assert len(result.files[0].alt_txt) == 1000
    assert prompt in result.text_read
    assert room.slack.complaints == []


async def test_no_token_and_no_prompt_in_the_log(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("slack_sdk", "videobot.slack"):
        caplog.set_level(logging.DEBUG, logger=name)
    room.slack.never_share(times=2)
    job = await room.delivering(prompt="PROMPT-CANARY")
    await room.with_status(job)
    await room.deliver(job)
    room.slack.fault("chat.postMessage", error="invalid_blocks", times=3)
    with pytest.raises(ChatError) as told:
        await room.chat.deliver(JobView(await room.delivering(prompt="PROMPT-CANARY")))
    mine = [record for record in caplog.records if record.name.startswith(("slack_sdk", "videobot.slack"))]
    assert any("does not show it" in record.getMessage() for record in mine)
    said = "\n".join([*(logging.Formatter().format(record) for record in mine), told.value.message])
    assert "PROMPT-CANARY" not in said
    assert room.team.bot_token not in said


async def test_a_large_upload_takes_little_memory(room: Room) -> None:
    job = await room.delivering()
    size = 60_000_000
    kept = room.keep_video(job.id)
    with (room.folder / kept.path).open("r+b") as file:
        file.truncate(size)
    hold = room.slack.hold("file.upload")  # Slack's side reads nothing yet
    tracemalloc.start()
    try:
        delivery = asyncio.create_task(room.deliver(changed(job, video=replace(kept, size=size))))
        await hold.wait_reached()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    hold.release()
    result = await delivery
    assert peak < 10_000_000
    assert [file.size for file in result.files] == [size]
    assert room.slack.complaints == []
