"""The status message on Discord."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.generation.job import JobState
from bot.generation.ports import ChatError
from tests.discord.stage import EDIT, Stage, open_stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path) as stage:
        yield stage


async def test_it_is_posted_quietly_and_edited_in_place(stage: Stage) -> None:
    job = await stage.accepted()
    reference = await stage.place.show(stage.view(job), None)
    sent = stage.asked()[-1].json
    assert sent["allowed_mentions"] == {"parse": []}
    assert (sent["nonce"], sent["enforce_nonce"]) == (f"s{job.id}", True)
    status = stage.message(reference)
    assert stage.anna.mention in status.raw_text
    assert status.mentions == []
    after = replace(stage.view(job), job=replace(job, state=JobState.RUNNING, progress=40))
    assert await stage.place.show(after, reference) == reference
    assert "40 %" in status.text
    assert stage.asked("PATCH", EDIT)[-1].json["allowed_mentions"] == {"parse": []}
    assert len(stage.channel.messages) == 1


async def test_it_answers_the_message_the_job_was_asked_with(stage: Stage) -> None:
    asked = await stage.anna.says(stage.channel, "@videobot waves")
    job = await stage.accepted(replace(stage.address(), message=str(asked.id)))
    status = stage.message(await stage.place.show(stage.view(job), None))
    assert status.reply_to is asked
    assert status.mentions == []


async def test_posted_twice_within_minutes_it_is_one_message(stage: Stage) -> None:
    job = await stage.accepted()
    first = await stage.place.show(stage.view(job), None)
    assert await stage.place.show(stage.view(job), None) == first
    assert len(stage.channel.messages) == 1


async def test_deleted_it_is_gone_and_the_next_one_is_a_new_message(stage: Stage) -> None:
    job = await stage.accepted()
    reference = await stage.place.show(stage.view(job), None)
    stage.discord.delete_message(stage.message(reference))
    with pytest.raises(ChatError) as caught:
        await stage.place.show(stage.view(job), reference)
    assert caught.value.gone
    assert await stage.place.show(stage.view(job), None) != reference
    assert len(stage.channel.messages) == 1


async def test_in_an_archived_thread_only_the_end_is_worth_opening_it(stage: Stage) -> None:
    thread = stage.thread
    job = await stage.accepted(stage.address(thread=True))
    reference = await stage.place.show(stage.view(job), None)
    thread.archive()
    running = replace(job, state=JobState.RUNNING)
    assert await stage.place.show(stage.view(running), reference) == reference
    assert thread.archived
    failed = replace(job, state=JobState.FAILED)
    await stage.place.show(stage.view(failed), reference)
    assert not thread.archived
    assert "could not be made" in stage.message(reference).text


async def test_in_a_locked_thread_its_end_cannot_be_shown(stage: Stage) -> None:
    thread = stage.thread
    job = await stage.accepted(stage.address(thread=True))
    reference = await stage.place.show(stage.view(job), None)
    thread.lock()
    failed = replace(job, state=JobState.FAILED)
    with pytest.raises(ChatError) as caught:
        await stage.place.show(stage.view(failed), reference)
    assert caught.value.gone
    # Then the board posts it once more: in the channel, which says why.
    again = await stage.place.show(stage.view(failed), None)
    assert again.startswith(f"{stage.channel.id}/")
    assert "The thread is locked, so it is here." in stage.message(again).text


async def test_without_the_channel_its_end_comes_as_a_direct_message(stage: Stage) -> None:
    job = await stage.accepted()
    reference = await stage.place.show(stage.view(job), None)
    stage.channel.delete()
    failed = replace(job, state=JobState.FAILED)
    with pytest.raises(ChatError) as caught:
        await stage.place.show(stage.view(failed), reference)
    assert caught.value.gone
    again = await stage.place.show(stage.view(failed), None)
    assert stage.message(again).channel is stage.discord.dm(stage.anna)


@pytest.mark.parametrize("refusal", [{"code": 30046}, {"status": 503}, {"status": 401}])
async def test_what_passes_is_no_end(stage: Stage, refusal: dict[str, int]) -> None:
    job = await stage.accepted()
    reference = await stage.place.show(stage.view(job), None)
    stage.discord.fault("PATCH", EDIT, **refusal)
    with pytest.raises(ChatError) as caught:
        await stage.place.show(stage.view(job), reference)
    assert not caught.value.gone


@pytest.mark.slow
async def test_it_leads_to_the_video(stage: Stage) -> None:
    job = await stage.made()
    reference = await stage.with_status(job)
    done = await stage.house.run(job.id)
    direct = stage.discord.dm(stage.anna).id
    for result, server in ((f"{stage.channel.id}/77", stage.guild.id), (f"{direct}/78", "@me")):
        await stage.place.show(stage.view(done, result=result), reference)
        [button] = stage.message(reference).buttons
        assert button.url == f"https://discord.com/channels/{server}/{result}"


async def test_a_lane_is_a_channel(stage: Stage) -> None:
    assert stage.place.lane(stage.address()) == str(stage.channel.id)
    assert stage.place.lane(stage.address(thread=True)) == str(stage.thread.id)


async def test_views_leave_nothing_in_memory(stage: Stage) -> None:
    job = await stage.accepted()
    reference = await stage.place.show(stage.view(job), None)
    for _ in range(5):
        await stage.place.show(stage.view(job), reference)
    kept = stage.client._connection._view_store
    assert not kept._views
    assert not kept._synced_message_views
