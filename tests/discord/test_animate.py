"""Animate, from the menu of a message: its image moves."""

import pytest

from tests.discord.driver import BEN, CHANNEL, OpenBot, png


@pytest.mark.parametrize("kind", ["attachment", "embed", "gallery", "forward"])
async def test_the_image_of_a_message_is_animated(bot: OpenBot, kind: str) -> None:
    message = bot.message_with(kind, bot.file("cat.png", png()), author=BEN)
    opened = await bot.menu("Animate", message)
    assert opened.modal is not None
    assert "image" not in opened.fields
    await bot.submit(opened, prompt="it snows")
    job = await bot.only_job()
    assert job.request.first_frame is not None
    assert (job.request.first_frame.width, job.request.first_frame.height) == (320, 320)


async def test_a_message_without_an_image_says_so(bot: OpenBot) -> None:
    answer = await bot.menu("Animate", bot.message_with("text", None, author=BEN))
    assert answer.private
    assert "no image" in answer.text


@pytest.mark.real_video
async def test_on_the_bots_own_result_it_goes_on_from_the_last_picture(bot: OpenBot) -> None:
    await bot.slash("video", prompt="waves")
    first = await bot.ended(await bot.only_job())
    opened = await bot.menu("Animate", bot.posts()[-1], user=BEN)
    await bot.submit(opened, prompt="and now a whale", user=BEN)
    job = next(job for job in await bot.jobs() if job.id != first.id)
    assert job.requester.user == str(BEN)
    assert job.request.first_frame is not None
    assert first.video is not None
    assert job.request.first_frame.width == first.video.width


async def test_the_image_survives_a_restart_between_menu_and_form(bot: OpenBot) -> None:
    opened = await bot.menu("Animate", bot.message_with("attachment", bot.file("cat.png", png()), author=BEN))
    await bot.restart()
    await bot.submit(opened, prompt="it snows")
    assert (await bot.only_job()).address.channel == str(CHANNEL)


async def test_a_sticker_is_an_image_too(bot: OpenBot) -> None:
    opened = await bot.menu("Animate", bot.message_with("sticker", None, author=BEN))
    assert opened.modal is not None
    draft = await bot.app.store.draft(opened.modal["custom_id"].rpartition(":")[2])
    assert draft is not None
    assert draft.request.frames[0].source == "https://cdn.discordapp.com/stickers/5.png"
