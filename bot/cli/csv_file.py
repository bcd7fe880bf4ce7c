"""A CSV file (RFC 4180) that is there whole or not at all, or the standard output."""

import contextlib
import csv
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bot.cli.errors import CommandError

Write = Callable[[Sequence[str | int]], object]


@contextlib.contextmanager
def csv_file(name: str, *, bom: bool) -> Iterator[Write]:
    """A function that writes one line. `name`: a file, which is written over, or "-". `bom`: begin with a mark by which
    spreadsheets know UTF-8. Raises CommandError when the file cannot be written."""
    if name == "-":
        # Beside the text layer of the terminal, which has its own line ends and letters.
        sys.stdout.flush()
        out = io.TextIOWrapper(sys.stdout.buffer, newline="", encoding=_encoding(bom=bom))
        try:
            yield csv.writer(out).writerow
        finally:
            out.detach()
        return
    target = Path(name)
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("w", newline="", encoding=_encoding(bom=bom)) as file:
            yield csv.writer(file).writerow
        part.replace(target)
    except OSError as error:
        raise CommandError(f"The file {target} cannot be written: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)


def _encoding(*, bom: bool) -> str:
    return "utf-8-sig" if bom else "utf-8"
