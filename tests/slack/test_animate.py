"""Animate this image: the message's menu opens the form at once, and the image goes along by its id."""

import pytest

from tests.fakes.slack import Upload
from tests.slack.driver import SlackBot, picture


async def test_the_image_of_a_message_becomes_the_first_frame(bot_on_each: SlackBot) -> None:
    bot = bot_on_each
    message = await bot.ben.says(bot.general, "my cat", files=[Upload("notes.txt", b"words"), picture("cat.png")])
    before = len(bot.slack.requests)
    opened = await bot.anna.message_shortcut("animate_image", message)
    form = await bot.until(lambda: opened.view)
    assert bot.slack.requests[before].method == "views.open"
    assert "First picture: cat.png" in form.text_read
    assert message.files[1].id in form.private_metadata
    await bot.anna.submit(form, {"prompt": "it jumps"})
    await bot.result()
    (job,) = await bot.jobs()
    assert job.request.first_frame is not None


async def test_a_message_without_an_image_says_so(bot: SlackBot) -> None:
    message = await bot.ben.says(bot.general, "only words")
    opened = await bot.anna.message_shortcut("animate_image", message)
    await bot.told(bot.anna, "There is no image in this message")
    assert opened.view is None


@pytest.mark.slow
@pytest.mark.real_video
async def test_on_the_bots_own_result_it_goes_on_from_the_last_picture(bot: SlackBot) -> None:
    await bot.anna.slash("/video", "a boat on a lake", bot.general)
    opened = await bot.anna.message_shortcut("animate_image", await bot.result())
    form = await bot.until(lambda: opened.view if opened.view and "prompt" in opened.view.fields else None)
    assert form.title == "Extend the video"
    await bot.anna.submit(form, {"prompt": "it sinks"})
    await bot.result(number=2)
