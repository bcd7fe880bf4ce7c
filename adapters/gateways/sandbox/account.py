"""What an account has: money left and used, one account per gateway."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(slots=True)
class Account:
    """USD. A balance of infinity is an account without a quota."""

    remaining: float
    used: float = 0.0

    @property
    def unlimited(self) -> bool:
        return math.isinf(self.remaining)

    def charge(self, usd: float) -> None:
        """Takes a price; a negative one gives it back."""
        self.remaining = round(self.remaining - usd, 6)
        self.used = round(self.used + usd, 6)

    def body(self) -> dict[str, object]:
        """`GET /v1/balance` (gateways.md section 7); ten credits are a dollar, unlimited is -1."""
        return {
            "success": True,
            "remain_balance": -1 if self.unlimited else self.remaining,
            "used_balance": self.used,
            "remain_credits": -1 if self.unlimited else round(self.remaining * 10, 5),
            "used_credits": round(self.used * 10, 5),
            "unlimited_quota": self.unlimited,
        }
