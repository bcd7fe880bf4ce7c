"""A task: what a create made, where it stands at a given second, and what it costs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

from adapters.gateways.sandbox.dialects import Gateway
from adapters.gateways.sandbox.faults import Trigger
from adapters.gateways.sandbox.order import Order

State = Literal["queued", "running", "completed", "failed"]
Ending = Literal["completed", "failed"]

#: the part of its time a task waits before it is rendered
QUEUED_PART = 0.06
#: results are kept this long, seconds (gateways.md section 3: 24 h)
RESULT_LIFETIME = 86_400


@dataclass(slots=True)
class Task:
    """Times are epoch seconds of the sandbox's clock; a `due_at` of infinity never comes."""

    id: str
    gateway: Gateway
    key: str
    body: dict[str, Any]
    order: Order
    created_at: float
    due_at: float
    price_usd: float
    business_id: str = ""
    ending: Ending = "completed"
    error_message: str = "Generation failed"
    error_code: str = "generation_failed"
    #: where a stuck task stays, percent
    stays_at: int = 99
    triggers: list[Trigger] = field(default_factory=list)
    looks: int = 0
    vanished: bool = False
    charged: bool = False

    def state(self, now: float) -> State:
        if now >= self.due_at:
            return self.ending
        if self.stuck:
            return "queued" if now - self.created_at < 5 else "running"
        waits = (self.due_at - self.created_at) * QUEUED_PART
        return "queued" if now - self.created_at < waits else "running"

    @property
    def stuck(self) -> bool:
        return math.isinf(self.due_at)

    def progress(self, now: float) -> int:
        """Percent, 0..100; never falls while the task runs, 100 only when it is completed."""
        state = self.state(now)
        if state == "completed":
            return 100
        if state in ("queued", "failed"):
            return 0
        # a stuck task climbs as one of two minutes would, and stays
        total = 120.0 if self.stuck else self.due_at - self.created_at
        part = min(max((now - self.created_at) / total, 0.0), 1.0)
        shown = int(100 * (1 - (1 - part) ** 1.4))
        return min(max(shown, 1), self.stays_at if self.stuck else 99)

    @property
    def expires_at(self) -> float:
        """The second from which the result's URL is dead; whole, as it is told."""
        return self.due_at if self.stuck else int(self.due_at) + RESULT_LIFETIME

    def view(self, now: float) -> dict[str, Any]:
        """What the control endpoints and tests see."""
        return {
            "id": self.id,
            "gateway": self.gateway,
            "model": self.order.model,
            "body": self.body,
            "client_business_id": self.business_id or None,
            "created_at": self.created_at,
            "due_at": None if self.stuck else self.due_at,
            "state": self.state(now),
            "progress": self.progress(now),
            "price_usd": self.price_usd,
            "charged": self.charged,
            "looks": self.looks,
            "error": self.error_message if self.state(now) == "failed" else None,
        }
