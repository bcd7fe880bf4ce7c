"""The world outlives the bot: kill -9 at any moment, and a new process finds it as it was."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.discord.fake.conftest import World
from tests.fakes.discord import FakeDiscord

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
Spawn = Callable[[], Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def spawn(world: World) -> AsyncIterator[Spawn]:
    """Start the little bot, and wait until it listens."""
    async with AsyncExitStack() as stack:

        async def start() -> asyncio.subprocess.Process:
            fake: FakeDiscord = world.fake
            before = fake.gateway.identifies
            arguments = (fake.api_base, fake.gateway_url, fake.token)
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.discord.fake.bot_process", *arguments, cwd=ROOT
            )

            async def end() -> None:
                if process.returncode is None:
                    process.kill()
                await process.wait()

            stack.push_async_callback(end)
            await fake.until(lambda: fake.gateway.identifies > before and fake.gateway.connected, timeout=30)
            return process

        yield start


@pytest.mark.parametrize("after", [False, True])
async def test_a_killed_bot_comes_back_to_the_same_world(world: World, spawn: Spawn, after: bool) -> None:
    fake = world.fake
    first = await spawn()
    hold = fake.hold("POST", "/channels/{channel_id}/messages", after=after)
    used = await world.anna.slash("work", world.general)
    assert used.told == ["working"]
    await hold.wait_reached()
    first.kill()
    await first.wait()
    hold.release()
    await fake.until(lambda: not fake.gateway.connected)
    await fake.until(lambda: fake.asked("POST", "/channels/{channel_id}/messages")[-1].status)
    # A request that had arrived has its effect, whether its sender lives or not.
    assert [message.text for message in world.general.messages] == ["working", "result"]
    await spawn()
    pressed = await world.anna.press(world.general.messages[1], "Again")
    assert pressed.told == ["pressed"]
    again = await world.anna.slash("work", world.general)
    await fake.until(lambda: len(fake.asked("POST", "/channels/{channel_id}/messages")) == 2)
    assert again.told == ["working"]
    await fake.until(lambda: fake.requests[-1].status)
    assert [message.text for message in world.general.messages] == ["working", "result", "working"]
    assert fake.complaints == []
