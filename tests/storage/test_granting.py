"""Grants: on top of a limit, for the window in which they are given."""

import asyncio

import pytest

from bot.generation.job import Job
from bot.generation.limits import Refusal, Scope, ScopeKind, Unit, Window, requester_of
from bot.generation.ports import Grant
from tests.storage.steps import ANYONE, CENT, DAY, EVERYONE, NOON, QUOTE, Steps

ANNA = Scope(ScopeKind.USER, "shell:anna")


async def give(do: Steps, amount: int, unit: Unit, window: Window, scope: Scope = ANNA, reason: str = "") -> None:
    await do.store.grant(Grant(scope, unit, window, amount), do.zone, reason, "shell:root", do.tick())


@pytest.mark.parametrize("scope", [ANNA, ANYONE])
async def test_a_grant_makes_room_on_top_of_the_limit(do: Steps, scope: Scope) -> None:
    await do.limit(1, Unit.VIDEOS, Window.DAY)
    await do.accepted()
    assert isinstance(await do.ask(), Refusal)
    await give(do, 1, Unit.VIDEOS, Window.DAY, scope)
    use = await do.use(Unit.VIDEOS, Window.DAY)
    assert (use.limit.amount, use.granted, use.amount, use.held, use.free) == (1, 1, 2, 1, 1)
    await do.accepted()
    refusal = await do.ask()
    assert isinstance(refusal, Refusal)
    assert (Unit.VIDEOS, 1) in {(over.limit.unit, over.granted) for over in refusal.over}
    assert await do.books_agree()


async def test_a_grant_to_everyone_makes_room_for_all(do: Steps) -> None:
    await do.no_limits()
    await do.limit(QUOTE, Unit.USD, Window.MONTH, EVERYONE)
    await do.accepted()
    assert isinstance(await do.ask("ben"), Refusal)
    await give(do, QUOTE, Unit.USD, Window.MONTH, EVERYONE)
    await do.accepted("ben")
    assert isinstance(await do.ask("cid"), Refusal)


async def test_a_limit_with_a_grant_is_warned_of_anew_with_what_was_granted(do: Steps) -> None:
    await do.no_limits()
    await do.limit(5, Unit.VIDEOS, Window.DAY)
    jobs = [await do.accepted() for _ in range(4)]
    assert len(await do.store.warnings(jobs[-1].id)) == 1
    await give(do, 2, Unit.VIDEOS, Window.DAY)
    jobs = [await do.accepted() for _ in range(3)]
    told = [[(w.taken, w.amount, w.granted) for w in await do.store.warnings(job.id)] for job in jobs]
    assert told == [[], [(6, 7, 2)], []]


async def test_grants_of_one_window_add_up_and_end_with_it(do: Steps) -> None:
    await give(do, 2, Unit.VIDEOS, Window.DAY)
    await give(do, 3, Unit.VIDEOS, Window.DAY)
    assert (await do.use(Unit.VIDEOS, Window.DAY)).amount == 5 + 5
    do.now = NOON + DAY
    assert (await do.use(Unit.VIDEOS, Window.DAY)).amount == 5
    assert (await do.use(Unit.VIDEOS, Window.DAY, "shell:ben")).granted == 0


async def test_a_grant_counts_in_the_day_of_the_limits_zone(do: Steps) -> None:
    do.zone = "Asia/Tokyo"
    do.now = NOON + 3 * 3600 - 60  # one minute before midnight in Tokyo
    await give(do, 2, Unit.VIDEOS, Window.DAY)
    assert (await do.use(Unit.VIDEOS, Window.DAY)).granted == 2
    do.tick(120)
    assert (await do.use(Unit.VIDEOS, Window.DAY)).granted == 0


async def test_what_every_user_is_granted_is_not_on_top_of_ones_own_limit(do: Steps) -> None:
    await do.limit(9, Unit.VIDEOS, Window.DAY, ANNA)
    await give(do, 1, Unit.VIDEOS, Window.DAY, ANYONE)
    await give(do, 2, Unit.VIDEOS, Window.DAY, ANNA)
    await give(do, 4, Unit.VIDEOS, Window.DAY, EVERYONE)
    await give(do, 8, Unit.SECONDS, Window.DAY, ANNA)
    assert (await do.use(Unit.VIDEOS, Window.DAY, scope=ANNA)).granted == 2
    assert (await do.use(Unit.VIDEOS, Window.DAY, "shell:ben")).granted == 1


async def test_a_grant_without_a_limit_waits_for_one(do: Steps) -> None:
    await do.no_limits()
    await give(do, 2, Unit.SECONDS, Window.MONTH)
    assert await do.store.limit_uses(requester_of("shell:anna"), do.zone, do.now) == ()
    await do.limit(3, Unit.SECONDS, Window.MONTH)
    assert (await do.use(Unit.SECONDS, Window.MONTH)).amount == 5


async def test_of_many_at_once_exactly_limit_and_grant_fit(do: Steps) -> None:
    await do.no_limits()
    await do.limit(7, Unit.VIDEOS, Window.DAY, EVERYONE)
    await give(do, 3, Unit.VIDEOS, Window.DAY, EVERYONE)
    answers = await asyncio.gather(*(do.ask(f"user{n}") for n in range(30)))
    assert sum(isinstance(answer, Job) for answer in answers) == 10
    assert await do.books_agree()


async def test_a_grant_is_audited_with_its_reason(do: Steps) -> None:
    await give(do, 50 * CENT, Unit.USD, Window.DAY, reason="a birthday")
    assert await do.audited() == [("shell:root", "grant", "user:shell:anna")]
    assert await do.audit_details() == ["500000 usd / day: a birthday"]


@pytest.mark.parametrize(
    "grant",
    [
        Grant(ANNA, Unit.JOBS, Window.NOW, 1),
        Grant(ANNA, Unit.JOBS, Window.DAY, 1),
        Grant(ANNA, Unit.VIDEOS, Window.NOW, 1),
        Grant(ANNA, Unit.VIDEOS, Window.DAY, 0),
        Grant(ANNA, Unit.VIDEOS, Window.DAY, -1),
        Grant(Scope(ScopeKind.EVERYONE, "me"), Unit.USD, Window.DAY, 1),
    ],
)
async def test_what_cannot_be_granted_is_one_sentence(do: Steps, grant: Grant) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
        await do.store.grant(grant, do.zone, "", "shell:root", do.now)
    assert await do.audited() == []
