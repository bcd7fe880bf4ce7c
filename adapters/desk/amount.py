"""An amount of a limit as an admin says it."""

from decimal import Decimal, InvalidOperation

from bot.generation.limits import Unit
from bot.generation.prices import MICROS

_MOST = {Unit.USD: 1_000_000, Unit.VIDEOS: 1_000_000, Unit.SECONDS: 100_000_000, Unit.JOBS: 100_000}


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
