"""Hundreds of jobs from both platforms while processes are killed and stopped, the gateway and the platforms fail, and
clocks jump: no job is lost, nothing is made twice, nothing is shown twice, and the books agree. `make chaos` does more.
"""

from pathlib import Path

import pytest

from tests.chaos.run import Size, on_postgres, on_sqlite
from tests.fakes.postgres import PostgresServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

SEED = 7
SIZE = Size(jobs=150, troubles=50, seconds=10)


async def test_one_process_on_sqlite_lives_through_everything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = await on_sqlite(tmp_path, SEED, SIZE)
    with capsys.disabled():
        print(f"\n{outcome.told}")
    assert not outcome.wrong, str(outcome)


async def test_two_workers_on_postgresql_live_through_everything(
    tmp_path: Path, postgres: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    url = await postgres.fresh()
    outcome = await on_postgres(tmp_path, url, SEED, SIZE)
    await postgres.drop(url)
    with capsys.disabled():
        print(f"\n{outcome.told}")
    assert not outcome.wrong, str(outcome)
