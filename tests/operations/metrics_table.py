"""The table of metrics in docs/operations.md is written from the code: `python -m tests.operations.metrics_table`."""

import re
from pathlib import Path

from bot.operations.meters import Meters

OPERATIONS_PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
_HEAD = "| metric | kind | labels | what it says |\n|---|---|---|---|\n"


def table() -> str:
    """The table as it should be."""
    rows = [
        f"| `{row.name}` | {row.kind} | {', '.join(f'`{label}`' for label in row.labels)} | {row.help} |"
        for row in Meters("").table()
    ]
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    page = OPERATIONS_PAGE.read_text(encoding="utf-8")
    written = re.sub(re.escape(_HEAD) + r"(\|.*\n)*", lambda _match: table(), page)
    OPERATIONS_PAGE.write_text(written, encoding="utf-8")
