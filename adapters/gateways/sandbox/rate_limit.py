"""ToAPIs' documented token buckets (gateways.md section 5): create 300/min, burst 50; status 3000/min, burst 500."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one request may do, and the headers that say so."""

    allowed: bool
    headers: dict[str, str]


class Bucket:
    """One bucket of one key. `per_second` tokens flow in, at most `burst` are kept."""

    def __init__(self, category: str, per_second: float, burst: int, now: float) -> None:
        self._category, self._rate, self._burst = category, per_second, burst
        self._tokens, self._at = float(burst), now

    def take(self, now: float) -> Verdict:
        """Takes one token at epoch second `now`."""
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._at) * self._rate)
        self._at = max(self._at, now)
        allowed = self._tokens >= 1
        if allowed:
            self._tokens -= 1
        headers = {
            "X-RateLimit-Limit": str(round(self._rate * 60)),
            "X-RateLimit-Remaining": str(int(self._tokens)),
            "X-RateLimit-Reset": str(math.ceil(now + (self._burst - self._tokens) / self._rate)),
            "X-RateLimit-Category": self._category,
        }
        if not allowed:
            headers["Retry-After"] = str(max(1, math.ceil((1 - self._tokens) / self._rate)))
        return Verdict(allowed, headers)


class Buckets:
    """The buckets of all keys."""

    LIMITS: ClassVar[dict[str, tuple[float, int]]] = {"create": (5.0, 50), "status": (50.0, 500)}

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def take(self, key: str, category: str, now: float) -> Verdict:
        """One request of `key`; categories without a documented limit are always allowed and carry no headers."""
        if category not in self.LIMITS:
            return Verdict(allowed=True, headers={})
        bucket = self._buckets.get((key, category))
        if bucket is None:
            bucket = self._buckets[key, category] = Bucket(category, *self.LIMITS[category], now)
        return bucket.take(now)
