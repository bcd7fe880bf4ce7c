"""Limits said to the person they stop, and to the admin who reads a table."""

from datetime import UTC

from adapters.cards.limits import limit_row, use_lines, use_row
from adapters.cards.price import dollars_beside, price_line, quote_beside
from adapters.cards.problems import changes, notes, problems
from adapters.cards.refusal import over_line, refusal
from adapters.cards.usage import usage_rows
from bot.generation.catalog import Catalog
from bot.generation.check import check
from bot.generation.limits import Charge, Limit, LimitUse, Refusal, Scope, ScopeKind, Unit, Window
from bot.generation.ports import UsageRow
from bot.generation.request import Frame, FrameRole, VideoRequest
from bot.generation.service import OverLimitError

CATALOG = Catalog.build()
EVERYONE, ANNA = Scope(ScopeKind.EVERYONE, "*"), Scope(ScopeKind.USER, "shell:anna")


def _use(
    scope: Scope, unit: Unit, window: Window, amount: int, used: int, held: int, frees: float | None, granted: int = 0
) -> LimitUse:
    return LimitUse(Limit(scope, unit, window, amount), used, held, frees, granted)


def test_a_refusal_names_limit_use_when_it_frees_and_what_fits(now: float) -> None:
    asked = check(VideoRequest(prompt="waves", mode="pro", duration=10, audio=True), CATALOG)
    cheaper = check(asked.request.model_copy(update={"mode": "std", "duration": 5, "audio": False}), CATALOG)
    use = _use(ANNA, Unit.USD, Window.DAY, 3_000_000, 1_200_000, 600_000, now + 7 * 3600)
    error = OverLimitError(Refusal((use,), Charge(1, 10, 1_250_000)), asked, cheaper)
    assert refusal(error, now, UTC) == [
        (
            "There is no room for $1.25 in your limit of $3.00 a day: $1.20 used, $0.60 held for unfinished videos. "
            "Ask again in 7 h, today at 18:06 UTC."
        ),
        "What fits now: std mode, 5 seconds, no audio, for $0.18.",
    ]


def test_where_nothing_cheaper_fits_it_says_so(now: float) -> None:
    asked = check(VideoRequest(prompt="waves"), CATALOG)
    use = _use(EVERYONE, Unit.VIDEOS, Window.MONTH, 100, 100, 0, now + 30 * 3600)
    lines = refusal(OverLimitError(Refusal((use,), Charge(1, 5, 184_000)), asked, None), now, UTC)
    assert lines[0].startswith(
        "There is no room for one more video in everyone's limit of 100 videos a month: 100 videos"
    )
    assert lines[1] == "Wait, or ask an admin for more."


def test_what_never_fits_is_not_told_to_wait(now: float) -> None:
    asked = check(VideoRequest(prompt="waves", mode="pro", duration=10, audio=True), CATALOG)
    use = _use(ANNA, Unit.USD, Window.DAY, 500_000, 0, 0, now + 3600)
    lines = refusal(OverLimitError(Refusal((use,), Charge(1, 10, 1_250_000)), asked, None), now, UTC)
    assert lines == [
        "This video takes $1.25, which is more than your limit of $0.50 a day allows at all.",
        "No shorter or simpler video fits either: ask an admin to raise the limit.",
    ]
    assert "takes $0.504, which" in over_line(use, 504_000, now)
    none = _use(EVERYONE, Unit.VIDEOS, Window.DAY, 0, 0, 0, now)
    assert over_line(none, 1, now) == "Everyone's limit of 0 videos a day allows no video at all."


def test_a_price_beside_a_threshold_is_told_apart_from_it() -> None:
    assert [dollars_beside(micros, 500_000) for micros in (500_000, 504_000, 625_000)] == ["$0.50", "$0.504", "$0.63"]
    guessed = check(VideoRequest(prompt="waves", model="v3", duration=5), CATALOG).quote
    assert guessed is not None
    assert quote_beside(guessed, 500_000) == "about $0.34"
    assert quote_beside(guessed, 340_000) == "about $0.336"


def test_videos_at_once_free_when_one_is_done(now: float) -> None:
    line = over_line(_use(ANNA, Unit.JOBS, Window.NOW, 2, 0, 2, None), 1, now)
    assert line == (
        "2 of yours are not finished yet, and your limit is 2 videos at once: ask again when one of them is."
    )


def test_limits_as_rows_and_as_sentences(now: float) -> None:
    use = _use(ANNA, Unit.VIDEOS, Window.DAY, 5, 2, 1, now + 3600)
    assert limit_row(use.limit).limit == "5 videos a day"
    row = use_row(use, now, UTC)
    assert (row.whose, row.used, row.held, row.free, row.frees) == ("shell:anna", "2", "1", "2", "today at 12:06 UTC")
    assert use_lines([use], now, UTC) == [
        "2 left of your 5 videos a day, until today at 12:06 UTC: 2 used, 1 held for unfinished videos."
    ]


def test_videos_at_once_say_when_there_is_room_again(now: float) -> None:
    uses = [_use(ANNA, Unit.JOBS, Window.NOW, 2, 0, held, None) for held in (0, 1, 2)]
    assert use_lines(uses, now, UTC) == [
        "2 left of your 2 videos at once.",
        "1 left of your 2 videos at once: 1 held for unfinished videos.",
        "0 left of your 2 videos at once: 2 held for unfinished videos; the next one can start when one is done.",
    ]


def test_a_pace_of_nothing_is_left_out(now: float) -> None:
    uses = [_use(ANNA, Unit.COOLDOWN, Window.NOW, pause, 0, 0, None) for pause in (0, 60)]
    assert use_lines(uses, now, UTC) == ["Your pace is one video every 60 s."]
    assert limit_row(uses[0].limit).limit == "one video right after the other"


def test_what_was_granted_stands_beside_the_limit(now: float) -> None:
    use = _use(ANNA, Unit.VIDEOS, Window.DAY, 5, 6, 1, now + 3600, granted=2)
    row = use_row(use, now, UTC)
    assert (row.limit, row.free) == ("5 videos a day + 2 granted", "0")
    assert use_lines([use], now, UTC) == [
        "0 left of your 5 videos a day + 2 granted, until today at 12:06 UTC: 6 used, 1 held for unfinished videos."
    ]
    assert over_line(use, 1, now, UTC).startswith(
        "There is no room for one more video in your limit of 5 videos a day + 2 granted: 6 videos used, 1 video held"
    )
    dollars = _use(EVERYONE, Unit.USD, Window.MONTH, 20_000_000, 0, 0, now + 3600, granted=2_500_000)
    assert use_row(dollars, now, UTC).limit == "$20.00 a month + $2.50 granted"


def test_what_a_grant_makes_possible_is_only_a_matter_of_waiting(now: float) -> None:
    asked = check(VideoRequest(prompt="waves"), CATALOG)
    nothing_but_granted = _use(ANNA, Unit.VIDEOS, Window.DAY, 0, 1, 0, now + 3600, granted=1)
    lines = refusal(OverLimitError(Refusal((nothing_but_granted,), Charge(1, 5, 184_000)), asked, None), now, UTC)
    assert lines[0].startswith("There is no room for one more video in your limit of 0 videos a day + 1 granted")
    assert lines[1] == "Wait, or ask an admin for more."
    too_little = _use(ANNA, Unit.USD, Window.DAY, 100_000, 0, 0, now + 3600, granted=50_000)
    assert over_line(too_little, 184_000, now, UTC) == (
        "This video takes $0.18, which is more than your limit of $0.10 a day + $0.05 granted allows at all."
    )


def test_usage_rows_end_with_their_sum() -> None:
    rows = [UsageRow("shell:anna", 2, 10, 368_000, 0, 368_000, 0), UsageRow("discord:42", 1, 5, 0, 184_000, 0, 184_000)]
    first, second, total = usage_rows(rows)
    assert (first.charged, first.held, second.cost, second.possibly) == ("$0.37", "-", "-", "$0.18")
    assert (total.group, total.videos, total.seconds, total.charged) == ("together", "3", "15", "$0.37")
    assert len(usage_rows(rows[:1])) == 1


def test_a_price_line_says_what_is_made_and_is_honest_about_estimates() -> None:
    assert price_line(check(VideoRequest(prompt="waves", mode="pro", audio=True), CATALOG)) == (
        "Kling 2.6 on ToAPIs, pro (1080p), 5 seconds, 16:9, with sound: $0.63"
    )
    assert price_line(check(VideoRequest(prompt="waves", model="v3"), CATALOG)).endswith("16:9: about $0.34")


def test_problems_notes_and_changes_in_a_few_words() -> None:
    frames = tuple(
        Frame(role=role, source=f"https://x.example/{role}") for role in (FrameRole.FIRST_FRAME, FrameRole.LAST_FRAME)
    )
    asked = VideoRequest(prompt="waves", mode="std", duration=7, audio=True, frames=frames)
    checked = check(asked, CATALOG)
    assert [line.option for line in problems(checked)] == ["duration", "audio", "last_frame", "audio"]
    assert all(line.change for line in problems(checked))
    assert checked.proposal is not None
    assert changes(checked.request, checked.proposal) == ["pro mode", "5 seconds", "no audio"]
    assert "no last frame" in changes(asked, asked.model_copy(update={"frames": frames[:1]}))
    assert notes(
        check(asked.model_copy(update={"mode": "pro", "duration": 5, "audio": None, "aspect_ratio": "1:1"}), CATALOG)
    )
