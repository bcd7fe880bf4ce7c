"""`videobot backup` while the bot works, and `videobot restore`."""

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest

from adapters.gateways.sandbox import SandboxGateway
from bot.cli import main
from bot.generation.ports import StoreError
from storage.backup import copy_database, prove
from tests.fakes.house import open_house, settings_for
from tests.operations.stage import stage

pytestmark = pytest.mark.sqlite("the copy of PostgreSQL has tests of its own")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings of the command line: the data folder of the staged bot."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIDEOBOT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VIDEOBOT_GATEWAY", "sandbox")
    return tmp_path


async def command(*args: str) -> int:
    """A command in a thread, as if it were another process."""
    return await asyncio.to_thread(main, list(args))


async def test_a_backup_under_load_is_one_good_state_and_restores(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stage(here) as bot:
        jobs = [await bot.submit(f"wave {number}") for number in range(4)]
        await bot.ended(jobs[0])
        assert await command("backup", "saved", "--media", "--json") == 0
        for job in jobs:
            await bot.ended(job)
    told = json.loads(capsys.readouterr().out)
    assert told["ok"]
    assert told["ledger"] == []
    assert told["jobs"] == 4
    assert told["media_files"] >= 1
    assert sorted(path.name for path in (here / "saved").iterdir()) == ["media", "videobot.db"]

    (here / "data").rename(here / "lost")
    assert await command("restore", "saved") == 0
    said = capsys.readouterr().out
    assert "4 jobs" in said
    assert "its ledger agrees" in said
    # The bot goes on from there: what was not delivered then is delivered now, and nothing is made twice.
    async with stage(here) as bot:
        assert await bot.app.store.job(jobs[0].id) is not None
        assert list(await bot.app.store.check_ledger()) == []
        video = await bot.app.store.job(jobs[0].id)
        assert video is not None
        assert video.video is not None
        assert bot.app.media.video_path(video.video).is_file()


async def test_a_backup_does_not_wait_for_the_bot_nor_the_bot_for_it(tmp_path: Path) -> None:
    async with open_house(tmp_path / "data") as house:
        writing = asyncio.create_task(_submit_many(house, 20))
        path = tmp_path / "data" / "videobot.db"
        proofs = [await asyncio.to_thread(copy_database, path, tmp_path / f"{number}.db") for number in range(3)]
        await writing
        last = await asyncio.to_thread(copy_database, path, tmp_path / "last.db")
    assert all(proof.ledger == () for proof in proofs)
    assert [proof.jobs for proof in proofs] == sorted(proof.jobs for proof in proofs)
    assert last.jobs == 20


async def _submit_many(house, count: int) -> None:
    for number in range(count):
        await house.submit(f"wave {number}")


async def test_a_damaged_copy_is_never_called_a_backup(tmp_path: Path) -> None:
    async with open_house(tmp_path / "data") as house:
        for number in range(8):
            await house.submit(f"wave {number}")
    path = tmp_path / "data" / "videobot.db"
    copy_database(path, tmp_path / "good.db")
    data = bytearray((tmp_path / "good.db").read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    (tmp_path / "bad.db").write_bytes(data)
    with pytest.raises(StoreError, match=r"damaged|not a good database"):
        prove(tmp_path / "bad.db")


def test_books_that_disagree_are_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def make() -> None:
        async with open_house(here / "data") as house:
            job = await house.submit()
            await house.run(job.id)

    asyncio.run(make())
    with sqlite3.connect(here / "data" / "videobot.db") as db:
        db.execute("UPDATE ledger SET usd = usd + 1 WHERE id = 1")
    db.close()
    assert main(["backup", "saved"]) == 1
    out = capsys.readouterr()
    assert "disagrees" in out.err
    assert (here / "saved" / "videobot.db").is_file()


def test_a_folder_with_something_in_it_is_left_alone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "full").mkdir()
    (here / "full" / "letter.txt").write_text("dear")
    assert main(["backup", "full"]) == 2
    assert "not empty: name a new one, such as full-2." in capsys.readouterr().err
    assert [path.name for path in (here / "full").iterdir()] == ["letter.txt"]


def test_without_a_database_there_is_nothing_to_back_up(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", "saved"]) == 1
    assert "There is no database" in capsys.readouterr().err


def test_a_restore_never_replaces_a_database(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def make() -> None:
        async with SandboxGateway(render=False) as sandbox:
            settings = settings_for(here / "data", sandbox)
            assert settings.database.endswith("/data/videobot.db")
        async with open_house(here / "data") as house:
            await house.submit()

    asyncio.run(make())
    assert main(["backup", "saved"]) == 0
    before = (here / "data" / "videobot.db").read_bytes()
    assert main(["restore", "saved"]) == 1
    assert "already" in capsys.readouterr().err
    assert (here / "data" / "videobot.db").read_bytes() == before
    assert main(["restore", "nowhere"]) == 2
