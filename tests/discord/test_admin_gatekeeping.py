"""Bans, closures, rules about prompts, time zones, pauses and the audit trail on Discord."""

from bot.generation.job import JobState
from tests.discord.conftest import Opener
from tests.discord.driver import OpenBot, jump

ADMIN = "video-admin"


async def test_a_ban_with_reason_and_end(bot: OpenBot) -> None:
    answer = await bot.slash(f"{ADMIN} ban", user=bot.admin, to_user=bot.anna, reason="spam", time="2 h")
    assert answer.private
    assert answer.text.startswith("@anna is banned in this server until")
    refused = await bot.slash("video", prompt="waves")
    assert refused.private
    assert "spam" in refused.text.lower()
    assert not (await bot.slash("video", prompt="waves", user=bot.ben)).private
    listed = (await bot.slash(f"{ADMIN} bans", user=bot.admin)).text
    assert "@anna in this server" in listed
    assert "by @chief" in listed
    assert (await bot.slash(f"{ADMIN} unban", user=bot.admin, to_user=bot.anna)).text.startswith("@anna may ask")
    assert not (await bot.slash("video", prompt="waves")).private


async def test_a_ban_ends_by_itself_and_a_time_nobody_can_read_is_refused(bot: OpenBot) -> None:
    assert "Say how long" in (await bot.slash(f"{ADMIN} ban", user=bot.admin, to_user=bot.anna, time="some time")).text
    await bot.slash(f"{ADMIN} ban", user=bot.admin, to_user=bot.anna, time="30 min", everywhere=True)
    assert (await bot.slash("video", prompt="waves")).private
    jump(bot, 1900)
    assert not (await bot.slash("video", prompt="waves")).private


async def test_close_and_open_channels_models_and_modes(bot: OpenBot) -> None:
    for options in ({"channel": bot.channel}, {"model": "2.6"}, {"mode": "std"}):
        closed = await bot.slash(f"{ADMIN} close", user=bot.admin, **options)
        assert closed.text.endswith("is closed in this server."), closed.text
        assert (await bot.slash("video", prompt="waves")).private, options
        assert "closed" in (await bot.slash(f"{ADMIN} closures", user=bot.admin)).text
        opened = await bot.slash(f"{ADMIN} open", user=bot.admin, **options)
        assert "no rule about" in opened.text
        assert not (await bot.slash("video", prompt="waves")).private, options


async def test_only_this_channel(bot: OpenBot) -> None:
    answer = await bot.slash(f"{ADMIN} close", user=bot.admin, channel=bot.other_channel, only=True)
    assert answer.text == "Channel #other is one of the only channels open in this server."
    assert (await bot.slash("video", prompt="waves")).private
    assert not (await bot.slash("video", prompt="waves", place=bot.other_channel)).private


async def test_closing_nothing_or_two_things_is_a_question(bot: OpenBot) -> None:
    for options in ({}, {"model": "2.6", "mode": "pro"}):
        assert "Name one thing" in (await bot.slash(f"{ADMIN} close", user=bot.admin, **options)).text
    assert not await bot.app.service.closures()


async def test_prompt_rules(bot: OpenBot) -> None:
    added = await bot.slash(f"{ADMIN} prompt-rules add", user=bot.admin, pattern="dragons, red wine")
    assert "refuses a prompt in this server" in added.text
    assert (await bot.slash("video", prompt="two dragons fly")).private
    assert not (await bot.slash("video", prompt="a dragonsfly")).private
    await bot.slash(f"{ADMIN} prompt-rules add", user=bot.admin, pattern=r"gold\s*fish", kind="regex", action="approve")
    await bot.slash("video", prompt="a goldfish")
    assert (await bot.jobs())[0].state is JobState.AWAITING_APPROVAL
    listed = (await bot.slash(f"{ADMIN} prompt-rules list", user=bot.admin)).text
    assert "red wine" in listed
    rules = await bot.complete(f"{ADMIN} prompt-rules remove", "rule", user=bot.admin)
    assert len(rules) == 2
    for rule in rules:
        assert "is gone" in (await bot.slash(f"{ADMIN} prompt-rules remove", user=bot.admin, rule=rule)).text
    assert not (await bot.slash("video", prompt="two dragons fly")).private
    bad = await bot.slash(f"{ADMIN} prompt-rules add", user=bot.admin, pattern="(", kind="regex")
    assert "cannot be read" in bad.text


async def test_the_time_zone_of_a_server(bot: OpenBot) -> None:
    assert "Europe/Berlin" in await bot.complete(f"{ADMIN} zone", "zone", user=bot.admin, zone="berl")
    answer = await bot.slash(f"{ADMIN} zone", user=bot.admin, zone="Europe/Berlin")
    assert answer.text == "The days of this server begin by the clock of Europe/Berlin now."
    assert await bot.app.service.zone(f"discord:{bot.guild.id}") == "Europe/Berlin"
    assert (await bot.slash(f"{ADMIN} zone", user=bot.admin, zone="Atlantis")).private


async def test_a_drain_ends_with_the_process_and_a_pause_does_not(bot: OpenBot) -> None:
    await bot.slash(f"{ADMIN} drain", user=bot.admin, reason="a new version")
    assert (await bot.slash("video", prompt="waves")).private
    await bot.restart()
    assert not (await bot.slash("video", prompt="waves")).private
    await bot.slash(f"{ADMIN} pause", user=bot.admin, reason="the bill")
    await bot.restart()
    assert (await bot.slash("video", prompt="waves")).private
    assert "The pause is over" in (await bot.slash(f"{ADMIN} resume", user=bot.admin)).text


async def test_each_act_leaves_one_row_that_the_audit_shows(bot: OpenBot) -> None:
    acts = {
        "set limit": ("quota set", {"amount": 5, "unit": "videos"}),
        "grant": ("quota grant", {"amount": 5, "unit": "videos", "to_user": bot.ben}),
        "clear limit": ("quota clear", {"unit": "videos"}),
        "ban": ("ban", {"to_user": bot.ben}),
        "unban": ("unban", {"to_user": bot.ben}),
        "close": ("close", {"model": "2.6"}),
        "open": ("open", {"model": "2.6"}),
        "set time zone": ("zone", {"zone": "UTC"}),
        "add prompt rule": ("prompt-rules add", {"pattern": "dragons"}),
        "pause": ("pause", {"reason": "lunch"}),
        "end pause": ("resume", {}),
        "drain": ("drain", {}),
        "end drain": ("resume", {}),
    }
    for act, (command, options) in acts.items():
        before = len(await bot.app.service.audit_rows(limit=500))
        await bot.slash(f"{ADMIN} {command}", user=bot.admin, **options)
        rows = await bot.app.service.audit_rows(limit=500)
        assert len(rows) == before + 1, command
        assert (rows[0].act, rows[0].who) == (act, f"discord:{bot.admin.id}")
    shown = (await bot.slash(f"{ADMIN} audit", user=bot.admin)).text
    assert "@chief: set time zone" in shown
    about_ben = (await bot.slash(f"{ADMIN} audit", user=bot.admin, to_user=bot.ben)).text
    assert "unban" in about_ben
    assert "unban @ben: was banned" in about_ben
    assert "set time zone" not in about_ben


async def test_usage_names_people_channels_and_servers(bot: OpenBot) -> None:
    await bot.slash("video", prompt="waves")
    await bot.ended(await bot.only_job())
    said = {"user": "@anna", "channel": "#general", "workspace": "This server", "day": "20", "gateway": "", "model": ""}
    for by, name in said.items():
        answer = await bot.slash(f"{ADMIN} usage", user=bot.admin, by=by, days=2, top=3)
        assert name in answer.text, answer.text
        assert "discord:" not in answer.text


async def test_age_restricted_channels_only(open_bot: Opener) -> None:
    rooms = {}

    def arrange(discord: object) -> None:
        guild = next(each for each in discord.guilds.values() if each.name == "Studio")  # type: ignore[attr-defined]
        rooms["late"] = guild.add_text_channel("late", nsfw=True)

    async with open_bot(age_restricted_only=True, arrange=arrange) as bot:
        refused = await bot.slash("video", prompt="waves")
        assert refused.private
        assert "age-restricted" in refused.text
        assert not (await bot.slash("video", prompt="waves", place=rooms["late"])).private
        thread = rooms["late"].add_thread("ideas", owner_id=bot.anna.id)
        assert not (await bot.slash("video", prompt="waves", place=thread)).private
