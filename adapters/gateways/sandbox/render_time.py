"""How long a task takes: a lognormal per mode and duration, as the pages describe it (gateways.md section 3)."""

from __future__ import annotations

import math
import random

from adapters.gateways.sandbox.order import Order

#: median seconds of a 5 s video, and the spread (sigma of the logarithm); pro: 5 % under 98 s, 5 % over 245 s
_FIVE_SECONDS: dict[str, tuple[float, float]] = {"std": (90.0, 0.35), "pro": (155.0, 0.28), "4k": (280.0, 0.3)}


def median_seconds(order: Order) -> float:
    """The median render time of such an order in seconds, at speed 1."""
    median = _FIVE_SECONDS[order.mode][0]
    # twice the length takes about 1.6 times as long; sound and a reference video add a little
    longer = math.pow(order.duration / 5, 0.7)
    return median * longer * (1.15 if order.audio or order.video else 1.0)


def draw_seconds(order: Order, chance: random.Random) -> float:
    """A believable render time in seconds, at speed 1; within 40 % and 400 % of the median."""
    median = median_seconds(order)
    drawn = chance.lognormvariate(math.log(median), _FIVE_SECONDS[order.mode][1])
    return min(max(drawn, median * 0.4), median * 4)
