"""Draw a chart as a PNG."""

import asyncio
from dataclasses import dataclass

from adapters.charts.alt_text import alt_text
from adapters.charts.chart import Chart


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for a chat: the bytes of a PNG, and what it says in words (at most `alt_text.MOST` units)."""

    png: bytes
    alt: str


class ChartError(Exception):
    """A chart cannot be drawn on this machine; the message is one sentence. Its numbers are in words beside it."""


async def drawn(chart: Chart) -> Picture:
    """The chart as a picture, drawn in a thread by a library that is loaded with the first chart. Raises ChartError."""
    return await asyncio.to_thread(_draw, chart)


def _draw(chart: Chart) -> Picture:
    try:
        from adapters.charts.figure import png_of
    except (ImportError, OSError) as error:  # OSError: it finds no folder for its list of fonts
        raise ChartError(f"Charts cannot be drawn on this machine: {error}.") from error
    return Picture(png_of(chart), alt_text(chart))
