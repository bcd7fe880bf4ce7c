"""SIGTERM while answers are under way, and crashes while a crash is being made good."""

import asyncio
import time

import pytest

from adapters.desk import Actor
from adapters.discord.client import FINISH_WITHIN
from adapters.discord.order import Order, interaction_key
from bot.generation.job import Address, Requester
from bot.generation.request import Frame, FrameRole, VideoRequest
from tests.discord.answer import Answer
from tests.discord.driver import OpenBot, picture
from tests.fakes.discord import Interaction
from tests.fakes.discord.interactions import COMMAND
from tests.fakes.discord.picking import keep_ephemeral


async def leave_open(bot: OpenBot) -> None:
    """A command with an image that a process which is dead by now wrote down and never answered."""
    lost = Interaction(bot.anna, COMMAND, bot.channel, {"name": "video", "type": 1, "id": "1"})
    bot.discord.interactions.by_token[lost.token] = lost
    image = bot.discord.cdn.url(keep_ephemeral(bot.anna, picture()))
    server, channel = str(bot.guild.id), str(bot.channel.id)
    order = Order(
        key=interaction_key(lost.id),
        actor=Actor(Requester("discord", str(bot.anna.id), server, channel), "Anna"),
        address=Address("discord", server, channel),
        request=VideoRequest(prompt="it snows", frames=(Frame(role=FrameRole.FIRST_FRAME, source=image),)),
        token=lost.token,
    )
    await bot.app.store.add_intake(order.key, "discord", order.payload(), bot.app.clock.now())


async def test_what_is_asked_while_the_bot_stops_is_answered_too(bot: OpenBot) -> None:
    reading = bot.discord.hold("GET", "/cdn/*")
    first = await bot.unanswered("video", prompt="it snows", image=picture())
    await reading.wait_reached()
    closing = asyncio.create_task(bot.side.stop())
    await asyncio.sleep(0.05)  # the stop waits for the first one now
    held = bot.discord.hold("GET", "/cdn/*")
    second = await bot.unanswered("video", prompt="it rains", image=picture())
    await held.wait_reached()
    reading.release()
    await bot.until(lambda: "On its way" in Answer(first).text)
    assert not closing.done()
    held.release()
    await closing
    assert "On its way" in Answer(second).text
    assert len(await bot.jobs()) == 2
    assert await bot.no_open_events()
    await bot.restart()


@pytest.mark.slow
async def test_an_answer_that_takes_too_long_is_left_to_the_next_start_and_goes_on_nowhere(bot: OpenBot) -> None:
    reading = bot.discord.hold("GET", "/cdn/*")
    asked = await bot.unanswered("video", prompt="it snows", image=picture())
    await reading.wait_reached()
    began = time.monotonic()
    await bot.side.stop()
    assert time.monotonic() - began >= FINISH_WITHIN
    mine = {asyncio.current_task()}
    left = [task for task in asyncio.all_tasks() - mine if "hand_in" in repr(task.get_coro())]
    assert left == []
    assert await bot.jobs() == []
    reading.release()
    await bot.restart()
    await bot.until_async(bot.no_open_events)
    assert len(await bot.jobs()) == 1
    assert "On its way" in Answer(asked).text


async def test_a_crash_in_the_middle_of_the_recovery_makes_one_video_and_one_status(bot: OpenBot) -> None:
    await leave_open(bot)
    reading = bot.discord.hold("GET", "/cdn/*")
    await bot.restart()
    await reading.wait_reached()
    reading.drop()
    await bot.restart()
    await bot.until_async(bot.no_open_events)
    job = await bot.ended(await bot.only_job())
    await bot.until(lambda: len(bot.posts()) == 2)
    assert sum(job.id in post.text for post in bot.posts()) >= 1
    assert len(bot.results()) == 1
