"""The garbage collector of a running bot."""

import gc

from bot.operations.collector import THRESHOLDS, calm_collector


def test_the_collector_is_calm_within_the_block_and_as_before_after_it() -> None:
    before = gc.get_threshold()
    with calm_collector():
        assert gc.get_threshold() == THRESHOLDS
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_cycles_are_still_collected() -> None:
    class Knot:
        pass

    with calm_collector():
        knots = [Knot() for _ in range(10)]
        for knot in knots:
            knot.self = knot  # type: ignore[attr-defined]
        del knots, knot
        assert gc.collect() >= 10
