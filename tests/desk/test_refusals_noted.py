"""Whoever is asked "why was I refused?" finds it in the audit trail: each refused request for a video, briefly."""

from pathlib import Path

from sqlalchemy import text

from adapters.cards.audited import audit_detail
from adapters.cards.card import Verb
from bot.generation.barring import EVERYWHERE, Closure, ClosureKind, ClosureRule
from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
from bot.generation.ports import REFUSALS_APART, REFUSED_VIDEO, AuditRow
from bot.generation.prompt_rules import RuleAction, RuleKind
from bot.generation.request import VideoRequest
from tests.desk.conftest import ANNA, BEN, ROOT, Front, open_front, words

PROMPT = "a dragon over waves"


async def refusals(front: Front, subject: str | None = None) -> list[AuditRow]:
    """What was noted, oldest first."""
    return list(reversed(await front.house.app.service.audit_rows(subject=subject, refusals=True)))


async def told(front: Front) -> list[str]:
    return [audit_detail(row, front.house.clock.now(), front.desk.zone) for row in await refusals(front)]


async def test_each_reason_is_noted_with_the_place_and_without_the_prompt(front: Front) -> None:
    desk, service = front.desk, front.house.app.service
    limit = Limit(Scope(ScopeKind.USER, ANNA.key), Unit.VIDEOS, Window.DAY, 0)
    await service.set_limit(limit, ROOT.key)
    await front.ask(PROMPT)
    await service.clear_limit(limit.scope, limit.unit, limit.window, ROOT.key)
    rule = await service.add_prompt_rule(EVERYWHERE, RuleKind.WORDS, "dragon", RuleAction.REFUSE, ROOT.key)
    await front.ask(PROMPT)
    await desk.close(ROOT, Closure(EVERYWHERE, ClosureKind.MODE, "pro", ClosureRule.CLOSED))
    await front.ask("waves", mode="pro")
    await desk.ban(ROOT, ANNA.key, "spam", "2 h")
    await front.ask("waves")
    await desk.pause(ROOT, "repairs")
    await front.ask("waves")
    rows = await refusals(front)
    assert {(row.who, row.act, row.subject) for row in rows} == {(ANNA.key, REFUSED_VIDEO, f"user:{ANNA.key}")}
    assert not any("dragon" in row.detail for row in rows)
    assert await told(front) == [
        "over 0 videos a day for this person: 1 asked, free tomorrow at 00:00 UTC (asked in chat)",
        f"rule {rule.id} forbids the prompt (asked in chat)",
        "pro mode is closed (asked in chat)",
        "banned until today at 13:06 UTC: spam (asked in chat)",
        "new videos are paused since today at 11:06 UTC: repairs (asked in chat)",
    ]


async def test_a_stubborn_member_is_noted_once_a_minute_for_each_reason(front: Front) -> None:
    await front.desk.ban(ROOT, ANNA.key, "spam")
    for _ in range(3):
        await front.ask(PROMPT)
    await front.desk.pause(ROOT, "")
    await front.ask(PROMPT)
    assert len(await refusals(front)) == 2
    await front.ask(PROMPT, actor=BEN)
    assert len(await refusals(front)) == 3
    front.house.clock.time += REFUSALS_APART
    await front.ask(PROMPT)
    assert len(await refusals(front, f"user:{ANNA.key}")) == 3


async def test_a_mere_look_at_the_price_is_not_noted(front: Front) -> None:
    limit = Limit(Scope(ScopeKind.EVERYONE, "*"), Unit.VIDEOS, Window.DAY, 0)
    await front.house.app.service.set_limit(limit, ROOT.key)
    assert (await front.house.app.service.quote(VideoRequest(prompt="waves"), ANNA.requester)).over
    await front.desk.quota(ANNA)
    assert await refusals(front) == []


async def test_a_start_that_is_refused_later_is_noted_too(tmp_path: Path) -> None:
    async with open_front(tmp_path, confirm_above_usd="0.10") as front:
        card = (await front.ask("waves")).card
        limit = Limit(Scope(ScopeKind.EVERYONE, "*"), Unit.VIDEOS, Window.DAY, 0)
        await front.house.app.service.set_limit(limit, ROOT.key)
        assert (await front.press(card, Verb.START)).job is None
        assert [row.who for row in await refusals(front)] == [ANNA.key]


async def test_an_operator_reads_them_of_a_person_and_the_list_of_all_acts_is_without(front: Front) -> None:
    await front.desk.ban(ROOT, ANNA.key, "spam")
    await front.ask(PROMPT)
    said = f"{ANNA.key} was refused a video: banned for ever: spam (asked in chat)"
    assert said in words(await front.desk.audit(ROOT, f"user:{ANNA.key}"))
    assert said in words(await front.desk.audit(ROOT, refusals=True))
    assert said not in words(await front.desk.audit(ROOT))


async def test_forgetting_a_person_takes_them_away(front: Front) -> None:
    await front.desk.ban(ROOT, ANNA.key, "spam")
    await front.ask(PROMPT)
    await front.desk.forget_me(ANNA, sure=True)
    assert await refusals(front) == []


async def test_a_trail_that_cannot_be_written_is_not_in_the_way_of_the_answer(front: Front) -> None:
    await front.desk.ban(ROOT, ANNA.key, "spam")
    await front.house.app.database.write(lambda conn: conn.execute(text("ALTER TABLE audit RENAME TO gone")))
    assert words(await front.ask(PROMPT)).startswith("An admin has banned you")
