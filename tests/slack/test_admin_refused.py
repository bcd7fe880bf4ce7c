"""Every admin command: a member is refused, and that is noted; an admin's act leaves its row."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.slack import admin
from bot.generation.job import Address, Requester
from tests.slack.conftest import Opener
from tests.slack.driver import SlackBot
from tests.storage.steps import Steps

PAGE = (Path(__file__).parents[2] / "docs" / "slack.md").read_text(encoding="utf-8")
#: What is typed, and what the audit trail calls it. Nothing is noted of mere looks.
ACTS = {
    "quota set 5 videos": "set limit",
    "quota clear videos": "clear limit",
    "quota grant 1 video ANNA a birthday": "grant",
    "quota reset ANNA": "reset",
    "pause moving": "pause",
    "drain": "drain",
    "resume": "resume",
    "drain a new version": "drain",
    "ban ANNA": "ban",
    "unban ANNA": "unban",
    "close model 2.6": "close",
    "open model 2.6": "open",
    "rules add blood": "add prompt rule",
    "rules remove K3X9": "remove prompt rule",
    "zone Europe/Berlin": "set time zone",
    "gateways use apimart": "gateway use",
    "gateways stop toapis": "gateway stop",
    "gateways start toapis": "gateway start",
}
LOOKS = {
    "": "show limits",
    "quota": "show limits",
    "quota show ANNA": "show limits",
    "quota bananas": "show limits",
    "usage model 7": "usage",
    "approvals": "approvals",
    "approve K3X9": "approve",
    "decline K3X9 no": "decline",
    "bans": "show bans",
    "closures": "show closures",
    "rules list": "show prompt rules",
    "resolve": "uncertain",
    "resolve K3X9 billed": "resolve",
    "audit": "audit",
    "gateways": "gateways",
    "forget ANNA": "forget",
    "ban anna": "show limits",
}


@pytest.fixture(name="idle")
async def a_bot_without_jobs(open_bot: Opener) -> AsyncIterator[SlackBot]:
    async with open_bot(run_jobs=False) as bot:
        yield bot


async def test_a_member_is_refused_everything_and_each_try_is_noted(idle: SlackBot) -> None:
    bot = idle
    for text, act in (ACTS | LOOKS).items():
        typed = text.replace("ANNA", bot.anna.mention)
        before = len(await bot.app.service.audit_rows())
        await bot.ben.slash("/video-admin", typed, bot.general)
        await bot.quiet()
        told = [m for m in bot.general.messages if m.ephemeral_for is bot.ben]
        assert told[-1].text_read == "Only admins of this bot can do that.", text
        rows = await bot.app.service.audit_rows()
        assert len(rows) == before + 1, text
        assert (rows[0].who, rows[0].act) == (f"slack:{bot.team.id}:{bot.ben.id}", f"refused: {act}"), text


def test_every_word_is_named_here() -> None:
    first = {text.split()[0] for text in ACTS | LOOKS if text}
    assert set(admin._ACTS) <= first
    for group, words in (("quota", admin._QUOTA), ("rules", admin._RULES)):
        assert set(words) <= {text.split()[1] for text in ACTS | LOOKS if text.startswith(f"{group} ")}


async def test_a_decision_about_a_video_or_a_person_leaves_one_row(idle: SlackBot) -> None:
    bot = idle
    do = Steps(bot.app.database, now=bot.clock.now())
    who = Requester("slack", f"{bot.team.id}:{bot.anna.id}", bot.team.id, bot.general.id)
    more = {"requester": who, "address": Address("slack", bot.team.id, bot.general.id)}
    waits = {"needs_approval": True, "approve_by": bot.clock.now() + 600, **more}
    typed = {
        "approve": (await do.accepted(**waits)).id,
        "decline": f"{(await do.accepted(**waits)).id} too dear",
        "resolve": f"{(await do.unsure(**more)).id} billed",
    }
    for act, rest in typed.items():
        before = len(await bot.app.service.audit_rows())
        await bot.root.slash("/video-admin", f"{act} {rest}", bot.general)
        await bot.quiet()
        rows = await bot.app.service.audit_rows()
        assert (len(rows) - before, rows[0].act, rows[0].who) == (1, act, f"slack:{bot.team.id}:{bot.root.id}")
    before = len(await bot.app.service.audit_rows())
    await bot.root.slash("/video-admin", f"forget {bot.ben.mention}", bot.general)
    await bot.root.press(await bot.told(bot.root, "Erase everything"), "Erase it all")
    await bot.told(bot.root, "Erased: ")
    rows = await bot.app.service.audit_rows()
    assert (len(rows) - before, rows[0].act) == (1, "forget")


async def test_every_act_of_an_admin_leaves_one_row(idle: SlackBot) -> None:
    bot = idle
    for text in ACTS:
        typed = text.replace("ANNA", bot.anna.mention)
        before = len(await bot.app.service.audit_rows())
        await bot.root.slash("/video-admin", typed, bot.general)
        await bot.quiet()
        rows = await bot.app.service.audit_rows()
        assert len(rows) - before == (0 if _does_nothing(text) else 1), text
        assert rows[0].who == f"slack:{bot.team.id}:{bot.root.id}"


def _does_nothing(text: str) -> bool:
    """There is no such rule to take away."""
    return text.startswith("rules remove")


async def test_the_examples_in_the_documents_do_what_they_say(idle: SlackBot) -> None:
    bot = idle
    group = bot.team.add_usergroup("editors", [bot.anna])
    typed = {"@anna": bot.anna.mention, "@editors": f"<!subteam^{group.id}|@editors>"}
    typed |= dict.fromkeys(("#random", "#films"), f"<#{bot.general.id}|general>")
    acts, before = 0, len(await bot.app.service.audit_rows())
    for command, text in re.findall(r"^\| `/video-admin ([a-z ]+)` \| (.+) \|$", PAGE, re.M):
        if command not in (
            "quota set",
            "quota clear",
            "quota grant",
            "quota reset",
            "ban",
            "close",
            "open",
            "rules add",
        ):
            continue
        for example in re.findall(r"`([^`]+)`", text.partition("without a time")[0]):
            said = example.replace("\\|", "|")
            for name, mention in typed.items():
                said = said.replace(name, mention)
            await bot.root.slash("/video-admin", f"{command} {said}", bot.general)
            await bot.quiet()
            acts += 1
            rows = await bot.app.service.audit_rows()
            assert rows[0].who == f"slack:{bot.team.id}:{bot.root.id}"
            assert len(rows) == acts + before, f"{command} {example}"
