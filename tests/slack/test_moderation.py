"""What the gateway's moderation refuses is told in words, and who goes on like that has to wait, on Slack."""

from tests.slack.conftest import Opener


async def test_refusals_are_told_in_words_and_repeated_ones_slow_the_person_down(open_bot: Opener) -> None:
    async with open_bot(moderation_strikes=1) as bot:
        await bot.anna.slash("/video", "waves [[sandbox:moderation]]", bot.general)
        told = await bot.posted("The gateway refused this prompt or image")
        assert "Change it and try again." in told.text_read
        await bot.anna.slash("/video", "waves", bot.general)
        await bot.told(bot.anna, "moderation refused 1 of your requests")
        assert len(await bot.jobs()) == 1
