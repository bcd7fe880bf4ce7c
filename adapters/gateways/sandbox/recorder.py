"""The requests the gateways got, kept for tests, and how many there were."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any

#: requests kept; older ones are forgotten (the counters are not)
KEPT = 20_000


@dataclass(slots=True)
class RecordedRequest:
    """One request. `received_at` is the sandbox's clock; `status` is None when no answer was sent (or not yet)."""

    gateway: str
    route: str
    method: str
    path: str
    body: Any
    received_at: float
    status: int | None = None
    task_id: str | None = None
    #: Authorization is left out
    headers: dict[str, str] = field(default_factory=dict)

    def view(self) -> dict[str, Any]:
        return asdict(self)


class Recorder:
    """Newest last."""

    def __init__(self) -> None:
        self._requests: deque[RecordedRequest] = deque(maxlen=KEPT)
        self._counts: dict[str, Counter[str]] = {"toapis": Counter(), "apimart": Counter()}

    def add(self, request: RecordedRequest) -> None:
        self._requests.append(request)
        self._counts[request.gateway][request.route] += 1

    def clear(self) -> None:
        """Forgets requests and counters."""
        self._requests.clear()
        for counts in self._counts.values():
            counts.clear()

    def find(self, gateway: str | None = None, route: str | None = None) -> list[RecordedRequest]:
        return [
            request
            for request in self._requests
            if gateway in (None, request.gateway) and route in (None, request.route)
        ]

    def counters(self) -> dict[str, dict[str, int]]:
        """Requests per gateway and route, since the start or the last clear."""
        return {gateway: dict(counts) for gateway, counts in self._counts.items()}
