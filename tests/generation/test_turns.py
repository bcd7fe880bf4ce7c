"""With n users waiting, nobody waits for more than one job of each other user."""

from hypothesis import given
from hypothesis import strategies as st

from bot.generation.turns import FairQueue


def test_a_newcomer_passes_the_long_line_of_another_user() -> None:
    queue = FairQueue()
    for number in range(5):
        queue.add(f"anna-{number}", "anna", float(number))
    assert queue.take(10.0) == "anna-0"
    queue.add("ben-0", "ben", 11.0)
    assert queue.take(12.0) == "ben-0"
    assert queue.take(13.0) == "anna-1"


def test_position_counts_the_starts_before_mine() -> None:
    queue = FairQueue()
    for number in range(3):
        queue.add(f"anna-{number}", "anna", float(number))
    queue.add("ben-0", "ben", 5.0)
    assert [queue.position(j) for j in ("anna-0", "ben-0", "anna-1", "anna-2")] == [1, 2, 3, 4]
    assert queue.position("nobody") is None


def test_turns_before_a_restart_count() -> None:
    queue = FairQueue()
    queue.remember_turn("anna", 100.0)
    queue.add("anna-0", "anna", 101.0)
    queue.add("ben-0", "ben", 102.0)
    assert queue.take(103.0) == "ben-0"


def test_a_retried_job_keeps_its_place_in_its_own_line() -> None:
    queue = FairQueue()
    queue.add("second", "anna", 2.0)
    queue.add("first", "anna", 1.0)
    assert queue.take(3.0) == "first"


def test_a_cancelled_job_leaves_the_line() -> None:
    queue = FairQueue()
    queue.add("a", "anna", 1.0)
    queue.remove("a")
    assert len(queue) == 0
    assert queue.take(2.0) is None


_EVENTS = st.lists(st.one_of(st.sampled_from("abcde"), st.none()), max_size=120)


@given(_EVENTS)
def test_nobody_is_passed_twice_by_the_same_user(events: list[str | None]) -> None:
    """Jobs arrive (a user's letter) and starts happen (None), in any order and at one frozen moment."""
    queue = FairQueue()
    owner: dict[str, str] = {}
    passed_by: dict[str, dict[str, int]] = {}  # waiting user -> other user -> starts since the wait began
    waiting: dict[str, int] = {}
    for number, event in enumerate(events):
        if event is not None:
            job_id = f"{event}{number}"
            owner[job_id] = event
            queue.add(job_id, event, float(number))
            waiting[event] = waiting.get(event, 0) + 1
            passed_by.setdefault(event, {})
            continue
        job_id = queue.take(0.0)
        if job_id is None:
            assert not waiting
            continue
        starter = owner[job_id]
        waiting[starter] -= 1
        passed_by[starter] = {}
        if not waiting[starter]:
            del waiting[starter]
        for user in waiting:
            if user != starter:
                seen = passed_by[user]
                seen[starter] = seen.get(starter, 0) + 1
                assert seen[starter] <= 1


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=30))
def test_the_position_told_is_the_position_had(users: list[str]) -> None:
    queue = FairQueue()
    for number, user in enumerate(users):
        queue.add(f"{user}{number}", user, float(number))
    told = {job_id: queue.position(job_id) for job_id in queue.waiting()}
    for turn in range(1, len(users) + 1):
        job_id = queue.take(1000.0)
        assert job_id is not None
        assert told[job_id] == turn
