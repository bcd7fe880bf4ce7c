"""Animate, from the menu of a message: its image moves."""

import pytest

from tests.discord.driver import OpenBot, picture
from tests.fakes.discord import FakeMessage


async def message_with(bot: OpenBot, kind: str) -> FakeMessage:
    """Somebody's message with a picture in it."""
    first = await bot.ben.says(bot.channel, attachments=[picture()])
    link = bot.discord.cdn.url(first.attachments[0])
    match kind:
        case "embed":
            return await bot.ben.says(bot.channel, embeds=[{"image": {"url": link}}])
        case "gallery":
            other = bot.discord.add_person("gallery", bot=True)
            bot.guild.add_member(other)
            return await other.says(bot.channel, components=[{"type": 12, "items": [{"media": {"url": link}}]}])
        case "forward":
            return await bot.ben.says(bot.channel, forwards=first)
    return first


@pytest.mark.parametrize("kind", ["attachment", "embed", "gallery", "forward"])
async def test_the_image_of_a_message_is_animated(bot: OpenBot, kind: str) -> None:
    opened = await bot.menu("Animate", await message_with(bot, kind))
    assert opened.modal is not None
    assert "image" not in opened.fields
    await bot.submit(opened, prompt="it snows")
    job = await bot.only_job()
    assert job.request.first_frame is not None
    assert (job.request.first_frame.width, job.request.first_frame.height) == (320, 320)


async def test_a_message_without_an_image_says_so(bot: OpenBot) -> None:
    answer = await bot.menu("Animate", await bot.ben.says(bot.channel, "hello"))
    assert answer.private
    assert "no image" in answer.text


@pytest.mark.slow
@pytest.mark.real_video
async def test_on_the_bots_own_result_it_goes_on_from_the_last_picture(bot: OpenBot) -> None:
    await bot.slash("video", prompt="waves")
    first = await bot.ended(await bot.only_job())
    opened = await bot.menu("Animate", bot.posts()[-1], user=bot.ben)
    await bot.submit(opened, prompt="and now a whale", user=bot.ben)
    job = next(job for job in await bot.jobs() if job.id != first.id)
    assert job.requester.user == str(bot.ben.id)
    assert job.request.first_frame is not None
    assert first.video is not None
    assert job.request.first_frame.width == first.video.width


async def test_the_image_survives_a_restart_between_menu_and_form(bot: OpenBot) -> None:
    opened = await bot.menu("Animate", await message_with(bot, "attachment"))
    await bot.restart()
    await bot.submit(opened, prompt="it snows")
    assert (await bot.only_job()).address.channel == str(bot.channel.id)


async def test_a_sticker_is_an_image_too(bot: OpenBot) -> None:
    opened = await bot.menu("Animate", await bot.ben.says(bot.channel, stickers=["wave"]))
    assert opened.modal is not None
    draft = await bot.app.store.draft(opened.modal["custom_id"].rpartition(":")[2])
    assert draft is not None
    assert draft.request.frames[0].source.startswith("https://cdn.discordapp.com/stickers/")
