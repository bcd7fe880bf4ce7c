"""Many people ask in the same moment: everybody hears at once, and everything that was asked is made, once."""

import asyncio

import pytest

from adapters.discord.rush import AT_ONCE, MANY, Rush
from bot.generation.job import JobState
from tests.discord.answer import Answer
from tests.discord.conftest import Opener
from tests.discord.driver import OpenBot

PEOPLE = 20


async def asked_at_once(bot: OpenBot, **given: object) -> list[Answer]:
    """What people are answered who ask at the same moment, when all is said."""
    used = await asyncio.gather(
        *(bot.anna.slash("video", bot.channel, {"prompt": f"wave {n}", **given}) for n in range(PEOPLE))
    )
    await bot.until(lambda: not bot.side.client.is_answering)
    return [Answer(each) for each in used]


@pytest.mark.slow
async def test_in_a_rush_everything_is_made_once_with_one_status_message_each(bot: OpenBot) -> None:
    answers = await asked_at_once(bot)
    private = [answer for answer in answers if answer.private]
    assert len(private) >= PEOPLE - MANY
    assert all("On its way" in answer.text for answer in private)
    jobs = await bot.jobs()
    assert {job.request.prompt for job in jobs} == {f"wave {n}" for n in range(PEOPLE)}
    for job in jobs:
        assert (await bot.ended(job)).state is JobState.DELIVERED
        statuses = [post for post in bot.posts() if job.id in post.text and post not in bot.results()]
        assert len(statuses) == 1
    assert len(bot.results()) == PEOPLE
    assert await bot.no_open_events()


async def test_in_a_rush_refusals_stay_private_and_full(bot: OpenBot) -> None:
    for answer in await asked_at_once(bot, duration=7):
        assert answer.private
        assert "duration" in answer.text
    assert await bot.jobs() == []
    assert bot.posts() == []


async def test_in_a_rush_the_public_answers_of_an_open_bot_become_the_status_messages(open_bot: Opener) -> None:
    async with open_bot(run_jobs=False, private_refusals=False) as bot:
        answers = await asked_at_once(bot)
        assert not any(answer.private for answer in answers)
        jobs = await bot.jobs()
        assert len(jobs) == len(bot.posts()) == PEOPLE


async def test_a_few_people_are_answered_with_the_status_itself(open_bot: Opener) -> None:
    async with open_bot(run_jobs=False) as bot:
        for n in range(MANY):
            assert not (await bot.slash("video", prompt=f"wave {n}")).private


async def test_turns_wait_for_first_answers_but_not_for_ever() -> None:
    rush, order = Rush(), []
    for number in range(MANY + 1):
        rush.waits(number)
    assert rush.is_on

    async def work(number: int) -> None:
        async with rush.turn():
            order.append(number)

    workers = [asyncio.create_task(work(number)) for number in range(AT_ONCE * 2)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert order == []
    rush.is_answered(0)
    rush.is_answered(0)
    assert not rush.is_on
    await asyncio.gather(*workers)
    assert order == list(range(AT_ONCE * 2))
    rush.waits(99)
    async with asyncio.timeout(10):
        await work(100)  # nobody ever answers 99: the turn comes all the same
    assert order[-1] == 100
