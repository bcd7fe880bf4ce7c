"""Tables for a terminal: no lines to copy, headings dim, long cells wrapped."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bot.cli.screen import printable

if TYPE_CHECKING:
    from rich.table import Table


def table(*headings: str, right: Sequence[str] = (), whole: Sequence[str] = (), gap: int = 2) -> "Table":
    """An empty table. `right`: headings of columns with numbers; `whole`: of columns that are
    cut, not wrapped, where there is no room."""
    from rich.table import Table

    made = Table(box=None, header_style="bold", pad_edge=False, padding=(0, gap, 0, 0))
    for heading in headings:
        made.add_column(
            heading,
            justify="right" if heading in right else "left",
            no_wrap=heading in whole or heading in right,
            overflow="ellipsis" if heading in whole else "fold",
        )
    return made


def add_rows(made: "Table", rows: Iterable[Sequence[str]]) -> "Table":
    """Add rows of plain text."""
    from rich.text import Text

    for row in rows:
        made.add_row(*(Text(printable(cell)) for cell in row))
    return made
