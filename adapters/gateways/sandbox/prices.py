"""What a task costs: USD per second of video (gateways.md section 8; ToAPIs v3 and o1 take APIMart's, unpublished)."""

from __future__ import annotations

from adapters.gateways.sandbox.order import Order


def usd_per_second(order: Order) -> float:
    """The price of one second. `4k` is not published: twice pro."""
    if "2-6" in order.model:
        if order.mode == "std":
            return 0.0368
        return 0.125 if order.audio else 0.0625
    # o1: audio is billed as Sound, a reference video as Video; v3: audio
    dearer = order.audio or order.video is not None
    if order.mode == "std":
        return 0.1008 if dearer else 0.0672
    pro = 0.1344 if dearer else 0.0896
    return pro * 2 if order.mode == "4k" else pro


def price_usd(order: Order) -> float:
    """The whole price in USD, rounded to a millionth."""
    return round(usd_per_second(order) * order.duration, 6)
