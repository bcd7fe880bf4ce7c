"""An amount of a limit, and a length of time, as an admin says them."""

import re
from decimal import Decimal, InvalidOperation

from bot.generation.limits import Unit
from bot.generation.prices import MICROS

_MOST = {
    Unit.USD: 1_000_000,
    Unit.VIDEOS: 1_000_000,
    Unit.SECONDS: 100_000_000,
    Unit.JOBS: 100_000,
    Unit.COOLDOWN: 2_678_400,
}


def amount_of(unit: Unit, said: float | str | Decimal) -> int:
    """The amount as limits count it: micro-dollars for usd ("2.50", "$20", 2.5), else a whole number.

    Raises ValueError with a sentence for what is no such amount.
    """
    try:
        value = Decimal(str(said).strip().removeprefix("$").replace(",", ""))
    except InvalidOperation:
        value = Decimal("NaN")
    most = _MOST[unit]
    if unit is Unit.USD:
        if not value.is_finite() or not 0 <= value <= most:
            raise ValueError(f"The amount is a number of dollars from 0 to {most:,}, such as 20 or 2.50.")
        return int((value * MICROS).to_integral_value())
    if not value.is_finite() or not 0 <= value <= most or value != value.to_integral_value():
        raise ValueError(f"The amount is a whole number from 0 to {most:,}.")
    return int(value)


_SPAN = re.compile(r"(\d{1,6})\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST = 3_660 * 86_400


def seconds_of(said: str) -> float | None:
    """A length of time in seconds: "45 min", "2h", "3 days", "1w"; None for "" and "for ever".

    Raises ValueError with a sentence for what is no such time.
    """
    text = " ".join(said.lower().split())
    if text in ("", "forever", "for ever", "always"):
        return None
    match = _SPAN.fullmatch(text.removeprefix("for "))
    seconds = int(match[1]) * _SECONDS[match[2][0]] if match else 0
    if not 0 < seconds <= _LONGEST:
        raise ValueError("Say how long as a number with its unit, such as 30 min, 2 h, 3 days or 1 week.")
    return float(seconds)
