"""`make bench`: run every benchmark, each in a process of its own, and write its section of RESULTS.md. Name some to
run only those; the other sections stay as they are."""

import platform
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import accept, discord_commands, in_flight, limits, polling, postgres, slack_commands, throughput
from tests.bench.report import Figure, table

BENCHES: dict[str, tuple[str, Callable[[], list[Figure]]]] = {
    "polling": ("Looks a job and lateness, on the same simulated renders", polling.run),
    "accept": ("The accepting transaction (SQLite, WAL, synchronous=FULL)", accept.run),
    "limits": ("10,000 users and 1,000,000 jobs: looks, accepts and reports", limits.run),
    "throughput": ("Whole jobs a second against an instant sandbox in its own process", throughput.run),
    "postgres": ("The same batch on SQLite and on PostgreSQL, one and two workers", postgres.run),
    "budgeted": ("1,000 jobs in flight under ToAPIs' default rate budget", in_flight.run_budgeted),
    "discord": ("Discord: 200 commands within a second beside 5,000 jobs in flight", discord_commands.run),
    "slack": ("Slack: 100 commands within a second beside 5,000 jobs in flight", slack_commands.run),
    "in_flight": ("10,000 jobs in flight without a rate budget", in_flight.run_free),
}
RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = (
    "# Benchmarks\n\nWritten by `make bench`: each section is one run in a process of its own. The machine is shared\n"
    "with others: trust the ratios within a section.\n\n"
)


def main(names: list[str]) -> None:
    if names[:1] == ["--here"]:
        title, bench = BENCHES[names[1]]
        stamp = f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {platform.machine()}, 2 cores.\n"
        print(table(title, bench()) + "\n" + stamp)
        return
    for name in names or BENCHES:
        print(f"{name} ...", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", "tests.bench", "--here", name]
        section = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        print(section, flush=True)
        _write(BENCHES[name][0], section)


def _write(title: str, section: str) -> None:
    old = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else HEAD
    sections = {text.partition("\n")[0]: text.strip() for text in old.split("## ")[1:]}
    sections[title] = section.removeprefix("## ").strip()
    ordered = [sections[name] for name, _ in BENCHES.values() if name in sections]
    RESULTS.write_text(HEAD + "\n\n".join(f"## {text}" for text in ordered) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
