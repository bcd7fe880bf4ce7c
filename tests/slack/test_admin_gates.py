"""Bans, closures, rules about prompts, the time zone, drains, the audit trail and user groups on Slack."""

import pytest

from tests.slack.conftest import Opener
from tests.slack.driver import SlackBot

pytestmark = pytest.mark.slow


async def ruled(bot: SlackBot, text: str, words: str) -> str:
    """An admin types this; the answer, which has these words."""
    await bot.root.slash("/video-admin", text, bot.general)
    return (await bot.told(bot.root, words)).text_read


async def refused(bot: SlackBot, words: str, text: str = "waves") -> None:
    """Anna asks for a video and is told why there is none."""
    before = len(await bot.jobs())
    await bot.anna.slash("/video", text, bot.general)
    await bot.told(bot.anna, words)
    assert len(await bot.jobs()) == before


async def made(bot: SlackBot, text: str = "waves") -> None:
    """Anna asks for a video and gets it."""
    before = len(await bot.jobs())
    await bot.anna.slash("/video", text, bot.general)
    await bot.delivered(before + 1)


async def test_a_ban_with_reason_and_end(bot: SlackBot) -> None:
    said = await ruled(bot, f"ban {bot.anna.mention} 2 h too many spiders", "is banned")
    assert "slack:" not in said
    await refused(bot, "oo many spiders")
    listed = await ruled(bot, "bans", "Too many spiders")
    assert "slack:" not in listed
    await ruled(bot, f"unban {bot.anna.mention}", "may ask")
    await made(bot)


async def test_a_ban_needs_a_person_and_a_time_with_its_unit(bot: SlackBot) -> None:
    await ruled(bot, "ban anna", "Name a person by mentioning them")
    await ruled(bot, f"ban {bot.anna.mention} 3 spiders", "Say how long with its unit")
    assert not await bot.app.service.bans()


@pytest.mark.parametrize("what", ["#", "model 2.6", "mode std"])
async def test_close_and_open(bot: SlackBot, what: str) -> None:
    named = what if what != "#" else f"<#{bot.general.id}|general>"
    said = await ruled(bot, f"close {named}", "is closed in this workspace")
    assert "slack:" not in said
    await refused(bot, "Nothing was accepted")
    assert "slack:" not in await ruled(bot, "closures", "closed in this workspace")
    await ruled(bot, f"open {named}", "no rule about")
    await made(bot)


async def test_only_this_channel(bot: SlackBot) -> None:
    other = bot.team.add_channel("films")
    said = await ruled(bot, f"close <#{other.id}|films> only", "only channels open")
    assert "#films" in said
    await refused(bot, "channel")


async def test_closing_nothing_is_a_question(bot: SlackBot) -> None:
    await ruled(bot, "close", "Name a channel, a model or a mode")
    await ruled(bot, "close model bananas", "After model comes the name of one")
    await ruled(bot, "close mode bananas", "no such mode")
    assert not await bot.app.service.closures()


async def test_rules_about_prompts(bot: SlackBot) -> None:
    await ruled(bot, "rules add dragons, red wine", "refuses a prompt")
    await refused(bot, "rule", "two dragons fly")
    listed = await ruled(bot, "rules list", "dragons, red wine")
    assert "this workspace" in listed
    (rule,) = await bot.app.service.prompt_rules()
    await ruled(bot, f"rules remove {rule.id}", "is gone")
    await made(bot, "two dragons fly")


async def test_a_rule_by_expression_that_asks_for_approval(bot: SlackBot) -> None:
    await ruled(bot, r"rules add approve regex everywhere \bgun(s|men)?\b", "approval")
    (rule,) = await bot.app.service.prompt_rules()
    assert (rule.place, str(rule.kind), str(rule.action), rule.pattern) == ("*", "regex", "approve", r"\bgun(s|men)?\b")
    await bot.anna.slash("/video", "two gunmen", bot.general)
    card = await bot.until(lambda: bot.statuses() or None)
    assert "approv" in card[-1].text_read
    waiting = (await bot.jobs())[0]
    await ruled(bot, "approvals", waiting.id)
    await ruled(bot, f"decline {waiting.id} no weapons", "Declined.")
    await bot.until(lambda: "o weapons" in bot.statuses()[-1].text_read)


async def test_the_time_zone_of_the_workspace(bot: SlackBot) -> None:
    await ruled(bot, "zone Europe/Berlin", "Europe/Berlin")
    await ruled(bot, "zone Berlin", "time zone")
    await ruled(bot, "zone", "Say which time zone")


async def test_drain_and_resume(bot: SlackBot) -> None:
    await ruled(bot, "drain a new version", "finished")
    await refused(bot, "ew version")
    await ruled(bot, "resume", "is over")
    await made(bot)


async def test_the_audit_trail(bot: SlackBot) -> None:
    await ruled(bot, f"ban {bot.anna.mention} 2 h", "is banned")
    said = await ruled(bot, f"audit {bot.anna.mention}", "What was done")
    assert "ban" in said


async def test_every_scope_unit_and_window(bot: SlackBot) -> None:
    group = bot.team.add_usergroup("editors", [bot.anna])
    place = f"slack:{bot.team.id}"
    for text, limit in (
        (f"3 videos <#{bot.general.id}|general> hour", ("channel", f"{place}:{bot.general.id}", "videos", "hour", 3)),
        (f"9 videos <!subteam^{group.id}|@editors> week", ("role", f"{place}:{group.id}", "videos", "week", 9)),
        ("60 seconds model 2.6 24h", ("model", "2.6", "seconds", "24h", 60)),
        ("$5 workspace month", ("workspace", place, "usd", "month", 5_000_000)),
        ("2 jobs at once each channel", ("channel", "*", "jobs", "now", 2)),
        ("cooldown 10 min each user", ("user", "*", "cooldown", "now", 600)),
        ("7 videos each workspace", ("workspace", "*", "videos", "day", 7)),
    ):
        await bot.root.slash("/video-admin", f"quota set {text}", bot.general)
        await bot.quiet()
        found = {
            (str(x.scope.kind), x.scope.id, str(x.unit), str(x.window), x.amount) for x in await bot.app.store.limits()
        }
        assert limit in found, text
    shown = await ruled(bot, "quota show", "@editors")
    assert "#general" in shown
    assert "slack:" not in shown


async def test_a_user_group_has_its_limit(bot: SlackBot) -> None:
    group = bot.team.add_usergroup("editors", [bot.anna])
    await ruled(bot, "quota set 0 videos", "0 videos a day")
    await ruled(bot, f"quota set 1 videos <!subteam^{group.id}|@editors>", "user group @editors")
    await made(bot)
    assert (await bot.jobs())[0].requester.roles == (group.id,)
    await refused(bot, "1 video a day")
    await bot.ben.slash("/video", "waves", bot.general)
    await bot.told(bot.ben, "0 videos a day")


async def test_without_the_permission_for_user_groups_videos_are_made_all_the_same(bot: SlackBot) -> None:
    bot.team.scopes.discard("usergroups:read")
    bot.team.add_usergroup("editors", [bot.anna])
    await made(bot)
    assert (await bot.jobs())[0].requester.roles == ()


async def test_a_reset_forgives_what_was_used(bot: SlackBot) -> None:
    await ruled(bot, "quota set 1 video each user", "1 video a day")
    await made(bot)
    await refused(bot, "1 video a day")
    await ruled(bot, f"quota reset {bot.anna.mention} a test of ours", "video")
    await made(bot)


async def test_usage_names_people_and_channels(bot: SlackBot) -> None:
    await made(bot)
    assert "@anna" in await ruled(bot, "usage user 7 top 3", "the last 7 days")
    assert "#general" in await ruled(bot, "usage channel 3", "the last 3 days")


async def test_age_restricted_only_lets_nothing_through(open_bot: Opener) -> None:
    async with open_bot(age_restricted_only=True) as bot:
        await refused(bot, "age-restricted")


@pytest.mark.slow
async def test_quota_shows_what_is_used_held_and_left_when_it_frees_and_what_videos_cost(open_bot: Opener) -> None:
    async with open_bot() as bot:
        await ruled(bot, "quota set 5 videos each user", "5 videos a day")
        await ruled(bot, "quota set 2 jobs each user", "2 videos at once")
        await made(bot)
        await bot.anna.slash("/video", "waves [[sandbox:stuck=50]]", bot.general)
        await bot.posted("50 %")
        await bot.anna.slash("/video", "quota", bot.general)
        told = (await bot.told(bot.anna, "What videos cost")).text_read
        assert "1 left of your 2 videos at once: 1 held for unfinished videos." in told
        assert (
            "3 left of your 5 videos a day, until tomorrow at 00:00 UTC: 1 used, 1 held for unfinished videos." in told
        )
        assert "5 seconds in std mode $0.18 (fits now); 10 seconds in pro mode $0.63 (fits now)." in told


async def test_a_member_is_told_when_a_limit_is_nearly_full(bot: SlackBot) -> None:
    await ruled(bot, "quota set 1 video each user", "1 video a day")
    await bot.anna.slash("/video", "waves", bot.general)
    await bot.told(bot.anna, "Your limit is full: 1 taken of your 1 video a day")


async def test_a_limit_is_told_once_in_its_window_to_its_person_and_to_admins(open_bot: Opener) -> None:
    async with open_bot(slack_admin_channels=("admins",), warn_at_percent=50) as bot:
        await ruled(bot, "quota set 4 videos each user", "4 videos a day")
        await ruled(bot, f"quota set 8 videos <#{bot.general.id}|general>", "8 videos a day")
        told = []
        for number in range(4):
            await bot.anna.slash("/video", f"waves {number}", bot.general)
            await bot.quiet()
            told.append(sum("Your limit" in message.text_read for message in bot.general.messages))
        assert told == [0, 1, 1, 1]
        await refused(bot, "4 videos a day")
        # The last of the four is news of the channel, which comes after all that is told of Anna.
        room = bot.team.channel_named("admins")
        await bot.posted("Channel #general", room)
        about_anna, about_all = (message.text_read for message in room.from_bot)
        assert "anna has taken 50 % of 4 videos a day (2)" in about_anna
        assert "Channel #general has taken 50 % of 8 videos a day (4)" in about_all
