"""Buttons: who may press them, what a second press means, and that they work after a restart."""

import pytest

from bot.generation.job import JobState
from tests.fakes.clocks import ManualClock
from tests.slack.conftest import Opener
from tests.slack.driver import SlackBot


@pytest.mark.slow
async def test_again_makes_one_more_video_in_the_same_thread(bot: SlackBot) -> None:
    await bot.anna.slash("/video", "a cat", bot.general)
    first = await bot.result()
    await bot.restart()
    await bot.anna.press(first, "Again")
    second = await bot.result(number=2)
    assert second.thread_ts == first.thread_ts
    assert len(await bot.jobs()) == 2


async def test_again_pressed_twice_is_one_video(bot: SlackBot) -> None:
    await bot.anna.slash("/video", "a cat", bot.general)
    first = await bot.result()
    bot.side.slack._presses._clock = ManualClock()  # both within one moment, however slow the machine is
    await bot.anna.press(first, "Again")
    await bot.anna.press(first, "Again")
    await bot.told(bot.anna, "that counts once")
    await bot.result(number=2)
    await bot.quiet()
    assert len(await bot.jobs()) == 2
    assert await bot.open_events() == 0


@pytest.mark.slow
async def test_edit_opens_the_form_filled_in(bot: SlackBot) -> None:
    await bot.anna.slash("/video", "a cat --9:16", bot.general)
    opened = await bot.anna.press(await bot.result(), "Edit")
    form = await bot.until(lambda: opened.view if opened.view and "prompt" in opened.view.fields else None)
    assert (form.title, form.values["prompt"], form.values["v1:pick:ratio"]) == ("Edit and make again", "a cat", "9:16")
    await bot.anna.submit(form, {"prompt": "a dog"})
    await bot.result(number=2)
    newest, _ = await bot.jobs()
    assert (newest.request.prompt, newest.request.aspect_ratio) == ("a dog", "9:16")


@pytest.mark.slow
@pytest.mark.real_video
async def test_extend_goes_on_from_the_last_picture(bot: SlackBot) -> None:
    await bot.anna.slash("/video", "a cat", bot.general)
    opened = await bot.anna.press(await bot.result(), "Extend")
    form = await bot.until(lambda: opened.view if opened.view and "prompt" in opened.view.fields else None)
    assert (form.title, form.values["prompt"]) == ("Extend the video", None)
    assert "last picture of the video" in form.text_read
    await bot.anna.submit(form, {"prompt": "it runs away"})
    await bot.result(number=2)
    newest, _ = await bot.jobs()
    assert newest.request.first_frame is not None


@pytest.mark.slow
async def test_others_may_not_spend_or_delete(bot: SlackBot) -> None:
    await bot.anna.slash("/video", "a cat", bot.general)
    result = await bot.result()
    for label in ("Again", "Delete"):
        await bot.ben.press(result, label)
        await bot.told(bot.ben, "Only the person who asked for this video")
    opened = await bot.ben.press(result, "Edit")
    await bot.until(lambda: opened.view and "Only the person who asked" in opened.view.text_read)
    assert len(await bot.jobs()) == 1


@pytest.mark.slow
async def test_delete_asks_once_and_takes_the_message_down(bot_on_each: SlackBot) -> None:
    bot = bot_on_each
    await bot.anna.slash("/video", "a cat", bot.general)
    result = await bot.result()
    await bot.delivered()
    await bot.root.press(result, "Delete")  # an admin of the workspace
    sure = await bot.told(bot.root, "Delete")
    assert not result.deleted
    await bot.root.press(sure, sure.button_texts[0])
    await bot.until(lambda: result.deleted)
    (job,) = await bot.jobs()
    assert job.deleted_at is not None
    assert all(file.deleted for file in bot.team.files.values() if file.name.endswith(".mp4"))


async def test_cancel_is_free_while_it_waits(open_bot: Opener) -> None:
    async with open_bot(run_jobs=False) as bot:
        await bot.anna.slash("/video", "a cat", bot.general)
        status = await bot.until(lambda: bot.statuses()[0] if bot.statuses() else None)
        await bot.ben.press(status, "Cancel")
        await bot.told(bot.ben, "can cancel it")
        await bot.anna.press(status, "Cancel")
        await bot.quiet()
        (job,) = await bot.jobs()
        assert job.state is JobState.CANCELLED
        await bot.until(lambda: "Cancel" not in status.button_texts)


async def test_a_button_of_another_version_says_so(bot: SlackBot) -> None:
    block = {
        "type": "actions",
        "block_id": "b",
        "elements": [{"type": "button", "action_id": "v0:go:1", "text": {"type": "plain_text", "text": "Go"}}],
    }
    old = bot.team.post(bot.general, text="old", blocks=[block])
    await bot.anna.press(old, "Go")
    await bot.told(bot.anna, "older version of the bot")
