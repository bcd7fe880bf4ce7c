"""A machine in trouble: the disk is full, the database is locked. Nothing paid for is lost."""

import asyncio
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.generation.job import ChargeState, JobState
from tests.fakes.house import open_house

pytestmark = pytest.mark.slow


@pytest.fixture
def small_disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A real file system of the size that is asked for."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={request.param}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("small_disk", ["128k"], indirect=True)
async def test_a_full_disk_delivers_the_link(tmp_path: Path, small_disk: Path) -> None:
    async with open_house(tmp_path, render=True, media_dir=small_disk) as house:
        job = await house.submit()
        done = await house.run(job.id)
        assert (done.state, done.charge, done.video) == (JobState.DELIVERED, ChargeState.SETTLED, None)
        assert done.output is not None
        assert [post["text"] for post in house.results(job.id)] == [done.output.url]
        assert await house.books_agree()


@pytest.mark.parametrize("small_disk", ["900k"], indirect=True)
async def test_a_full_disk_with_the_database_on_it_delivers_the_link_too(small_disk: Path) -> None:
    """The half-fetched file must not take the room that the database needs to say what became of it."""
    async with open_house(small_disk, render=True) as house:
        job = await house.submit("waves [[sandbox:oversize=3]]")
        done = await house.run(job.id)
        assert (done.state, done.charge, done.video) == (JobState.DELIVERED, ChargeState.SETTLED, None)
        assert len(house.results(job.id)) == 1
        assert await house.books_agree()


@pytest.mark.slow
async def test_a_task_id_is_written_down_however_long_the_database_is_locked(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        other = sqlite3.connect(tmp_path / "videobot.db", isolation_level=None, check_same_thread=False)

        def lock_when_sent(point: str, _job_id: str) -> None:
            if point == "create.sent":
                other.execute("BEGIN IMMEDIATE")
                # Longer than SQLite itself waits for a lock.
                asyncio.get_running_loop().call_later(11.0, other.execute, "COMMIT")

        house.app.worker.witness = lock_when_sent
        job = await house.submit()
        done = await house.run(job.id)
        other.close()
        assert done.state is JobState.DELIVERED
        assert house.creates() == 1
        assert await house.books_agree()
