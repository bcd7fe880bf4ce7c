"""What a person sees: stdout for results, stderr for progress and errors. One JSON document when that was asked for."""

import json
import os
import re
import sys
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

_FILE_WIDTH = 120


def printable(text: str) -> str:
    """The text without control characters: a stranger's prompt must not move the cursor of an admin's terminal."""
    return "".join(c for c in text if c.isprintable() or c == "\n")


class Screen:
    """Both output streams of one command."""

    @cached_property
    def out(self) -> "Console":
        """Stdout: what was asked for."""
        return _console(sys.stdout)

    @cached_property
    def err(self) -> "Console":
        """Stderr: progress, warnings and errors."""
        return _console(sys.stderr)

    @property
    def is_live(self) -> bool:
        """True where a progress bar can move: a real terminal that understands cursor movements."""
        return sys.stderr.isatty() and self.err.is_interactive and not self.err.is_dumb_terminal

    @property
    def can_ask(self) -> bool:
        """True when a person sits at both ends."""
        return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

    def say(self, text: str = "", style: str | None = None, *, hang: int | None = None, whole: bool = False) -> None:
        """A line on stdout. A terminal gets it wrapped at words, the rest `hang` columns in (None: as far as the line
        begins); nothing inside a word is broken. `whole`: never wrapped, for a command that is copied."""
        _put(self.out, text, style, hang, whole=whole)

    def tell(self, text: str = "", style: str | None = None, *, whole: bool = False) -> None:
        """A line on stderr, wrapped like one on stdout."""
        _put(self.err, text, style, None, whole=whole)

    def say_text(self, text: "Text", hang: int = 0) -> None:
        """A line of several styles on stdout, wrapped in the same way."""
        _put_text(self.out, text, hang)

    def show(self, thing: "RenderableType", width: int | None = None) -> None:
        """A table on stdout, at most `width` columns wide."""
        self.out.print(thing, width=width)

    def document(self, data: Mapping[str, object]) -> None:
        """The one JSON document of `--json`."""
        sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def _put(console: "Console", text: str, style: str | None, hang: int | None, *, whole: bool) -> None:
    from rich.text import Text

    for line in printable(text).split("\n"):
        styled = Text(line, style=style or "")
        if whole:
            console.print(styled, soft_wrap=True)
        else:
            _put_text(console, styled, len(line) - len(line.lstrip()) if hang is None else hang)


def _put_text(console: "Console", text: "Text", hang: int) -> None:
    """Nobody needs a file or a pipe wrapped: a line there stays a line."""
    if not console.is_terminal or console.width < 2 * hang:
        console.print(text, soft_wrap=True)
        return
    for number, line in enumerate(text.divide(_breaks(text.plain, console.width, hang))):
        line.rstrip()
        if number:
            line.pad_left(hang)
        console.print(line, soft_wrap=True)


def _breaks(line: str, width: int, hang: int) -> list[int]:
    """Where the next lines begin: always at a word, so that an address or a path stays whole."""
    from rich.cells import cell_len

    found, start, indent = [], 0, 0
    for word in re.finditer(r"\S+", line):
        if word.start() > max(start, hang) and indent + cell_len(line[start : word.end()]) > width:
            start, indent = word.start(), hang
            found.append(start)
    return found


def _console(stream: TextIO) -> "Console":
    from rich.console import Console

    # A file has no width; a table need not suffer for it.
    wide = not stream.isatty() and not os.environ.get("COLUMNS")
    return Console(file=stream, highlight=False, markup=False, emoji=False, width=_FILE_WIDTH if wide else None)
