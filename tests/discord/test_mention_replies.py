"""A message that mentions the bot: what was understood, the price, and a button that starts it."""

import pytest

from adapters.cards.card import Verb
from tests.discord.conftest import Opener
from tests.discord.driver import OpenBot, picture
from tests.fakes.discord import FakeDiscord


def with_strict_replies(discord: FakeDiscord) -> None:
    """The bot may read everything, and still the replied-to message comes without its contents."""
    discord.allow_message_content()
    discord.strips_replied_content = True


@pytest.mark.parametrize("arrange", [FakeDiscord.allow_message_content, with_strict_replies])
async def test_a_reply_with_a_mention_animates_the_image_above_it(open_bot: Opener, arrange: object) -> None:
    async with open_bot(arrange=arrange, discord_message_content=True) as bot:
        above = await bot.ben.says(bot.channel, attachments=[picture()])
        answer = await bot.say(f"{bot.mention} make it snow, pro, 10s", reply_to=above)
        assert "make it snow" in answer.text
        assert "pro" in answer.text
        assert "$" in answer.text
        assert await bot.jobs() == [], "nothing starts without a press"
        await bot.press(answer, Verb.START)
        job = await bot.only_job()
        assert (job.mode, job.duration) == ("pro", 10)
        assert job.request.first_frame is not None
        await bot.ended(job)
        await bot.until(lambda: "Done" in answer.text)
        assert len([post for post in bot.posts() if job.id in post.text]) <= 2, "the offer became the status"


async def test_only_the_person_who_asked_can_press_start(bot: OpenBot) -> None:
    answer = await bot.say(f"{bot.mention} waves at night")
    pressed = await bot.press(answer, Verb.START, user=bot.ben)
    assert pressed.private
    assert await bot.jobs() == []
    await bot.press(answer, Verb.START)
    assert len(await bot.jobs()) == 1


async def test_a_reply_without_the_mention_does_nothing(bot: OpenBot) -> None:
    above = await bot.ben.says(bot.channel, attachments=[picture()])
    await bot.say_in_vain("make it snow, pro, 10s", reply_to=above)


async def test_a_reply_that_only_pings_the_bot_does_nothing(bot: OpenBot) -> None:
    first = await bot.say(f"{bot.mention} waves")
    await bot.say_in_vain("nice!", reply_to=first, ping=True)


async def test_other_bots_and_webhooks_are_not_answered(bot: OpenBot) -> None:
    other = bot.discord.add_person("other", bot=True)
    bot.guild.add_member(other)
    await bot.say_in_vain(f"{bot.mention} waves", user=other)
    await bot.say_in_vain(f"{bot.mention} waves", webhook=True)


async def test_an_image_of_ones_own_comes_first(bot: OpenBot) -> None:
    answer = await bot.say(f"{bot.mention} it snows", attachments=[picture("dog.png", "red")])
    await bot.press(answer, Verb.START)
    assert (await bot.only_job()).request.first_frame is not None


async def test_an_image_the_bot_may_not_see_is_explained(bot: OpenBot) -> None:
    above = await bot.ben.says(bot.channel, attachments=[picture()])
    answer = await bot.say(f"{bot.mention} make it snow", reply_to=above)
    assert "Apps > Animate" in answer.text


async def test_a_reply_to_words_is_a_video_from_words(bot: OpenBot) -> None:
    first = await bot.say(f"{bot.mention} waves")
    answer = await bot.say(f"{bot.mention} a storm over the sea", reply_to=first)
    assert answer is not first
    assert "a storm over the sea" in answer.text


async def test_a_mention_alone_gets_a_short_help(bot: OpenBot) -> None:
    answer = await bot.say(bot.mention)
    assert "/video" in answer.text


async def test_problems_of_a_text_come_with_the_form(bot: OpenBot) -> None:
    answer = await bot.say(f"{bot.mention} waves, 7s, 8k")
    assert "duration" in answer.text or "7" in answer.text
    assert answer.buttons
    assert await bot.jobs() == []


@pytest.mark.slow
@pytest.mark.real_video
async def test_under_the_bots_own_result_it_is_extended(bot: OpenBot) -> None:
    await bot.slash("video", prompt="waves")
    first = await bot.ended(await bot.only_job())
    answer = await bot.say(f"{bot.mention} and now a whale", reply_to=bot.posts()[-1])
    await bot.press(answer, Verb.START)
    job = next(job for job in await bot.jobs() if job.id != first.id)
    assert job.request.first_frame is not None


async def test_nothing_typed_mentions_anybody(bot: OpenBot) -> None:
    await bot.say(f"{bot.mention} @everyone <@{bot.ben.id}> [x](javascript:alert) <@&5>")
    for post in bot.posts():
        assert post.mentions == []
        assert not post.mention_everyone
