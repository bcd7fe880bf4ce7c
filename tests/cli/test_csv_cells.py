"""What a spreadsheet reads in a CSV file."""

import csv
import io
from datetime import UTC
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.csv_cells import FORMULA_STARTS, moment, money, text
from bot.cli.reporting import job_cells
from bot.generation.ports import ReportLine

NAMES = st.text() | st.builds(str.__add__, st.sampled_from(sorted(FORMULA_STARTS)), st.text())


@given(NAMES)
def test_no_text_begins_a_formula_and_every_other_text_stays_as_it_is(name: str) -> None:
    cell = text(name)
    assert cell[:1] not in FORMULA_STARTS
    assert cell in (name, f"'{name}")
    assert (cell == name) == (name[:1] not in FORMULA_STARTS)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_what_spreadsheets_calculate_gets_an_apostrophe(start: str) -> None:
    assert text(f"{start}1+1") == f"'{start}1+1"


@given(st.integers(-(10**15), 10**15))
def test_money_stays_a_number_and_exact(micros: int) -> None:
    assert Decimal(money(micros)) * 1_000_000 == micros


def test_a_time_has_the_offset_of_its_zone() -> None:
    assert moment(1_763_726_400.0, ZoneInfo("Asia/Kathmandu")) == "2025-11-21T17:45:00+05:45"
    assert moment(None, UTC) == ""


@given(user=NAMES, channel=NAMES, bill=st.none() | st.integers(0, 10**9))
def test_a_line_of_any_job_is_read_back_as_it_was(user: str, channel: str, bill: int | None) -> None:
    line = ReportLine(
        "j1", 0.0, None, "discord", "1", channel, user, "toapis", "v3", "std", 5, False,
        "delivered", "settled", None, 350_000, 350_000, bill, bill, bill or 0, 0,
    )  # fmt: skip
    cells = job_cells(line, ZoneInfo("UTC"))
    out = io.StringIO(newline="")
    csv.writer(out).writerow(cells)
    [read] = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert read == [str(cell) for cell in cells]
    numbers = {10, 15, 16, 17, 18, 19, 20, 21}
    for number, cell in enumerate(read):
        if number in numbers:
            assert cell == "" or Decimal(cell).is_finite()
        else:
            assert cell[:1] not in FORMULA_STARTS
