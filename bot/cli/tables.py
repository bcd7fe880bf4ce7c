"""Tables for a terminal: no lines to copy, long cells wrapped at words; no amount is ever cut."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.cli.screen import printable

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType

#: Longer words, such as addresses and paths, may be folded; shorter ones and all numbers stay whole. Columns.
_LONGEST_WORD = 16
_INDENT = 2


@dataclass
class Sheet:
    """A table that fits itself to the screen: it wraps its headings and what is not `right` or `whole`, then moves its
    columns together, and where even that is too wide becomes a block of words for each row."""

    headings: Sequence[str]
    right: frozenset[str]
    whole: frozenset[str]
    gap: int
    rows: list[Sequence[str]] = field(default_factory=list)

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> Iterator["RenderableType"]:
        """Rich asks this to be drawn."""
        for gap in range(self.gap, 0, -1):
            widths = self._widths(options.max_width - gap * (len(self.headings) - 1))
            if widths is not None:
                yield self._table(widths, gap)
                return
        yield from self._blocks(options.max_width)

    def _widths(self, room: int) -> list[int] | None:
        """How wide each column may be; None where they cannot stand side by side."""
        columns = list(zip(self.headings, *self.rows, strict=True))
        wanted = [max(map(_width, column)) for column in columns]
        widths = [self._least(column[0], column[1:]) for column in columns]
        spare = room - sum(widths)
        if spare < 0:
            return None
        for _ in range(spare):
            tight = [at for at, width in enumerate(widths) if width < wanted[at]]
            if not tight:
                break
            widths[min(tight, key=lambda at: widths[at] / wanted[at])] += 1
        return widths

    def _least(self, heading: str, cells: Sequence[str]) -> int:
        if heading in self.right or heading in self.whole:
            least = max(map(_width, cells), default=0)
        else:
            least = max(map(_longest_word, cells), default=0)
            if heading != self.headings[0]:
                least = min(least, _LONGEST_WORD)
        return max(least, _longest_word(heading), 1)

    def _table(self, widths: Sequence[int], gap: int) -> "RenderableType":
        from rich.table import Table
        from rich.text import Text

        made = Table(box=None, header_style="bold", pad_edge=False, padding=(0, gap, 0, 0))
        for heading, width in zip(self.headings, widths, strict=True):
            justify = "right" if heading in self.right else "left"
            made.add_column(heading, justify=justify, overflow="fold", width=width)  # type: ignore[arg-type]
        for row in self.rows:
            made.add_row(*map(Text, row))
        return made

    def _blocks(self, width: int) -> Iterator["RenderableType"]:
        """The first cell as a heading, below it the others with their names; empty ones are left out."""
        from rich.padding import Padding
        from rich.text import Text

        indent = (0, 0, 0, _INDENT)
        for name, *cells in self.rows:
            if name.strip():
                yield Text(" ".join(name.split()), style="bold")
            line = ""
            for heading, cell in zip(self.headings[1:], cells, strict=True):
                words = " ".join(cell.split())
                if words in ("", "-"):
                    continue
                item = f"{heading} {words}".strip()
                if line and _INDENT + _width(f"{line}, {item},") > width:
                    yield Padding(Text(f"{line},"), indent, expand=False)
                    line = ""
                line = f"{line}, {item}" if line else item
            if line:
                yield Padding(Text(line), indent, expand=False)


def table(*headings: str, right: Sequence[str] = (), whole: Sequence[str] = (), gap: int = 2) -> Sheet:
    """An empty table. `right`: headings of columns with numbers, `whole`: of others whose cells are not wrapped; `gap`:
    columns between two of them, fewer where there is no room."""
    return Sheet(headings, frozenset(right), frozenset(whole), gap)


def add_rows(made: Sheet, rows: Iterable[Sequence[str]]) -> Sheet:
    """Add rows of plain text."""
    made.rows.extend([printable(cell) for cell in row] for row in rows)
    return made


def _width(text: str) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, text.split("\n")))


def _longest_word(text: str) -> int:
    return max(map(_width, text.split()), default=0)
