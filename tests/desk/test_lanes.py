"""Whose turn it is."""

from adapters.desk.lanes import Lanes


def taken(lanes: Lanes, now: float) -> list[str]:
    """Everything that has a turn at this moment, when no turn is used."""
    out = []
    while (turn := lanes.take(now)) is not None:
        out.append(turn[1])
    return out


def test_the_most_urgent_first_then_as_they_came() -> None:
    lanes = Lanes(1.0, 0.0)
    for key, urgency in (("progress", 2), ("state", 1), ("end", 0), ("later end", 0)):
        lanes.add("lane", key, urgency)
    assert taken(lanes, 0.0) == ["end", "later end", "state", "progress"]


def test_added_again_the_more_urgent_counts_and_it_has_one_turn() -> None:
    lanes = Lanes(1.0, 0.0)
    lanes.add("lane", "a", 2)
    lanes.add("lane", "b", 1)
    lanes.add("lane", "a", 0)
    lanes.add("lane", "a", 1)
    assert taken(lanes, 0.0) == ["a", "b"]


def test_a_lane_rests_after_a_turn_that_was_used_and_others_do_not() -> None:
    lanes = Lanes(1.0, 0.0)
    for lane in ("one", "two"):
        for number in range(2):
            lanes.add(lane, f"{lane} {number}", 2)
    first = lanes.take(0.0)
    assert first == ("one", "one 0")
    lanes.used("one", 0.0)
    assert taken(lanes, 0.5) == ["two 0", "two 1"]
    assert lanes.next_at() == 1.0
    assert taken(lanes, 1.0) == ["one 1"]
    assert lanes.next_at() is None


def test_all_lanes_together_have_a_pace() -> None:
    lanes = Lanes(0.0, 0.1)
    lanes.add("one", "a", 0)
    lanes.add("two", "b", 0)
    assert lanes.take(0.0) == ("one", "a")
    lanes.used("one", 0.0)
    assert lanes.take(0.05) is None
    assert lanes.next_at() == 0.1
    assert lanes.take(0.1) == ("two", "b")


def test_thousands_of_lanes_take_their_turns_in_order() -> None:
    lanes = Lanes(1.0, 0.0)
    for number in range(3000):
        lanes.add(f"lane {number % 1000}", f"key {number}", number % 3)
    order = []
    now = 0.0
    while (at := lanes.next_at()) is not None:
        now = max(now, at)
        while (turn := lanes.take(now)) is not None:
            order.append(turn[1])
            lanes.used(turn[0], now)
    assert len(order) == len(set(order)) == 3000
    assert now == 2.0
