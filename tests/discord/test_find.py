"""A message that a crash left without a reference is found again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.generation.job import Purpose
from bot.generation.ports import ChatError
from tests.discord.rest_only import Refused
from tests.discord.stage import DIRECT, THREAD, Stage, open_stage


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
        stage.discord.put(stage.channel, {}, author=5)
    result = await stage.chat.deliver(stage.view(job))
    assert await stage.chat.find(job, Purpose.RESULT) == result


async def test_the_search_begins_at_the_status_message(stage: Stage) -> None:
    job = await stage.made()
    for _ in range(250):
        stage.discord.put(stage.channel, {}, author=5)
    await stage.with_status(job)
    stage.discord.calls.clear()
    assert await stage.chat.find(job, Purpose.RESULT) is None
    looks = stage.discord.requests("GET", f"channels/{stage.channel.id}/messages")
    assert len(looks) == 1  # the 250 before it are no matter


async def test_the_response_to_the_interaction_is_the_status(stage: Stage) -> None:
    response = stage.discord.snowflake()
    job = await stage.accepted(stage.address(response=str(response)))
    meta = {
        "id": str(response),
        "type": 2,
        "user": {"id": "5", "username": "anna", "discriminator": "0", "avatar": None},
        "authorizing_integration_owners": {},
    }
    stage.discord.put(stage.channel, {}, interaction_metadata={**meta, "id": "12"})
    message = stage.discord.put(stage.channel, {}, interaction_metadata=meta)
    assert await stage.chat.find(job, Purpose.STATUS) == f"{stage.channel.id}/{message}"


@pytest.mark.parametrize("wrong", ["gone", "forbidden"])
async def test_a_result_that_had_to_go_elsewhere_is_found_there(stage: Stage, wrong: str) -> None:
    job = await stage.made(stage.address(thread=True))
    setattr(stage.discord.channels[THREAD], wrong, True)
    setattr(stage.channel, wrong, True)
    result = await stage.chat.deliver(stage.view(job))
    assert result.startswith(f"{DIRECT}/")
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
    copied = stage.channel.messages.pop(int(result.partition("/")[2]))
    stage.discord.put(stage.channel, copied["sent"], author=5)
    assert await stage.chat.find(job, Purpose.RESULT) is None


async def test_without_the_history_nothing_is_found(stage: Stage) -> None:
    job = await stage.made()
    await stage.chat.deliver(stage.view(job))
    stage.channel.no_history = True
    assert await stage.chat.find(job, Purpose.RESULT) is None


async def test_when_discord_cannot_be_asked_nobody_says_it_is_not_there(stage: Stage) -> None:
    job = await stage.made()
    stage.discord.queue = [Refused(503)]
    with pytest.raises(ChatError) as caught:
        await stage.chat.find(job, Purpose.RESULT)
    assert not caught.value.gone
