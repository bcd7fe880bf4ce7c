"""Approval, moderation, closures, learned prices and drains, through the service and the job machine."""

from pathlib import Path

import pytest

from bot.generation.barring import (
    EVERYWHERE,
    Ban,
    Closed,
    Closure,
    ClosureKind,
    ClosureRule,
    ForbiddenPrompt,
    NotAllowedError,
    Slowed,
    WrongPlace,
)
from bot.generation.job import Address, ChargeState, Job, JobState, Requester
from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
from bot.generation.ports import LimitWarning, NotDecidableError, PausedError
from bot.generation.prompt_rules import RuleAction, RuleKind
from bot.generation.request import VideoRequest
from tests.fakes.house import ANNA, House, open_house

ROOT = "shell:root"
WAVES = VideoRequest(prompt="waves")


async def barred(house: House, prompt: str = "waves", **options: object) -> object:
    """Why neither a quote nor a request is taken."""
    request = VideoRequest(prompt=prompt, **options)
    with pytest.raises(NotAllowedError) as quoted:
        await house.app.service.quote(request, ANNA, Address("chat"))
    with pytest.raises(NotAllowedError) as submitted:
        await house.app.service.submit(request, ANNA, Address("chat"))
    assert quoted.value.barred == submitted.value.barred
    return submitted.value.barred


async def test_a_dear_video_waits_for_an_admin_and_is_made_after_the_approval(tmp_path: Path) -> None:
    async with open_house(tmp_path, approve_above_usd="0.20") as house:
        asked: list[Job] = []
        house.app.on_approval.append(asked.append)
        cheap, dear = await house.submit(), await house.submit(mode="pro")
        assert (cheap.state, dear.state) == (JobState.QUEUED, JobState.AWAITING_APPROVAL)
        assert asked == [dear] == list(await house.app.service.approvals())
        quoted = await house.app.service.quote(VideoRequest(prompt="waves", mode="pro"), ANNA)
        assert quoted.needs_approval
        assert (await house.app.worker.advance(dear.id)).state is JobState.AWAITING_APPROVAL
        assert house.creates() == 0
        approved = await house.app.service.approve(dear.id, ROOT)
        assert approved.state is JobState.QUEUED
        assert (await house.run(dear.id)).state is JobState.DELIVERED
        with pytest.raises(NotDecidableError):
            await house.app.service.decline(dear.id, ROOT)
        assert await house.books_agree()


async def test_without_an_approval_it_expires_and_takes_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path, approve_above_usd="0.10", approval_hours=2) as house:
        job = await house.submit()
        house.clock.move(2 * 3600)
        with pytest.raises(NotDecidableError, match="in time"):
            await house.app.service.approve(job.id, ROOT)
        expired = await house.run(job.id)
        assert (expired.state, expired.charge) == (JobState.EXPIRED, ChargeState.RELEASED)
        assert house.creates() == 0
        assert await house.books_agree()


async def test_a_declined_video_says_why_and_takes_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path, approve_above_usd="0.10") as house:
        job = await house.submit()
        declined = await house.app.service.decline(job.id, ROOT, "too dear")
        assert (declined.state, declined.charge) == (JobState.DECLINED, ChargeState.RELEASED)
        assert declined.failure is not None
        assert declined.failure.message == "too dear"
        waiting = await house.submit()
        assert (await house.app.service.cancel(waiting.id, ANNA.key)).state is JobState.CANCELLED
        assert await house.books_agree()


async def test_a_rule_about_prompts_refuses_or_asks_for_approval(house: House) -> None:
    service = house.app.service
    rule = await service.add_prompt_rule(EVERYWHERE, RuleKind.WORDS, "blood", RuleAction.REFUSE, ROOT)
    await service.add_prompt_rule(EVERYWHERE, RuleKind.REGEX, "wea?pon", RuleAction.APPROVE, ROOT)
    await service.add_prompt_rule("discord:1", RuleKind.WORDS, "waves", RuleAction.REFUSE, ROOT)
    assert await barred(house, "a pool of blood") == ForbiddenPrompt(rule.id)
    assert (await house.submit("a weapon")).state is JobState.AWAITING_APPROVAL
    assert (await house.submit("waves")).state is JobState.QUEUED
    assert await service.remove_prompt_rule(rule.id, EVERYWHERE, ROOT)
    assert (await house.submit("a pool of blood")).state is JobState.QUEUED


async def test_once_more_an_edit_and_a_yes_are_judged_by_the_rules_of_that_moment(house: House) -> None:
    service, place = house.app.service, Address("chat")
    made, waits = await house.submit("a pool of blood"), await asks_for_a_yes(house, "blood and gore")
    rule = await service.add_prompt_rule(EVERYWHERE, RuleKind.WORDS, "blood", RuleAction.REFUSE, ROOT)
    for key in (None, "message-1"):
        with pytest.raises(NotAllowedError):
            await service.again(made.id, ANNA, place, intake_key=key)
    with pytest.raises(NotAllowedError):
        await service.submit(made.request.model_copy(update={"duration": 10}), ANNA, place)
    with pytest.raises(
        NotDecidableError, match=rf"refused by now \(rule {rule.id}\): decline it, or take the rule away"
    ):
        await service.approve(waits.id, ROOT)
    assert (await house.job(waits.id)).state is JobState.AWAITING_APPROVAL
    await service.remove_prompt_rule(rule.id, EVERYWHERE, ROOT)
    await service.add_prompt_rule(EVERYWHERE, RuleKind.WORDS, "blood", RuleAction.APPROVE, ROOT)
    assert (await service.approve(waits.id, ROOT)).state is JobState.QUEUED
    assert (await service.again(waits.id, ANNA, place)).state is JobState.AWAITING_APPROVAL


async def asks_for_a_yes(house: House, prompt: str) -> Job:
    return await house.app.service.submit(VideoRequest(prompt=prompt), ANNA, Address("chat"), needs_approval=True)


async def test_what_a_video_should_not_show_is_not_judged_by_rules_about_prompts(house: House) -> None:
    await house.app.service.add_prompt_rule(EVERYWHERE, RuleKind.WORDS, "blood", RuleAction.REFUSE, ROOT)
    assert (await house.submit("waves", negative_prompt="blood")).state is JobState.QUEUED


async def test_bans_and_closures_hold_before_any_price_is_shown(house: House) -> None:
    service = house.app.service
    ban = await service.ban(ANNA.key, EVERYWHERE, "spam", ROOT, 3600)
    assert await barred(house) == ban
    assert isinstance(await service.barred(ANNA), Ban)
    assert list(await service.bans()) == [ban]
    house.clock.move(3600)
    assert await service.bans() == []
    closed = Closure(EVERYWHERE, ClosureKind.MODE, "pro", ClosureRule.CLOSED)
    await service.close(closed, ROOT)
    assert await barred(house, mode="pro") == Closed(ClosureKind.MODE, "pro")
    await house.submit()
    assert await service.open(closed, ROOT)
    await house.submit(mode="pro")


async def test_refusals_by_the_gateways_moderation_slow_a_user_down(tmp_path: Path) -> None:
    async with open_house(tmp_path, moderation_strikes=2) as house:
        for _ in range(2):
            job = await house.submit("waves [[sandbox:moderation]]")
            assert (await house.run(job.id)).state is JobState.FAILED
        slowed = await barred(house)
        assert isinstance(slowed, Slowed)
        assert slowed.until == pytest.approx(house.clock.now() + 600, abs=60)
        await house.submit(requester=Requester("chat", "ben"))
        house.clock.time = slowed.until
        await house.submit()


async def test_only_age_restricted_channels_where_the_setting_says_so(tmp_path: Path) -> None:
    async with open_house(tmp_path, age_restricted_only=True) as house:
        assert await barred(house) == WrongPlace()
        place = Address("chat", extra={"age_restricted": "yes"})
        assert (await house.app.service.submit(WAVES, ANNA, place)).state is JobState.QUEUED


async def test_prices_are_learned_from_the_gateways_bills(tmp_path: Path) -> None:
    async with open_house(tmp_path, prices={"apimart/2.6": {"std": "0.10", "on": "2026-11-21"}}) as house:
        service, waves = house.app.service, VideoRequest(prompt="waves", gateway="apimart")
        assert (await service.quote(waves, ANNA)).checked.quote.micros == 500_000
        for _ in range(3):
            done = await house.run((await house.submit(gateway="apimart")).id)
            assert done.bill_micros is not None
        house.clock.move(61)
        learned = (await service.quote(waves, ANNA)).checked.quote
        assert learned is not None
        assert (learned.micros, learned.estimate) == (done.bill_micros, False)
        long = waves.model_copy(update={"duration": 10})
        assert (await service.quote(long, ANNA)).checked.quote.micros == 2 * done.bill_micros
        job = await house.submit(gateway="apimart")
        assert job.held_micros == done.bill_micros
        [row] = await service.usage(since=0, until=4e9, by="model")
        assert (row.quoted_micros, row.billed_micros) == (3 * 500_000, 3 * done.bill_micros)


async def test_a_nearly_full_limit_is_told_once_to_who_listens(house: House) -> None:
    told: list[LimitWarning] = []

    def stumbling(_warnings: object) -> None:
        raise RuntimeError

    house.app.on_warnings += [stumbling, told.extend]
    limit = Limit(Scope(ScopeKind.EVERYONE, "*"), Unit.VIDEOS, Window.DAY, 2)
    await house.app.service.set_limit(limit, ROOT)
    await house.submit()
    assert told == []
    job = await house.submit()
    assert [(warning.limit, warning.taken, warning.job_id) for warning in told] == [(limit, 2, job.id)]


async def test_a_drain_takes_nothing_new_and_the_next_process_goes_on(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        waits = await house.submit()
        pause = await house.app.service.drain("version 2", ROOT)
        assert pause.drain
        with pytest.raises(PausedError) as refused:
            await house.submit()
        assert refused.value.pause.drain
        assert (await house.step(waits.id)).state is JobState.QUEUED
        assert await house.app.service.undrain(ROOT)
        assert not await house.app.service.undrain(ROOT)
        await house.app.service.pause("", ROOT)
        assert not await house.app.service.undrain(ROOT)


async def test_quota_examples_say_what_fits(tmp_path: Path) -> None:
    async with open_house(tmp_path, user_usd_per_day="0.50") as house:
        short, long = await house.app.service.examples(ANNA)
        assert (short.checked.effective.duration, long.checked.effective.mode) == (5, "pro")
        assert (bool(short.over), bool(long.over)) == (False, True)
