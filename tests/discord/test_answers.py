"""Every path answers something, in the right place, and tells the log nothing of what people wrote."""

import logging

import pytest

from adapters.cards.card import Verb
from bot.generation.job import JobState
from tests.discord.answer import button
from tests.discord.conftest import Opener
from tests.discord.driver import OpenBot, picture, texts

CANARY = "zebra-canary-5531"


async def test_a_command_the_bot_does_not_have_any_more_is_answered(bot: OpenBot) -> None:
    bot.discord.commands.upsert(None, {"name": "video-old", "description": "As it once was"})
    answer = await bot.slash("video-old")
    assert answer.private
    assert "reload Discord" in answer.text


async def test_where_refusals_are_public_an_image_becomes_the_status_in_place(open_bot: Opener) -> None:
    async with open_bot(private_refusals=False) as bot:
        answer = await bot.slash("video", prompt="it snows", image=picture())
        assert not answer.private
        assert "it snows" in answer.text
        assert (await bot.ended(await bot.only_job())).state is JobState.DELIVERED
        await bot.until(lambda: "Done" in answer.text)
        assert len(bot.posts()) == 2


async def test_direct_messages_can_be_switched_off(open_bot: Opener) -> None:
    async with open_bot(discord_direct_messages=False) as bot:
        answer = await bot.slash("video", prompt="waves", place=bot.discord.dm(bot.anna), forced=True)
        assert "no direct messages" in answer.text
        assert await bot.jobs() == []


async def test_neither_prompts_nor_tokens_are_logged(bot: OpenBot, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        await bot.slash("video", prompt=CANARY)
        await bot.slash("video", prompt=CANARY, duration=7)
        await bot.say(f"{bot.mention} {CANARY}")
        opened = await bot.slash("video")
        await bot.submit(opened, prompt=CANARY)
        await bot.press_raw("v1:again:NOTTHERE")
        await bot.ended((await bot.jobs())[0])
        bot.discord.ack_timeout_s = 0
        await bot.unanswered("video", prompt=f"{CANARY} again", duration=7)
        await bot.until(lambda: "duration" in texts(bot.posts()))
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("videobot")]
    assert not [line for line in ours if CANARY in line]
    assert not [line for line in ours if "interaction-token" in line]


async def test_again_of_a_spoiler_stays_one(bot: OpenBot) -> None:
    await bot.slash("video", prompt="waves", spoiler=True)
    first = await bot.ended(await bot.only_job())
    await bot.until(lambda: button(bot.posts()[-1], Verb.AGAIN))
    await bot.press(bot.posts()[-1], Verb.AGAIN)
    second = next(job for job in await bot.jobs() if job.id != first.id)
    assert second.address.extra["spoiler"] == "yes"
