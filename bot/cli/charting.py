"""The chart of `videobot usage --chart`: a picture beside the numbers."""

import asyncio
from pathlib import Path

from adapters.charts.chart import Chart
from adapters.charts.drawing import ChartError, drawn
from bot.cli.errors import CommandError, bad_input


def chart_path(path: Path) -> Path:
    """Where the picture goes. Raises CommandError for a name that is no picture's: the file is written over."""
    if path.suffix.lower() != ".png":
        raise bad_input(f"--chart is the name of a picture that ends with .png, not {path.name!r}.")
    return path


async def write_chart(chart: Chart, path: Path) -> dict[str, str]:
    """Draw the chart into this file; where it is, and its numbers in words. Raises CommandError where it cannot be."""
    try:
        picture = await drawn(chart)
        await asyncio.to_thread(path.write_bytes, picture.png)
    except ChartError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"The chart cannot be written to {path}: {error.strerror or error}.") from error
    return {"file": str(path), "alt": picture.alt}
