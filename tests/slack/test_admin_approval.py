"""Videos that wait for an approval: the card in the admins' channel, its buttons, and what it shows in the end."""

import pytest

from bot.generation.job import JobState
from tests.fakes.slack import Channel, Message
from tests.slack.conftest import Opener
from tests.slack.driver import SlackBot

WITH_APPROVAL = {"approve_above_usd": "0.01", "slack_admin_channels": ("admins",)}


def room(bot: SlackBot) -> Channel:
    """The admins' channel."""
    channel = bot.team.channel_named("admins")
    assert channel is not None
    return channel


async def asked(bot: SlackBot) -> Message:
    """Anna asks for a video; the card in the admins' channel."""
    await bot.anna.slash("/video", "waves at night", bot.general)
    return await bot.posted("waves at night", room(bot))


async def test_approve(open_bot: Opener) -> None:
    async with open_bot(**WITH_APPROVAL) as bot:
        card = await asked(bot)
        assert "anna asks for Kling 2.6" in card.text_read
        assert not card.mentions
        (job,) = await bot.jobs()
        assert job.state is JobState.AWAITING_APPROVAL
        await bot.root.press(card, f"Approve {job.id}")
        await bot.told(bot.root, "Approved.", room(bot))
        await bot.until(lambda: not card.buttons)
        assert "Approved by root" in card.text_read
        await bot.result()
        assert len(room(bot).from_bot) == 2, "the card, and what root alone was told"


async def test_decline_with_a_reason_by_command(open_bot: Opener) -> None:
    async with open_bot(**WITH_APPROVAL) as bot:
        card = await asked(bot)
        (job,) = await bot.jobs()
        await bot.root.slash("/video-admin", f"decline {job.id} too dear", bot.general)
        await bot.until(lambda: not card.buttons)
        assert "Declined by root. Reason: Too dear." in card.text_read
        await bot.until(lambda: "oo dear" in bot.statuses()[-1].text_read)


async def test_a_member_may_not_press_and_twice_is_once(open_bot: Opener) -> None:
    async with open_bot(**WITH_APPROVAL) as bot:
        await asked(bot)
        (job,) = await bot.jobs()
        await bot.root.slash("/video-admin", "approvals", bot.general)
        listed = await bot.told(bot.root, job.id)
        card = await bot.posted("waves at night", room(bot))
        await bot.ben.press(card, f"Approve {job.id}")
        await bot.told(bot.ben, "Only admins of this bot can do that.", room(bot))
        assert (await bot.jobs())[0].state is JobState.AWAITING_APPROVAL
        await bot.root.press(card, f"Decline {job.id}")
        await bot.told(bot.root, "Declined.", room(bot))
        await bot.root.press(listed, f"Approve {job.id}")
        await bot.told(bot.root, "does not wait for an approval")
        acts = [row.act for row in await bot.app.service.audit_rows(subject=job.id)]
        assert sorted(acts) == ["decline", "refused: approve"]


@pytest.mark.slow
async def test_nobody_decides_in_time(open_bot: Opener) -> None:
    async with open_bot(**WITH_APPROVAL, approval_hours=1) as bot:
        card = await asked(bot)
        await bot.shut()
        bot.clock.since -= 3700 / (bot.clock.times - 1)
        await bot.open()
        await bot.until(lambda: not card.buttons)
        assert "Expired: nobody decided in time" in card.text_read
        (job,) = await bot.jobs()
        assert job.state is JobState.EXPIRED


@pytest.mark.slow
async def test_who_asked_cancels_and_the_card_says_so(open_bot: Opener) -> None:
    async with open_bot(**WITH_APPROVAL) as bot:
        card = await asked(bot)
        await bot.anna.press(await bot.until(lambda: (bot.statuses() or [None])[-1]), "Cancel")
        await bot.until(lambda: not card.buttons)
        assert "Cancelled" in card.text_read
        assert (await bot.jobs())[0].state is JobState.CANCELLED


@pytest.mark.slow
@pytest.mark.parametrize("crash", [False, True])
async def test_posted_once_over_a_restart_and_edited_after_it(open_bot: Opener, crash: bool) -> None:
    async with open_bot(**WITH_APPROVAL) as bot:
        card = await asked(bot)
        (job,) = await bot.jobs()
        await (bot.crash() if crash else bot.shut())
        await bot.open()
        await bot.root.slash("/video-admin", f"approve {job.id}", bot.general)
        await bot.until(lambda: not card.buttons)
        assert room(bot).from_bot == [card]


@pytest.mark.slow
async def test_a_post_that_was_not_noted_is_found_again(open_bot: Opener) -> None:
    async with open_bot(**WITH_APPROVAL) as bot:
        card = await asked(bot)
        (job,) = await bot.jobs()
        await bot.shut()
        await bot.open()
        await bot.app.store.remember("approvals announced: slack", "{}")
        await bot.restart()
        await bot.root.slash("/video-admin", f"decline {job.id}", bot.general)
        await bot.until(lambda: not card.buttons)
        assert room(bot).from_bot == [card]


@pytest.mark.slow
async def test_a_channel_that_takes_nothing_stops_no_job(open_bot: Opener) -> None:
    async with open_bot(**WITH_APPROVAL) as bot:
        room(bot).is_archived = True
        await bot.anna.slash("/video", "waves", bot.general)
        await bot.until(lambda: bot.statuses() or None)
        (job,) = await bot.jobs()
        await bot.root.slash("/video-admin", f"approve {job.id}", bot.general)
        await bot.result()


async def test_a_limit_of_many_that_is_nearly_full_is_told_to_admins(open_bot: Opener) -> None:
    async with open_bot(slack_admin_channels=("admins",)) as bot:
        await bot.root.slash("/video-admin", f"quota set 1 video <#{bot.general.id}|general>", bot.general)
        await bot.quiet()
        await bot.anna.slash("/video", "waves", bot.general)
        told = await bot.posted("has taken 100 %", room(bot))
        assert "#general" in told.text_read
        assert "slack:" not in told.text_read
