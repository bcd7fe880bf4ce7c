"""The status message on Discord."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.generation.job import Address, JobState
from bot.generation.ports import ChatError
from tests.discord.rest_only import Refused
from tests.discord.stage import ANNA, CHANNEL, DIRECT, GUILD, THREAD, Stage, open_stage, parts_of, text_of


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path) as stage:
        yield stage


async def test_it_is_posted_quietly_and_edited_in_place(stage: Stage) -> None:
    job = await stage.accepted()
    reference = await stage.place.show(stage.view(job), None)
    sent = stage.message(reference)["sent"]
    assert sent["allowed_mentions"] == {"parse": []}
    assert (sent["nonce"], sent["enforce_nonce"]) == (f"s{job.id}", True)
    assert f"<@{ANNA}>" in text_of(sent)
    after = replace(stage.view(job), job=replace(job, state=JobState.RUNNING, progress=40))
    assert await stage.place.show(after, reference) == reference
    assert "40 %" in text_of(stage.message(reference))
    assert stage.message(reference)["sent"]["allowed_mentions"] == {"parse": []}
    assert len(stage.channel.messages) == 1


async def test_it_answers_the_message_the_job_was_asked_with(stage: Stage) -> None:
    asked = stage.discord.put(stage.channel, {}, author=ANNA)
    job = await stage.accepted(Address("discord", workspace=str(GUILD), channel=str(CHANNEL), message=str(asked)))
    reference = await stage.place.show(stage.view(job), None)
    sent = stage.message(reference)["sent"]
    assert sent["message_reference"]["message_id"] == asked
    assert sent["allowed_mentions"] == {"parse": []}


async def test_posted_twice_within_minutes_it_is_one_message(stage: Stage) -> None:
    job = await stage.accepted()
    first = await stage.place.show(stage.view(job), None)
    assert await stage.place.show(stage.view(job), None) == first
    assert len(stage.channel.messages) == 1


async def test_deleted_it_is_gone_and_the_next_one_is_a_new_message(stage: Stage) -> None:
    job = await stage.accepted()
    reference = await stage.place.show(stage.view(job), None)
    stage.channel.messages.clear()
    with pytest.raises(ChatError) as caught:
        await stage.place.show(stage.view(job), reference)
    assert caught.value.gone
    assert await stage.place.show(stage.view(job), None) != reference
    assert len(stage.channel.messages) == 1


async def test_in_an_archived_thread_only_the_end_is_worth_opening_it(stage: Stage) -> None:
    thread = stage.discord.channels[THREAD]
    job = await stage.accepted(stage.address(thread=True))
    reference = await stage.place.show(stage.view(job), None)
    thread.archived = True
    running = replace(job, state=JobState.RUNNING)
    assert await stage.place.show(stage.view(running), reference) == reference
    assert thread.archived
    failed = replace(job, state=JobState.FAILED)
    await stage.place.show(stage.view(failed), reference)
    assert not thread.archived
    assert "could not be made" in text_of(stage.message(reference))


async def test_in_a_locked_thread_its_end_cannot_be_shown(stage: Stage) -> None:
    thread = stage.discord.channels[THREAD]
    job = await stage.accepted(stage.address(thread=True))
    reference = await stage.place.show(stage.view(job), None)
    thread.archived = thread.locked = True
    failed = replace(job, state=JobState.FAILED)
    with pytest.raises(ChatError) as caught:
        await stage.place.show(stage.view(failed), reference)
    assert caught.value.gone
    # Then the board posts it once more: in the channel, which says why.
    again = await stage.place.show(stage.view(failed), None)
    assert again.startswith(f"{CHANNEL}/")
    assert "The thread is locked, so it is here." in text_of(stage.message(again))


async def test_without_the_channel_its_end_comes_as_a_direct_message(stage: Stage) -> None:
    job = await stage.accepted()
    await stage.place.show(stage.view(job), None)
    stage.channel.gone = True
    failed = replace(job, state=JobState.FAILED)
    again = await stage.place.show(stage.view(failed), None)
    assert again.startswith(f"{DIRECT}/")


@pytest.mark.parametrize("refusal", [Refused(400, 30046), Refused(503), Refused(401)])
async def test_what_passes_is_no_end(stage: Stage, refusal: Refused) -> None:
    job = await stage.accepted()
    reference = await stage.place.show(stage.view(job), None)
    stage.discord.queue = [refusal]
    with pytest.raises(ChatError) as caught:
        await stage.place.show(stage.view(job), reference)
    assert not caught.value.gone


async def test_it_leads_to_the_video(stage: Stage) -> None:
    job = await stage.made()
    reference = await stage.with_status(job)
    done = await stage.house.run(job.id)
    for result, server in ((f"{CHANNEL}/77", GUILD), (f"{DIRECT}/78", "@me")):
        await stage.place.show(stage.view(done, result=result), reference)
        [button] = [part for part in parts_of(stage.message(reference)) if part["type"] == 2]
        assert button["url"] == f"https://discord.com/channels/{server}/{result}"


async def test_a_lane_is_a_channel(stage: Stage) -> None:
    assert stage.place.lane(stage.address()) == str(CHANNEL)
    assert stage.place.lane(stage.address(thread=True)) == str(THREAD)


async def test_views_leave_nothing_in_memory(stage: Stage) -> None:
    job = await stage.accepted()
    reference = await stage.place.show(stage.view(job), None)
    for _ in range(5):
        await stage.place.show(stage.view(job), reference)
    kept = stage.client._connection._view_store
    assert not kept._views
    assert not kept._synced_message_views
