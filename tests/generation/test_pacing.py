"""When to look next: early once, sparsely until tasks of this kind begin to be done, then often."""

import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.generation.pacing import (
    DENSE_INTERVAL,
    ENOUGH_SAMPLES,
    FIRST_LOOK,
    KEPT_SAMPLES,
    SLOW_AFTER,
    Rate,
    RenderTimes,
    TokenBucket,
    backoff,
    next_look,
    timing_key,
)

KEY = timing_key("toapis", "2.6", "std", 5)


def test_the_first_look_is_early() -> None:
    assert next_look(0.0, 60.0, Random(1)) == FIRST_LOOK


def test_looks_are_sparse_before_tasks_begin_to_be_done_and_dense_after() -> None:
    age, ages = FIRST_LOOK, [FIRST_LOOK]
    while age < 90:
        age += next_look(age, 67.0, Random(1))
        ages.append(age)
    early = [a for a in ages if a < 67.0]
    late = [b - a for a, b in itertools.pairwise(ages) if a >= 67.0]
    assert len(early) <= 3
    assert all(0.9 * DENSE_INTERVAL <= gap <= 1.1 * DENSE_INTERVAL for gap in late)


@given(st.floats(0, 86_400), st.floats(1, 1200), st.integers(0, 10_000))
def test_a_look_is_always_ahead_and_never_far(age: float, first_done: float, seed: int) -> None:
    gap = next_look(age, first_done, Random(seed))
    assert 0 < gap <= max(first_done, 330.0)


def test_after_fifteen_minutes_a_task_is_watched_slowly() -> None:
    assert next_look(SLOW_AFTER + 1, 60.0, Random(1)) >= 27.0


def test_this_bots_own_times_count_from_the_twentieth_render_on() -> None:
    times = RenderTimes()
    for seconds in range(ENOUGH_SAMPLES - 1):
        times.add(KEY, 100.0 + seconds)
    assert times.usual(KEY) == (60, 300, False)
    times.add(KEY, 200.0)
    low, high, learned = times.usual(KEY)
    assert learned
    assert 100 <= low <= high <= 200
    assert times.first_done(KEY) == 101.0


def test_long_pro_renders_are_announced_as_the_vendor_does() -> None:
    assert RenderTimes().usual(timing_key("toapis", "v3", "pro", 10)) == (300, 600, False)


@given(st.lists(st.floats(1, 1000), min_size=1, max_size=3 * KEPT_SAMPLES))
def test_only_the_newest_two_hundred_are_remembered(seconds: list[float]) -> None:
    times = RenderTimes({KEY: seconds})
    kept = sorted(seconds[-KEPT_SAMPLES:])
    if len(kept) >= ENOUGH_SAMPLES:
        assert times.quantile(KEY, 0.0) == kept[0]
        assert times.quantile(KEY, 1.0) == kept[-1]
    else:
        assert times.quantile(KEY, 0.5) is None


@given(st.integers(1, 100), st.integers(0, 1000))
def test_backoff_doubles_to_a_bound(failures: int, seed: int) -> None:
    pause = backoff(failures, Random(seed))
    middle = min(60.0, 2.0 * 2 ** (failures - 1))
    assert 0.75 * middle <= pause <= 1.25 * middle


@given(st.floats(0.5, 100), st.integers(1, 50), st.lists(st.floats(0, 0.5), min_size=60, max_size=200))
def test_a_bucket_never_lets_more_through_than_its_rate_and_burst(
    per_second: float, burst: int, gaps: list[float]
) -> None:
    bucket, now, leaving = TokenBucket(Rate(per_second, burst)), 1000.0, []
    for gap in gaps:
        now += gap
        leaving.append(now + bucket.take(now))
    for first, start in enumerate(leaving):
        for last in range(first, len(leaving)):
            allowed = burst + per_second * (leaving[last] - start)
            assert last - first + 1 <= allowed + 1 + 1e-6


def test_a_bucket_obeys_retry_after_and_the_gateways_own_count() -> None:
    bucket = TokenBucket(Rate(5.0, 50))
    bucket.close(1030.0, 1000.0)
    assert bucket.wait(1000.0) == 30.0
    assert bucket.wait(1031.0) == 0.0
    bucket.correct(0, 1031.0)
    assert bucket.wait(1031.0) == pytest.approx(0.2)
