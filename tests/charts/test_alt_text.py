"""The numbers of a chart in words."""

from datetime import date, timedelta

from adapters.charts.alt_text import MOST, alt_text, units
from adapters.charts.chart import Chart
from adapters.charts.spans import MOST_BARS, spans
from adapters.charts.usage_chart import usage_chart
from bot.generation.ports import UsageRow

LAST = date(2026, 11, 21)


def row(group: str, videos: int, cost: int, held: int = 0) -> UsageRow:
    return UsageRow(group, videos, videos * 5, cost, held, cost, 0)


def of_days(count: int, groups: list[UsageRow] | None = None, by: str = "user") -> Chart:
    """A chart of so many days; on each, one video for a dollar."""
    days = [row((LAST - timedelta(days=number)).isoformat(), 1, 1_000_000) for number in range(count)]
    chart = usage_chart(f"Use in the last {count} days", LAST - timedelta(days=count - 1), LAST, days, by, groups or [])
    assert chart is not None
    return chart


def test_words_have_the_sum_each_group_and_each_day_something_happened() -> None:
    days = [row("2026-11-19", 3, 1_200_000), row("2026-11-21", 1, 0, held=400_000)]
    groups = [row("ben", 1, 0, held=400_000), row("anna", 3, 1_200_000)]
    chart = usage_chart("Use in the last 3 days", date(2026, 11, 19), LAST, days, "user", groups)
    assert chart is not None
    assert alt_text(chart) == (
        "Use in the last 3 days: $1.60, 4 videos. By user: anna $1.20, 3 videos; ben $0.40, 1 video. "
        "By day: 19 Nov $1.20, 3 videos; 21 Nov $0.40, 1 video."
    )


def test_where_nothing_costs_anything_videos_are_counted() -> None:
    chart = usage_chart("Use in the last day", LAST, LAST, [row("2026-11-21", 2, 0)], "user", [row("anna", 2, 0)])
    assert chart is not None
    assert alt_text(chart) == "Use in the last day: 2 videos. By user: anna 2 videos. By day: 21 Nov 2 videos."


def test_nothing_asked_for_is_no_chart() -> None:
    assert usage_chart("Use in the last 30 days", LAST - timedelta(days=29), LAST, [], "user", []) is None


def test_a_day_that_begins_in_another_time_zone_is_not_left_out() -> None:
    chart = usage_chart("Use in the last day", LAST, LAST, [row("2026-11-20", 1, 5), row("2026-11-21", 1, 5)])
    assert chart is not None
    assert [bar.label for bar in chart.days] == ["2026-11-20", "2026-11-21"]


def test_many_groups_end_in_their_sum() -> None:
    words = alt_text(of_days(25, [row(f"user {number}", 1, 1_000_000 * (40 - number)) for number in range(25)]))
    assert "user 8 $32.00, 1 video; 16 others $376.00, 16 videos." in words


def test_the_words_fit_whatever_people_call_themselves() -> None:
    groups = [row("👩\u200d👩\u200d👧🎉" * 40 + str(number), 10**6, 10**12) for number in range(40)]
    for count in (1, 31, 45, 400):
        words = alt_text(of_days(count, groups))
        assert 0 < units(words) <= MOST
        assert f"Use in the last {count} days: ${count}.00" in words
        assert " more." in words


def test_names_make_no_lines_and_turn_no_text_around() -> None:
    words = alt_text(of_days(1, [row("an\nna\u202e\x00 x", 1, 1_000_000)]))
    assert "By user: an na x $1.00" in words


def test_too_many_days_become_weeks_or_months_without_losing_anything() -> None:
    for count, kind in ((MOST_BARS, "day"), (MOST_BARS + 1, "week"), (300, "week"), (400, "month")):
        found, bars = spans(of_days(count).days)
        assert found == kind
        assert len(bars) <= MOST_BARS
        assert sum(bar.videos for bar in bars) == count
        assert sum(bar.micros for bar in bars) == count * 1_000_000
