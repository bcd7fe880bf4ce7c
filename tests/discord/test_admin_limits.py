"""/video-admin quota: every scope, unit and window, in words that name people, channels and roles."""

import pytest

from bot.generation.limits import Scope, ScopeKind, Unit, Window
from tests.discord.conftest import Opener
from tests.discord.driver import OpenBot

SET = "video-admin quota set"


async def test_every_scope_can_have_a_limit(bot: OpenBot) -> None:
    place, other = f"discord:{bot.guild.id}", bot.other_channel
    wanted = {
        "each user may now take": ({}, Scope(ScopeKind.USER, "*")),
        "everyone together may": ({"whom": "everyone"}, Scope(ScopeKind.EVERYONE, "*")),
        "this server may": ({"whom": "server"}, Scope(ScopeKind.WORKSPACE, place)),
        "each server may": ({"whom": "each-server"}, Scope(ScopeKind.WORKSPACE, "*")),
        "each channel may": ({"whom": "each-channel"}, Scope(ScopeKind.CHANNEL, "*")),
        "each model may": ({"whom": "each-model"}, Scope(ScopeKind.MODEL, "*")),
        "@ben may": ({"to_user": bot.ben}, Scope(ScopeKind.USER, f"discord:{bot.ben.id}")),
        "channel #other may": ({"channel": other}, Scope(ScopeKind.CHANNEL, f"{place}:{other.id}")),
        "each member of role producers may": ({"role": bot.role}, Scope(ScopeKind.ROLE, f"{place}:{bot.role.id}")),
        "kling 2.6 may": ({"model": "2.6"}, Scope(ScopeKind.MODEL, "2.6")),
    }  # fmt: skip
    for said, (options, scope) in wanted.items():
        answer = await bot.slash(SET, user=bot.admin, amount=7, unit="videos", per="week", **options)
        assert answer.text.lower().startswith(said), (said, answer.text)
        limits = await bot.app.store.limits()
        assert any((x.scope, x.unit, x.window, x.amount) == (scope, Unit.VIDEOS, Window.WEEK, 7) for x in limits), said
    shown = (await bot.slash("video-admin quota show", user=bot.admin)).text.replace("*", "")
    for name in ("Each member of role Producers", "#other", "@ben", "This server", "Each server", "Kling 2.6"):
        assert name.lower() in shown.lower(), shown
    assert "discord:" not in shown
    for options, _ in wanted.values():
        answer = await bot.slash("video-admin quota clear", user=bot.admin, unit="videos", per="week", **options)
        assert "is gone" in answer.text
    assert not await bot.app.store.limits()


async def test_every_unit_and_window(bot: OpenBot) -> None:
    for unit in Unit:
        for per in ("hour", "a day", "week", "Month", "24h"):
            answer = await bot.slash(SET, user=bot.admin, amount=90, unit=unit.value, per=per)
            assert "may now take" in answer.text, answer.text
    counted = [(x.unit, str(x.window)) for x in await bot.app.store.limits()]
    windows = ("hour", "day", "week", "month", "24h")
    assert sorted(counted) == sorted(
        [(unit, window) for unit in (Unit.USD, Unit.VIDEOS, Unit.SECONDS) for window in windows]
        + [(Unit.JOBS, "now"), (Unit.COOLDOWN, "now")]
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"per": "eternity"}, "hour, day, week, month"),
        ({"model": "2.6", "whom": "everyone"}, "belongs to one"),
        ({"amount": 1.5}, "whole number"),
    ],
)
async def test_what_cannot_be_counted_is_said(bot: OpenBot, options: dict[str, object], said: str) -> None:
    answer = await bot.slash(SET, user=bot.admin, **{"amount": 1, "unit": "videos"} | options)
    assert answer.private
    assert said in answer.text
    assert not await bot.app.store.limits()


async def test_windows_are_proposed_while_somebody_types(bot: OpenBot) -> None:
    assert await bot.complete(SET, "per", user=bot.admin) == ["hour", "day", "week", "month", "24h", "72h", "168h"]
    assert await bot.complete(SET, "per", user=bot.admin, per="2") == ["24h", "72h"]


async def test_a_role_gives_its_members_more(bot: OpenBot) -> None:
    await bot.slash(SET, user=bot.admin, amount=0, unit="videos")
    await bot.slash(SET, user=bot.admin, amount=3, unit="videos", role=bot.role)
    producer = bot.guild.add_member("carl", roles=[bot.role.name])
    assert (await bot.slash("video", prompt="waves")).private
    assert not (await bot.slash("video", prompt="waves", user=producer)).private


async def test_of_several_roles_the_strictest_counts_where_that_is_set(open_bot: Opener) -> None:
    async with open_bot(role_limits="strictest") as bot:
        strict = bot.guild.add_role("Trainees")
        await bot.slash(SET, user=bot.admin, amount=3, unit="videos", role=bot.role)
        await bot.slash(SET, user=bot.admin, amount=1, unit="videos", role=strict)
        both = bot.guild.add_member("carl", roles=[bot.role.name, strict.name])
        assert "1 left of your 1 video a day" in (await bot.slash("quota", user=both)).text
        assert not (await bot.slash("video", prompt="waves", user=both)).private
        assert "1 video a day" in (await bot.slash("video", prompt="waves", user=both)).text
        producer = bot.guild.add_member("dora", roles=[bot.role.name])
        assert "3 left of your 3 videos a day" in (await bot.slash("quota", user=producer)).text


async def test_quota_tells_what_is_left_and_what_videos_cost(bot: OpenBot) -> None:
    await bot.slash(SET, user=bot.admin, amount=2, unit="videos")
    quota = await bot.slash("quota")
    assert quota.private
    assert "2 left of your 2 videos a day" in quota.text
    assert "5 seconds in std mode" in quota.text
    assert "10 seconds in pro mode" in quota.text


async def test_a_grant_and_a_reset(bot: OpenBot) -> None:
    await bot.slash(SET, user=bot.admin, amount=1, unit="videos")
    await bot.slash("video", prompt="waves")
    await bot.ended(await bot.only_job())
    assert (await bot.slash("video", prompt="waves")).private
    granted = await bot.slash(
        "video-admin quota grant", user=bot.admin, to_user=bot.anna, amount=1, unit="videos", reason="the trailer"
    )
    assert granted.text == "@anna may take 1 video more today."
    second = await bot.slash("video", prompt="more waves")
    assert not second.private
    await bot.ended((await bot.jobs())[0])
    assert (await bot.slash("video", prompt="waves")).private
    reset = await bot.slash("video-admin quota reset", user=bot.admin, to_user=bot.anna, reason="a test")
    assert reset.text == "The use of @anna is forgiven: 2 videos no longer count against their own limits."
    assert not (await bot.slash("video", prompt="waves")).private
    acts = [row.act for row in await bot.app.service.audit_rows()]
    assert (acts.count("grant"), acts.count("reset"), acts.count("set limit")) == (1, 1, 1)


async def test_a_nearly_full_limit_is_told_to_the_person_alone_and_to_admins(open_bot: Opener) -> None:
    async with open_bot(admin_channels=["other"]) as bot:
        await bot.slash(SET, user=bot.admin, amount=1, unit="videos")
        await bot.slash(SET, user=bot.admin, amount=1, unit="videos", channel=bot.channel)
        answer = await bot.slash("video", prompt="waves")
        aside = answer.used.followups[-1]
        assert aside.ephemeral
        assert "Your limit is full: 1 taken of your 1 video a day" in aside.text
        await bot.until(lambda: len(bot.posts(bot.other_channel)) == 2)
        told = " ".join(post.text for post in bot.posts(bot.other_channel))
        assert "Channel #general has taken 100 % of 1 video a day" in told
        assert "@anna has taken 100 % of 1 video a day" in told
        assert "discord:" not in told


@pytest.mark.slow
async def test_a_limit_is_told_once_in_its_window_to_its_person_and_to_admins(open_bot: Opener) -> None:
    async with open_bot(admin_channels=["other"], warn_at_percent=50) as bot:
        await bot.slash(SET, user=bot.admin, amount=4, unit="videos")
        await bot.slash(SET, user=bot.admin, amount=8, unit="videos", channel=bot.channel)
        told = ["Your limit" in (await bot.slash("video", prompt=f"waves {number}")).text for number in range(4)]
        assert told == [False, True, False, False]
        assert (await bot.slash("video", prompt="waves")).private
        # The last of the four is news of the channel, which comes after all that is told of Anna.
        await bot.until(lambda: any("Channel #general" in post.text for post in bot.posts(bot.other_channel)))
        about_anna, about_all = (post.text for post in bot.posts(bot.other_channel))
        assert "@anna has taken 50 % of 4 videos a day (2)" in about_anna
        assert "Channel #general has taken 50 % of 8 videos a day (4)" in about_all


async def test_an_admin_of_one_server_among_several_rules_that_one(open_bot: Opener) -> None:
    async with open_bot(servers=["Studio", "Elsewhere"], more_servers=True) as bot:
        for options in ({}, {"whom": "everyone"}, {"model": "2.6"}, {"whom": "each-server"}):
            answer = await bot.slash(SET, user=bot.admin, amount=1, unit="videos", **options)
            assert "Only the operators" in answer.text, options
        assert "may now take" in (await bot.slash(SET, user=bot.admin, amount=1, unit="videos", whom="server")).text
        for command in ("pause", "drain", "resume", "audit"):
            options = {"reason": "fun"} if command == "pause" else {}
            answer = await bot.slash(f"video-admin {command}", user=bot.admin, **options)
            assert "Only the operators" in answer.text, command
        banned = await bot.slash("video-admin ban", user=bot.admin, to_user=bot.ben, everywhere=True)
        assert "Only the operators" in banned.text
