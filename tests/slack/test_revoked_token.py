"""A token that was taken back ends visibly: in the log, in the jobs, in `videobot check`."""

import logging

import pytest

from bot.cli.checking import Report, Verdict
from bot.cli.checking_slack import check_slack
from bot.cli.root import Root
from bot.generation.job import JobState
from tests.slack.conftest import Opener


@pytest.mark.slow
async def test_the_operator_reads_it_and_the_video_is_kept(open_bot: Opener, caplog: pytest.LogCaptureFixture) -> None:
    async with open_bot() as bot:
        hold = bot.slack.hold("files.getUploadURLExternal")
        await bot.anna.slash("/video", "a cat", bot.general)
        await hold.wait_reached()
        bot.team.token_state = "token_revoked"  # no event tells the bot
        hold.release()

        async def ended() -> JobState:
            (job,) = await bot.jobs()
            return job.state

        for _ in range(600):
            if await ended() is JobState.UNDELIVERABLE:
                break
            await bot.clock.sleep(1.0)
        (job,) = await bot.jobs()
        assert job.state is JobState.UNDELIVERABLE
        assert job.video is not None
        told = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
        assert len(told) == 1, told
        assert f"Slack workspace {bot.team.id} does not take the bot's token any more (token_revoked)" in told[0]
        assert bot.team.bot_token not in caplog.text
        await bot.anna.slash("/video", "jobs", bot.general)  # its answer needs no token
        await bot.told(bot.anna, "a cat")
        report = Report(Root(as_json=True))
        await check_slack(report, bot.app.settings)
        failed = [text for verdict, text in report.lines if verdict is Verdict.FAIL]
        assert "token_revoked" in failed[0]


async def test_an_event_that_tells_of_it_is_in_the_log(open_bot: Opener, caplog: pytest.LogCaptureFixture) -> None:
    async with open_bot(run_jobs=False) as bot:
        await bot.team.revoke_token()
        await bot.quiet()
        assert "removed the bot or took its token back: install it again" in caplog.text
