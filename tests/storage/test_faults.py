"""A database that cannot be used says so in one sentence with what to do."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.generation.ports import StoreError
from storage import SqlStore, open_database, sqlite_thread
from storage.sqlite import SqliteDatabase
from tests.storage.steps import NOON, Steps


@pytest.fixture
def database(sqlite_database: SqliteDatabase) -> SqliteDatabase:
    return sqlite_database


async def refused(url: str) -> str:
    with pytest.raises(StoreError) as caught:
        await open_database(url)
    return str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:secret@db",
        "postgresql://bot:secret@db:port/videobot",
        "mysql://x",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///folder/",
        "videobot.db",
        "",
    ],
)
async def test_an_unsupported_url_names_what_is_supported_and_no_password(url: str) -> None:
    message = await refused(url)
    assert "sqlite:////absolute" in message
    assert "secret" not in message


async def test_a_relative_path_is_taken_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    database = await open_database("sqlite:///here.db")
    assert database.path == tmp_path / "here.db"
    await database.close()
    assert database.path.exists()


async def test_a_path_with_odd_characters_is_one_file(tmp_path: Path) -> None:
    path = tmp_path / "50% off, really? a b#1.db"
    database = await open_database(f"sqlite:///{path}")
    await database.upgrade()
    await SqlStore(database).jobs()
    await database.close()
    assert os.listdir(tmp_path) == [path.name]  # noqa: PTH208


async def test_a_missing_folder(tmp_path: Path) -> None:
    path = tmp_path / "none" / "v.db"
    assert await refused(f"sqlite:///{path}") == (
        f"The database {path} cannot be made because its folder {path.parent} is missing: create it first."
    )


async def test_not_a_database(tmp_path: Path) -> None:
    path = tmp_path / "v.db"
    path.write_bytes(b"these are my holiday notes\n" * 100)
    assert f"{path} is not a videobot database" in await refused(f"sqlite:///{path}")
    assert path.read_bytes().startswith(b"these are my holiday notes")


async def test_a_folder_instead_of_a_file(tmp_path: Path) -> None:
    assert "cannot be opened" in await refused(f"sqlite:///{tmp_path}")


def damage(path: Path, *, but_pages: int) -> None:
    whole = path.read_bytes()
    kept = but_pages * int.from_bytes(whole[16:18], "big")
    path.write_bytes(whole[:kept] + b"\xff" * (len(whole) - kept))


async def test_a_damaged_database(path: Path) -> None:
    damage(path, but_pages=1)
    assert "is damaged: stop videobot and put a backup in its place" in await refused(f"sqlite:///{path}")


async def test_a_database_damaged_while_it_is_used(path: Path) -> None:
    database = await open_database(f"sqlite:///{path}")
    do = Steps(database)
    await do.store.jobs()
    damage(path, but_pages=2)
    with pytest.raises(StoreError, match="is damaged"):
        await do.ask()
    with pytest.raises(StoreError, match="is damaged"):
        await do.store.usage(since=0, until=NOON, by="user")
    await database.close()


async def test_a_database_without_tables(tmp_path: Path) -> None:
    database = await open_database(f"sqlite:///{tmp_path}/v.db")
    with pytest.raises(StoreError, match="videobot db upgrade"):
        await SqlStore(database).job("x")
    await database.close()


async def test_locked_by_another_program(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_thread, "BUSY_TIMEOUT", 0.05)
    database = await open_database(f"sqlite:///{path}")
    do = Steps(database)
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError) as caught:
        await do.ask()
    assert str(caught.value).startswith(f"The database {path} is locked by another program")
    assert await do.store.jobs() == []  # reading goes on
    other.rollback()
    other.close()
    await do.accepted()
    await database.close()


def fill(conn: Connection, size: int) -> None:
    conn.execute(text("INSERT INTO settings VALUES (hex(randomblob(8)), hex(randomblob(:size)))"), {"size": size})


async def many(do: Steps, number: int) -> None:
    for _ in range(number):
        await do.accepted()


async def test_a_full_disk_refuses_and_loses_nothing(database: SqliteDatabase) -> None:
    do = Steps(database)
    await do.wide_limits()
    job = await do.accepted()

    def bound(conn: Connection, pages: int) -> None:
        conn.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    def pages(conn: Connection) -> int:
        return int(conn.exec_driver_sql("PRAGMA page_count").scalar_one())

    await database.write(bound, await database.write(pages) + 2)
    with pytest.raises(StoreError) as caught:
        await database.write(fill, 100_000)
    assert (
        str(caught.value) == f"The disk that holds the database {database.path} is full: free some space and try again."
    )
    with pytest.raises(StoreError, match="is full"):
        await many(do, 100)
    assert await do.job(job.id) == job
    assert await do.books_agree()
    await database.write(bound, 1_000_000)
    await do.accepted()
    assert await do.books_agree()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=False).returncode:
        pytest.skip("may not mount a small file system here")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.mark.slow
async def test_a_really_full_disk(small_disk: Path, migrated: Path) -> None:
    database = await open_database(f"sqlite:///{shutil.copy(migrated, small_disk / 'v.db')}")
    do = Steps(database)
    await do.wide_limits()
    job = await do.accepted()
    with pytest.raises(StoreError, match="disk"):
        await many(do, 5000)
    assert await do.job(job.id) == job
    assert await do.books_agree()
    await database.close()


OPEN_AS_NOBODY = """
import asyncio, concurrent.futures.thread, os, sys  # all before the rights to read them are gone
from bot.generation.ports import StoreError
from storage import open_database

async def main():
    try:
        await open_database("sqlite:///" + sys.argv[1])
    except StoreError as error:
        print(error)

if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_place_that_may_not_be_written(migrated: Path, tmp_path_factory: pytest.TempPathFactory, what: str) -> None:
    folder = tmp_path_factory.mktemp("closed")
    path = Path(shutil.copy(migrated, folder / "v.db"))
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    if what == "file":
        folder.chmod(0o777)
        path.chmod(0o444)
    else:
        path.chmod(0o666)
        folder.chmod(0o555)
    ran = subprocess.run(
        [sys.executable, "-c", OPEN_AS_NOBODY, path],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert ran.stderr == ""
    assert ran.stdout.startswith(f"The database {path} cannot be ")
    assert "the user that runs videobot" in ran.stdout
