"""Buttons: who may press, what happens, and that twice is once."""

import asyncio

import pytest

from adapters.cards.card import Verb
from bot.generation.job import JobState
from tests.discord.answer import button
from tests.discord.conftest import Opener
from tests.discord.driver import OpenBot, picture


async def delivered(bot: OpenBot) -> str:
    """A delivered job's id; its result is the last message."""
    await bot.slash("video", prompt="waves")
    job = await bot.ended(await bot.only_job())
    assert job.state is JobState.DELIVERED
    await bot.until(lambda: button(bot.posts()[-1], Verb.AGAIN))
    return job.id


async def test_again_makes_one_more_with_a_public_status(bot: OpenBot) -> None:
    first = await delivered(bot)
    answer = await bot.press(bot.posts()[-1], Verb.AGAIN)
    assert not answer.private
    jobs = await bot.jobs()
    assert len(jobs) == 2
    assert {job.request.prompt for job in jobs} == {"waves"}
    assert first in {job.id for job in jobs}


async def test_a_double_press_on_again_is_one_video(bot: OpenBot) -> None:
    await delivered(bot)
    result = bot.posts()[-1]
    await asyncio.gather(bot.press(result, Verb.AGAIN), bot.press(result, Verb.AGAIN))
    assert len(await bot.jobs()) == 2


async def test_buttons_work_after_a_restart(bot: OpenBot) -> None:
    await delivered(bot)
    await bot.restart()
    answer = await bot.press(bot.posts()[-1], Verb.AGAIN)
    assert not answer.private
    assert len(await bot.jobs()) == 2


async def test_somebody_else_may_press_nothing_that_spends_or_deletes(bot: OpenBot) -> None:
    await delivered(bot)
    result = bot.posts()[-1]
    for verb in (Verb.AGAIN, Verb.EDIT, Verb.EXTEND, Verb.DELETE):
        answer = await bot.press(result, verb, user=bot.ben)
        assert answer.private, verb
        assert "Only the person who asked" in answer.text, verb
    assert len(await bot.jobs()) == 1


async def test_edit_opens_the_form_filled_in(bot: OpenBot) -> None:
    await delivered(bot)
    opened = await bot.press(bot.posts()[-1], Verb.EDIT)
    assert opened.value("prompt") == "waves"
    await bot.submit(opened, prompt="waves and a whale")
    assert {job.request.prompt for job in await bot.jobs()} == {"waves", "waves and a whale"}


@pytest.mark.slow
@pytest.mark.real_video
async def test_extend_goes_on_from_the_last_picture(bot: OpenBot) -> None:
    first = await delivered(bot)
    opened = await bot.press(bot.posts()[-1], Verb.EXTEND)
    assert "image" not in opened.fields
    await bot.submit(opened, prompt="and now a whale")
    job = next(job for job in await bot.jobs() if job.id != first)
    assert job.request.first_frame is not None


async def test_edit_keeps_the_image(bot: OpenBot) -> None:
    await bot.slash("video", prompt="it snows", image=picture())
    first = await bot.ended(await bot.only_job())
    await bot.until(lambda: button(bot.posts()[-1], Verb.EDIT))
    opened = await bot.press(bot.posts()[-1], Verb.EDIT)
    await bot.submit(opened, prompt="it rains")
    job = next(job for job in await bot.jobs() if job.id != first.id)
    assert job.request.frames == first.request.frames


async def test_delete_asks_once_and_takes_the_message_down(bot: OpenBot) -> None:
    job_id = await delivered(bot)
    result = bot.posts()[-1]
    asked = await bot.press(result, Verb.DELETE)
    assert asked.private
    assert (await bot.job(job_id)).deleted_at is None
    await bot.press(asked, Verb.DELETE_SURE)
    assert (await bot.job(job_id)).deleted_at is not None
    await bot.until(lambda: result not in bot.posts())


async def test_a_moderator_may_delete(bot: OpenBot) -> None:
    job_id = await delivered(bot)
    asked = await bot.press(bot.posts()[-1], Verb.DELETE, user=bot.moderator)
    await bot.press(asked, Verb.DELETE_SURE, user=bot.moderator)
    assert (await bot.job(job_id)).deleted_at is not None


async def test_cancel_while_it_waits_is_free(open_bot: Opener) -> None:
    async with open_bot(run_jobs=False) as bot:
        status = await bot.slash("video", prompt="waves")
        await bot.press(status, Verb.CANCEL, user=bot.ben)
        assert (await bot.only_job()).state is JobState.QUEUED
        answer = await bot.press(status, Verb.CANCEL, user=bot.anna)
        assert answer.private
        assert (await bot.only_job()).state is JobState.CANCELLED


async def test_an_old_button_says_what_to_do_instead(bot: OpenBot) -> None:
    answer = await bot.press_raw("v0:again:1234")
    assert answer.private
    assert "/video" in answer.text


async def test_a_button_of_a_job_that_is_gone(bot: OpenBot) -> None:
    answer = await bot.press_raw("v1:again:NOTTHERE")
    assert answer.private
    assert "not known here" in answer.text
