"""Fair turns: with n users waiting, nobody waits for more than one job of each other user. Pure."""

from collections import deque
from collections.abc import Iterable


class FairQueue:
    """The jobs that wait for one gateway, one line per user.

    The next turn goes to the user whose last turn is longest ago, then to the one who waits longest. While a user
    waits, any other user who gets a turn moves behind, so each of them passes at most once.
    """

    def __init__(self) -> None:
        self._lines: dict[str, deque[str]] = {}
        self._last: dict[str, float] = {}
        self._newest = 0.0
        self._arrived: dict[str, tuple[float, str]] = {}  # job id -> accepted at, user

    def __len__(self) -> int:
        return len(self._arrived)

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._arrived

    def remember_turn(self, user: str, at: float) -> None:
        """`user` had a job started at `at` (epoch seconds): known from before a restart, or just now."""
        self._last[user] = max(at, self._last.get(user, at))
        self._newest = max(self._newest, at)

    def add(self, job_id: str, user: str, accepted_at: float) -> None:
        """A job begins to wait; a second time changes nothing."""
        if job_id in self._arrived:
            return
        self._arrived[job_id] = (accepted_at, user)
        line = self._lines.setdefault(user, deque())
        line.append(job_id)
        if len(line) > 1 and accepted_at < self._arrived[line[-2]][0]:  # a retried job keeps its place
            self._lines[user] = deque(sorted(line, key=lambda j: self._arrived[j]))

    def remove(self, job_id: str) -> None:
        """The job waits no longer (cancelled, or taken elsewhere)."""
        if job_id in self._arrived:
            _, user = self._arrived.pop(job_id)
            line = self._lines[user]
            line.remove(job_id)
            if not line:
                del self._lines[user]

    def take(self, now: float) -> str | None:
        """The next job to start, its user's turn noted; None when nobody waits."""
        if not self._lines:
            return None
        user = min(self._lines, key=lambda u: (self._last.get(u, 0.0), self._arrived[self._lines[u][0]]))
        job_id = self._lines[user][0]
        self.remove(job_id)
        # Two turns within one clock tick must not look equally old.
        self._newest = self._last[user] = max(now, self._newest + 1e-6)
        self._forget_idle(now)
        return job_id

    def turns(self) -> dict[str, float]:
        """user -> their last turn, as far as it is remembered."""
        return dict(self._last)

    def position(self, job_id: str) -> int | None:
        """How many starts until this job's, 1 = next; None when it does not wait here. Later arrivals of users with an
        older turn may still pass it, once each."""
        if job_id not in self._arrived:
            return None
        user = self._arrived[job_id][1]
        rank = self._lines[user].index(job_id)
        mine = self._order_key(user)
        ahead = sum(
            min(len(line), rank + (1 if self._order_key(other) < mine else 0))
            for other, line in self._lines.items()
            if other != user
        )
        return rank + ahead + 1

    def waiting(self) -> Iterable[str]:
        """The ids of the waiting jobs, in no order."""
        return tuple(self._arrived)

    def _order_key(self, user: str) -> tuple[float, tuple[float, str]]:
        return (self._last.get(user, 0.0), self._arrived[self._lines[user][0]])

    def _forget_idle(self, now: float) -> None:
        # Who waits for nothing keeps a turn in memory for a day at most; enough for fairness, bounded in size.
        if len(self._last) > 10_000:
            self._last = {u: t for u, t in self._last.items() if u in self._lines or now - t < 86_400}
