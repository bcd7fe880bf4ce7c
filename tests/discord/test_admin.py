"""/video-admin: what admins set, what members are refused, and who is an admin."""

from typing import Any

import pytest
from discord import app_commands

from adapters.cards.card import Verb
from bot.generation.job import JobState
from bot.generation.limits import Unit
from tests.discord.conftest import Opener
from tests.discord.driver import ADMIN_ROLE, SERVER, OpenBot


async def test_an_admin_sets_shows_and_clears_a_limit(bot: OpenBot) -> None:
    answer = await bot.slash("video-admin quota set", user=bot.admin, amount=2.5, unit="usd")
    assert answer.private
    limits = await bot.app.store.limits()
    assert [(x.unit, x.amount, x.scope.id) for x in limits] == [(Unit.USD, 2_500_000, "*")]
    shown = await bot.slash("video-admin quota show", user=bot.admin)
    assert "$2.50" in shown.text
    await bot.slash("video-admin quota clear", user=bot.admin, unit="usd")
    assert not await bot.app.store.limits()


async def test_a_limit_for_one_person_holds_for_that_person(bot: OpenBot) -> None:
    await bot.slash("video-admin quota set", user=bot.admin, amount=0, unit="videos", to_user=bot.ben)
    assert (await bot.slash("video", prompt="waves", user=bot.ben)).private
    assert not (await bot.slash("video", prompt="waves", user=bot.anna)).private
    await bot.slash(
        "video-admin quota grant", user=bot.admin, amount=1, unit="videos", to_user=bot.ben, reason="birthday"
    )
    assert not (await bot.slash("video", prompt="waves", user=bot.ben)).private


async def test_usage(bot: OpenBot) -> None:
    await bot.slash("video", prompt="waves")
    await bot.ended(await bot.only_job())
    answer = await bot.slash("video-admin usage", user=bot.admin, by="model", days=1)
    assert "2.6" in answer.text


@pytest.mark.slow
async def test_pause_and_resume(bot: OpenBot) -> None:
    await bot.slash("video-admin pause", user=bot.admin, reason="maintenance")
    refused = await bot.slash("video", prompt="waves")
    assert "maintenance" in refused.text
    await bot.slash("video-admin resume", user=bot.admin)
    assert not (await bot.slash("video", prompt="waves")).private


async def test_resolve_lists_what_is_uncertain_and_decides(bot: OpenBot) -> None:
    job = await bot.uncertain_job()
    listed = await bot.slash("video-admin resolve", user=bot.admin)
    assert job.id in listed.text
    assert await bot.complete("video-admin resolve", "job", user=bot.admin) == [job.id]
    answer = await bot.press(listed, Verb.RESOLVE_NOT_CREATED, user=bot.admin)
    assert "Decided" in answer.text
    assert (await bot.job(job.id)).state.is_final


async def test_a_lost_video_is_listed_and_decided_about_with_its_task_id(bot: OpenBot) -> None:
    lost = await bot.app.store.give_up_uncertain(await bot.uncertain_job(), bot.clock.now())
    assert lost is not None
    assert lost.state is JobState.LOST
    listed = await bot.slash("video-admin resolve", user=bot.admin)
    assert "It is given up already" in listed.text
    assert "Ask again" not in listed.text
    (task,) = bot.sandbox.tasks()
    answer = await bot.slash("video-admin resolve", user=bot.admin, job=lost.id, outcome="task", task_id=task["id"])
    assert "Decided" in answer.text
    assert (await bot.ended(lost)).state is JobState.DELIVERED
    assert "Nothing waits" in (await bot.slash("video-admin resolve", user=bot.admin)).text


#: Every admin command, and what a member who got at it would send.
EVERY_COMMAND: dict[str, dict[str, object]] = {
    "quota show": {},
    "quota set": {"amount": 100, "unit": "usd"},
    "quota clear": {"unit": "usd"},
    "quota grant": {"amount": 100, "unit": "usd"},
    "quota reset": {"to_user": "ben"},
    "usage": {},
    "pause": {"reason": "fun"},
    "resume": {},
    "drain": {},
    "resolve": {},
    "approvals": {},
    "ban": {"to_user": "ben"},
    "unban": {"to_user": "ben"},
    "bans": {},
    "close": {"model": "2.6"},
    "open": {"model": "2.6"},
    "closures": {},
    "zone": {"zone": "Europe/Berlin"},
    "gateways": {},
    "audit": {},
    "forget": {"to_user": "ben"},
    "prompt-rules add": {"pattern": "cats"},
    "prompt-rules remove": {"rule": "ABC"},
    "prompt-rules list": {},
}
#: The same commands with what a member might try beside.
MORE_TRIES: list[tuple[str, dict[str, object]]] = [
    ("quota set", {"amount": 100, "unit": "usd", "per": "eternity"}),
    ("quota set", {"amount": 100, "unit": "usd", "to_user": "ben", "whom": "everyone"}),
    ("close", {}),
    *(("gateways", {"gateway": "toapis", "act": act}) for act in ("use", "start", "stop")),
    ("ban", {"to_user": "ben", "time": "soon"}),
    ("resolve", {"job": "ABC", "outcome": "again"}),
    ("approvals", {"job": "ABC", "decision": "approve"}),
    ("approvals", {"job": "ABC", "decision": "decline"}),
]


async def test_a_member_is_refused_everything_even_when_the_server_shows_it_and_that_is_audited(bot: OpenBot) -> None:
    assert set(EVERY_COMMAND) == {command.qualified_name.removeprefix("video-admin ") for command in subcommands(bot)}
    before = await bot.app.store.limits(), await bot.app.service.closures(), await bot.app.service.prompt_rules()
    for command, options in [*EVERY_COMMAND.items(), *MORE_TRIES]:
        known = len(await bot.app.service.audit_rows(limit=1000))
        given = {name: bot.ben if value == "ben" else value for name, value in options.items()}
        answer = await bot.slash(f"video-admin {command}", forced=True, **given)
        assert (answer.private, answer.text) == (True, "Only admins of this bot can do that."), command
        added = (await bot.app.service.audit_rows(limit=1000))[:-known] if known else await bot.app.service.audit_rows()
        assert [row.act.startswith("refused: ") for row in added] == [True], command
        assert added[0].who == f"discord:{bot.anna.id}", command
    after = await bot.app.store.limits(), await bot.app.service.closures(), await bot.app.service.prompt_rules()
    assert after == before
    assert await bot.app.store.paused() is None
    assert not await bot.app.service.bans()


def subcommands(bot: OpenBot) -> list[app_commands.Command[Any, ..., Any]]:
    """Everything under /video-admin."""
    group = bot.side.client.tree.get_command("video-admin")
    assert isinstance(group, app_commands.Group)
    return [each for each in group.walk_commands() if isinstance(each, app_commands.Command)]


async def test_a_member_cannot_press_an_admins_button(bot: OpenBot) -> None:
    job = await bot.uncertain_job()
    answer = await bot.press_raw(f"v1:resolve-again:{job.id}")
    assert "Only admins" in answer.text
    assert not (await bot.job(job.id)).state.is_final


async def test_with_admin_roles_only_they_count(open_bot: Opener) -> None:
    async with open_bot(admin_roles=[ADMIN_ROLE]) as bot:
        assert "Only admins" in (await bot.slash("video-admin usage", user=bot.admin)).text
        producer = bot.guild.add_member("carl", roles=[ADMIN_ROLE])
        answer = await bot.slash("video-admin usage", user=producer, forced=True)
        assert "Only admins" not in answer.text


async def test_named_admins_count_everywhere(open_bot: Opener) -> None:
    async with open_bot(admins=["anna"]) as bot:
        assert "Only admins" not in (await bot.slash("video-admin usage", forced=True)).text


async def test_who_manages_another_server_is_no_admin_of_this_bot(open_bot: Opener) -> None:
    async with open_bot(servers=[SERVER], more_servers=True) as bot:
        assert "Only admins" not in (await bot.slash("video-admin usage", user=bot.admin)).text
    async with open_bot(more_servers=True) as bot:
        assert "Only admins" in (await bot.slash("video-admin usage", user=bot.admin)).text
