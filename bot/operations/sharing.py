"""What the running bot has seen of a gateway, kept in the database for commands and other processes."""

import json
from dataclasses import asdict, dataclass

from bot.generation.ports import Store
from bot.operations.standing import Standing

SHARE_EVERY = 600.0  # seconds; a change of trouble is shared at once


@dataclass(frozen=True, slots=True)
class Seen:
    """A standing at the moment `at` (epoch seconds): failed calls and all calls of the ten minutes before."""

    at: float
    trouble: str | None
    failed: int
    calls: int
    last_code: str | None
    last_bad_at: float | None

    @classmethod
    def of(cls, standing: Standing, now: float) -> "Seen":
        """As it is now."""
        failed, calls = standing.errors(now)
        return cls(now, standing.trouble, failed, calls, standing.last_code, standing.last_bad_at)

    def document(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)

    def words(self, now: float) -> str:
        """One line for an admin."""
        minutes = max(0, int((now - self.at) / 60))
        ago = "just now" if minutes == 0 else f"{minutes} min ago"
        bad = f", last {self.last_code}" if self.failed and self.last_code else ""
        return f"{ago}: {self.failed} of {self.calls} calls failed{bad}"


async def share(store: Store, standing: Standing, now: float) -> Seen:
    """Keep it for others. Raises StoreError."""
    seen = Seen.of(standing, now)
    await store.remember(f"gateway {standing.name}", json.dumps(seen.document()))
    return seen


async def shared(store: Store, gateway: str) -> Seen | None:
    """What was kept last; None when nothing was. Raises StoreError."""
    value = await store.remembered(f"gateway {gateway}")
    return None if value is None else Seen(**json.loads(value))
