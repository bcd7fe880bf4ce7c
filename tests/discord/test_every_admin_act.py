"""Every admin act on Discord leaves one row in the audit trail; a new command has to be named here."""

from typing import Any

import pytest
from discord import app_commands

from adapters.cards.card import Verb
from bot.generation.job import Address, Job, Requester
from tests.discord.conftest import Opener
from tests.discord.driver import OpenBot
from tests.storage.steps import Steps

#: What an admin does, in an order in which each can be done, and what the trail calls it. "JOB" waits for an approval,
#: "UNSURE" for a decision, "RULE" is the rule added before.
ACTS: list[tuple[str, dict[str, Any], str]] = [
    ("quota set", {"amount": 5, "unit": "videos"}, "set limit"),
    ("quota grant", {"amount": 5, "unit": "videos", "to_user": "BEN"}, "grant"),
    ("quota clear", {"unit": "videos"}, "clear limit"),
    ("quota reset", {"to_user": "BEN"}, "reset"),
    ("pause", {"reason": "lunch"}, "pause"),
    ("drain", {}, "drain"),
    ("resume", {}, "end pause"),
    ("drain", {"reason": "a new version"}, "drain"),
    ("resume", {}, "end drain"),
    ("ban", {"to_user": "BEN"}, "ban"),
    ("unban", {"to_user": "BEN"}, "unban"),
    ("close", {"model": "2.6"}, "close"),
    ("close", {"model": "2.6", "only": True}, "allow only"),
    ("open", {"model": "2.6"}, "open"),
    ("zone", {"zone": "Europe/Berlin"}, "set time zone"),
    ("prompt-rules add", {"pattern": "dragons"}, "add prompt rule"),
    ("prompt-rules remove", {"rule": "RULE"}, "remove prompt rule"),
    ("approvals", {"job": "JOB", "decision": "approve"}, "approve"),
    ("approvals", {"job": "JOB", "decision": "decline"}, "decline"),
    ("resolve", {"job": "UNSURE", "outcome": "billed"}, "resolve"),
    ("gateways", {"gateway": "apimart", "act": "use"}, "prefer gateway"),
    ("gateways", {"gateway": "toapis", "act": "stop"}, "gateway off"),
    ("gateways", {"gateway": "toapis", "act": "start"}, "gateway on"),
    ("forget", {"to_user": "BEN"}, "forget"),
]
#: What only shows something: nothing is noted of it.
LOOKS: dict[str, dict[str, Any]] = {
    "quota show": {},
    "usage": {},
    "approvals": {},
    "resolve": {},
    "gateways": {},
    "bans": {},
    "closures": {},
    "prompt-rules list": {},
    "audit": {},
}


@pytest.mark.slow
async def test_every_act_of_an_admin_leaves_one_row_and_a_look_leaves_none(open_bot: Opener) -> None:
    async with open_bot(run_jobs=False, approve_above_usd="0.01") as bot:
        assert commands(bot) == {name for name, _, _ in ACTS} | set(LOOKS)
        do = Steps(bot.app.database, now=bot.clock.now())
        for command, options, act in ACTS:
            given = {name: await meant(bot, do, value) for name, value in options.items()}
            before = len(await bot.app.service.audit_rows(limit=500))
            answer = await bot.slash(f"video-admin {command}", user=bot.admin, **given)
            if answer.button(Verb.FORGET_SURE):
                await bot.press(answer, Verb.FORGET_SURE, user=bot.admin)
            rows = await bot.app.service.audit_rows(limit=500)
            assert len(rows) == before + 1, (command, answer.text)
            assert (rows[0].act, rows[0].who) == (act, f"discord:{bot.admin.id}")
        before = len(await bot.app.service.audit_rows(limit=500))
        for command, options in LOOKS.items():
            await bot.slash(f"video-admin {command}", user=bot.admin, **options)
        assert len(await bot.app.service.audit_rows(limit=500)) == before


async def meant(bot: OpenBot, do: Steps, value: Any) -> Any:
    """What a word of the table stands for at this moment."""
    if value == "BEN":
        return bot.ben
    if value == "RULE":
        (rule,) = await bot.app.service.prompt_rules()
        return rule.id
    if value in ("JOB", "UNSURE"):
        place = Requester("discord", str(bot.anna.id), str(bot.guild.id), str(bot.channel.id))
        address = Address("discord", place.workspace, place.channel)
        job: Job
        if value == "JOB":
            job = await do.accepted(
                requester=place, address=address, needs_approval=True, approve_by=bot.clock.now() + 600
            )
        else:
            job = await do.unsure(requester=place, address=address)
        return job.id
    return value


def commands(bot: OpenBot) -> set[str]:
    """Everything under /video-admin."""
    group = bot.side.client.tree.get_command("video-admin")
    assert isinstance(group, app_commands.Group)
    return {
        each.qualified_name.removeprefix("video-admin ")
        for each in group.walk_commands()
        if isinstance(each, app_commands.Command)
    }
