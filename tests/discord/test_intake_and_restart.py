"""Durable first: what a crash left unanswered is finished or told, once."""

import asyncio
from typing import Any

import httpx

from adapters.desk import Actor
from adapters.discord.order import Order, interaction_key
from adapters.discord.recovery import FINISH_WITHIN
from bot.generation.job import Address, JobState, Requester
from bot.generation.request import Frame, FrameRole, VideoRequest
from tests.discord.answer import Answer
from tests.discord.driver import OpenBot, picture, texts
from tests.fakes.discord import Interaction
from tests.fakes.discord.interactions import COMMAND, DEFERRED_MESSAGE
from tests.fakes.discord.messages import EPHEMERAL
from tests.fakes.discord.picking import keep_ephemeral


def used(bot: OpenBot) -> Interaction:
    """A command of Anna's that only a process that is dead by now heard of."""
    lost = Interaction(bot.anna, COMMAND, bot.channel, {"name": "video", "type": 1, "id": "1"})
    bot.discord.interactions.by_token[lost.token] = lost
    return lost


def order_of(bot: OpenBot, lost: Interaction, prompt: str, **more: Any) -> Order:
    """What it is on its way to the desk."""
    server, channel = str(bot.guild.id), str(bot.channel.id)
    extra = {} if more else {"response": str(lost.id)}
    return Order(
        key=interaction_key(lost.id),
        actor=Actor(Requester("discord", str(bot.anna.id), server, channel), "Anna"),
        address=Address("discord", server, channel, size_limit=10 * 2**20, extra=extra),
        request=VideoRequest(prompt=prompt, **more),
        token=lost.token,
    )


async def leave_open(bot: OpenBot, *, age: float, prompt: str = "waves") -> Order:
    """An event that was written down and never answered."""
    order = order_of(bot, used(bot), prompt)
    added = await bot.app.store.add_intake(order.key, "discord", order.payload(), bot.app.clock.now() - age)
    assert added
    return order


async def test_every_accepted_event_is_closed_when_it_is_answered(bot: OpenBot) -> None:
    answer = await bot.slash("video", prompt="waves")
    assert await bot.app.store.has_intake(interaction_key(answer.used.id))
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
    assert bot.posts()[-1].mentions == [bot.anna]
    assert await bot.jobs() == []


async def test_an_old_event_is_told_and_not_made(bot: OpenBot) -> None:
    await leave_open(bot, age=FINISH_WITHIN + 1)
    await bot.restart()
    await bot.until(bot.posts)
    assert "restarted before it could answer" in bot.posts()[-1].text
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
    bot.discord.ack_timeout_s = 0
    await bot.unanswered("video", prompt="waves")
    await bot.until_async(bot.jobs)
    await bot.until(lambda: "waves" in texts(bot.posts()))


async def test_when_a_refusal_cannot_be_sent_it_is_told_in_the_channel(bot: OpenBot) -> None:
    bot.discord.ack_timeout_s = 0
    await bot.unanswered("video", prompt="waves", duration=7)
    await bot.until(bot.posts)
    assert "duration" in bot.posts()[-1].text


async def test_commands_are_registered_once(bot: OpenBot) -> None:
    registered = ("PUT", "/applications/{application_id}/commands")
    assert len(bot.discord.asked(*registered)) == 1
    await bot.restart()
    assert len(bot.discord.asked(*registered)) == 1


async def test_an_image_that_was_being_read_when_the_bot_died_is_finished_and_the_private_answer_says_so(
    bot: OpenBot,
) -> None:
    lost, file = used(bot), keep_ephemeral(bot.anna, picture())
    async with httpx.AsyncClient() as dead_process:
        thinking = {"type": DEFERRED_MESSAGE, "data": {"flags": EPHEMERAL}}
        url = f"{bot.discord.api_base}/interactions/{lost.id}/{lost.token}/callback"
        assert (await dead_process.post(url, json=thinking)).status_code == 204
    frame = Frame(role=FrameRole.FIRST_FRAME, source=bot.discord.cdn.url(file))
    order = order_of(bot, lost, "it snows", frames=(frame,))
    await bot.app.store.add_intake(order.key, "discord", order.payload(), bot.app.clock.now())
    await bot.restart()
    await bot.until_async(bot.no_open_events)
    assert (await bot.only_job()).request.first_frame is not None
    answer = Answer(lost)
    assert answer.private
    await bot.until(lambda: "On its way" in answer.text)


async def test_a_bot_that_is_stopped_finishes_the_answers_under_way(bot: OpenBot) -> None:
    reading = bot.discord.hold("GET", "/cdn/*")
    asked = await bot.unanswered("video", prompt="it snows", image=picture())
    await reading.wait_reached()
    stopping = asyncio.create_task(bot.restart())
    await asyncio.sleep(0)
    reading.release()
    await stopping
    assert "On its way" in Answer(asked).text
    assert len(await bot.jobs()) == 1
    assert await bot.no_open_events()
