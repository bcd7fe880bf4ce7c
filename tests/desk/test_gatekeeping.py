"""Admins, operators and members at the desk: who may do what, what it says, and one audit row each."""

from dataclasses import replace
from pathlib import Path

import pytest

from adapters.cards.card import Verb
from adapters.desk import Actor
from adapters.desk.amount import seconds_of
from bot.generation.barring import EVERYWHERE, Closure, ClosureKind, ClosureRule
from bot.generation.job import JobState, Requester
from bot.generation.limits import Scope, ScopeKind, Unit, Window
from bot.generation.ports import Resolution
from bot.generation.prompt_rules import RuleAction, RuleKind
from tests.desk.conftest import ANNA, BEN, ROOT, Front, open_front, verbs, words

ADMIN = Actor(Requester("chat", "adm", "W"), "Adm", is_admin=True, is_operator=False)
MEMBER = Actor(Requester("chat", "anna", "W", "C"), "Anna")
MODEL = Closure(EVERYWHERE, ClosureKind.MODEL, "2.6", ClosureRule.CLOSED)
MODE = Closure("chat:W", ClosureKind.MODE, "pro", ClosureRule.CLOSED)


def scope(kind: ScopeKind, id_: str = "*") -> Scope:
    return Scope(kind, id_)


async def test_a_member_trying_any_of_it_is_refused_and_audited(front: Front) -> None:
    desk = front.desk
    job = await front.job("waves")
    tried = [
        await desk.approvals(ANNA),
        await desk.approve(ANNA, job.id),
        await desk.decline(ANNA, job.id),
        await desk.ban(ANNA, BEN.key, "rude"),
        await desk.unban(ANNA, BEN.key),
        await desk.bans(ANNA),
        await desk.close(ANNA, MODEL),
        await desk.open(ANNA, MODEL),
        await desk.closures(ANNA),
        await desk.add_prompt_rule(ANNA, RuleKind.WORDS, "x", RuleAction.REFUSE),
        await desk.remove_prompt_rule(ANNA, "x"),
        await desk.prompt_rules(ANNA),
        await desk.reset(ANNA, ANNA.key),
        await desk.set_zone(ANNA, "UTC", "chat:W"),
        await desk.drain(ANNA),
        await desk.audit(ANNA),
    ]
    assert {words(reply) for reply in tried} == {"Only admins of this bot can do that."}
    assert all(reply.private and reply.job is None for reply in tried)
    refused = [act for by, act, _ in await front.audit() if by == ANNA.key]
    assert len(refused) == len(tried)
    assert all(act.startswith("refused: ") for act in refused)


async def test_an_admin_rules_their_own_workspace_and_no_other(front: Front) -> None:
    desk = front.desk
    limit = (Unit.VIDEOS, Window.DAY, 5)
    for mine in (
        scope(ScopeKind.WORKSPACE, "chat:W"),
        scope(ScopeKind.CHANNEL, "chat:W:C"),
        scope(ScopeKind.ROLE, "chat:W:r"),
        scope(ScopeKind.USER, "chat:anna"),
    ):
        assert "may now take 5 videos a day" in words(await desk.set_limit(ADMIN, mine, *limit))
    for other in (
        scope(ScopeKind.EVERYONE),
        scope(ScopeKind.MODEL, "v3"),
        scope(ScopeKind.USER),
        scope(ScopeKind.WORKSPACE),
        scope(ScopeKind.WORKSPACE, "chat:X"),
        scope(ScopeKind.CHANNEL, "chat:WX:C"),
        scope(ScopeKind.ROLE, "chat:X:r"),
        scope(ScopeKind.USER, "discord:42"),
        scope(ScopeKind.USER, "chat:X:anna"),
    ):
        assert words(await desk.set_limit(ADMIN, other, *limit)).startswith("Only the operators of this bot")
    for reply in (
        await desk.pause(ADMIN, "no"),
        await desk.drain(ADMIN),
        await desk.audit(ADMIN),
        await desk.close(ADMIN, MODEL),
        await desk.ban(ADMIN, BEN.key, place=EVERYWHERE),
        await desk.set_zone(ADMIN, "UTC", "chat:X"),
    ):
        assert words(reply).startswith("Only the operators of this bot")
    acts = [act for who, act, _ in await front.audit() if who == ADMIN.key]
    assert (acts.count("set limit"), acts.count("refused: set limit"), len(acts)) == (4, 9, 4 + 9 + 6)


async def test_an_admin_decides_about_jobs_of_their_own_workspace_alone(tmp_path: Path) -> None:
    async with open_front(tmp_path, approve_above_usd="0.10") as front:
        here = await front.job("waves", actor=MEMBER)
        there = await front.job("waves", actor=replace(MEMBER, requester=replace(MEMBER.requester, workspace="X")))
        listed = await front.desk.approvals(ADMIN)
        assert verbs(listed.card) == [Verb.APPROVE, Verb.DECLINE]
        assert here.id in words(listed)
        assert there.id not in words(listed)
        assert words(await front.desk.approve(ADMIN, there.id)).startswith("Only the operators")
        assert words(await front.desk.resolve(ADMIN, there.id, Resolution.BILLED)).startswith("Only the operators")
        approved = await front.desk.approve(ADMIN, here.id[:6])
        assert approved.job is not None
        assert approved.job.state is JobState.QUEUED
        assert words(approved).startswith("Approved. Waiting")
        assert not ADMIN.may_end(there)
        assert ADMIN.may_end(here)


async def test_a_video_that_waits_says_so_and_a_declined_one_says_why(tmp_path: Path) -> None:
    async with open_front(tmp_path, approve_above_usd="0.10") as front:
        reply = await front.ask("waves")
        assert words(reply).startswith("Waiting for an admin to approve $0.18.")
        assert reply.job is not None
        declined = await front.desk.decline(ROOT, reply.job.id, "we save this month")
        assert words(declined) == (
            "Declined. Whoever asked for it is told: An admin declined this video. Reason: We save this month. "
            "Nothing was taken from your limits."
        )
        again = await front.desk.approve(ROOT, reply.job.id)
        assert "does not wait for an approval" in words(again)
        assert words(await front.desk.approvals(ROOT)) == "Nothing waits for an approval."


async def test_a_banned_person_is_told_why_and_until_when(front: Front) -> None:
    desk = front.desk
    assert words(await desk.ban(ROOT, ANNA.key, "spam", "2 h")) == (
        "chat:anna is banned everywhere until today at 13:06 UTC."
    )
    refused = await front.ask("waves")
    assert words(refused) == (
        "An admin has banned you from making videos until today at 13:06 UTC. Reason: Spam.\n"
        "Nothing was accepted and nothing is paid."
    )
    assert "An admin has banned you" in words(await desk.quota(ANNA))
    assert "chat:anna everywhere until today at 13:06 UTC, by chat:root. Reason: Spam." in words(await desk.bans(ROOT))
    assert words(await desk.ban(ROOT, ANNA.key, "", "soon")).startswith("Say how long as a number with its unit")
    assert words(await desk.unban(ROOT, ANNA.key)) == "chat:anna may ask for videos again everywhere."
    assert words(await desk.unban(ROOT, ANNA.key)) == "chat:anna was not banned everywhere."
    await front.job("waves")


async def test_what_is_closed_is_told_with_what_is_open(front: Front) -> None:
    desk = front.desk
    assert words(await desk.close(ROOT, MODEL)) == "Kling 2.6 is closed everywhere."
    assert words(await front.ask("waves")).startswith("Kling 2.6 is closed here by an admin: use another model.")
    assert words(await desk.open(ROOT, MODEL)) == "There is no rule about Kling 2.6 everywhere any more."
    only = replace(MODE, name="std", rule=ClosureRule.ONLY)
    assert words(await desk.close(ADMIN, only)) == "Std mode is one of the only modes open in chat:W."
    assert words(await front.ask("waves", actor=MEMBER, mode="pro")).startswith(
        "Pro mode is closed here by an admin: use std."
    )
    await front.job("waves", mode="pro")
    assert "in chat:W | std mode | one of the only modes open" in words(await desk.closures(ADMIN))
    wrong = await desk.close(ROOT, replace(MODE, name="turbo"))
    assert words(wrong).startswith("There is no such mode here: say ")


async def test_a_forbidden_prompt_is_refused_in_one_sentence_and_can_be_changed(front: Front) -> None:
    desk = front.desk
    added = await desk.add_prompt_rule(ROOT, RuleKind.WORDS, "blood, gore", RuleAction.REFUSE)
    assert words(added).endswith("refuses a prompt everywhere that has one of the words: blood, gore")
    assert words(await front.ask("a pool of Blood")).startswith("A rule of the admins forbids this prompt")
    bad = await desk.add_prompt_rule(ROOT, RuleKind.REGEX, "(", RuleAction.REFUSE)
    assert words(bad).startswith("This regular expression cannot be read")
    rule = words(added).split()[1]
    assert rule in words(await desk.prompt_rules(ROOT))
    assert words(await desk.remove_prompt_rule(ROOT, rule)) == f"Rule {rule} is gone."
    assert words(await desk.remove_prompt_rule(ROOT, rule)) == f"There is no rule {rule} here."


async def test_a_reset_makes_room_again(tmp_path: Path) -> None:
    async with open_front(tmp_path, user_videos_per_day=1) as front:
        await front.done("waves")
        assert (await front.ask("waves")).job is None
        assert words(await front.desk.reset(ROOT, ANNA.key, "our mistake")) == (
            "The use of chat:anna is forgiven: 1 video no longer counts against their own limits."
        )
        await front.job("waves")
        assert words(await front.desk.reset(ROOT, BEN.key)) == "chat:ben had used nothing that counts now."
        assert await front.house.books_agree()


async def test_the_last_video_of_a_limit_comes_with_a_warning_for_the_person(tmp_path: Path) -> None:
    async with open_front(tmp_path, user_videos_per_day=2) as front:
        assert (await front.ask("waves")).aside is None
        last = await front.ask("waves")
        assert last.aside is not None
        assert "Your limit is full: 2 taken of your 2 videos a day, until tomorrow at 00:00 UTC." in words(
            replace(last, card=last.aside)
        )


async def test_a_drain_a_zone_and_the_audit_trail(front: Front) -> None:
    desk = front.desk
    assert words(await desk.set_zone(ADMIN, "Asia/Tokyo")) == (
        "The days of chat:W begin by the clock of Asia/Tokyo now."
    )
    assert words(await desk.set_zone(ADMIN, "Mars")).endswith("use a name such as Europe/Berlin or UTC.")
    assert words(await desk.set_zone(ROOT, "UTC")).startswith("Say which workspace")
    drained = await desk.drain(ROOT, "version 2")
    assert words(drained).startswith("The bot is being replaced by a newer one, since today at 11:06 UTC.")
    assert "ask again in a few minutes" in words(await front.ask("waves"))
    assert words(await desk.resume_all(ROOT)) == "The pause is over: videos are taken and started again."
    trail = words(await desk.audit(ROOT)).split("\n")
    assert trail[1] == "today at 11:06 UTC, chat:root: end drain everything: was drained by chat:root"
    assert "set time zone workspace chat:W: was that of the settings; is Asia/Tokyo" in trail[3]


async def test_a_quota_shows_use_and_what_videos_cost(tmp_path: Path) -> None:
    async with open_front(tmp_path, user_videos_per_day=5, user_usd_per_day="0.60") as front:
        await front.done("waves")
        await front.job("waves")
        assert words(await front.desk.quota(ANNA)).split("\n") == [
            "What you may still ask for:",
            "3 left of your 5 videos a day, until tomorrow at 00:00 UTC: 1 used, 1 held for unfinished videos.",
            (
                "$0.23 left of your $0.60 a day, until tomorrow at 00:00 UTC: $0.18 used, $0.18 held for unfinished "
                "videos."
            ),
            (
                "What videos cost: 5 seconds in std mode $0.18 (fits now); "
                "10 seconds in pro mode $0.63 (would not fit now)."
            ),
        ]


@pytest.mark.parametrize(
    ("said", "seconds"), [("45 min", 2700), ("2h", 7200), ("3 days", 259_200), ("1w", 604_800), ("", None)]
)
def test_a_time_is_read_as_people_say_it(said: str, seconds: float | None) -> None:
    assert seconds_of(said) == seconds


@pytest.mark.parametrize("said", ["soon", "0 h", "-2 h", "2", "99999 weeks", "2 h 3 min"])
def test_a_time_that_makes_no_sense_is_one_sentence(said: str) -> None:
    with pytest.raises(ValueError, match=r"or 1 week\.$"):
        seconds_of(said)
