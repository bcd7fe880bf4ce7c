"""What a person sees: stdout for results, stderr for progress and errors. One JSON document when that was asked for."""

import json
import os
import sys
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

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

    def say(self, text: str = "", style: str | None = None) -> None:
        """A line on stdout; never wrapped, so that a path or a command can be copied whole."""
        self.out.print(printable(text), style=style, markup=False, highlight=False, soft_wrap=True)

    def tell(self, text: str = "", style: str | None = None) -> None:
        """A line on stderr."""
        self.err.print(printable(text), style=style, markup=False, highlight=False, soft_wrap=True)

    def show(self, thing: "RenderableType", width: int | None = None) -> None:
        """A table on stdout, at most `width` columns wide."""
        self.out.print(thing, width=width)

    def document(self, data: Mapping[str, object]) -> None:
        """The one JSON document of `--json`."""
        sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def _console(stream: TextIO) -> "Console":
    from rich.console import Console

    # A file has no width; a table need not suffer for it.
    wide = not stream.isatty() and not os.environ.get("COLUMNS")
    return Console(file=stream, highlight=False, markup=False, emoji=False, width=_FILE_WIDTH if wide else None)
