"""Durable before Slack is acknowledged: once however often it comes, and nothing is lost or paid twice by a crash."""

import pytest

from adapters.slack.answers import NO_DATABASE
from bot.generation.job import JobState
from tests.fakes import folder_databases
from tests.slack.conftest import Opener
from tests.slack.driver import HTTP


async def test_the_same_event_three_times_is_one_job(open_bot: Opener) -> None:
    async with open_bot() as bot:
        message = await bot.anna.says(bot.general, "<@BOT> a boat")
        await bot.slack.redeliver(message, times=2)
        offer = await bot.posted("Press Start")
        label = offer.button_texts[0]
        await bot.anna.press(offer, label)
        await bot.result()
        await bot.slack.redeliver(message)
        await bot.quiet()
        assert len(await bot.jobs()) == 1
        assert len([call for call in bot.slack.calls("chat.postMessage") if "Press Start" in str(call.args)]) == 1


async def test_a_repeat_after_a_restart_is_known(open_bot: Opener) -> None:
    async with open_bot() as bot:
        message = await bot.anna.says(bot.general, "<@BOT> a boat")
        await bot.posted("Press Start")
        await bot.restart()
        (ack,) = await bot.slack.redeliver(message)
        assert not ack.error
        await bot.quiet()
        assert len([call for call in bot.slack.calls("chat.postMessage") if "Press Start" in str(call.args)]) == 1


async def test_a_command_is_in_the_table_before_slack_is_acknowledged(open_bot: Opener) -> None:
    async with open_bot(run_jobs=False) as bot:
        hold = bot.slack.hold("conversations.info")
        await bot.anna.slash("/video", "a cat", bot.general)
        await hold.wait_reached()
        (event,) = await bot.app.store.open_intakes("slack")
        assert event.payload["text"] == "a cat"
        hold.release()
        await bot.quiet()
        assert await bot.open_events() == 0
        assert len(await bot.jobs()) == 1


async def test_what_a_crash_left_is_finished_at_the_next_start(open_bot: Opener) -> None:
    async with open_bot() as bot:
        hold = bot.slack.hold("conversations.info")
        await bot.anna.slash("/video", "a cat", bot.general)
        await hold.wait_reached()
        await bot.crash()
        hold.drop()
        assert bot.results() == []
        await bot.open()
        await bot.result()
        assert len(await bot.jobs()) == 1
        assert await bot.open_events() == 0


async def test_what_is_older_is_told_to_ask_again(open_bot: Opener) -> None:
    async with open_bot() as bot:
        hold = bot.slack.hold("conversations.info")
        await bot.anna.slash("/video", "a cat", bot.general)
        await hold.wait_reached()
        await bot.crash()
        hold.drop()
        bot.clock.since -= 120.0  # times ten: twenty minutes
        await bot.open()
        await bot.told(bot.anna, "restarted before it could answer")
        await bot.quiet()
        assert await bot.jobs() == []
        assert await bot.open_events() == 0


async def test_a_job_that_was_accepted_before_the_crash_is_not_accepted_again(open_bot: Opener) -> None:
    async with open_bot(run_jobs=False) as bot:
        await bot.anna.slash("/video", "a cat", bot.general)
        await bot.quiet()
        (job,) = await bot.jobs()
        # As if the crash had come after the acceptance and before the event was closed.
        at = {"team": bot.team.id, "user": bot.anna.id, "channel": bot.general.id}
        payload = {"kind": "command", "at": at, "text": "a cat"}
        await bot.app.store.add_intake("slack:late", "slack", payload, bot.clock.now())
        await bot.app.service.submit(job.request, job.requester, job.address, intake_key="slack:late")
        await bot.restart()
        await bot.quiet()
        assert await bot.open_events() == 0
        assert len(await bot.jobs()) == 2


@pytest.mark.slow
async def test_a_mention_that_was_answered_before_the_crash_is_not_answered_again(open_bot: Opener) -> None:
    async with open_bot() as bot:
        hold = bot.slack.hold("chat.postMessage", after=True)
        await bot.anna.says(bot.general, "<@BOT> a boat")
        await hold.wait_reached()
        await bot.crash()
        hold.drop()
        await bot.open()
        await bot.quiet()
        offers = [message for message in bot.general.from_bot if "Press Start" in message.text_read]
        assert len(offers) == 1
        assert await bot.open_events() == 0


async def test_a_silent_database_is_said_and_nothing_is_accepted(open_bot: Opener) -> None:
    async with open_bot(transport=HTTP, run_jobs=False) as bot:
        bot.side.slack.intake.within = 0.2
        async with folder_databases.held(bot.folder):
            said = await bot.anna.slash("/video", "a cat", bot.general)
            assert said.ack_message is not None
            assert NO_DATABASE in said.ack_message.text_read
            await bot.anna.says(bot.general, "<@BOT> a boat")
            await bot.told(bot.anna, NO_DATABASE)
        await bot.side.slack.intake.finish()
        assert await bot.open_events() == 0
        assert await bot.jobs() == []


async def test_a_form_stays_open_while_the_database_is_silent(open_bot: Opener) -> None:
    async with open_bot(transport=HTTP, run_jobs=False) as bot:
        opened = await bot.anna.slash("/video", "", bot.general)
        form = await bot.until(lambda: opened.view)
        bot.side.slack.intake.within = 0.2
        async with folder_databases.held(bot.folder):
            sent = await bot.anna.submit(form, {"prompt": "a cat"})
            assert list(sent.errors.values()) == [NO_DATABASE]
        await bot.side.slack.intake.finish()
        bot.side.slack.intake.within = 10.0
        assert (await bot.anna.submit(form)).closed
        await bot.quiet()
        assert [job.request.prompt for job in await bot.jobs()] == ["a cat"]
        assert await bot.open_events() == 0


@pytest.mark.slow
async def test_again_is_never_repeated_by_a_restart(open_bot: Opener) -> None:
    async with open_bot() as bot:
        await bot.anna.slash("/video", "a cat", bot.general)
        result = await bot.result()
        await bot.delivered()
        hold = bot.slack.hold("conversations.info")
        bot.side.slack._presses._rooms._open.clear()
        await bot.anna.press(result, "Again")
        await hold.wait_reached()
        await bot.crash()
        hold.drop()
        await bot.open()
        await bot.told(bot.anna, "restarted while it answered your press on Again")
        await bot.quiet()
        (job,) = await bot.jobs()
        assert job.state is JobState.DELIVERED
