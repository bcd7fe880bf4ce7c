"""The fake outlives kill -9 of the app: before a post's effect, after it, and goes on with the next process."""

import asyncio
import sys

import pytest

from tests.slack.fake.conftest import World

pytestmark = pytest.mark.slow


async def test_the_app_is_killed_around_a_post_and_started_again(world: World) -> None:
    slack, args = world.slack, (world.slack.api_base, world.slack.app_token, world.team.bot_token)

    async def start() -> asyncio.subprocess.Process:
        before = slack.sockets.opened
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.slack.fake.bot_process", *args)
        await slack.until(lambda: slack.sockets.opened > before, timeout=30)
        return process

    async def kill(process: asyncio.subprocess.Process) -> None:
        process.kill()
        await process.wait()
        await slack.until(lambda: not slack.sockets.connections)

    process = await start()
    hold = slack.hold("chat.postMessage")
    await world.anna.slash("/video", "one", world.general)
    await hold.wait_reached()
    await kill(process)
    hold.drop()
    process = await start()
    hold = slack.hold("chat.postMessage", after=True)
    await world.anna.slash("/video", "two", world.general)
    await hold.wait_reached()
    await kill(process)
    hold.release()
    process = await start()
    await world.anna.slash("/video", "three", world.general)
    await slack.until(lambda: len(world.general.messages) == 2)
    await kill(process)
    assert [message.text for message in world.general.messages] == ["two", "three"]
