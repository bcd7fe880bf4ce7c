"""Limits of every scope and window, counted in quarter hours, whatever is changed while jobs are held."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.generation.job import Job, Requester
from bot.generation.limits import Limit, LimitUse, Policy, Refusal, Scope, ScopeKind, Unit, Window
from tests.storage.steps import ANYONE, CENT, DAY, EVERYONE, HOUR, NOON, QUOTE, Steps

BERLIN = Policy(zone="Europe/Berlin")
GENEROUS, STRICTEST = Policy(), Policy(role_limits="strictest")


def member(user: str = "42", channel: str = "2", workspace: str = "1", *roles: str) -> Requester:
    return Requester("discord", user, workspace, channel, roles)


async def ask(do: Steps, who: Requester, policy: Policy = GENEROUS, **more: object) -> Job | Refusal:
    return await do.store.accept(do.new(requester=who, **more), policy, do.tick())


async def set_limit(do: Steps, kind: ScopeKind, id_: str, amount: int, unit: Unit, window: Window) -> None:
    await do.store.set_limit(Limit(Scope(kind, id_), unit, window, amount), "admin", do.now)


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("kind", "id_", "others"),
    [
        (ScopeKind.WORKSPACE, "discord:1", member("43", workspace="9")),
        (ScopeKind.WORKSPACE, "*", member("43", workspace="9")),
        (ScopeKind.CHANNEL, "discord:1:2", member("43", "3")),
        (ScopeKind.CHANNEL, "*", member("43", "3")),
        (ScopeKind.CHANNEL, "discord:1:2", member("43", "2", "9")),  # the same channel id in another workspace
        (ScopeKind.USER, "discord:42", member("43")),
    ],
)
async def test_a_limit_counts_what_its_scope_takes_and_nothing_else(
    do: Steps, kind: ScopeKind, id_: str, others: Requester
) -> None:
    await do.no_limits()
    await set_limit(do, kind, id_, 1, Unit.VIDEOS, Window.DAY)
    assert isinstance(await ask(do, member()), Job)
    assert isinstance(await ask(do, others), Job)
    refused = await ask(do, member("42"))
    assert isinstance(refused, Refusal)
    [over] = refused.over
    assert (over.limit.scope.id, over.held, over.counted is not None) == (id_, 1, True)
    assert await do.books_agree()


async def test_a_model_has_a_limit_of_its_own(do: Steps) -> None:
    await do.no_limits()
    await set_limit(do, ScopeKind.MODEL, "v3", 1, Unit.VIDEOS, Window.WEEK)
    assert isinstance(await ask(do, member(), model="v3"), Job)
    assert isinstance(await ask(do, member(), model="2.6"), Job)
    assert isinstance(await ask(do, member("43"), model="v3"), Refusal)


async def test_a_role_says_what_each_of_its_members_may_take(do: Steps) -> None:
    await do.no_limits()
    await set_limit(do, ScopeKind.USER, "*", 1, Unit.VIDEOS, Window.DAY)
    await set_limit(do, ScopeKind.ROLE, "discord:1:7", 2, Unit.VIDEOS, Window.DAY)
    artist, plain = member("42", "2", "1", "7"), member("43")
    assert [isinstance(await ask(do, artist), Job) for _ in range(3)] == [True, True, False]
    assert [isinstance(await ask(do, member("44", "2", "1", "7")), Job) for _ in range(3)] == [True, True, False]
    assert [isinstance(await ask(do, plain), Job) for _ in range(2)] == [True, False]
    in_another = member("42", "2", "9", "7")  # the role means nothing there, but the use counts
    assert isinstance(await ask(do, in_another), Refusal)


async def test_among_roles_the_most_generous_counts_unless_the_setting_says_strictest(do: Steps) -> None:
    await do.no_limits()
    await set_limit(do, ScopeKind.ROLE, "discord:1:7", 1, Unit.VIDEOS, Window.DAY)
    await set_limit(do, ScopeKind.ROLE, "discord:1:8", 2, Unit.VIDEOS, Window.DAY)
    both = member("42", "2", "1", "7", "8")
    assert isinstance(await ask(do, both, GENEROUS), Job)
    assert isinstance(await ask(do, both, STRICTEST), Refusal)
    assert isinstance(await ask(do, both, GENEROUS), Job)
    assert isinstance(await ask(do, both, GENEROUS), Refusal)


async def test_a_cooldown_keeps_two_requests_apart_and_says_until_when(do: Steps) -> None:
    await do.no_limits()
    await do.limit(60, Unit.COOLDOWN, Window.NOW)
    first = await do.accepted()
    refused = await do.ask()
    assert isinstance(refused, Refusal)
    assert [(use.used, use.frees_at) for use in refused.over] == [(59, first.accepted_at + 60)]
    await do.accepted("ben")
    do.now = first.accepted_at + 59
    await do.accepted()
    do.now -= 5_000  # a clock that was set back asks for no more than the cooldown itself
    late = await do.ask()
    assert isinstance(late, Refusal)
    assert late.over[0].used == 60


async def test_a_rolling_window_frees_when_enough_has_left_it(do: Steps) -> None:
    await do.no_limits()
    await do.limit(3 * QUOTE, Unit.USD, Window("24h"))
    do.now = NOON
    for hours in (0, 1, 2):
        do.now = NOON + hours * HOUR
        await do.accepted()
    refused = await do.ask(quote=2 * QUOTE)
    assert isinstance(refused, Refusal)
    [over] = refused.over
    assert over.frees_at == NOON + 25 * HOUR + 900  # two of them, each up to a quarter of an hour late
    do.now = over.frees_at - 3
    assert isinstance(await do.ask(quote=2 * QUOTE), Refusal)
    do.now = over.frees_at
    assert isinstance(await do.ask(quote=2 * QUOTE), Job)
    use = await do.use(Unit.USD, Window("24h"))
    assert (use.held, use.frees_at) == (3 * QUOTE, NOON + 26 * HOUR + 900)


@pytest.mark.parametrize(
    ("window", "first", "same", "next_"),
    [
        # the day of 23 hours, the day of 25, the hour that comes twice
        (Window.DAY, "2026-03-29T00:00:01+01:00", "2026-03-29T23:59:50+02:00", "2026-03-30T00:00:00+02:00"),
        (Window.DAY, "2026-10-25T00:00:01+02:00", "2026-10-25T23:59:50+01:00", "2026-10-26T00:00:00+01:00"),
        (Window.HOUR, "2026-10-25T02:00:01+02:00", "2026-10-25T02:59:50+02:00", "2026-10-25T02:00:00+01:00"),
        # a month's end, a leap day, a week over a year's end
        (Window.MONTH, "2026-11-01T00:00:01+01:00", "2026-11-30T23:59:50+01:00", "2026-12-01T00:00:00+01:00"),
        (Window.MONTH, "2028-02-28T12:00:00+01:00", "2028-02-29T23:59:50+01:00", "2028-03-01T00:00:00+01:00"),
        (Window.WEEK, "2026-12-28T00:00:01+01:00", "2027-01-03T23:59:50+01:00", "2027-01-04T00:00:00+01:00"),
    ],
)
async def test_windows_follow_the_calendar_of_the_zone(
    do: Steps, window: Window, first: str, same: str, next_: str
) -> None:
    await do.no_limits()
    await do.limit(1, Unit.VIDEOS, window)
    new = [do.new() for _ in range(3)]
    assert isinstance(await do.store.accept(new[0], BERLIN, moment(first)), Job)
    refused = await do.store.accept(new[1], BERLIN, moment(same))
    assert isinstance(refused, Refusal)
    assert refused.over[0].frees_at == moment(next_)
    assert isinstance(await do.store.accept(new[2], BERLIN, moment(next_)), Job)


async def test_each_workspace_has_its_own_clock_and_everyone_the_operators(do: Steps) -> None:
    await do.no_limits()
    await set_limit(do, ScopeKind.WORKSPACE, "*", 1, Unit.VIDEOS, Window.DAY)
    await set_limit(do, ScopeKind.EVERYONE, "*", 2, Unit.VIDEOS, Window.DAY)
    await do.store.set_zone("discord:1", "Asia/Tokyo", "admin", do.now)
    assert await do.store.zone("discord:1") == "Asia/Tokyo"
    do.now = moment("2026-11-21T14:50:00+00:00")  # ten minutes before midnight in Tokyo
    assert isinstance(await ask(do, member()), Job)
    assert isinstance(await ask(do, member()), Refusal)
    do.now = moment("2026-11-21T15:00:00+00:00")
    assert isinstance(await ask(do, member()), Job)  # the next day there, the same day of everyone
    refused = await ask(do, member(workspace="9"))
    assert isinstance(refused, Refusal)
    assert [use.limit.scope for use in refused.over] == [EVERYONE]
    with pytest.raises(ValueError, match="no time zone"):
        await do.store.set_zone("discord:1", "Mars/Olympus", "admin", do.now)


async def test_a_window_or_a_zone_changed_while_jobs_are_held_counts_what_was_taken(do: Steps) -> None:
    await do.no_limits()
    do.now = moment("2026-11-20T23:30:00+00:00")
    held = await ask(do, member())
    assert isinstance(held, Job)
    do.now = moment("2026-11-21T00:30:00+00:00")
    who = Scope(ScopeKind.USER, "discord:42")

    async def use(window: Window) -> LimitUse:
        await do.no_limits()
        await do.store.set_limit(Limit(ANYONE, Unit.VIDEOS, window, 1), "admin", do.now)
        [found] = await do.store.limit_uses(member(), GENEROUS, do.now)
        assert found.counted == who
        return found

    assert (await use(Window.DAY)).held == 0  # it was taken yesterday
    assert (await use(Window.WEEK)).held == 1
    assert (await use(Window("2h"))).held == 1
    await do.store.set_zone("discord:1", "America/New_York", "admin", do.now)
    assert (await use(Window.DAY)).held == 1  # where it is still yesterday
    started = await do.attach((await do.begin(held)).attempt_id, "t")
    await do.complete(started, bill=CENT)
    assert (await use(Window.DAY)).used == 1
    await do.store.set_zone("discord:1", "UTC", "admin", do.now)
    assert (await use(Window.DAY)).used == 0
    assert await do.books_agree()


async def test_of_many_at_once_in_one_channel_exactly_as_many_as_fit_are_accepted(do: Steps) -> None:
    await do.no_limits()
    await set_limit(do, ScopeKind.CHANNEL, "*", 10, Unit.VIDEOS, Window("24h"))
    now = do.tick()
    answers = await asyncio.gather(
        *(do.store.accept(do.new(requester=member(str(n))), GENEROUS, now) for n in range(40))
    )
    assert sum(isinstance(answer, Job) for answer in answers) == 10
    assert await do.books_agree()


async def test_a_reset_forgives_the_user_alone_by_rows_of_the_ledger(do: Steps) -> None:
    await do.no_limits()
    for scope in (EVERYONE, ANYONE):
        await do.limit(2, Unit.VIDEOS, Window.DAY, scope)
    done, held = await do.delivered(bill=40 * CENT), await do.accepted()
    do.now = max(do.now, NOON)
    assert await do.store.reset("shell:anna", "UTC", "a mistake", "root", do.tick()) == 1
    assert await do.store.reset("shell:anna", "UTC", "", "root", do.tick()) == 0
    assert await do.events(done, "pardon") == [("adjust_reset", -40 * CENT)]
    assert await do.events(held, "pardon") == []
    mine, all_ = await do.use(Unit.VIDEOS, Window.DAY), await do.use(Unit.VIDEOS, Window.DAY, scope=EVERYONE)
    assert ((mine.used, mine.held), (all_.used, all_.held)) == ((0, 1), (1, 1))
    assert (await do.audited())[-1] == ("root", "reset", "user:shell:anna")
    assert await do.books_agree()
    await do.sql("UPDATE ledger SET usd = usd - 1 WHERE account = 'pardon'")
    assert any("was forgiven" in sentence for sentence in await do.store.check_ledger())


async def test_what_long_ago_no_window_holds_is_not_forgiven(do: Steps) -> None:
    await do.delivered()
    do.tick(40 * DAY)
    assert await do.store.reset("shell:anna", "UTC", "", "root", do.now) == 0


async def test_a_nearly_full_limit_is_noted_once_in_its_window(do: Steps) -> None:
    await do.no_limits()
    await do.limit(4, Unit.VIDEOS, Window.DAY)
    await do.limit(4 * QUOTE, Unit.USD, Window.MONTH, EVERYONE)
    jobs = [await do.accepted() for _ in range(4)]
    told = [[(w.limit.unit, w.taken, w.is_own) for w in await do.store.warnings(job.id)] for job in jobs]
    assert told == [[], [], [], [(Unit.USD, 4 * QUOTE, False), (Unit.VIDEOS, 4, True)]]
    await do.limit(5, Unit.VIDEOS, Window.DAY)  # a changed limit is a new one
    await do.limit(50 * QUOTE, Unit.USD, Window.MONTH, EVERYONE)
    last = await do.accepted()
    assert [(w.taken, w.amount, w.frees_at) for w in await do.store.warnings(last.id)] == [
        (5, 5, datetime(2025, 11, 22, tzinfo=UTC).timestamp())
    ]
    do.now = NOON + DAY
    again = [await do.accepted() for _ in range(5)]
    assert [len(await do.store.warnings(job.id)) for job in again] == [0, 0, 0, 1, 0]


async def test_nobody_is_warned_where_the_setting_says_so(do: Steps) -> None:
    await do.no_limits()
    await do.limit(1, Unit.VIDEOS, Window.DAY)
    job = await ask(do, member(), Policy(warn_at_percent=0))
    assert isinstance(job, Job)
    assert await do.store.warnings(job.id) == []


async def test_a_user_who_is_forgotten_keeps_their_counters_under_another_key(do: Steps) -> None:
    from storage import counting

    await do.limit(3, Unit.VIDEOS, Window.MONTH)
    await do.delivered()
    await do.accepted()
    await do.database.write(counting.rename_user, "shell:anna", "gone:1")
    for table in ("jobs", "ledger"):
        await do.sql(f"UPDATE {table} SET user_key = 'gone:1'")
    assert (await do.use(Unit.VIDEOS, Window.MONTH)).used == 0
    assert await do.books_agree()
    gone = await do.job("j002")
    await do.store.want_cancel(gone.id, "x", do.tick())
    assert await do.books_agree()
