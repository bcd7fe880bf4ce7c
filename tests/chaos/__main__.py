"""The long chaos: python -m tests.chaos SEED ... runs each seed on SQLite and on PostgreSQL, a line each."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.chaos.run import Outcome, Size, on_postgres, on_sqlite
from tests.fakes.postgres import PostgresServer, postgres_server

SIZE = Size(jobs=500, troubles=200, seconds=45)


async def both(seed: int, server: PostgresServer) -> list[Outcome]:
    """One seed on both databases, one after the other."""
    outcomes = []
    for on in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory(prefix="videobot-chaos-", ignore_cleanup_errors=True) as name:
            if on == "sqlite":
                outcome = await on_sqlite(Path(name), seed, SIZE)
            else:
                url = await server.fresh()
                outcome = await on_postgres(Path(name), url, seed, SIZE)
                await server.drop(url)
        print(f"{on}: {outcome}", flush=True)
        outcomes.append(outcome)
    return outcomes


def main() -> int:
    """0 when every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("seeds", metavar="SEED", type=int, nargs="+")
    seeds = parser.parse_args().seeds
    with postgres_server() as server:
        outcomes = [outcome for seed in seeds for outcome in asyncio.run(both(seed, server))]
    broken = [outcome for outcome in outcomes if outcome.wrong]
    print(f"{len(outcomes)} runs, {len(broken)} went wrong")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
