"""/forget, and an admin's way to do it for somebody, on Discord."""

import pytest

from adapters.cards.card import Verb
from bot.generation.job import JobState
from tests.discord.conftest import Opener
from tests.discord.driver import OpenBot
from tests.discord.test_buttons import delivered

ADMIN = "video-admin"


async def test_forget_asks_once_in_private_and_erases_prompts_and_files(bot: OpenBot) -> None:
    job_id = await delivered(bot)
    video = bot.app.media.store.video_path(job_id)
    assert video.is_file()
    asked = await bot.slash("forget")
    assert asked.private
    assert "Erase everything this bot keeps of you for good?" in asked.text
    assert "gateway's own rule" in asked.text
    assert (await bot.job(job_id)).request.prompt == "waves"
    done = await bot.press(asked, Verb.FORGET_SURE)
    assert done.private
    assert "Erased: 1 video" in done.text
    job = await bot.job(job_id)
    assert (job.request.prompt, job.video, job.requester.user.startswith("forgotten-")) == ("", None, True)
    assert not video.exists()
    assert await bot.app.store.check_ledger() == []
    assert bot.results(), "what was posted stays"
    old = await bot.press(bot.results()[-1], Verb.AGAIN)
    assert old.private
    assert "Only the person who asked" in old.text


async def test_a_video_that_waits_is_cancelled_and_its_message_says_so(open_bot: Opener) -> None:
    async with open_bot(run_jobs=False) as bot:
        status = await bot.slash("video", prompt="waves")
        job = await bot.only_job()
        asked = await bot.slash("forget")
        assert "1 video that had not started yet" in asked.text
        done = await bot.press(asked, Verb.FORGET_SURE)
        assert "cancelled, for free" in done.text
        assert (await bot.job(job.id)).state is JobState.CANCELLED
        await bot.until(lambda: "ancelled" in status.text)


async def test_a_ban_is_not_escaped(bot: OpenBot) -> None:
    await bot.slash(f"{ADMIN} ban", user=bot.admin, to_user=bot.anna, reason="spam")
    await bot.press(await bot.slash("forget"), Verb.FORGET_SURE)
    assert "spam" in (await bot.slash("video", prompt="waves")).text.lower()


async def test_an_admin_erases_somebody_and_a_member_cannot(bot: OpenBot) -> None:
    job_id = await delivered(bot)
    refused = await bot.slash(f"{ADMIN} forget", user=bot.ben, to_user=bot.anna, forced=True)
    assert refused.text == "Only admins of this bot can do that."
    forged = await bot.press_raw(f"v1:{Verb.FORGET_SURE}:discord~{bot.anna.id}", user=bot.ben)
    assert forged.text == "Only admins of this bot can do that."
    assert (await bot.job(job_id)).request.prompt == "waves"
    asked = await bot.slash(f"{ADMIN} forget", user=bot.admin, to_user=bot.anna)
    assert "@anna" in asked.text
    done = await bot.press(asked, Verb.FORGET_SURE, user=bot.admin)
    assert "Erased: 1 video" in done.text
    assert (await bot.job(job_id)).request.prompt == ""
    rows = await bot.app.service.audit_rows()
    assert rows[0].act == "forget"
    assert str(bot.anna.id) not in rows[0].subject + rows[0].detail
    assert rows[0].who == f"discord:{bot.admin.id}"


@pytest.mark.slow
async def test_while_a_video_is_being_made_it_says_to_ask_again(open_bot: Opener) -> None:
    async with open_bot() as bot:
        await bot.slash("video", prompt="waves")
        job = await bot.started_job()
        done = await bot.press(await bot.slash("forget"), Verb.FORGET_SURE)
        assert "ask again when it is done" in done.text
        assert (await bot.job(job.id)).request.prompt == "waves"
