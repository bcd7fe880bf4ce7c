"""The finished video arrives, whatever became of the place it was asked in."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.generation.job import JobState, Purpose
from bot.generation.ports import ChatError
from tests.discord.stage import MIB, POST, Stage, open_stage
from tests.fakes.discord import FakeMessage, permissions
from tests.fakes.discord.components import medias

WITHOUT_SENDING = permissions.VIEW_CHANNEL | permissions.READ_MESSAGE_HISTORY


def shown(message: FakeMessage) -> dict[str, Any]:
    """The only picture or video in it."""
    [item] = medias(message.components)
    return item


def number(reference: str) -> int:
    """The message's own id."""
    return int(reference.partition("/")[2])


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path) as stage:
        yield stage


async def test_the_video_is_a_new_message_that_replies_and_notifies_only_the_requester(stage: Stage) -> None:
    stage.guild.bot_permissions |= permissions.MENTION_EVERYONE
    job = await stage.made(prompt=f"@everyone {stage.ben.mention} waves")
    status = await stage.with_status(job)
    reference = await stage.chat.deliver(stage.view(job))
    sent, message = stage.asked()[-1].json, stage.message(reference)
    assert message.channel is stage.channel
    assert message.reply_to is stage.message(status)
    assert sent["message_reference"]["fail_if_not_exists"] is False
    assert sent["allowed_mentions"] == {"parse": [], "users": [stage.anna.id]}
    assert (sent["nonce"], sent["enforce_nonce"]) == (f"r{job.id}", True)
    assert message.raw_text.startswith(stage.anna.mention)
    assert message.mentions == [stage.anna]
    assert not message.mention_everyone
    assert "@everyone" not in message.raw_text
    assert stage.ben.mention not in message.raw_text


async def test_the_video_plays_in_place_with_words_for_who_cannot_see_it(stage: Stage) -> None:
    job = await stage.made()
    reference = await stage.chat.deliver(stage.view(job))
    assert job.video is not None
    file, message = stage.file(reference), stage.message(reference)
    assert file is not None
    assert (file.filename, file.size) == (f"video-{job.id}.mp4", job.video.size)
    assert shown(message)["media"]["attachment_id"] == str(file.id)
    assert "waves at night" in message.alt_texts[0]
    assert not message.spoiler
    assert "http" in message.text


async def test_a_spoiler_is_hidden_until_it_is_pressed(stage: Stage) -> None:
    job = await stage.made(stage.address(spoiler="yes"))
    reference = await stage.chat.deliver(stage.view(job))
    assert shown(stage.message(reference))["spoiler"] is True


async def test_the_buttons_hold_the_job(stage: Stage) -> None:
    job = await stage.made()
    message = stage.message(await stage.chat.deliver(stage.view(job)))
    ids = [button.custom_id for button in message.buttons]
    assert ids == [f"v1:{verb}:{job.id}" for verb in ("again", "edit", "extend", "delete")]


async def test_it_goes_into_the_thread_it_was_asked_in(stage: Stage) -> None:
    job = await stage.made(stage.address(thread=True))
    reference = await stage.chat.deliver(stage.view(job))
    assert reference.startswith(f"{stage.thread.id}/")


async def test_an_archived_thread_is_opened_by_the_message(stage: Stage) -> None:
    stage.thread.archive()
    job = await stage.made(stage.address(thread=True))
    reference = await stage.chat.deliver(stage.view(job))
    assert reference.startswith(f"{stage.thread.id}/")
    assert not stage.thread.archived


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
    match wrong:
        case "gone":
            stage.thread.delete()
        case "locked":
            stage.thread.lock()
        case "forbidden":
            stage.thread.bot_permissions = WITHOUT_SENDING
    reference = await stage.chat.deliver(stage.view(job))
    assert reference.startswith(f"{stage.channel.id}/")
    assert why in stage.message(reference).text
    assert stage.message(reference).reply_to is None
    assert stage.file(reference) is not None


async def test_without_thread_and_channel_it_comes_as_a_direct_message(stage: Stage) -> None:
    job = await stage.made(stage.address(thread=True))
    stage.thread.delete()
    stage.channel.bot_permissions = WITHOUT_SENDING
    reference = await stage.chat.deliver(stage.view(job))
    assert reference.startswith(f"{stage.discord.dm(stage.anna).id}/")
    said = stage.message(reference).text
    assert "The thread is gone and I may not write in the channel, so it is here." in said


async def test_when_nothing_takes_it_the_job_keeps_its_video_and_says_where_it_failed(stage: Stage) -> None:
    stage.channel.delete()
    stage.anna.close_dms()
    job = await stage.made()
    done = await stage.house.run(job.id)
    assert done.state is JobState.UNDELIVERABLE
    assert done.video is not None
    assert done.failure is not None
    assert done.failure.message == (
        "It could not be posted: the channel is gone and your direct messages are closed to me."
    )


async def test_a_direct_message_is_answered_there(stage: Stage) -> None:
    job = await stage.made(stage.direct_address())
    reference = await stage.chat.deliver(stage.view(job))
    assert reference.startswith(f"{stage.discord.dm(stage.anna).id}/")
    assert stage.asked("POST", "/users/@me/channels") == []


async def test_closed_direct_messages_end_the_job_as_kept(stage: Stage) -> None:
    stage.anna.close_dms()
    job = await stage.made(stage.direct_address())
    with pytest.raises(ChatError, match="direct messages are closed") as caught:
        await stage.chat.deliver(stage.view(job))
    assert caught.value.gone


async def test_too_large_for_the_place_a_smaller_copy_is_sent(stage: Stage) -> None:
    stage.guild.upload_limit = limit = 8 * MIB
    job = await stage.made(stage.address(size_limit=limit), "waves [[sandbox:oversize=9]]")
    assert job.video is not None
    assert job.video.size > limit
    reference = await stage.chat.deliver(stage.view(job))
    file = stage.file(reference)
    assert file is not None
    assert file.filename.endswith(".mp4")
    assert file.size <= limit
    assert "smaller copy" in stage.message(reference).text
    assert [seen.status for seen in stage.asked()] == [200]


async def test_too_large_although_the_place_said_it_takes_it(stage: Stage) -> None:
    stage.guild.told_limits.add(20 * MIB)
    stage.guild.upload_limit = 10
    job = await stage.made(stage.address(size_limit=20 * MIB))
    reference = await stage.chat.deliver(stage.view(job))
    assert stage.file(reference) is None
    said = stage.message(reference).text
    assert "could not be attached here" in said
    assert "[Download the video](" in said


async def test_without_the_video_its_picture_and_the_link_are_shown(stage: Stage) -> None:
    job = await stage.made(stage.address(size_limit=400))  # no video is that small
    reference = await stage.chat.deliver(stage.view(job))
    file = stage.file(reference)
    assert file is not None
    assert file.filename == f"video-{job.id}.jpg"
    assert "This is a picture of it." in stage.message(reference).text


async def test_where_files_are_forbidden_the_link_is_shown_in_the_same_place(stage: Stage) -> None:
    stage.channel.bot_permissions = permissions.MEMBER & ~permissions.ATTACH_FILES
    job = await stage.made()
    reference = await stage.chat.deliver(stage.view(job))
    assert reference.startswith(f"{stage.channel.id}/")
    assert "I am not allowed to attach files here." in stage.message(reference).text


async def test_where_the_history_may_not_be_read_it_comes_without_a_reply(stage: Stage) -> None:
    job = await stage.made()
    await stage.with_status(job)
    stage.channel.bot_permissions = permissions.MEMBER & ~permissions.READ_MESSAGE_HISTORY
    reference = await stage.chat.deliver(stage.view(job))
    assert stage.message(reference).reply_to is None


async def test_a_thread_for_each_job_is_opened_once(tmp_path: Path) -> None:
    async with open_stage(tmp_path, thread_per_job=True) as stage:
        job = await stage.made()
        status = await stage.with_status(job)
        reference = await stage.chat.deliver(stage.view(job))
        assert reference.startswith(f"{number(status)}/")
        thread = stage.message(status).thread
        assert thread is not None
        assert (thread.name, thread.auto_archive_minutes) == ("waves at night", 1440)
        assert await stage.chat.deliver(stage.view(job)) == reference


async def test_where_no_thread_can_be_opened_the_channel_takes_it_without_a_word(tmp_path: Path) -> None:
    async with open_stage(tmp_path, thread_per_job=True) as stage:
        job = await stage.made()
        status = await stage.with_status(job)
        stage.discord.delete_message(stage.message(status))
        reference = await stage.chat.deliver(stage.view(job))
        assert reference.startswith(f"{stage.channel.id}/")
        assert "so it is here" not in stage.message(reference).text


@pytest.mark.parametrize("status", [503, 401])
async def test_what_passes_is_tried_again(stage: Stage, status: int) -> None:
    job = await stage.made()
    stage.discord.fault("POST", POST, status=status)
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
    stage.discord.fault("POST", POST, lose_answer=True)
    done = await stage.house.run(job.id)
    assert done.state is JobState.DELIVERED
    assert len(stage.channel.messages) == 2
    assert [seen.json["nonce"][0] for seen in stage.asked()] == ["s", "r"]


async def test_what_was_posted_is_taken_down(stage: Stage) -> None:
    job = await stage.made()
    done = await stage.house.run(job.id)
    assert await stage.chat.take_down(done)
    assert stage.channel.messages == []
    assert not await stage.chat.take_down(done)


async def test_in_an_archived_thread_it_is_taken_down_too(stage: Stage) -> None:
    job = await stage.made(stage.address(thread=True))
    done = await stage.house.run(job.id)
    stage.thread.archive()
    assert await stage.chat.take_down(done)
    assert stage.thread.messages == []


async def test_before_the_bot_is_connected_nothing_is_lost(stage: Stage) -> None:
    job = await stage.made()
    await stage.client.close()
    with pytest.raises(ChatError, match="not connected") as caught:
        await stage.chat.deliver(stage.view(job))
    assert not caught.value.gone


async def test_no_file_stays_open(stage: Stage) -> None:
    import psutil

    job = await stage.made()
    stage.discord.fault("POST", POST, status=503)
    with pytest.raises(ChatError):
        await stage.chat.deliver(stage.view(job))
    await stage.chat.deliver(stage.view(job))
    assert [file.path for file in psutil.Process().open_files() if file.path.endswith(".mp4")] == []


async def test_a_delivered_job_is_found_under_its_stored_reference(stage: Stage) -> None:
    job = await stage.made()
    done = await stage.house.run(job.id)
    [row] = [r for r in await stage.house.app.store.deliveries(job.id) if r.purpose is Purpose.RESULT]
    assert await stage.chat.find(done, Purpose.RESULT) == row.reference
