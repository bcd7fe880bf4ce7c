"""What the gateway's moderation refuses is told in words, and who goes on like that has to wait, on Discord."""

from bot.generation.job import JobState
from tests.discord.conftest import Opener
from tests.discord.driver import jump


async def test_refusals_are_told_in_words_and_repeated_ones_slow_the_person_down(open_bot: Opener) -> None:
    async with open_bot(moderation_strikes=1) as bot:
        await bot.slash("video", prompt="waves [[sandbox:moderation]]")
        job = await bot.ended(await bot.only_job())
        assert job.state is JobState.FAILED
        await bot.until(lambda: "The gateway refused this prompt or image" in bot.posts()[-1].text)
        assert "Change it and try again." in bot.posts()[-1].text
        slowed = await bot.slash("video", prompt="waves")
        assert slowed.private
        assert "moderation refused 1 of your requests" in slowed.text
        assert not (await bot.slash("video", prompt="waves", user=bot.ben)).private
        jump(bot, 86_400)
        assert not (await bot.slash("video", prompt="waves")).private
