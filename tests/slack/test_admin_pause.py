"""A pause while a video runs: it is delivered, what is new is refused with the reason, and then all goes on."""

import pytest

from bot.generation.job import JobState
from tests.slack.conftest import Opener
from tests.slack.driver import SlackBot

pytestmark = pytest.mark.slow


async def states(bot: SlackBot) -> list[JobState]:
    """Of all jobs, in the order they were asked for."""
    return [job.state for job in reversed(await bot.jobs())]


async def test_a_pause_lets_what_runs_be_delivered_and_refuses_what_is_new(open_bot: Opener) -> None:
    async with open_bot(max_running=1) as bot:
        await bot.anna.slash("/video", "waves [[sandbox:slow=80000]]", bot.general)
        await bot.until(bot.sandbox.tasks)
        await bot.ben.slash("/video", "boats", bot.general)
        await bot.quiet()
        assert len(await bot.jobs()) == 2
        await bot.root.slash("/video-admin", "pause the bill", bot.general)
        await bot.told(bot.root, "What is being made will be finished; what waits stays")
        await bot.ben.slash("/video", "dogs", bot.general)
        refused = await bot.told(bot.ben, "paused by an admin")
        assert "reason: the bill." in refused.text_read.lower()
        assert len(await bot.jobs()) == 2
        (task,) = bot.sandbox.tasks()
        bot.sandbox.set_outcome(task["id"], "finish")
        assert (await bot.delivered(1)).requester.user.endswith(bot.anna.id)
        await bot.result()
        await bot.clock.sleep(5.0)  # a free room is filled within a second
        assert (await states(bot), len(bot.sandbox.tasks())) == ([JobState.DELIVERED, JobState.QUEUED], 1)
        await bot.root.slash("/video-admin", "resume", bot.general)
        await bot.told(bot.root, "The pause is over")
        assert (await bot.delivered(2)).requester.user.endswith(bot.ben.id)
        await bot.ben.slash("/video", "dogs", bot.general)
        await bot.delivered(3)
        await bot.result(number=3)
