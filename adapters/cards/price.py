"""The price of a checked request in words."""

from decimal import Decimal

from adapters.cards.words import counted
from bot.generation.check import Checked
from bot.generation.prices import MICROS, Quote, dollars


def what_line(checked: Checked) -> str:
    """What will be made: "Kling 2.6 on ToAPIs, pro (1080p), 5 seconds, 16:9, with sound"."""
    offer, now = checked.offer, checked.effective
    if offer is None or now is None:
        return ""
    ratio = "shape of the image" if now.ratio_from_image else now.aspect_ratio
    parts = [
        f"{offer.title} on {offer.gateway_title}",
        f"{now.mode} ({now.resolution})",
        counted(now.duration, "second"),
        ratio,
    ]
    if offer.supports_audio():
        parts.append("with sound" if now.audio else "silent")
    return ", ".join(parts)


def price_line(checked: Checked) -> str:
    """What it will be and cost, in one line."""
    if checked.quote is None:
        return what_line(checked)
    return f"{what_line(checked)}: {checked.quote.words}"


def dollars_beside(micros: int, other: int) -> str:
    """An amount that stands beside another one: with as many digits as it takes to see that they differ."""
    words = dollars(micros)
    if micros == other or words != dollars(other):
        return words
    return f"${(Decimal(micros) / MICROS).normalize():,f}"


def quote_beside(quote: Quote, other: int) -> str:
    """The price in words, told apart from `other` (micro-dollars)."""
    words = dollars_beside(quote.micros, other)
    return quote.words if words == dollars(quote.micros) else f"{'about ' if quote.estimate else ''}{words}"
