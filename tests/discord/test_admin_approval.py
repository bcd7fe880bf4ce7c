"""Approvals: the card in the admins' channel, who may press, twice, elsewhere, too late, and over a restart."""

from typing import Any

import pytest

from adapters.cards.card import Verb
from bot.generation.job import JobState
from tests.discord.conftest import Opener
from tests.discord.driver import OpenBot, jump
from tests.fakes.discord import FakeMessage

WITH_APPROVAL = {"approve_above_usd": "0.01", "admin_channels": ["other"]}


async def asked(bot: OpenBot) -> FakeMessage:
    """Anna asks for a video; the card in the admins' channel."""
    await bot.slash("video", prompt="waves at night")
    if not await bot.jobs():
        await bot.press(bot.last_answer, Verb.START)
    await bot.until(lambda: bot.posts(bot.other_channel))
    return bot.posts(bot.other_channel)[-1]


async def test_approve(open_bot: Opener) -> None:
    async with open_bot(**WITH_APPROVAL) as bot:
        card = await asked(bot)
        assert "@anna asks for Kling 2.6" in card.text
        assert "waves at night" in card.text
        job = await bot.only_job()
        assert job.state is JobState.AWAITING_APPROVAL
        answer = await bot.press(card, Verb.APPROVE, user=bot.admin)
        assert answer.private
        assert answer.text.startswith("Approved.")
        await bot.until(lambda: not card.buttons)
        assert "**Approved** by @chief." in card.text
        assert (await bot.ended(job)).state is JobState.DELIVERED
        assert len(bot.posts(bot.other_channel)) == 1


async def test_a_rule_about_prompts_that_asks_for_it_is_named(open_bot: Opener) -> None:
    async with open_bot(admin_channels=["other"]) as bot:
        rule = {"pattern": "waves", "action": "approve"}
        await bot.slash("video-admin prompt-rules add", user=bot.admin, **rule)
        card = await asked(bot)
        says = "sends a prompt to approval in this server that has one of the words: waves"
        assert says in card.text
        assert says in (await bot.slash("video-admin approvals", user=bot.admin)).text
        assert "Waiting for an admin to approve" in bot.posts()[-1].text


async def test_decline_with_a_reason_by_command(open_bot: Opener) -> None:
    async with open_bot(**WITH_APPROVAL) as bot:
        card = await asked(bot)
        job = await bot.only_job()
        assert await bot.complete("video-admin approvals", "job", user=bot.admin) == [job.id]
        answer = await bot.slash(
            "video-admin approvals", user=bot.admin, job=job.id, decision="decline", reason="too dear"
        )
        assert answer.text.startswith("Declined.")
        await bot.until(lambda: not card.buttons)
        assert "**Declined** by @chief. Reason: Too dear." in card.text
        await bot.until(lambda: "Too dear" in bot.posts()[-1].text)
        assert (await bot.job(job.id)).state is JobState.DECLINED


async def test_a_member_may_not_press_and_twice_is_once(open_bot: Opener) -> None:
    async with open_bot(**WITH_APPROVAL) as bot:
        card = await asked(bot)
        assert (await bot.press(card, Verb.APPROVE)).text == "Only admins of this bot can do that."
        job = await bot.only_job()
        assert job.state is JobState.AWAITING_APPROVAL
        await bot.press(card, Verb.DECLINE, user=bot.admin)
        again = await bot.press_raw(f"v1:approve:{job.id}", user=bot.admin)
        assert again.private
        assert "does not wait for an approval" in again.text
        assert (await bot.job(job.id)).state is JobState.DECLINED
        acts = [row.act for row in await bot.app.service.audit_rows(subject=job.id)]
        assert sorted(acts) == ["decline", "refused: approve"]


async def test_who_asked_cancels_and_the_card_says_so(open_bot: Opener) -> None:
    async with open_bot(**WITH_APPROVAL) as bot:
        card = await asked(bot)
        await bot.app.service.cancel((await bot.only_job()).id, f"discord:{bot.anna.id}")
        await bot.until(lambda: not card.buttons)
        assert "**Cancelled** by @anna." in card.text


async def test_nobody_decides_in_time(open_bot: Opener) -> None:
    async with open_bot(**WITH_APPROVAL, approval_hours=1) as bot:
        card = await asked(bot)
        await bot.shut()
        jump(bot, 3700)
        await bot.open()
        await bot.until(lambda: not card.buttons)
        assert "**Expired**: nobody decided in time" in card.text


@pytest.mark.parametrize("crash", [False, True])
async def test_posted_once_over_a_restart_and_edited_after_it(open_bot: Opener, crash: bool) -> None:
    async with open_bot(**WITH_APPROVAL) as bot:
        card = await asked(bot)
        await (bot.crash() if crash else bot.shut())
        await bot.open()
        answer = await bot.slash("video-admin approvals", user=bot.admin)
        assert "waves at night" in answer.text
        await bot.press(answer, Verb.APPROVE, user=bot.admin)
        await bot.until(lambda: not card.buttons)
        assert bot.posts(bot.other_channel) == [card]


async def test_what_was_decided_while_the_bot_was_away_is_shown(open_bot: Opener) -> None:
    async with open_bot(**WITH_APPROVAL) as bot:
        card = await asked(bot)
        job = await bot.only_job()
        await bot.shut()
        bot.run_jobs = False
        await bot.open()
        await bot.app.service.decline(job.id, "shell:root", "not today")
        await bot.shut()
        assert card.buttons
        bot.run_jobs = True
        await bot.open()
        await bot.until(lambda: not card.buttons)
        assert "**Declined** by shell:root. Reason: Not today." in card.text


async def test_a_channel_that_takes_nothing_stops_no_job(open_bot: Opener) -> None:
    async with open_bot(**WITH_APPROVAL | {"admin_channels": ["100000000000000001"]}) as bot:
        await bot.slash("video", prompt="waves at night")
        job = await bot.started_job()
        answer = await bot.slash("video-admin approvals", user=bot.admin)
        assert job.id in answer.text
        await bot.press(answer, Verb.APPROVE, user=bot.admin)
        assert (await bot.ended(job)).state is JobState.DELIVERED


async def test_only_the_channel_of_the_jobs_own_server_shows_it(open_bot: Opener) -> None:
    rooms: dict[str, Any] = {}

    def arrange(discord: Any) -> None:
        elsewhere = next(guild for guild in discord.guilds.values() if guild.name == "Elsewhere")
        rooms["theirs"] = elsewhere.add_text_channel("office")

    options = WITH_APPROVAL | {"admin_channels": ["other", "office"], "servers": ["Studio", "Elsewhere"]}
    async with open_bot(more_servers=True, arrange=arrange, **options) as bot:
        await asked(bot)
        assert bot.posts(rooms["theirs"]) == []


@pytest.mark.parametrize("trouble", [{"lose_answer": True}, {"lose_request": True}, {"status": 401}])
async def test_whatever_happens_on_the_way_it_is_posted_once(open_bot: Opener, trouble: dict[str, Any]) -> None:
    async with open_bot(**WITH_APPROVAL) as bot:
        fault = bot.discord.fault("POST", f"/channels/{bot.other_channel.id}/messages", **trouble)
        card = await asked(bot)
        assert fault.used == 1
        job = await bot.only_job()
        await bot.until_async(lambda: remembers(bot, job.id))
        assert bot.posts(bot.other_channel) == [card]


@pytest.mark.parametrize("trouble", [{"status": 503}, {"lose_answer": True}, {"status": 404, "code": 10008}])
async def test_whatever_happens_on_the_way_the_decision_is_shown(open_bot: Opener, trouble: dict[str, Any]) -> None:
    async with open_bot(**WITH_APPROVAL) as bot:
        card = await asked(bot)
        job = await bot.only_job()
        bot.discord.fault("PATCH", f"/channels/{bot.other_channel.id}/messages/*", **trouble)
        await bot.press(card, Verb.DECLINE, user=bot.admin)
        await bot.until_async(lambda: forgot(bot, job.id))
        assert bool(card.buttons) == ("code" in trouble)


async def remembers(bot: OpenBot, job_id: str) -> bool:
    """Whether the message about this job is noted."""
    return job_id in (await bot.app.store.remembered("approvals announced: discord") or "")


async def forgot(bot: OpenBot, job_id: str) -> bool:
    """Whether nothing is left to do about this job's message."""
    return not await remembers(bot, job_id)
