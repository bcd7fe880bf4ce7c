"""Windows, and which limits apply to whom."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    window_end,
    window_key,
)

BERLIN = ZoneInfo("Europe/Berlin")
EVERYONE, ANYONE, ANNA = (
    Scope(ScopeKind.EVERYONE, "*"),
    Scope(ScopeKind.USER, "*"),
    Scope(ScopeKind.USER, "shell:anna"),
)


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("window", "moment", "key", "end"),
    [
        (Window.DAY, "2026-11-21T23:30:00+01:00", "2026-11-21", "2026-11-22T00:00:00+01:00"),
        (Window.DAY, "2026-03-29T01:30:00+01:00", "2026-03-29", "2026-03-30T00:00:00+02:00"),  # a day of 23 hours
        (Window.DAY, "2026-10-25T02:30:00+01:00", "2026-10-25", "2026-10-26T00:00:00+01:00"),  # a day of 25 hours
        (Window.MONTH, "2028-02-29T12:00:00+01:00", "2028-02", "2028-03-01T00:00:00+01:00"),  # a leap day
        (Window.MONTH, "2026-12-31T23:59:59+01:00", "2026-12", "2027-01-01T00:00:00+01:00"),
    ],
)
def test_windows_follow_the_calendar_of_the_place(window: Window, moment: str, key: str, end: str) -> None:
    assert window_key(window, at(moment), BERLIN) == key
    assert window_end(window, at(moment), BERLIN) == at(end)


def test_jobs_at_once_has_one_window_without_an_end() -> None:
    assert window_key(Window.NOW, 0.0) == window_key(Window.NOW, 2e9) == ""
    assert window_end(Window.NOW, 0.0) is None


@given(
    st.sampled_from([Window.DAY, Window.MONTH]),
    st.floats(0, 4e9),
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu"]),
)
def test_a_window_ends_where_the_next_one_begins(window: Window, moment: float, zone: str) -> None:
    end = window_end(window, moment, ZoneInfo(zone))
    assert end is not None
    assert end > moment
    assert window_key(window, end, ZoneInfo(zone)) != window_key(window, moment, ZoneInfo(zone))
    assert window_key(window, end - 1e-3, ZoneInfo(zone)) == window_key(window, max(moment, end - 1e-3), ZoneInfo(zone))


def test_a_users_own_limit_replaces_the_default() -> None:
    default, own = Limit(ANYONE, Unit.VIDEOS, Window.DAY, 5), Limit(ANNA, Unit.VIDEOS, Window.DAY, 50)
    everyone = Limit(EVERYONE, Unit.USD, Window.DAY, 20_000_000)
    for order in ([default, own, everyone], [own, everyone, default]):
        assert applying(order, "shell:anna") == (everyone, own)
        assert applying(order, "shell:ben") == (everyone, default)


def test_what_does_not_fit_is_named_and_nothing_else() -> None:
    videos = LimitUse(Limit(ANYONE, Unit.VIDEOS, Window.DAY, 5), used=4, held=1, frees_at=1.0)
    usd = LimitUse(Limit(ANYONE, Unit.USD, Window.DAY, 3_000_000), used=0, held=0, frees_at=1.0)
    assert fits([videos, usd], Charge(1, 5, 184_000)) == (videos,)
    assert videos.free == 0
