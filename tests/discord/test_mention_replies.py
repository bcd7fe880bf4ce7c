"""A message that mentions the bot: what was understood, the price, and a button that starts it."""

import pytest

from adapters.cards.card import Verb
from tests.discord.driver import ANNA, BEN, OpenBot, buttons_of, png, text_of


async def test_a_reply_with_a_mention_animates_the_image_above_it(bot: OpenBot) -> None:
    above = bot.message_with("attachment", bot.file("cat.png", png()), author=BEN)
    answer = await bot.say(f"{bot.mention} make it snow, pro, 10s", reply_to=above)
    assert answer is not None
    assert "make it snow" in text_of(answer)
    assert "pro" in text_of(answer)
    assert "$" in text_of(answer)
    assert await bot.jobs() == [], "nothing starts without a press"
    await bot.press(answer, Verb.START)
    job = await bot.only_job()
    assert (job.mode, job.duration) == ("pro", 10)
    assert job.request.first_frame is not None
    await bot.ended(job)
    await bot.until(lambda: "Done" in text_of(answer))
    assert len([post for post in bot.posts() if job.id in text_of(post)]) <= 2, "the offer became the status"


async def test_only_the_person_who_asked_can_press_start(bot: OpenBot) -> None:
    answer = await bot.say(f"{bot.mention} waves at night")
    pressed = await bot.press(answer, Verb.START, user=BEN)
    assert pressed.private
    assert await bot.jobs() == []
    await bot.press(answer, Verb.START, user=ANNA)
    assert len(await bot.jobs()) == 1


async def test_a_reply_without_the_mention_does_nothing(bot: OpenBot) -> None:
    above = bot.message_with("attachment", bot.file("cat.png", png()), author=BEN)
    assert await bot.say("make it snow, pro, 10s", reply_to=above, expect=False) is None


async def test_a_reply_that_only_pings_the_bot_does_nothing(bot: OpenBot) -> None:
    first = await bot.say(f"{bot.mention} waves")
    assert await bot.say("nice!", reply_to=first, pings_bot=True, expect=False) is None


async def test_other_bots_and_webhooks_are_not_answered(bot: OpenBot) -> None:
    assert await bot.say(f"{bot.mention} waves", by_bot=True, expect=False) is None
    assert await bot.say(f"{bot.mention} waves", webhook=True, expect=False) is None


async def test_an_image_of_ones_own_comes_first(bot: OpenBot) -> None:
    answer = await bot.say(f"{bot.mention} it snows", image=bot.file("dog.png", png("red")))
    await bot.press(answer, Verb.START)
    assert (await bot.only_job()).request.first_frame is not None


async def test_an_image_the_bot_may_not_see_is_explained(bot: OpenBot) -> None:
    above = bot.message_with("attachment", bot.file("cat.png", png()), author=BEN, hidden=True)
    answer = await bot.say(f"{bot.mention} make it snow", reply_to=above)
    assert "Apps > Animate" in text_of(answer)


async def test_a_reply_to_words_is_a_video_from_words(bot: OpenBot) -> None:
    first = await bot.say(f"{bot.mention} waves")
    answer = await bot.say(f"{bot.mention} a storm over the sea", reply_to=first)
    assert answer.get("id") != first.get("id")


async def test_a_mention_alone_gets_a_short_help(bot: OpenBot) -> None:
    answer = await bot.say(bot.mention)
    assert "/video" in text_of(answer)


async def test_problems_of_a_text_come_with_the_form(bot: OpenBot) -> None:
    answer = await bot.say(f"{bot.mention} waves, 7s, 8k")
    assert "duration" in text_of(answer) or "7" in text_of(answer)
    assert buttons_of(answer)
    assert await bot.jobs() == []


@pytest.mark.real_video
async def test_under_the_bots_own_result_it_is_extended(bot: OpenBot) -> None:
    await bot.slash("video", prompt="waves")
    first = await bot.ended(await bot.only_job())
    answer = await bot.say(f"{bot.mention} and now a whale", reply_to=bot.posts()[-1])
    await bot.press(answer, Verb.START)
    job = next(job for job in await bot.jobs() if job.id != first.id)
    assert job.request.first_frame is not None


async def test_nothing_typed_mentions_anybody(bot: OpenBot) -> None:
    await bot.say(f"{bot.mention} @everyone <@{BEN}> [x](javascript:alert) <@&5>")
    for post in bot.posts():
        assert post["mentions"] == []
        assert post.get("mention_everyone") is False
