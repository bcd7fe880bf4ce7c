"""The price of a checked request in words."""

from adapters.cards.words import counted
from bot.generation.check import Checked


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
