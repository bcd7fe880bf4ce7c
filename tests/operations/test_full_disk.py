"""A disk that is really full: the bot stays up, says so, accepts nothing, and goes on by itself once there is room."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.generation.ports import StoreError
from tests.operations.stage import stage, until

pytestmark = pytest.mark.slow


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], check=False).returncode:
        pytest.skip("may not mount a small file system here")
    yield disk
    subprocess.run(["umount", disk], check=True)


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return


async def test_a_full_disk_is_told_and_survived(small_disk: Path) -> None:
    async with stage(small_disk) as bot:
        first = await bot.ended(await bot.submit("one"))
        fill(small_disk / "ballast")

        async def refuses() -> bool:
            return (await bot.pages.get("/readyz")).status_code == 503

        await until(refuses)
        reason = (await bot.pages.get("/readyz")).json()["checks"]["database"]["reason"]
        assert "is full: free some space" in reason
        assert (await bot.pages.get("/healthz")).status_code == 200
        with pytest.raises(StoreError, match="is full"):
            await bot.submit("two")

        (small_disk / "ballast").unlink()

        async def is_ready() -> bool:
            return (await bot.pages.get("/readyz")).status_code == 200

        await until(is_ready)
        third = await bot.ended(await bot.submit("three"))
        assert (first.state, third.state) == ("delivered", "delivered")
        assert list(await bot.app.store.check_ledger()) == []
