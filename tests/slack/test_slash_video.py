"""/video: a text becomes a video in the channel; what is wrong is said to the person alone, all of it at once."""

import pytest

from tests.slack.driver import SlackBot


async def test_a_text_becomes_a_video_under_one_public_status(bot_on_each: SlackBot) -> None:
    bot = bot_on_each
    said = await bot.anna.slash("/video", "a cat on a roof --std --5s --9:16", bot.general)
    result = await bot.result()
    assert said.ack_s < 1.0
    assert "On its way" in (await bot.told(bot.anna, "On its way")).text_read
    (status,) = bot.statuses()
    assert result.thread_ts == status.ts
    assert bot.anna.id in result.mentions
    (job,) = await bot.jobs()
    assert (job.request.prompt, job.mode, job.duration, job.request.aspect_ratio) == (
        "a cat on a roof",
        "std",
        5,
        "9:16",
    )
    assert job.requester.key == f"slack:{bot.team.id}:{bot.anna.id}"


async def test_all_problems_come_at_once_and_privately_with_the_form(bot: SlackBot) -> None:
    await bot.anna.slash("/video", "a cat --v3 --7s --5:4", bot.general)
    message = await bot.told(bot.anna, "cannot be made as asked")
    assert "duration" in message.text_read
    assert "aspect_ratio" in message.text_read
    assert "Open the form" in message.button_texts
    assert await bot.jobs() == []
    assert bot.general.from_bot == [message]
    opened = await bot.anna.press(message, "Open the form")
    form = await bot.until(lambda: opened.view if opened.view and "prompt" in opened.view.fields else None)
    assert form.values["prompt"] == "a cat"
    assert form.values["v1:pick:model"] == "v3"


@pytest.mark.slow
async def test_a_price_above_the_setting_asks_for_a_press(bot: SlackBot) -> None:
    await bot.anna.slash("/video", "a cat --pro --10s --sound", bot.general)
    offer = await bot.told(bot.anna, "so it starts only when you press Start")
    assert await bot.jobs() == []
    start = next(text for text in offer.button_texts if text.startswith("Start"))
    await bot.anna.press(offer, start)
    await bot.result()
    assert len(await bot.jobs()) == 1


async def test_quota_jobs_and_help_are_for_the_person_alone(bot: SlackBot) -> None:
    for word, words in (("quota", "no limits"), ("jobs", "not asked for a video"), ("help", "Make a video")):
        await bot.anna.slash("/video", word, bot.general)
        await bot.told(bot.anna, words)
    assert [m for m in bot.general.from_bot if m.ephemeral_for is None] == []


@pytest.mark.slow
async def test_mentions_and_ampersands_in_a_prompt_are_harmless(bot: SlackBot) -> None:
    await bot.anna.slash("/video", f"<!channel> {bot.ben.mention} &amp;&amp; *bold* &lt;!here&gt;", bot.general)
    result = await bot.result()
    assert result.mentions == {bot.anna.id}
    (status,) = bot.statuses()
    assert status.mentions == set()
    (job,) = await bot.jobs()
    assert job.request.prompt.startswith("@channel @")
