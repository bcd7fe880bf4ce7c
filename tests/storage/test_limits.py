"""Limits: setting, clearing, those of a fresh install, and what lowering one does."""

import pytest

from bot.generation.limits import Limit, Refusal, Scope, ScopeKind, Unit, Window, requester_of
from tests.storage.steps import ANYONE, CENT, EVERYONE, QUOTE, Steps

MINE = (Limit(ANYONE, Unit.VIDEOS, Window.DAY, 7), Limit(EVERYONE, Unit.USD, Window.MONTH, 9_000_000))


async def test_setting_and_clearing_a_limit_is_audited(do: Steps) -> None:
    await do.limit(9, Unit.VIDEOS, Window.DAY)
    assert Limit(ANYONE, Unit.VIDEOS, Window.DAY, 9) in await do.store.limits()
    assert await do.store.clear_limit(ANYONE, Unit.VIDEOS, Window.DAY, "admin", do.tick())
    assert not await do.store.clear_limit(ANYONE, Unit.VIDEOS, Window.DAY, "admin", do.tick())
    assert await do.audited() == [("admin", "set limit", "user:*"), ("admin", "clear limit", "user:*")]


async def test_the_settings_limits_are_put_in_once(do: Steps) -> None:
    assert await do.store.seed_limits(MINE, do.now)
    assert set(await do.store.limits()) == set(MINE)
    assert not await do.store.seed_limits((), do.now)
    assert set(await do.store.limits()) == set(MINE)


async def test_settings_may_want_no_limits_at_all(do: Steps) -> None:
    await do.store.seed_limits((), do.now)
    assert await do.store.limits() == []
    assert await do.store.limit_uses(requester_of("shell:anna"), "UTC", do.now) == ()


async def test_what_an_admin_decided_is_not_seeded_over(do: Steps) -> None:
    await do.no_limits()
    assert not await do.store.seed_limits(MINE, do.now)
    assert await do.store.limits() == []


@pytest.mark.parametrize(
    "limit",
    [
        Limit(ANYONE, Unit.JOBS, Window.DAY, 1),
        Limit(ANYONE, Unit.USD, Window.NOW, 1),
        Limit(ANYONE, Unit.USD, Window.DAY, -1),
        Limit(Scope(ScopeKind.EVERYONE, "me"), Unit.USD, Window.DAY, 1),
    ],
)
async def test_a_limit_that_cannot_be_counted_is_refused(do: Steps, limit: Limit) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        await do.store.set_limit(limit, "admin", do.now)


async def test_a_lowered_limit_refuses_the_next_job_and_leaves_the_others(do: Steps) -> None:
    running = await do.running()
    await do.limit(QUOTE // 2, Unit.USD, Window.DAY)
    use = await do.use(Unit.USD, Window.DAY)
    assert (use.held, use.free) == (QUOTE, 0)
    assert isinstance(await do.ask(), Refusal)
    await do.complete(running)
    assert await do.books_agree()


async def test_a_bill_above_the_quote_may_overshoot_and_says_so(do: Steps) -> None:
    await do.limit(QUOTE, Unit.USD, Window.DAY)
    job = await do.complete(await do.running(), bill=2 * QUOTE)
    use = await do.use(Unit.USD, Window.DAY)
    assert (use.used, use.free) == (2 * QUOTE, 0)
    [row] = [row for row in await do.store.ledger(job.id) if row.event == "adjust_bill"]
    assert (row.usd, row.note) == (QUOTE, "the gateway's bill: $0.70; held were $0.35")
    assert isinstance(await do.ask(quote=CENT), Refusal)


async def test_uses_show_every_limit_of_the_person(do: Steps) -> None:
    await do.limit(3, Unit.VIDEOS, Window.DAY, Scope(ScopeKind.USER, "shell:anna"))
    await do.accepted()
    uses = await do.store.limit_uses(requester_of("shell:anna"), "UTC", do.now)
    assert {(u.limit.scope.id, u.limit.unit, u.limit.amount, u.used, u.held) for u in uses} == {
        ("*", Unit.USD, 20_000_000, 0, QUOTE),
        ("*", Unit.USD, 3_000_000, 0, QUOTE),
        ("shell:anna", Unit.VIDEOS, 3, 0, 1),
        ("*", Unit.JOBS, 2, 0, 1),
    }
    of_ben = await do.store.limit_uses(requester_of("shell:ben"), "UTC", do.now)
    assert {(u.limit.unit, u.held) for u in of_ben if u.limit.scope.kind is ScopeKind.USER} == {
        (Unit.VIDEOS, 0),
        (Unit.USD, 0),
        (Unit.JOBS, 0),
    }
