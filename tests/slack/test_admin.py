"""/video-admin: the same powers as everywhere, for admins only, answered privately."""

import pytest

from bot.generation.job import ChargeState, JobState, Requester
from tests.slack.conftest import Opener
from tests.slack.driver import SlackBot
from tests.storage.steps import Steps


async def test_an_admin_of_the_workspace_sets_and_shows_limits(bot: SlackBot) -> None:
    await bot.root.slash("/video-admin", f"quota set 2 videos {bot.anna.mention} day", bot.general)
    await bot.told(bot.root, "2 videos")
    await bot.root.slash("/video-admin", "quota set $20 everyone month", bot.general)
    await bot.told(bot.root, "$20")
    await bot.root.slash("/video-admin", f"quota show <@{bot.anna.id}|anna>", bot.general)
    await bot.told(bot.root, "videos")
    found = {
        (str(x.scope.kind), x.scope.id, str(x.unit), str(x.window), x.amount) for x in await bot.app.store.limits()
    }
    assert found == {
        ("user", f"slack:{bot.team.id}:{bot.anna.id}", "videos", "day", 2),
        ("everyone", "*", "usd", "month", 20_000_000),
    }
    await bot.root.slash("/video-admin", "quota clear usd everyone month", bot.general)
    await bot.quiet()
    assert len(await bot.app.store.limits()) == 1


@pytest.mark.slow
async def test_a_grant_gives_more_on_top(bot: SlackBot) -> None:
    await bot.root.slash("/video-admin", "quota set 0 videos", bot.general)
    await bot.quiet()
    await bot.anna.slash("/video", "a cat", bot.general)
    await bot.told(bot.anna, "video")
    assert await bot.jobs() == []
    await bot.root.slash("/video-admin", f"quota grant 1 video to {bot.anna.mention} day a birthday", bot.general)
    await bot.quiet()
    await bot.anna.slash("/video", "a cat", bot.general)
    await bot.result()


async def test_a_member_is_refused_and_that_is_noted(bot: SlackBot) -> None:
    await bot.anna.slash("/video-admin", "quota set 100 videos", bot.general)
    await bot.told(bot.anna, "Only admins of this bot can do that")
    assert list(await bot.app.store.limits()) == []


@pytest.mark.slow
async def test_pause_and_resume(bot_on_each: SlackBot) -> None:
    bot = bot_on_each
    await bot.root.slash("/video-admin", "pause moving to another server", bot.general)
    await bot.told(bot.root, "Paused")
    await bot.anna.slash("/video", "a cat", bot.general)
    await bot.told(bot.anna, "moving to another server")
    await bot.root.slash("/video-admin", "resume", bot.general)
    await bot.told(bot.root, "The pause is over")
    await bot.anna.slash("/video", "a cat", bot.general)
    await bot.result()


@pytest.mark.slow
async def test_usage_and_resolve(bot: SlackBot) -> None:
    await bot.anna.slash("/video", "a cat", bot.general)
    await bot.result()
    await bot.root.slash("/video-admin", "usage model 7", bot.general)
    await bot.told(bot.root, "the last 7 days")
    await bot.root.slash("/video-admin", "resolve", bot.general)
    await bot.told(bot.root, "Nothing waits for a decision")
    await bot.root.slash("/video-admin", "resolve zzzz billed", bot.general)
    await bot.told(bot.root, "There is no such job")


async def test_a_lost_video_is_listed_and_decided_about(bot: SlackBot) -> None:
    do = Steps(bot.app.database, now=bot.clock.now())
    lost = await do.given_up(requester=Requester("slack", f"{bot.team.id}:{bot.anna.id}", bot.team.id, bot.general.id))
    await bot.root.slash("/video-admin", "resolve", bot.general)
    listed = await bot.told(bot.root, lost.id)
    assert "It is given up already" in listed.text_read
    assert "Ask again" not in listed.text_read
    await bot.root.slash("/video-admin", f"resolve {lost.id} again", bot.general)
    await bot.told(bot.root, "ask for it again as a new job")
    await bot.root.slash("/video-admin", f"resolve {lost.id} billed", bot.general)
    await bot.told(bot.root, "The gateway billed this video")
    after = await bot.app.store.job(lost.id)
    assert after is not None
    assert (after.state, after.charge) == (JobState.LOST, ChargeState.RELEASED)
    await bot.root.slash("/video-admin", "resolve", bot.general)
    await bot.told(bot.root, "Nothing waits for a decision")


async def test_what_is_not_understood_says_how_it_is_said(bot: SlackBot) -> None:
    for text, words in (
        ("", "/video-admin quota set"),
        ("quota set videos", "How much is missing"),
        ("quota set 5", "What is counted is missing"),
        ("quota set 5 videos bananas", "is not understood"),
        ("usage bananas", "added up by"),
        ("resolve abc", "what became of the job"),
    ):
        await bot.root.slash("/video-admin", text, bot.general)
        await bot.told(bot.root, words)


async def test_admins_by_settings_and_workspace_admins_switched_off(open_bot: Opener) -> None:
    async with open_bot(slack_workspace_admins=False, slack_admins=("U0FAKE00005",)) as bot:
        assert bot.anna.id == "U0FAKE00005", "the fake counts its ids"
        await bot.root.slash("/video-admin", "quota", bot.general)
        await bot.told(bot.root, "Only admins of this bot")
        await bot.anna.slash("/video-admin", "quota", bot.general)
        await bot.told(bot.anna, "limit")
