"""Places that nobody gets through to at the moment, and the jobs that wait for them."""

from collections import Counter
from collections.abc import Callable

IN_A_ROW = 3  # failures at one place, whoever's, until it counts as away: one job's own trouble is none


class Outages:
    """The first call that works where none did wakes the jobs that wait: else some would sit out a pause that has grown
    long meanwhile. `wake` is told the id of each; the engine sets it."""

    def __init__(self) -> None:
        self.wake: Callable[[str], None] = lambda _job_id: None
        self._in_a_row: Counter[str] = Counter()
        self._waiting: dict[str, set[str]] = {}

    def failed(self, place: str, job_id: str) -> None:
        """A call for this job failed at this place (a platform), and is tried again later."""
        self._in_a_row[place] += 1
        self._waiting.setdefault(place, set()).add(job_id)

    def worked(self, place: str) -> None:
        """A call worked there."""
        was_away = self._in_a_row.pop(place, 0) >= IN_A_ROW
        for job_id in self._waiting.pop(place, ()):
            if was_away:
                self.wake(job_id)
