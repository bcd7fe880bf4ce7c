"""Cells of a CSV file that a spreadsheet reads as what they are: text never as a formula, numbers as numbers."""

from datetime import datetime, tzinfo

#: With one of these a spreadsheet takes a cell for a formula, or for the start of one behind a separator. The last four
#: are their full-width forms, which some spreadsheets take for the same.
FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def text(value: str | None) -> str:
    """A text, with an apostrophe in front where it would else be taken for a formula."""
    value = value or ""
    return f"'{value}" if value[:1] in FORMULA_STARTS else value


def money(micros: int | None) -> str:
    """Micro-dollars as a plain number of dollars, exact: "0.35", "-0.0125"; nothing for None."""
    if micros is None:
        return ""
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    whole, part = divmod(micros, 1_000_000)
    return f"{sign}{whole}.{f'{part:06d}'.rstrip('0').ljust(2, '0')}"


def moment(at: float | None, zone: tzinfo) -> str:
    """A time as ISO 8601 with the offset of `zone`; nothing for None."""
    return "" if at is None else datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")
