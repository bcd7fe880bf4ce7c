"""Snowflakes: https://docs.discord.com/developers/reference#snowflakes"""

from collections.abc import Callable
from datetime import UTC, datetime

EPOCH_MS = 1_420_070_400_000


class Ids:
    """Snowflakes of the clock's time that always grow, also while the clock stands still."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last = self._guild_at = 0

    def new(self) -> int:
        """The next id."""
        self._last = max(self._last + 1, (int(self._now() * 1000) - EPOCH_MS) << 22)
        return self._last

    def of_guild(self) -> int:
        """An id that falls on the next of 2, 3, 4, 6 or 12 shards: the shard of a guild is (id >> 22) % count."""
        at = (self.new() >> 22) + 1
        self._guild_at = at + (self._guild_at + 1 - at) % 12
        self._last = self._guild_at << 22
        return self._last


def iso(at: float | None) -> str | None:
    """Epoch seconds as Discord writes them."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat()
