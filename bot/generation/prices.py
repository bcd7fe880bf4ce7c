"""Prices: US dollars per second of video, kept in integer micro-dollars, with the day they were read.

ToAPIs publishes 2.6 only and nobody publishes O1 with audio; what is missing is estimated from APIMart's page and
marked, so that people read "about $0.34" and limits hold the upper estimate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from types import MappingProxyType

from bot.generation.table import MODELS, SANDBOX

MICROS = 1_000_000
#: The day the default prices below were read from the vendors' pages (gateways.md section 8).
PRICES_READ_ON = date(2026, 11, 21)
#: What a limit holds for an estimated price, in percent of the estimate.
ESTIMATE_HOLD_PERCENT = 125
#: A price per second above this (USD) in the settings is a typing mistake.
_DEAREST_SECOND = Decimal(100)


class PriceError(ValueError):
    """A price in the settings that cannot be read; the text is one sentence for the admin."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What one second of video costs (micro-dollars), whether that is a guess, and the day it was read."""

    micros_per_second: int
    estimate: bool = False
    on: date = PRICES_READ_ON


@dataclass(frozen=True, slots=True)
class Quote:
    """What one video will cost. `micros` is the price, `held_micros` what limits hold: more, for an estimate."""

    micros: int
    estimate: bool
    priced_on: date
    seconds: int
    held_micros: int

    @property
    def words(self) -> str:
        """The price as people read it: "$0.63", "about $0.34" for an estimate, "free" in the sandbox."""
        if not self.micros:
            return "free"
        return f"about {dollars(self.micros)}" if self.estimate else dollars(self.micros)


def dollars(micros: int) -> str:
    """Micro-dollars in words, rounded half up to cents: "$0.63", "under $0.01"."""
    cents = (Decimal(micros) / MICROS).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return "under $0.01" if micros > 0 and not cents else f"${cents:,}"


def rate_key(mode: str, *, audio: bool = False, video: bool = False) -> str:
    """The name of a rate: "std", "pro+audio", "std+video". A request with a reference video is billed as Video."""
    return f"{mode}+video" if video else f"{mode}+audio" if audio else mode


def _rates(*, estimate: bool, **micros: int) -> Mapping[str, Rate]:
    return MappingProxyType({k.replace("_", "+"): Rate(v, estimate=estimate) for k, v in micros.items()})


_KLING_26 = _rates(estimate=False, std=36_800, pro=62_500, pro_audio=125_000)  # both pages
_V3 = {"std": 67_200, "pro": 89_600, "std_audio": 100_800, "pro_audio": 134_400}
_O1 = {"std": 67_200, "pro": 89_600, "std_video": 100_800, "pro_video": 134_400}
#: Nobody publishes O1 with audio here: v3 with audio costs the same half more as O1 with a video.
_O1_AUDIO = {"std_audio": 100_800, "pro_audio": 134_400}
#: APIMart's 4k price is not on its page; this is what another reseller of Kling v3 4K asks, sound or not.
_V3_4K = {"4k": Rate(420_000, estimate=True), "4k+audio": Rate(420_000, estimate=True)}

_PUBLISHED: Mapping[str, Mapping[str, Rate]] = MappingProxyType(
    {
        "toapis/2.6": _KLING_26,
        "apimart/2.6": _KLING_26,
        "toapis/v3": _rates(estimate=True, **_V3),
        "apimart/v3": MappingProxyType({**_rates(estimate=False, **_V3), **_V3_4K}),
        "toapis/o1": _rates(estimate=True, **_O1, **_O1_AUDIO),
        "apimart/o1": MappingProxyType({**_rates(estimate=False, **_O1), **_rates(estimate=True, **_O1_AUDIO)}),
    }
)

#: Default rates per "gateway/model". The sandbox costs nothing; a price can be set to try the limits with.
DEFAULT_RATES: Mapping[str, Mapping[str, Rate]] = MappingProxyType(
    {
        **_PUBLISHED,
        **{
            f"{SANDBOX}/{key.partition('/')[2]}": MappingProxyType(dict.fromkeys(rates, Rate(0)))
            for key, rates in _PUBLISHED.items()
            if key.startswith("toapis/")
        },
    }
)


def quote(
    rates: Mapping[str, Rate],
    *,
    mode: str,
    seconds: int,
    audio: bool = False,
    video: bool = False,
    longest: int | None = None,
) -> Quote:
    """The price of `seconds` of video. `longest`: hold for so many seconds, where the gateway decides the length.

    Raises KeyError when `rates` has no price for that mode.
    """
    rate = rates[rate_key(mode, audio=audio, video=video)]
    held = rate.micros_per_second * max(seconds, longest or 0)
    if rate.estimate:
        held = -(-held * ESTIMATE_HOLD_PERCENT // 100)
    return Quote(rate.micros_per_second * seconds, rate.estimate, rate.on, seconds, held)


def read_rates(key: str, given: object) -> Mapping[str, Rate]:
    """The rates an admin set for one "gateway/model": {"std": 0.04, "pro+audio": "0.13", "on": "2026-11-21"}.

    USD per second; the names are those of the defaults; "on" is the day the prices were read. Raises PriceError.
    """
    known = DEFAULT_RATES[key]
    if not isinstance(given, Mapping):
        raise PriceError(f'prices["{key}"] must map {", ".join(known)} to US dollars per second.')
    try:
        on = date.fromisoformat(str(given["on"]))
    except (KeyError, ValueError):
        raise PriceError(f'prices["{key}"] needs "on", the day its prices were read, such as "2026-11-21".') from None
    rates: dict[str, Rate] = {}
    for name, value in given.items():
        if name == "on":
            continue
        if name not in known:
            raise PriceError(
                f'prices["{key}"] has no "{name}" for {MODELS[key.partition("/")[2]]}: use {", ".join(known)}.'
            )
        rates[name] = Rate(_micros(key, name, value), estimate=False, on=on)
    return rates


def _micros(key: str, name: str, value: object) -> int:
    wrong = PriceError(f'prices["{key}"]["{name}"] must be US dollars per second, from 0 to {_DEAREST_SECOND}.')
    if isinstance(value, bool):
        raise wrong
    try:
        usd = Decimal(str(value))
    except InvalidOperation:
        raise wrong from None
    if not usd.is_finite() or not 0 <= usd <= _DEAREST_SECOND:
        raise wrong
    return int((usd * MICROS).to_integral_value(ROUND_HALF_UP))
