"""What keeps a request out beside limits, and what admins write down about it."""

import pytest

from bot.generation.barring import (
    EVERYWHERE,
    Ban,
    Closed,
    Closure,
    ClosureKind,
    ClosureRule,
    NotAllowedError,
    Slowed,
)
from bot.generation.job import ChargeState, Failure, Job, JobState, Requester
from bot.generation.limits import Policy
from bot.generation.ports import NotDecidableError
from bot.generation.prompt_rules import PromptRule, RuleAction, RuleKind
from tests.storage.steps import CENT, DAY, HOUR, QUOTE, Steps

HERE = "discord:1"
WHO = Requester("discord", "42", "1", "2")
POLICY = Policy()


async def ask(do: Steps, who: Requester = WHO, **more: object) -> Job:
    job = await do.store.accept(do.new(requester=who, **more), POLICY, do.tick())
    assert isinstance(job, Job)
    return job


async def refused(do: Steps, who: Requester = WHO, **more: object) -> object:
    with pytest.raises(NotAllowedError) as caught:
        await ask(do, who, **more)
    return caught.value.barred


async def test_a_ban_refuses_in_its_place_until_it_ends(do: Steps) -> None:
    ban = Ban("discord:42", HERE, "spam", "admin", do.now, do.now + HOUR)
    await do.store.ban(ban)
    assert await refused(do) == ban
    assert await do.store.barred(WHO, "", "", POLICY, do.now) == ban
    await ask(do, Requester("discord", "42", "9", "2"))
    await ask(do, Requester("discord", "43", "1", "2"))
    do.now = ban.until or 0
    await ask(do)
    assert await do.books_agree()


async def test_of_two_bans_the_longer_one_is_told(do: Steps) -> None:
    await do.store.ban(Ban("discord:42", HERE, "spam", "admin", do.now, do.now + HOUR))
    for_ever = Ban("discord:42", EVERYWHERE, "fraud", "root", do.now)
    await do.store.ban(for_ever)
    assert await refused(do) == for_ever
    assert len(await do.store.bans()) == 2
    assert await do.store.bans(HERE) != await do.store.bans(EVERYWHERE)
    assert await do.store.unban("discord:42", EVERYWHERE, "root", do.tick())
    assert not await do.store.unban("discord:42", EVERYWHERE, "root", do.tick())
    await refused(do)
    assert [act for _, act, _ in await do.audited()] == ["ban", "ban", "unban"]
    assert (await do.audit_details())[0].startswith("was not banned; is banned in discord:1 until ")


async def test_a_ban_leaves_the_same_event_its_job(do: Steps) -> None:
    job = await ask(do, intake_key="k")
    await do.store.ban(Ban("discord:42", EVERYWHERE, "", "root", do.now))
    assert (await ask(do, intake_key="k")).id == job.id


async def test_channels_models_and_modes_are_closed_or_are_the_only_open_ones(do: Steps) -> None:
    await do.no_limits()
    await do.store.close(Closure(EVERYWHERE, ClosureKind.MODE, "4k", ClosureRule.CLOSED), "root", do.tick())
    await do.store.close(Closure(HERE, ClosureKind.MODEL, "2.6", ClosureRule.ONLY), "admin", do.tick())
    await do.store.close(Closure(HERE, ClosureKind.CHANNEL, "discord:1:3", ClosureRule.CLOSED), "admin", do.tick())
    assert await refused(do, model="v3") == Closed(ClosureKind.MODEL, "v3", ("2.6",))
    assert await refused(do, model="2.6", mode="4k") == Closed(ClosureKind.MODE, "4k")
    in_three = Requester("discord", "42", "1", "3")
    assert await refused(do, in_three, model="2.6") == Closed(ClosureKind.CHANNEL, "discord:1:3")
    await ask(do, model="2.6")
    await ask(do, Requester("discord", "42", "9", "3"), model="v3")
    await ask(do, Requester("shell", "anna"), model="v3")
    assert await do.store.open(Closure(HERE, ClosureKind.MODEL, "2.6", ClosureRule.CLOSED), "admin", do.tick())
    assert not await do.store.open(Closure(HERE, ClosureKind.MODEL, "2.6", ClosureRule.ONLY), "admin", do.tick())
    await ask(do, model="v3")
    assert [(closure.place, closure.name) for closure in await do.store.closures()] == [
        (EVERYWHERE, "4k"),
        (HERE, "discord:1:3"),
    ]
    assert (await do.audited())[-1] == ("admin", "open", "model:2.6")


async def moderated(do: Steps) -> None:
    """A request that the gateway's moderation refuses."""
    job = await do.begin(await ask(do))
    failure = Failure("content_refused", "The gateway refused the content.")
    await do.store.not_created(job, str(job.attempt_id), failure, None, do.now)


async def test_refusals_by_moderation_slow_a_user_down_more_with_each_one(do: Steps) -> None:
    await do.no_limits()
    for _ in range(3):
        await moderated(do)
    last = do.now
    assert await refused(do) == Slowed(3, last + 600)
    await ask(do, Requester("discord", "43", "1", "2"))
    do.now = last + 600
    await moderated(do)
    assert await refused(do) == Slowed(4, do.now - 1 + 1200)
    do.now += DAY
    await ask(do)


async def test_moderation_slows_nobody_down_where_the_setting_says_so(do: Steps) -> None:
    await do.no_limits()
    for _ in range(3):
        await moderated(do)
    assert await do.store.barred(WHO, "", "", Policy(strikes=0), do.now) is None


async def test_rules_about_prompts_are_of_a_place_or_of_everywhere(do: Steps) -> None:
    rule = PromptRule("r1", EVERYWHERE, RuleKind.WORDS, "blood", RuleAction.REFUSE, "root", do.tick())
    other = PromptRule("r2", HERE, RuleKind.REGEX, r"gun\s+fight", RuleAction.APPROVE, "admin", do.tick())
    for one in (rule, other):
        await do.store.add_prompt_rule(one)
    assert await do.store.prompt_rules() == [rule, other] == await do.store.prompt_rules(HERE)
    assert await do.store.prompt_rules("discord:9") == await do.store.prompt_rules("") == [rule]
    assert not await do.store.remove_prompt_rule("r1", HERE, "admin", do.tick())
    assert await do.store.remove_prompt_rule("r1", EVERYWHERE, "root", do.tick())
    for wrong in ("", "(", "a*", "x" * 301):
        with pytest.raises(ValueError, match=r"\.$"):
            await do.store.add_prompt_rule(PromptRule("r3", HERE, RuleKind.REGEX, wrong, RuleAction.REFUSE, "a", 0.0))
    assert [act for _, act, _ in await do.audited()] == ["add prompt rule", "add prompt rule", "remove prompt rule"]


async def test_there_is_an_end_to_rules(do: Steps) -> None:
    for number in range(100):
        await do.store.add_prompt_rule(
            PromptRule(f"r{number}", HERE, RuleKind.WORDS, f"word{number}", RuleAction.REFUSE, "admin", do.now)
        )
    with pytest.raises(ValueError, match="remove one first"):
        await do.store.add_prompt_rule(PromptRule("x", HERE, RuleKind.WORDS, "word", RuleAction.REFUSE, "a", do.now))


async def test_a_job_that_waits_is_approved_declined_or_expires(do: Steps) -> None:
    await do.no_limits()
    wish = {"needs_approval": True, "approve_by": do.now + HOUR}
    first, second, third = [await ask(do, **wish) for _ in range(3)]
    assert [(row.job_id, row.due_at) for row in await do.store.unfinished()] == [
        (job.id, wish["approve_by"]) for job in (first, second, third)
    ]
    approved = await do.store.approve(first.id, "admin", do.tick())
    assert (approved.state, approved.due_at, approved.charge) == (JobState.QUEUED, do.now, ChargeState.HELD)
    declined = await do.store.decline(second.id, "admin", "too dear", do.tick())
    assert (declined.state, declined.charge, declined.failure) == (
        JobState.DECLINED,
        ChargeState.RELEASED,
        Failure("declined", "too dear"),
    )
    expired = await do.store.expire(third, do.tick())
    assert expired is not None
    assert (expired.state, expired.charge) == (JobState.EXPIRED, ChargeState.RELEASED)
    assert await do.store.expire(third, do.tick()) is None
    for job in (first, second, third):
        with pytest.raises(NotDecidableError, match="does not wait for an approval"):
            await do.store.approve(job.id, "admin", do.tick())
    assert [act for _, act, _ in await do.audited()][-2:] == ["approve", "decline"]
    assert await do.books_agree()


async def test_the_latest_bills_of_each_kind_are_kept(do: Steps) -> None:
    await do.no_limits()
    for number in range(23):
        await do.complete(await do.running(), bill=QUOTE + number)
    await do.complete(await do.running(audio=True, duration=10), bill=90 * CENT)
    await do.complete(await do.running(), bill=None)
    assert await do.store.bills() == {
        "toapis/kling-v3/std": [(QUOTE + number, 5) for number in range(3, 23)],
        "toapis/kling-v3/std+audio": [(90 * CENT, 10)],
    }


async def test_the_audit_trail_is_read_newest_first_and_by_subject(do: Steps) -> None:
    for number in range(3):
        await do.store.audit("root", "act", f"s{number % 2}", f"{number}", do.tick())
    assert [row.detail for row in await do.store.audit_rows()] == ["2", "1", "0"]
    assert [row.detail for row in await do.store.audit_rows(subject="s0", limit=1)] == ["2"]
