"""Prices learned from the gateways' bills: the median of the last ones takes the place of the price list. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from statistics import median
from types import MappingProxyType

from bot.generation.accounts import gateway_of
from bot.generation.catalog import Catalog
from bot.generation.prices import Rate, rate_key

KEPT_BILLS = 20  # of each kind
FEWEST_BILLS = 3  # one odd bill does not change what is told


def price_key(gateway: str, model: str, mode: str, *, audio: bool) -> str:
    """What bills are collected by: "toapis/v3/pro+audio", for all accounts of a gateway. Videos made after a reference
    video are left out: the gateway decides their length."""
    return f"{gateway_of(gateway)}/{model}/{rate_key(mode, audio=audio)}"


def corrected(catalog: Catalog, bills: Mapping[str, Sequence[tuple[int, int]]], now: float) -> Catalog:
    """The catalog with the prices that were learned. `bills`: price key -> (bill in micro-dollars, seconds of video)
    of the latest videos."""
    rates: dict[str, dict[str, Rate]] = {}
    today = datetime.fromtimestamp(now, UTC).date()
    for key, found in bills.items():
        if len(found) < FEWEST_BILLS:
            continue
        gateway, model, name = key.split("/", 2)
        each = round(median(bill / seconds for bill, seconds in found[-KEPT_BILLS:]))
        rates.setdefault(f"{gateway}/{model}", {})[name] = Rate(each, estimate=False, on=today)
    return catalog.with_rates({key: MappingProxyType(found) for key, found in rates.items()})
