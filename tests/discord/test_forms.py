"""Forms keep what was chosen, work after a restart, and lose nothing that was typed."""

from adapters.cards.card import Verb
from tests.discord.driver import OpenBot, picture


async def test_video_without_a_prompt_opens_a_form_and_keeps_what_was_chosen(bot: OpenBot) -> None:
    opened = await bot.slash("video", mode="pro", duration=10, negative_prompt="text", spoiler=True)
    assert opened.modal is not None
    assert opened.chosen("make") == ["2.6/pro/silent"]
    assert opened.chosen("duration") == ["10"]
    await bot.submit(opened, prompt="waves at night")
    job = await bot.started_job()
    assert (job.request.prompt, job.mode, job.duration) == ("waves at night", "pro", 10)
    assert job.request.negative_prompt == "text"
    assert job.address.extra["spoiler"] == "yes"


async def test_the_form_takes_an_upload(bot: OpenBot) -> None:
    opened = await bot.slash("video")
    assert opened.modal is not None
    answer = await bot.submit(opened, prompt="it snows", image=picture())
    assert "On its way" in answer.text
    assert (await bot.only_job()).request.first_frame is not None


async def test_an_image_given_with_the_command_is_not_asked_for_again(bot: OpenBot) -> None:
    opened = await bot.slash("video", image=picture())
    assert "image" not in opened.fields
    await bot.submit(opened, prompt="it snows")
    assert (await bot.only_job()).request.first_frame is not None


async def test_a_form_that_comes_back_after_a_restart(bot: OpenBot) -> None:
    opened = await bot.slash("video", mode="pro", image=picture())
    await bot.restart()
    await bot.submit(opened, prompt="it snows")
    job = await bot.started_job()
    assert (job.mode, job.request.prompt) == ("pro", "it snows")
    assert job.request.first_frame is not None


async def test_problems_reopen_the_form_filled_in(bot: OpenBot) -> None:
    refused = await bot.slash("video", prompt="waves", duration=7, mode="pro")
    opened = await bot.press(refused, Verb.FORM)
    assert opened.value("prompt") == "waves"
    assert opened.chosen("make") == ["2.6/pro/silent"]
    await bot.submit(opened)
    assert (await bot.started_job()).duration in (5, 10)


async def test_a_form_of_another_version_repeats_what_was_typed(bot: OpenBot) -> None:
    answer = await bot.submit_raw("v0:something:old", prompt="a long text I would hate to lose")
    assert answer.private
    assert "a long text I would hate to lose" in answer.text
    assert await bot.jobs() == []


async def test_a_form_of_somebody_else_makes_nothing(bot: OpenBot) -> None:
    opened = await bot.slash("video", mode="pro")
    answer = await bot.submit(opened, prompt="waves", user=bot.ben)
    assert "no longer kept" in answer.text
    assert "waves" in answer.text
    assert await bot.jobs() == []


async def test_an_empty_prompt_is_a_problem_like_any_other(bot: OpenBot) -> None:
    opened = await bot.slash("video")
    answer = await bot.submit(opened, prompt="   ")
    assert answer.private
    assert answer.button(Verb.FORM)
