"""A message that a crash left without a reference is found again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.generation.job import Purpose
from bot.generation.ports import ChatError
from tests.discord.stage import POST, Stage, open_stage
from tests.fakes.discord import FakeMessage, Interaction, compose, permissions
from tests.fakes.discord.interactions import COMMAND


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path) as stage:
        yield stage


async def test_nothing_is_found_where_nothing_is(stage: Stage) -> None:
    job, other = await stage.made(), await stage.made()
    await stage.chat.deliver(stage.view(other))
    assert await stage.chat.find(job, Purpose.RESULT) is None
    assert await stage.chat.find(job, Purpose.STATUS) is None


async def test_status_and_result_are_told_apart(stage: Stage) -> None:
    job = await stage.made()
    status = await stage.place.show(stage.view(job), None)
    assert await stage.chat.find(job, Purpose.RESULT) is None
    result = await stage.chat.deliver(stage.view(job))
    assert await stage.chat.find(job, Purpose.STATUS) == status
    assert await stage.chat.find(job, Purpose.RESULT) == result


async def test_a_result_among_hundreds_of_messages_is_found(stage: Stage) -> None:
    job = await stage.made()
    await stage.with_status(job)
    for _ in range(250):
        await stage.ben.says(stage.channel, "and so on")
    result = await stage.chat.deliver(stage.view(job))
    assert await stage.chat.find(job, Purpose.RESULT) == result


async def test_the_search_begins_at_the_status_message(stage: Stage) -> None:
    job = await stage.made()
    for _ in range(250):
        await stage.ben.says(stage.channel, "and so on")
    await stage.with_status(job)
    stage.discord.requests.clear()
    assert await stage.chat.find(job, Purpose.RESULT) is None
    looks = [seen for seen in stage.asked("GET") if str(stage.channel.id) in seen.path]
    assert len(looks) == 1  # the 250 before it are no matter


async def test_the_response_to_the_interaction_is_the_status(stage: Stage) -> None:
    command = {"name": "video", "type": 1, "id": "1"}
    used, other = (Interaction(stage.anna, COMMAND, stage.channel, command) for _ in range(2))
    job = await stage.accepted(stage.address(response=str(used.id)))
    for each in (other, used):
        said = {"content": "waves"}
        message = compose.post(stage.discord, stage.channel, said, {}, interaction=each.metadata())
    assert await stage.chat.find(job, Purpose.STATUS) == f"{stage.channel.id}/{message.id}"


@pytest.mark.parametrize("wrong", ["gone", "forbidden"])
async def test_a_result_that_had_to_go_elsewhere_is_found_there(stage: Stage, wrong: str) -> None:
    job = await stage.made(stage.address(thread=True))
    if wrong == "gone":
        stage.channel.delete()
    else:
        stage.channel.bot_permissions = permissions.VIEW_CHANNEL
    result = await stage.chat.deliver(stage.view(job))
    assert result.startswith(f"{stage.discord.dm(stage.anna).id}/")
    assert await stage.chat.find(job, Purpose.RESULT) == result


async def test_in_the_thread_of_the_job_it_is_found(tmp_path: Path) -> None:
    async with open_stage(tmp_path, thread_per_job=True) as stage:
        job = await stage.made()
        await stage.with_status(job)
        result = await stage.chat.deliver(stage.view(job))
        assert await stage.chat.find(job, Purpose.RESULT) == result


async def test_others_messages_are_never_taken_for_ours(stage: Stage) -> None:
    job = await stage.made()
    result = await stage.chat.deliver(stage.view(job))
    ours = stage.message(result)
    stage.discord.delete_message(ours)
    copy = {"components": ours.components, "flags": ours.flags, "nonce": ours.nonce}
    now, new = stage.discord.now(), stage.discord.ids.new()
    stage.discord.post(FakeMessage(stage.discord, new, stage.channel, stage.ben, now, **copy))
    assert await stage.chat.find(job, Purpose.RESULT) is None


async def test_without_the_history_nothing_is_found(stage: Stage) -> None:
    job = await stage.made()
    await stage.chat.deliver(stage.view(job))
    stage.channel.bot_permissions = permissions.MEMBER & ~permissions.READ_MESSAGE_HISTORY
    assert await stage.chat.find(job, Purpose.RESULT) is None


async def test_when_discord_cannot_be_asked_nobody_says_it_is_not_there(stage: Stage) -> None:
    job = await stage.made()
    stage.discord.fault("GET", POST, status=503)
    with pytest.raises(ChatError) as caught:
        await stage.chat.find(job, Purpose.RESULT)
    assert not caught.value.gone
