"""What the dashboard shows, gathered from the service, the store and the gateways."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from adapters.cards.limits import use_words
from adapters.cards.status import state_word
from adapters.cards.words import account_title, counted, model_title, span
from adapters.web.dashboard.charts import Chart, columns, ranges, rows, share
from adapters.web.dashboard.port import Numbers
from bot.generation.job import JobState, Requester
from bot.generation.limits import LimitUse, ScopeKind, Unit, Window
from bot.generation.ports import Balance, Clock, Gateway, GatewayError, Store, UsageRow
from bot.generation.prices import dollars
from bot.generation.service import GenerationService

DAYS = 30
BALANCE_KEPT = 60.0  # seconds
BALANCE_WITHIN = 8.0  # seconds a gateway has to say it
_TOP = 8
#: States by how the news is.
_KINDS = {
    JobState.DELIVERED: "good",
    JobState.FAILED: "bad",
    JobState.LOST: "bad",
    JobState.UNDELIVERABLE: "bad",
    JobState.UNCERTAIN: "warning",
}


_WHEN = {"hour": "this hour", "day": "today", "week": "this week", "month": "this month"}


@dataclass(frozen=True, slots=True)
class Meter:
    """A cap and its use: parts of a thousand, and words."""

    title: str
    words: str
    used: int
    is_full: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A chart with its table. `empty`: what is said when there is nothing to show."""

    id: str
    title: str
    chart: Chart
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    empty: str = "Nothing yet."
    is_upright: bool = False


class Figures:
    """Gathers. Every method raises StoreError."""

    def __init__(
        self,
        service: GenerationService,
        store: Store,
        numbers: Numbers,
        gateways: Mapping[str, Gateway],
        clock: Clock,
        zone: tzinfo,
    ) -> None:
        self._service, self._store, self._numbers = service, store, numbers
        self._gateways, self._clock, self._zone = gateways, clock, zone
        self._balances: tuple[float, list[tuple[str, str]]] | None = None

    async def caps(self, requester: Requester) -> list[Meter]:
        """What everyone together has used of their caps; `requester` is who looks."""
        uses = await self._service.limit_uses(requester)
        return [_meter(use) for use in uses if use.limit.scope.kind is ScopeKind.EVERYONE]

    async def sections(self) -> list[Section]:
        """The charts."""
        now = self._clock.now()
        since = self._days_ago(DAYS - 1)
        by_day = await self._service.usage(since=since, until=now + 1, by="day")
        by_user = await self._service.usage(since=since, until=now + 1, by="user")
        by_model = await self._service.usage(since=since, until=now + 1, by="model")
        cap = await self._day_cap()
        return [
            self._spend(by_day, cap),
            _states(await self._numbers.states(since)),
            _failures(await self._numbers.failures(since)),
            _times(await self._store.render_times()),
            _lateness(await self._numbers.lateness(since)),
            _top("users", "Top users", "Person", by_user, str),
            _top("models", "Models", "Model", by_model, model_title),
        ]

    async def balances(self) -> list[tuple[str, str]]:
        """What each gateway's account holds, asked at most once a minute."""
        now = self._clock.now()
        if self._balances is None or now - self._balances[0] > BALANCE_KEPT:
            words = await asyncio.gather(*(_balance(gateway) for gateway in self._gateways.values()))
            self._balances = (
                now,
                [(account_title(name), said) for name, said in zip(self._gateways, words, strict=True)],
            )
        return self._balances[1]

    def _days_ago(self, days: int) -> float:
        today = datetime.fromtimestamp(self._clock.now(), self._zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return (today.replace(tzinfo=None) - timedelta(days=days)).replace(tzinfo=self._zone).timestamp()

    async def _day_cap(self) -> int | None:
        limits = await self._service.limits()
        return next(
            (
                limit.amount
                for limit in limits
                if limit.scope.kind is ScopeKind.EVERYONE and limit.unit is Unit.USD and limit.window is Window.DAY
            ),
            None,
        )

    def _spend(self, usage: Sequence[UsageRow], cap: int | None) -> Section:
        by_day = {row.group: row for row in usage}
        start = datetime.fromtimestamp(self._days_ago(DAYS - 1), self._zone).date()
        days = [start + timedelta(days=number) for number in range(DAYS)]
        bars, table = [], []
        for day in days:
            row = by_day.get(day.isoformat())
            spent = row.cost_micros + row.held_micros if row else 0
            bars.append(
                (f"{day.day} {day:%b}", float(spent), f"{dollars(spent)}, {counted(row.videos if row else 0, 'video')}")
            )
            if row is not None:
                table.append((day.isoformat(), f"{row.videos:,}", dollars(row.cost_micros), dollars(row.held_micros)))
        has_money = any(value for _, value, _ in bars)
        chart = columns(
            bars,
            cap=float(cap) if cap and has_money else None,
            cap_words="" if cap is None else f"cap {dollars(cap)}",
        )
        if not has_money:  # the sandbox is free: then the number of videos says more
            videos = {day: float(row.videos) for day, row in by_day.items()}
            chart = columns(
                [
                    (label, videos.get(day.isoformat(), 0.0), words)
                    for day, (label, _, words) in zip(days, bars, strict=True)
                ]
            )
        return Section(
            "spend",
            "Spend by day" if has_money else "Videos by day",
            chart,
            ("Day", "Videos", "Cost", "Held"),
            tuple(table),
            note="The last 30 days, in UTC." if has_money else "The last 30 days, in UTC. Nothing has cost anything.",
            is_upright=True,
        )


def _meter(use: LimitUse) -> Meter:
    limit = use.limit
    taken = use.used + use.held
    when = _WHEN.get(limit.window.value, "at this time")
    return Meter(
        f"Everyone together, {when}",
        f"{_amount(limit.unit, use.used)} used and {_amount(limit.unit, use.held)} held of {use_words(use)}",
        min(1000, taken * 1000 // use.amount) if use.amount else 1000,
        taken >= use.amount,
    )


def _amount(unit: Unit, number: int) -> str:
    return dollars(number) if unit is Unit.USD else f"{number:,}"


def _states(found: Mapping[str, int]) -> Section:
    ordered = [(state, found[state.value]) for state in JobState if found.get(state.value)]
    bars = [(state_word(s), float(count), f"{count:,}", _KINDS.get(s, "")) for s, count in ordered]
    return Section(
        "states",
        "Jobs by state",
        rows(bars),
        ("State", "Jobs"),
        tuple((state_word(s), f"{count:,}") for s, count in ordered),
        note="Accepted in the last 30 days, and all unfinished ones.",
    )


def _failures(found: Sequence[tuple[str, int]]) -> Section:
    named = [(code.replace("_", " "), count) for code, count in found[:_TOP]]
    return Section(
        "failures",
        "Why videos failed",
        rows([(code, float(count), f"{count:,}", "bad") for code, count in named]),
        ("Reason", "Jobs"),
        tuple((code, f"{count:,}") for code, count in named),
        empty="No video failed in the last 30 days.",
    )


def _times(found: Mapping[str, Sequence[float]]) -> Section:
    measured = [(key, times) for key, times in sorted(found.items()) if times][:12]
    shares = [(key, share(t, 0.05), share(t, 0.5), share(t, 0.95), len(t)) for key, t in measured]
    return Section(
        "times",
        "Render times",
        ranges([(_short(key), low, mid, high, f"{span(low)} to {span(high)}") for key, low, mid, high, _ in shares]),
        ("Model", "5 of 100 within", "Half within", "95 of 100 within", "Videos"),
        tuple((_timing(key), span(low), span(mid), span(high), f"{count:,}") for key, low, mid, high, count in shares),
        note="From the gateway's acceptance to its last percentage; the mark is the middle one.",
        empty="No video was made yet.",
    )


def _short(key: str) -> str:
    """ "2.6 std 5 s", for beside a bar."""
    parts = key.split("/")
    return f"{' '.join(parts[1:])} s" if len(parts) == 4 else key


def _timing(key: str) -> str:
    """ "sandbox/2.6/std/5" as people read it."""
    parts = key.split("/")
    if len(parts) != 4:
        return key
    _, model, mode, seconds = parts
    return f"{model_title(model)}, {mode}, {seconds} s"


_BUCKETS = (
    (1.0, "under 1 s"),
    (2.0, "1-2 s"),
    (5.0, "2-5 s"),
    (10.0, "5-10 s"),
    (30.0, "10-30 s"),
    (float("inf"), "longer"),
)


def _lateness(found: Sequence[float]) -> Section:
    counts, low = [], 0.0
    for high, label in _BUCKETS:
        count = sum(low <= seconds < high for seconds in found)
        counts.append((label, count))
        low = high
    said = f"Half within {span(share(found, 0.5))}, 95 of 100 within {span(share(found, 0.95))}." if found else ""
    return Section(
        "lateness",
        "Lateness",
        rows([(label, float(count), f"{count:,}", "") for label, count in counts]) if found else rows([]),
        ("From made to posted", "Videos"),
        tuple((label, f"{count:,}") for label, count in counts) if found else (),
        note=f"From the gateway's word that it is done to the video in the chat. {said}".strip(),
        empty="No video was delivered yet.",
    )


def _top(section: str, title: str, what: str, usage: Sequence[UsageRow], name: Callable[[str], str]) -> Section:
    order = sorted(usage, key=lambda row: (_spent(row), row.videos), reverse=True)[:_TOP]
    has_money = any(_spent(row) for row in order)
    bars = [
        (
            name(row.group),
            float(_spent(row) if has_money else row.videos),
            dollars(_spent(row)) if has_money else counted(row.videos, "video"),
            "",
        )
        for row in order
    ]
    table = tuple(
        (name(x.group), f"{x.videos:,}", f"{x.seconds:,}", dollars(x.cost_micros), dollars(x.held_micros))
        for x in order
    )
    header = (what, "Videos", "Seconds", "Cost", "Held")
    return Section(section, title, rows(bars), header, table, note="The last 30 days.")


def _spent(row: UsageRow) -> int:
    """What it cost, and what is held for what is not done yet (micro-dollars)."""
    return row.cost_micros + row.held_micros


async def _balance(gateway: Gateway) -> str:
    try:
        async with asyncio.timeout(BALANCE_WITHIN):
            return _balance_words(await gateway.balance())
    except GatewayError as error:
        return f"not known: {error.message}"
    except TimeoutError:
        return "not known: the gateway does not answer"


def _balance_words(balance: Balance) -> str:
    if balance.remaining_micros is None:
        return "no end to it"
    used = "" if balance.used_micros is None else f" ({dollars(balance.used_micros)} used)"
    return f"{dollars(balance.remaining_micros)} left{used}"
