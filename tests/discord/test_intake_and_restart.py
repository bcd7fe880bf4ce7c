"""Durable first: what a crash left unanswered is finished or told, once."""

import asyncio

from adapters.discord.order import Order, interaction_key
from adapters.discord.recovery import FINISH_WITHIN
from bot.generation.job import JobState
from tests.discord.driver import CHANNEL, Answer, OpenBot, png, text_of


async def leave_open(bot: OpenBot, *, age: float, prompt: str = "waves") -> Order:
    """An event that was written down and never answered."""
    order = bot.order(prompt=prompt)
    added = await bot.app.store.add_intake(order.key, "discord", order.payload(), bot.app.clock.now() - age)
    assert added
    return order


async def test_every_accepted_event_is_closed_when_it_is_answered(bot: OpenBot) -> None:
    answer = await bot.slash("video", prompt="waves")
    assert await bot.app.store.has_intake(interaction_key(int(answer.id)))
    assert await bot.open_events() == []


async def test_a_fresh_event_that_nobody_answered_is_finished_at_the_start(bot: OpenBot) -> None:
    order = await leave_open(bot, age=1)
    await bot.restart()
    await bot.until_async(bot.jobs)
    job = await bot.ended(await bot.only_job())
    assert job.state is JobState.DELIVERED
    assert await bot.app.store.job_of_intake(order.key) is not None
    await bot.until_async(bot.no_open_events)
    await bot.until(lambda: len(bot.posts()) == 2)


async def test_a_fresh_event_with_a_problem_is_told_in_the_channel(bot: OpenBot) -> None:
    await leave_open(bot, age=1, prompt=" ")
    await bot.restart()
    await bot.until(bot.posts)
    assert str(bot.anna) in str(bot.posts()[-1]["mentions"])
    assert await bot.jobs() == []


async def test_an_old_event_is_told_and_not_made(bot: OpenBot) -> None:
    await leave_open(bot, age=FINISH_WITHIN + 1)
    await bot.restart()
    await bot.until(bot.posts)
    assert "restarted before it could answer" in text_of(bot.posts()[-1])
    await bot.until_async(bot.no_open_events)
    assert await bot.jobs() == []


async def test_an_event_whose_job_is_there_makes_no_second_one(bot: OpenBot) -> None:
    order = await leave_open(bot, age=1)
    await bot.app.service.submit(order.request, order.actor.requester, order.address, intake_key=order.key)
    await bot.restart()
    await bot.until_async(bot.no_open_events)
    assert len(await bot.jobs()) == 1


async def test_a_payload_nobody_can_read_keeps_nothing_from_starting(bot: OpenBot) -> None:
    await bot.app.store.add_intake("discord:1", "discord", {"kind": "unheard of"}, bot.app.clock.now())
    await bot.restart()
    await bot.until_async(bot.no_open_events)
    assert not (await bot.slash("video", prompt="waves")).private


async def test_when_the_answer_cannot_be_sent_the_video_shows_itself(bot: OpenBot) -> None:
    bot.wire.is_deaf = True
    await bot.slash("video", prompt="waves", expect=False)
    await bot.until_async(bot.jobs)
    await bot.until(lambda: any("waves" in text_of(post) for post in bot.posts()))
    assert all(post["channel_id"] == str(CHANNEL) for post in bot.posts())


async def test_when_a_refusal_cannot_be_sent_it_is_told_in_the_channel(bot: OpenBot) -> None:
    bot.wire.is_deaf = True
    await bot.slash("video", prompt="waves", duration=7, expect=False)
    await bot.until(bot.posts)
    assert "duration" in text_of(bot.posts()[-1])


async def test_commands_are_registered_once(bot: OpenBot) -> None:
    assert bot.wire.registrations == 1
    await bot.restart()
    assert bot.wire.registrations == 1


async def test_an_image_that_was_being_read_when_the_bot_died_is_finished_and_the_private_answer_says_so(
    bot: OpenBot,
) -> None:
    order = bot.order(prompt="it snows", image=bot.file("cat.png", png()))
    await bot.app.store.add_intake(order.key, "discord", order.payload(), bot.app.clock.now())
    await bot.restart()
    await bot.until_async(bot.no_open_events)
    assert (await bot.only_job()).request.first_frame is not None
    answer = Answer(order.key.removeprefix("discord:"), bot.wire)
    assert answer.private
    assert "On its way" in answer.text


async def test_a_bot_that_is_stopped_finishes_the_answers_under_way(bot: OpenBot) -> None:
    bot.wire.files_flow.clear()
    await bot.slash("video", prompt="it snows", image=bot.file("cat.png", png()), expect=False)
    await bot.until(lambda: bot.wire.callbacks)
    stopping = asyncio.create_task(bot.restart())
    await asyncio.sleep(0.1)
    bot.wire.files_flow.set()
    await stopping
    answer = Answer(next(iter(bot.wire.callbacks)), bot.wire)
    assert "On its way" in answer.text
    assert len(await bot.jobs()) == 1
    assert await bot.no_open_events()
