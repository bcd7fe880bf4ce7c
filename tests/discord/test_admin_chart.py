"""/video-admin usage shows its numbers as a picture, too."""

import pytest

from tests.discord.driver import OpenBot

PNG = b"\x89PNG\r\n\x1a\n"


async def test_an_admin_gets_the_use_as_a_picture_with_its_numbers_in_words(bot: OpenBot) -> None:
    await bot.slash("video", prompt="waves", user=bot.anna)
    await bot.ended(await bot.only_job())
    answer = await bot.slash("video-admin usage", user=bot.admin, days=7)
    assert answer.private
    (file,) = answer.message.files
    assert file.data.startswith(PNG)
    (alt,) = answer.message.alt_texts
    assert alt.startswith("Use in the last 7 days: ")
    assert "By user: Anna $" in alt
    assert "1 video" in alt
    assert "Use in the last 7 days, by user" in answer.text


async def test_days_are_drawn_alone_and_an_empty_time_not_at_all(bot: OpenBot) -> None:
    assert (await bot.slash("video-admin usage", user=bot.admin, days=7)).message.files == []
    await bot.slash("video", prompt="waves")
    (alt,) = (await bot.slash("video-admin usage", user=bot.admin, by="day", days=1)).message.alt_texts
    assert "By user" not in alt
    assert "By day" in alt


async def test_where_discord_refuses_the_picture_the_words_are_shown_alone(bot: OpenBot) -> None:
    await bot.slash("video", prompt="waves")
    bot.discord.fault("POST", "/interactions/*/callback", status=400, code=40005)
    answer = await bot.slash("video-admin usage", user=bot.admin)
    assert "by user" in answer.text
    assert answer.message.files == []


@pytest.mark.slow
async def test_a_picture_that_takes_its_time_follows_the_first_answer(bot: OpenBot) -> None:
    await bot.slash("video", prompt="waves", user=bot.anna)
    hold = bot.discord.hold("GET", f"/users/{bot.anna.id}")  # what she is called
    used = await bot.admin.slash("video-admin usage", bot.channel, {}, wait=False)
    await bot.until(lambda: used.message is not None and used.message.loading)
    hold.release()
    await bot.until(lambda: used.message is not None and used.message.files)
    assert used.message is not None
    assert "By user: Anna $" in used.message.alt_texts[0]
    assert used.message.ephemeral
