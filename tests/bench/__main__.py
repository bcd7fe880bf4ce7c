"""`make bench`: run every benchmark in one go and write RESULTS.md. Name some to run only those: nothing is written."""

import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import accept, in_flight, polling, throughput
from tests.bench.report import Figure, table

BENCHES: dict[str, tuple[str, Callable[[], list[Figure]]]] = {
    "polling": ("Looks a job and lateness, on the same simulated renders", polling.run),
    "accept": ("The accepting transaction (SQLite, WAL, synchronous=FULL)", accept.run),
    "throughput": ("Whole jobs a second against an instant sandbox in its own process", throughput.run),
    "in_flight": ("Many jobs in flight", in_flight.run),
}
RESULTS = Path(__file__).with_name("RESULTS.md")


def main(names: list[str]) -> None:
    sections = []
    for name in names or BENCHES:
        title, bench = BENCHES[name]
        print(f"{name} ...", file=sys.stderr, flush=True)
        sections.append(table(title, bench()))
        print(sections[-1], flush=True)
    if not names:
        head = (
            "# Benchmarks\n\nWritten by `make bench`; all figures of one run, on a machine shared with others: trust "
            f"the ratios.\n\n{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {platform.machine()}, "
            "2 cores.\n"
        )
        RESULTS.write_text("\n".join([head, *sections]), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
