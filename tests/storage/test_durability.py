"""What a caller was told is committed is there after kill -9."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import asyncio, sys
from storage import open_database
from tests.storage.steps import Steps

async def main():
    do = Steps(await open_database("sqlite:///" + sys.argv[1]))
    await do.wide_limits()
    async def ask():
        while True:
            job = await do.accepted()
            print(job.id, flush=True)
    await asyncio.gather(*(ask() for _ in range(20)))

asyncio.run(main())
"""


def test_every_commit_that_was_told_survives_kill_nine(path: Path) -> None:
    told = []
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, path], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline().strip() for _ in range(100)]
        os.kill(writer.pid, signal.SIGKILL)
        told += [line.strip() for line in writer.stdout.readlines() if line.endswith("\n")]
    connection = sqlite3.connect(path)
    jobs = {row[0] for row in connection.execute("SELECT id FROM jobs")}
    holds = {row[0] for row in connection.execute("SELECT job_id FROM ledger WHERE event = 'hold'")}
    (held,) = connection.execute("SELECT jobs_held FROM counters WHERE scope_kind = 'user' AND span = 0").fetchone()
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert len(told) >= 100
    assert set(told) <= jobs
    assert jobs == holds
    assert held == len(jobs)
