"""The gateways' balances: read by one process every 15 minutes, told before they run dry, compared with the books."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.app import App
from bot.operations.balance_watch import ASK_EVERY, BalanceWatch
from bot.operations.books import Book, books, compared
from bot.settings import micros
from storage.balances import Alarm, Reading
from tests.fakes.house import House, open_house

DAY = 86_400.0


@dataclass
class Watched:
    """A house whose balances are watched, and what its admins were told."""

    house: House
    watch: BalanceWatch
    told: list[tuple[str, str, str]] = field(default_factory=list)  # account, code, platform

    async def later(self, seconds: float = ASK_EVERY) -> None:
        """The next look, after so long."""
        self.house.clock.move(seconds)
        await self.watch.look()

    async def readings(self) -> list[float]:
        """What the account at ToAPIs held, in dollars, oldest first."""
        found = await self.house.app.operations.balances.series("toapis", 0.0, self.house.clock.now() + 1)
        return [(one.usd or 0) / 1e6 for one in found]


def watch_in(app: App, told: list[tuple[str, str, str]], *platforms: str) -> BalanceWatch:
    """The watch of one more process on this database."""

    def tell(alarm: Alarm, platform: str, _unfinished: int) -> None:
        told.append((alarm.account, alarm.code, platform))

    warn = micros(app.settings.balance_warning_usd)
    operations = app.operations
    return BalanceWatch(
        app.gateways, operations.steering, operations.balances, app.clock, warn, lambda: platforms, tell
    )


@asynccontextmanager
async def watched(folder: Path, *platforms: str, **more: Any) -> AsyncIterator[Watched]:
    """A house with ToAPIs alone; `more` are settings."""
    async with open_house(folder, **{"apimart_api_key": None, **more}) as house:
        told: list[tuple[str, str, str]] = []
        yield Watched(house, watch_in(house.app, told, *(platforms or ("discord",))), told)


async def test_a_balance_is_read_every_fifteen_minutes_and_after_out_of_credit(tmp_path: Path) -> None:
    async with watched(tmp_path) as bot:
        await bot.watch.look()
        await bot.later(ASK_EVERY - 60)
        assert await bot.readings() == [100.0]
        await bot.later(60)
        assert await bot.readings() == [100.0, 100.0]
        bot.house.sandbox.set_balance(0.0, "toapis")
        assert (await bot.house.run((await bot.house.submit()).id)).failure is not None, "402"
        await bot.later(60)
        assert await bot.readings() == [100.0, 100.0, 0.0]


async def test_of_two_processes_one_reads_and_one_tells(tmp_path: Path) -> None:
    async with watched(tmp_path) as bot:
        other = watch_in(bot.house.app, bot.told, "discord", "slack")
        bot.house.sandbox.set_balance(1.0, "toapis")
        for _ in range(3):
            await bot.later()
            await other.look()
        assert await bot.readings() == [1.0, 1.0, 1.0]
        assert sorted(bot.told) == [("toapis", "balance", "discord"), ("toapis", "balance", "slack")]


async def test_running_dry_is_told_once_and_again_only_after_it_recovered(tmp_path: Path) -> None:
    async with watched(tmp_path, balance_warning_usd=10) as bot:
        for left, told in ((12.0, 0), (9.0, 1), (8.0, 1), (50.0, 1), (9.5, 2)):
            bot.house.sandbox.set_balance(left, "toapis")
            await bot.later()
            assert len(bot.told) == told, left


async def test_what_two_days_need_is_warned_of_above_the_setting(tmp_path: Path) -> None:
    async with watched(tmp_path, balance_warning_usd=0) as bot:
        await bot.house.run((await bot.house.submit(duration=10, mode="pro")).id)
        spent = (await bot.house.app.operations.balances.booked(0.0, bot.house.clock.now() + 1))["toapis"]
        assert spent > 0
        bot.house.sandbox.set_balance(spent / 1e6 * 2 / 7 + 0.01, "toapis")
        await bot.later()
        assert bot.told == []
        bot.house.sandbox.set_balance(spent / 1e6 * 2 / 7 - 0.01, "toapis")
        await bot.later()
        assert bot.told == [("toapis", "balance", "discord")]
        bot.house.clock.move(8 * DAY)
        assert await bot.house.app.operations.balances.booked(bot.house.clock.now() - 7 * DAY, 1e12) == {}


async def test_a_withdrawn_key_is_told_once_until_it_is_good_again(tmp_path: Path) -> None:
    async with watched(tmp_path) as bot:
        for keys, told in (({"other-key"}, 1), ({"other-key"}, 1), ({"sandbox-key"}, 1), ({"other-key"}, 2)):
            bot.house.sandbox.set_keys(keys)
            await bot.later()
            await bot.later(15)
            assert [code for _, code, _ in bot.told] == ["unauthorized"] * told


async def test_an_account_without_a_limit_and_one_that_does_not_answer_are_no_alarm(tmp_path: Path) -> None:
    async with watched(tmp_path) as bot:
        bot.house.sandbox.set_balance(float("inf"), "toapis")
        await bot.later()
        bot.house.sandbox.inject("balance_failed", route="balance")
        await bot.later()
        assert bot.told == []
        assert await books(bot.house.app.operations.balances, ["toapis"], 0.0, 1e12) == []


async def test_what_the_gateway_took_is_compared_with_what_was_booked(tmp_path: Path) -> None:
    async with watched(tmp_path) as bot:
        await bot.watch.look()
        bot.house.clock.move(1)
        job = await bot.house.run((await bot.house.submit()).id)
        await bot.later()
        took = round((100.0 - bot.house.sandbox.balance("toapis")) * 1e6)
        assert took > 0
        bot.house.sandbox.set_balance(bot.house.sandbox.balance("toapis") + 19.75, "toapis")
        await bot.later()
        (book,) = await books(bot.house.app.operations.balances, ["toapis"], 0.0, 1e12)
        assert (book.booked, book.added) == (job.quote_micros, 19_750_000)
        assert (book.taken, book.difference) == (took, took - job.quote_micros)


@pytest.mark.parametrize(
    ("series", "added", "taken"),
    [
        ((10.0, 9.0, 7.5), 0.0, 2.5),
        ((10.0, 9.0, 19.0, 18.0), 10.0, 2.0),
        ((10.0, 9.5, 9.8, 9.8), 0.0, 0.2),  # a failed video is given back
        ((10.0, None, 9.0), 0.0, 1.0),
    ],
)
def test_jumps_upward_are_top_ups(series: tuple[float | None, ...], added: float, taken: float) -> None:
    readings = [Reading(float(at), None if usd is None else round(usd * 1e6)) for at, usd in enumerate(series)]
    book = compared("toapis", readings, 2_000_000)
    assert isinstance(book, Book)
    assert (book.added, book.taken) == (round(added * 1e6), round(taken * 1e6))
    assert book.difference == book.taken - 2_000_000


def test_one_reading_says_nothing() -> None:
    assert compared("toapis", [Reading(1.0, 5)], 0) is None


async def test_each_key_has_its_own_series(tmp_path: Path) -> None:
    keys = {"main": SecretStr("sandbox-key")}
    async with watched(tmp_path, toapis_api_key=None, toapis_api_keys=keys) as bot:
        await bot.watch.look()
        balances = bot.house.app.operations.balances
        assert await bot.readings() == []
        assert [one.usd for one in await balances.series("toapis:main", 0.0, 1e12)] == [100_000_000]
