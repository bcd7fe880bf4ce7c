"""The finished video arrives, whatever became of the place it was asked in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.generation.job import JobState, Purpose
from bot.generation.ports import ChatError
from tests.discord.rest_only import MB, Refused
from tests.discord.stage import ANNA, CHANNEL, DIRECT, THREAD, Stage, open_stage, parts_of, text_of


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path) as stage:
        yield stage


async def test_the_video_is_a_new_message_that_replies_and_notifies_only_the_requester(stage: Stage) -> None:
    job = await stage.made(prompt="@everyone <@999999999999999999> waves")
    status = await stage.with_status(job)
    reference = await stage.chat.deliver(stage.view(job))
    sent = stage.message(reference)["sent"]
    assert reference.startswith(f"{CHANNEL}/")
    assert sent["message_reference"]["message_id"] == int(status.partition("/")[2])
    assert sent["message_reference"]["fail_if_not_exists"] is False
    assert sent["allowed_mentions"] == {"parse": [], "users": [ANNA]}
    assert (sent["nonce"], sent["enforce_nonce"]) == (f"r{job.id}", True)
    assert text_of(sent).startswith(f"<@{ANNA}>")
    assert "@everyone" not in text_of(sent)
    assert "<@999999999999999999>" not in text_of(sent)


async def test_the_video_plays_in_place_with_words_for_who_cannot_see_it(stage: Stage) -> None:
    job = await stage.made()
    reference = await stage.chat.deliver(stage.view(job))
    assert job.video is not None
    assert stage.file(reference) == (f"video-{job.id}.mp4", job.video.size)
    [gallery] = [part for part in parts_of(stage.message(reference)) if part["type"] == 12]
    [item] = gallery["items"]
    assert item["media"]["url"] == f"attachment://video-{job.id}.mp4"
    assert "waves at night" in item["description"]
    assert item["spoiler"] is False
    assert "https://" in text_of(stage.message(reference)) or "http://" in text_of(stage.message(reference))


async def test_a_spoiler_is_hidden_until_it_is_pressed(stage: Stage) -> None:
    job = await stage.made(stage.address(spoiler="yes"))
    reference = await stage.chat.deliver(stage.view(job))
    [gallery] = [part for part in parts_of(stage.message(reference)) if part["type"] == 12]
    assert gallery["items"][0]["spoiler"] is True


async def test_the_buttons_hold_the_job(stage: Stage) -> None:
    job = await stage.made()
    message = stage.message(await stage.chat.deliver(stage.view(job)))
    ids = [part["custom_id"] for part in parts_of(message) if part["type"] == 2]
    assert ids == [f"v1:{verb}:{job.id}" for verb in ("again", "edit", "extend", "delete")]


async def test_it_goes_into_the_thread_it_was_asked_in(stage: Stage) -> None:
    job = await stage.made(stage.address(thread=True))
    reference = await stage.chat.deliver(stage.view(job))
    assert reference.startswith(f"{THREAD}/")


async def test_an_archived_thread_is_opened_by_the_message(stage: Stage) -> None:
    stage.discord.channels[THREAD].archived = True
    job = await stage.made(stage.address(thread=True))
    reference = await stage.chat.deliver(stage.view(job))
    assert reference.startswith(f"{THREAD}/")
    assert not stage.discord.channels[THREAD].archived


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("gone", "The thread is gone, so it is here."),
        ("locked", "The thread is locked, so it is here."),
        ("forbidden", "I may not write in the thread, so it is here."),
    ],
)
async def test_without_the_thread_it_comes_to_the_channel_and_says_why(stage: Stage, wrong: str, why: str) -> None:
    job = await stage.made(stage.address(thread=True))
    await stage.with_status(job)
    setattr(stage.discord.channels[THREAD], wrong, True)
    reference = await stage.chat.deliver(stage.view(job))
    assert reference.startswith(f"{CHANNEL}/")
    assert why in text_of(stage.message(reference))
    assert "message_reference" not in stage.message(reference)["sent"]
    assert stage.file(reference) is not None


async def test_without_thread_and_channel_it_comes_as_a_direct_message(stage: Stage) -> None:
    job = await stage.made(stage.address(thread=True))
    stage.discord.channels[THREAD].gone = True
    stage.channel.forbidden = True
    reference = await stage.chat.deliver(stage.view(job))
    assert reference.startswith(f"{DIRECT}/")
    said = text_of(stage.message(reference))
    assert "The thread is gone and I may not write in the channel, so it is here." in said


async def test_when_nothing_takes_it_the_job_keeps_its_video_and_says_where_it_failed(stage: Stage) -> None:
    stage.channel.gone = True
    stage.discord.add(DIRECT, 1, closed=True)
    job = await stage.made()
    done = await stage.house.run(job.id)
    assert done.state is JobState.UNDELIVERABLE
    assert done.video is not None
    assert done.failure is not None
    assert done.failure.message == (
        "It could not be posted: the channel is gone and your direct messages are closed to me."
    )


async def test_a_direct_message_is_answered_there(stage: Stage) -> None:
    stage.discord.add(DIRECT, 1)
    address = stage.address(dm="yes")
    job = await stage.made(type(address)("discord", channel=str(DIRECT), extra={"dm": "yes"}))
    reference = await stage.chat.deliver(stage.view(job))
    assert reference.startswith(f"{DIRECT}/")
    assert stage.discord.requests("POST", "users/@me/channels") == []


async def test_closed_direct_messages_end_the_job_as_kept(stage: Stage) -> None:
    stage.discord.add(DIRECT, 1, closed=True)
    address = stage.address()
    job = await stage.made(type(address)("discord", channel=str(DIRECT), extra={"dm": "yes"}))
    with pytest.raises(ChatError, match="direct messages are closed") as caught:
        await stage.chat.deliver(stage.view(job))
    assert caught.value.gone


async def test_too_large_for_the_place_a_smaller_copy_is_sent(tmp_path: Path) -> None:
    async with open_stage(tmp_path, render=True) as stage:
        job = await stage.made()
        assert job.video is not None
        limit = int(job.video.size * 0.8)
        stage.channel.limit = limit
        job = await stage.made(stage.address(size_limit=limit))
        reference = await stage.chat.deliver(stage.view(job))
        file = stage.file(reference)
        assert file is not None
        assert file[0].endswith(".mp4")
        assert file[1] <= limit
        assert "smaller copy" in text_of(stage.message(reference))


async def test_too_large_although_the_place_said_it_takes_it(stage: Stage) -> None:
    stage.channel.limit = 10
    job = await stage.made(stage.address(size_limit=20 * MB))
    reference = await stage.chat.deliver(stage.view(job))
    assert stage.file(reference) is None
    said = text_of(stage.message(reference))
    assert "could not be attached here" in said
    assert "[Download the video](" in said


async def test_without_the_video_its_picture_and_the_link_are_shown(stage: Stage) -> None:
    job = await stage.made(stage.address(size_limit=400))  # no video is that small
    reference = await stage.chat.deliver(stage.view(job))
    file = stage.file(reference)
    assert file is not None
    assert file[0] == f"video-{job.id}.jpg"
    assert "This is a picture of it." in text_of(stage.message(reference))


async def test_where_files_are_forbidden_the_link_is_shown_in_the_same_place(stage: Stage) -> None:
    stage.channel.no_files = True
    job = await stage.made()
    reference = await stage.chat.deliver(stage.view(job))
    assert reference.startswith(f"{CHANNEL}/")
    assert "I am not allowed to attach files here." in text_of(stage.message(reference))


async def test_where_the_history_may_not_be_read_it_comes_without_a_reply(stage: Stage) -> None:
    job = await stage.made()
    await stage.with_status(job)
    stage.channel.no_history = True
    reference = await stage.chat.deliver(stage.view(job))
    assert "message_reference" not in stage.message(reference)["sent"]


async def test_a_thread_for_each_job_is_opened_once(tmp_path: Path) -> None:
    async with open_stage(tmp_path, thread_per_job=True) as stage:
        job = await stage.made()
        status = await stage.with_status(job)
        message = status.partition("/")[2]
        reference = await stage.chat.deliver(stage.view(job))
        assert reference.startswith(f"{message}/")
        [opened] = stage.discord.requests("POST", "/threads")
        assert (opened["name"], opened["auto_archive_duration"]) == ("waves at night", 1440)
        assert await stage.chat.deliver(stage.view(job)) == reference


async def test_where_no_thread_can_be_opened_the_channel_takes_it_without_a_word(tmp_path: Path) -> None:
    async with open_stage(tmp_path, thread_per_job=True) as stage:
        job = await stage.made()
        status = await stage.with_status(job)
        del stage.channel.messages[int(status.partition("/")[2])]
        reference = await stage.chat.deliver(stage.view(job))
        assert reference.startswith(f"{CHANNEL}/")
        assert "so it is here" not in text_of(stage.message(reference))


@pytest.mark.parametrize("refusal", [Refused(503), Refused(401)])
async def test_what_passes_is_tried_again(stage: Stage, refusal: Refused) -> None:
    job = await stage.made()
    stage.discord.queue = [refusal]
    with pytest.raises(ChatError) as caught:
        await stage.chat.deliver(stage.view(job))
    assert not caught.value.gone
    assert not caught.value.ambiguous
    done = await stage.house.run(job.id)
    assert done.state is JobState.DELIVERED
    assert len(stage.channel.messages) == 1


async def test_a_lost_answer_is_ambiguous_and_the_message_is_not_posted_twice(stage: Stage) -> None:
    job = await stage.made()
    await stage.with_status(job)
    stage.discord.queue = ["lose"]
    done = await stage.house.run(job.id)
    assert done.state is JobState.DELIVERED
    assert len(stage.channel.messages) == 2
    assert len([body for body in stage.discord.requests("POST", "/messages") if body["nonce"][0] == "r"]) == 1


async def test_what_was_posted_is_taken_down(stage: Stage) -> None:
    job = await stage.made()
    done = await stage.house.run(job.id)
    assert await stage.chat.take_down(done)
    assert stage.channel.messages == {}
    assert not await stage.chat.take_down(done)


async def test_in_an_archived_thread_it_is_taken_down_too(stage: Stage) -> None:
    job = await stage.made(stage.address(thread=True))
    done = await stage.house.run(job.id)
    stage.discord.channels[THREAD].archived = True
    assert await stage.chat.take_down(done)
    assert stage.discord.channels[THREAD].messages == {}


async def test_before_the_bot_is_connected_nothing_is_lost(stage: Stage) -> None:
    job = await stage.made()
    await stage.client.close()
    with pytest.raises(ChatError, match="not connected") as caught:
        await stage.chat.deliver(stage.view(job))
    assert not caught.value.gone


async def test_no_file_stays_open(stage: Stage) -> None:
    import psutil

    job = await stage.made()
    stage.discord.queue = [Refused(503)]
    with pytest.raises(ChatError):
        await stage.chat.deliver(stage.view(job))
    await stage.chat.deliver(stage.view(job))
    assert [file.path for file in psutil.Process().open_files() if file.path.endswith(".mp4")] == []


async def test_a_delivered_job_is_found_under_its_stored_reference(stage: Stage) -> None:
    job = await stage.made()
    done = await stage.house.run(job.id)
    [row] = [r for r in await stage.house.app.store.deliveries(job.id) if r.purpose is Purpose.RESULT]
    assert await stage.chat.find(done, Purpose.RESULT) == row.reference
