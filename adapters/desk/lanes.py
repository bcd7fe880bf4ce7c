"""Whose turn it is to be posted or edited: lanes with a pace of their own, the most urgent first. Pure."""

import heapq
import itertools
from dataclasses import dataclass, field


@dataclass
class _Lane:
    waiting: list[tuple[int, int, str]] = field(default_factory=list)  # urgency, number, key
    urgency: dict[str, int] = field(default_factory=dict)  # key -> the urgency that counts
    rests: bool = False

    def first(self) -> tuple[int, int, str] | None:
        """Whose turn is next here; places that a more urgent one of the same key replaced are forgotten."""
        while self.waiting and self.urgency.get(self.waiting[0][2]) != self.waiting[0][0]:
            heapq.heappop(self.waiting)
        return self.waiting[0] if self.waiting else None


class Lanes:
    """Keys that wait for a turn. After a turn that was used, its lane rests `lane_every` seconds, and all lanes
    `every` seconds. Costs the same with many lanes."""

    def __init__(self, lane_every: float, every: float) -> None:
        self._lane_every, self._every = lane_every, every
        self._lanes: dict[str, _Lane] = {}
        self._ready: list[tuple[int, int, str]] = []  # urgency and number of a lane's first key; may be outdated
        self._resting: list[tuple[float, str]] = []  # until when
        self._free_at = 0.0
        self._numbers = itertools.count()

    def add(self, lane: str, key: str, urgency: int) -> None:
        """`key` waits in `lane`; 0 is the most urgent. Added again, the more urgent counts."""
        into = self._lanes.setdefault(lane, _Lane())
        if into.urgency.get(key, urgency + 1) <= urgency:
            return
        into.urgency[key] = urgency
        heapq.heappush(into.waiting, (urgency, next(self._numbers), key))
        self._offer(lane, into)

    def take(self, now: float) -> tuple[str, str] | None:
        """Lane and key whose turn it is; None when nobody waits, or every lane that is waited in still rests."""
        self._wake(now)
        while now >= self._free_at and self._ready:
            urgency, number, name = heapq.heappop(self._ready)
            lane = self._lanes.get(name)
            first = lane.first() if lane is not None and not lane.rests else None
            if lane is None or first is None or first[:2] != (urgency, number):
                continue
            heapq.heappop(lane.waiting)
            del lane.urgency[first[2]]
            self._offer(name, lane)
            return name, first[2]
        return None

    def used(self, lane: str, now: float) -> None:
        """The turn in this lane was used."""
        self._lanes.setdefault(lane, _Lane()).rests = True
        heapq.heappush(self._resting, (now + self._lane_every, lane))
        self._free_at = now + self._every

    def next_at(self) -> float | None:
        """The earliest moment there may be a turn; None when nobody waits."""
        if self._ready:
            return self._free_at
        waited_in = (until for until, name in self._resting if name in self._lanes and self._lanes[name].urgency)
        first = min(waited_in, default=None)
        return None if first is None else max(self._free_at, first)

    def _offer(self, name: str, lane: _Lane) -> None:
        first = lane.first()
        if first is None:
            if not lane.rests:
                self._lanes.pop(name, None)
        elif not lane.rests:
            heapq.heappush(self._ready, (first[0], first[1], name))

    def _wake(self, now: float) -> None:
        while self._resting and self._resting[0][0] <= now:
            _, name = heapq.heappop(self._resting)
            lane = self._lanes.get(name)
            if lane is not None:
                lane.rests = False
                self._offer(name, lane)
