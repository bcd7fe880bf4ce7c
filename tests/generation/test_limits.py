"""Windows and the quarter hours they are made of, and which limits apply to whom."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.generation.job import Requester
from bot.generation.limits import (
    Charge,
    Limit,
    LimitUse,
    Scope,
    ScopeKind,
    Unit,
    Window,
    applying,
    fits,
    requester_of,
    scopes_of,
    seconds_left,
    slots_of,
    window_end,
    window_start,
)
from bot.generation.windows import SLOT, leaves_at, slot_of

BERLIN = ZoneInfo("Europe/Berlin")
EVERYONE, ANYONE, ANNA = (
    Scope(ScopeKind.EVERYONE, "*"),
    Scope(ScopeKind.USER, "*"),
    Scope(ScopeKind.USER, "shell:anna"),
)
ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu", "America/Havana", "Africa/Cairo"]
CALENDAR = [Window.HOUR, Window.DAY, Window.WEEK, Window.MONTH]


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("window", "moment", "start", "end"),
    [
        (Window.DAY, "2026-11-21T23:30:00+01:00", "2026-11-21T00:00:00+01:00", "2026-11-22T00:00:00+01:00"),
        # a day of 23 hours and one of 25
        (Window.DAY, "2026-03-29T01:30:00+01:00", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
        (Window.DAY, "2026-10-25T02:30:00+01:00", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"),
        # the hour that comes twice
        (Window.HOUR, "2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+02:00", "2026-10-25T03:00:00+02:00"),
        (Window.HOUR, "2026-10-25T02:30:00+01:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"),
        # a week from Monday, over the end of a month
        (Window.WEEK, "2026-11-01T23:00:00+01:00", "2026-10-26T00:00:00+01:00", "2026-11-02T00:00:00+01:00"),
        # a leap day, and the end of a year
        (Window.MONTH, "2028-02-29T12:00:00+01:00", "2028-02-01T00:00:00+01:00", "2028-03-01T00:00:00+01:00"),
        (Window.MONTH, "2026-12-31T23:59:59+01:00", "2026-12-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00"),
    ],
)
def test_windows_follow_the_calendar_of_the_place(window: Window, moment: str, start: str, end: str) -> None:
    assert window_start(window, at(moment), BERLIN) == at(start)
    assert window_end(window, at(moment), BERLIN) == at(end)


def test_what_is_counted_now_has_one_window_without_end() -> None:
    assert window_start(Window.NOW, 2e9) == 0
    assert window_end(Window.NOW, 0.0) is None
    with pytest.raises(ValueError, match="no slots"):
        slots_of(Window.NOW, 0.0)


@given(st.sampled_from(CALENDAR), st.floats(1.5e9, 4e9), st.sampled_from(ZONES))
def test_a_window_ends_where_the_next_one_begins_and_is_a_range_of_quarter_hours(
    window: Window, moment: float, zone: str
) -> None:
    place = ZoneInfo(zone)
    start, end = window_start(window, moment, place), window_end(window, moment, place)
    assert end is not None
    assert start <= moment < end
    assert start % SLOT == end % SLOT == 0
    assert window_start(window, end, place) == end
    assert slots_of(window, moment, place) == (slot_of(start), slot_of(end))


@given(st.integers(1, 744), st.floats(1.5e9, 4e9))
def test_a_rolling_window_holds_at_least_its_hours_and_at_most_a_quarter_more(hours: int, moment: float) -> None:
    window = Window(f"{hours}h")
    first, end = slots_of(window, moment)
    assert end is None
    assert moment - hours * 3600 - SLOT < first * SLOT <= moment - hours * 3600
    assert slots_of(window, leaves_at(window, first))[0] == first + 1
    assert slots_of(window, leaves_at(window, first) - 1)[0] == first


@pytest.mark.parametrize("name", ["0h", "745h", "24 h", "year", "", "-1h", "1.5h"])
def test_a_window_that_there_is_not_is_one_sentence(name: str) -> None:
    with pytest.raises(ValueError, match=r"such as 24h\.$"):
        Window(name)


def test_windows_are_values() -> None:
    assert Window("day") == Window.DAY
    assert str(Window("24h")) == "24h"
    assert sorted([Window.MONTH, Window("24h"), Window.NOW, Window.HOUR], key=lambda window: window.rank) == [
        Window.NOW,
        Window.HOUR,
        Window("24h"),
        Window.MONTH,
    ]


def test_a_users_own_limit_replaces_the_default() -> None:
    default, own = Limit(ANYONE, Unit.VIDEOS, Window.DAY, 5), Limit(ANNA, Unit.VIDEOS, Window.DAY, 50)
    everyone = Limit(EVERYONE, Unit.USD, Window.DAY, 20_000_000)
    ben = Scope(ScopeKind.USER, "shell:ben")
    for order in ([default, own, everyone], [own, everyone, default]):
        assert applying(order, requester_of("shell:anna")) == ((everyone, EVERYONE), (own, ANNA))
        assert applying(order, requester_of("shell:ben")) == ((everyone, EVERYONE), (default, ben))


def test_a_job_takes_from_every_scope_of_its_place_in_one_order() -> None:
    who = Requester("slack", "T1:U1", "T1", "C1", ("S1",))
    assert [(scope.kind.value, scope.id) for scope in scopes_of(who, "v3")] == [
        ("everyone", "*"),
        ("workspace", "slack:T1"),
        ("channel", "slack:T1:C1"),
        ("user", "slack:T1:U1"),
        ("model", "v3"),
    ]
    assert [scope.kind.value for scope in scopes_of(Requester("shell", "anna"))] == ["everyone", "user"]


def of(kind: ScopeKind, id_: str, amount: int, unit: Unit = Unit.VIDEOS, window: Window = Window.DAY) -> Limit:
    return Limit(Scope(kind, id_), unit, window, amount)


def test_among_roles_the_most_generous_counts_or_the_strictest() -> None:
    who = Requester("discord", "42", "1", "2", ("7", "8", "9"))
    mine = Scope(ScopeKind.USER, "discord:42")
    limits = [
        of(ScopeKind.USER, "*", 5),
        of(ScopeKind.ROLE, "discord:1:7", 1),
        of(ScopeKind.ROLE, "discord:1:8", 20),
        of(ScopeKind.ROLE, "discord:2:9", 99),  # a role of another server
    ]
    assert applying(limits, who) == ((limits[2], mine),)
    assert applying(limits, who, role_limits="strictest") == ((limits[1], mine),)
    own = of(ScopeKind.USER, "discord:42", 3)
    assert applying([*limits, own], who) == ((own, mine),)
    assert applying(limits, requester_of("discord:43")) == ((limits[0], Scope(ScopeKind.USER, "discord:43")),)


def test_the_more_generous_cooldown_is_the_shorter_one() -> None:
    who = Requester("discord", "42", "1", "2", ("7", "8"))
    short = of(ScopeKind.ROLE, "discord:1:7", 10, Unit.COOLDOWN, Window.NOW)
    long = of(ScopeKind.ROLE, "discord:1:8", 600, Unit.COOLDOWN, Window.NOW)
    assert [limit for limit, _ in applying([short, long], who)] == [short]
    assert [limit for limit, _ in applying([short, long], who, role_limits="strictest")] == [long]


def test_limits_of_another_place_do_not_apply() -> None:
    who = Requester("slack", "T1:U1", "T1", "C1")
    limits = [
        of(ScopeKind.WORKSPACE, "slack:T2", 1),
        of(ScopeKind.CHANNEL, "slack:T2:C1", 1),
        of(ScopeKind.WORKSPACE, "*", 2),
        of(ScopeKind.CHANNEL, "slack:T1:C1", 3),
        of(ScopeKind.CHANNEL, "*", 4),
        of(ScopeKind.MODEL, "v3", 5),
    ]
    assert [limit.amount for limit, _ in applying(limits, who, ["2.6"])] == [2, 3]
    assert [limit.amount for limit, _ in applying(limits, who, ["v3"])] == [2, 3, 5]


def test_what_does_not_fit_is_named_and_nothing_else() -> None:
    videos = LimitUse(Limit(ANYONE, Unit.VIDEOS, Window.DAY, 5), used=4, held=1, frees_at=1.0)
    usd = LimitUse(Limit(ANYONE, Unit.USD, Window.DAY, 3_000_000), used=0, held=0, frees_at=1.0)
    waiting = LimitUse(Limit(ANYONE, Unit.COOLDOWN, Window.NOW, 60), used=5, held=0, frees_at=1.0)
    waited = LimitUse(Limit(ANYONE, Unit.COOLDOWN, Window.NOW, 60), used=0, held=0, frees_at=None)
    assert fits([videos, usd, waiting, waited], Charge(1, 5, 184_000)) == (videos, waiting)
    assert videos.free == 0


@given(st.floats(0, 1e10), st.floats(0, 1e10), st.integers(0, 10**6))
def test_a_cooldown_never_asks_for_more_than_itself_whatever_the_clock_does(last: float, now: float, each: int) -> None:
    assert 0 <= seconds_left(last, each, now) <= each
    assert seconds_left(None, each, now) == 0
