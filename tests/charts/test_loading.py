"""The library that draws is loaded with the first chart, and its absence costs no other answer."""

import subprocess
import sys

_CODE = """
import asyncio, sys
from adapters.charts.chart import Bar, Chart
from adapters.charts.drawing import ChartError, drawn
import adapters.desk, bot.cli.usage

assert "matplotlib" not in sys.modules
sys.modules["matplotlib"] = None  # as if it were not installed
try:
    asyncio.run(drawn(Chart("Use in the last day", (Bar("2026-11-21", 1, 1),))))
except ChartError as error:
    print(error)
"""


def test_without_the_library_a_chart_is_told_to_be_impossible_and_nothing_else_needs_it() -> None:
    done = subprocess.run([sys.executable, "-c", _CODE], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Charts cannot be drawn on this machine: ")
