"""Balances, whose turn it is to ask, and alarms that are told once."""

import asyncio

import pytest

from bot.generation.job import Output
from storage.balances import KEPT, Alarm, Balances, Reading
from storage.database import Database
from tests.storage.steps import Steps

NOW = 1_795_000_000.0
DRY = Alarm("toapis:spare", "balance", NOW, 2_000_000, 500_000)


@pytest.fixture
def balances(database: Database) -> Balances:
    return Balances(database)


async def test_readings_of_an_account_stay_its_own_and_old_ones_go(balances: Balances) -> None:
    await balances.note("toapis", 5_000_000, NOW - KEPT - 1)
    await balances.note("toapis:spare", 7_000_000, NOW - KEPT - 1)
    await balances.note("toapis", 4_000_000, NOW)
    await balances.note("toapis", None, NOW + 900)
    assert await balances.series("toapis", 0.0, NOW + 901) == [Reading(NOW, 4_000_000), Reading(NOW + 900, None)]
    assert await balances.series("toapis", NOW + 1, NOW + 900) == []
    assert len(await balances.series("toapis:spare", 0.0, NOW)) == 1


async def test_of_many_who_ask_at_once_one_may(balances: Balances) -> None:
    for moment in (NOW, NOW + 900, NOW + 60):  # the last one: the clock was set back
        asked = await asyncio.gather(*(balances.may_ask("toapis", moment, 900.0) for _ in range(8)))
        assert sorted(asked) == [*[False] * 7, True]
    assert not await balances.may_ask("toapis", NOW + 959, 900.0)
    assert await balances.may_ask("apimart", NOW + 959, 900.0)


async def test_an_alarm_is_told_once_on_each_platform_until_it_is_over(balances: Balances) -> None:
    assert await balances.take_alarm("toapis:spare", "balance", "slack") is None
    assert sorted(await asyncio.gather(*(balances.raise_alarm(DRY) for _ in range(4)))) == [False, False, False, True]
    taken = await asyncio.gather(*(balances.take_alarm("toapis:spare", "balance", "slack") for _ in range(4)))
    assert [alarm for alarm in taken if alarm is not None] == [DRY]
    assert await balances.take_alarm("toapis:spare", "balance", "discord") is not None
    assert await balances.take_alarm("toapis:spare", "key", "discord") is None
    (open_alarm,) = (await balances.now()).alarms.values()
    assert sorted(open_alarm.told) == ["discord", "slack"]
    await balances.end_alarm("toapis:spare", "balance")
    assert await balances.alarm("toapis:spare", "balance") is None
    assert await balances.raise_alarm(DRY)
    assert await balances.take_alarm("toapis:spare", "balance", "slack") == DRY


async def test_what_is_booked_and_at_work_is_by_account(do: Steps, database: Database) -> None:
    balances = Balances(database)
    job = await do.begin(await do.accepted(gateway="toapis:spare"))
    assert dict((await balances.now()).at_work) == {"toapis:spare": 1}
    job = await do.attach(job.attempt_id, "task-1")
    await do.store.completed(job, Output("https://cdn.example/v.mp4"), 150_000, 60.0, do.now)
    assert await balances.booked(do.now, do.now + 1) == {"toapis:spare": 150_000}
    assert await balances.booked(do.now - 10, do.now) == {}
    assert dict((await balances.now()).at_work) == {}
