"""`videobot backup` of a real PostgreSQL database while the bot works, restored by pg_restore and compared."""

import asyncio
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest
from pydantic import SecretStr

from bot.cli import main
from bot.generation.job import JobState
from storage import SqlStore, open_database
from tests.docs.collecting import collected
from tests.fakes.house import open_house
from tests.fakes.postgres import PostgresServer, postgres_server

pytestmark = pytest.mark.slow

USER, PASSWORD = "keeper", "p@ss/w%rd:1"
TABLES = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('public', 'videobot_queue')"


@pytest.fixture
def guarded() -> "AsyncIterator[PostgresServer]":
    """A server of its own, which wants a password from USER."""
    with postgres_server() as server:
        yield server


async def rows(url: str) -> dict[str, list[str]]:
    """Every row of every table of ours, as text."""
    connection = await asyncpg.connect(url)
    try:
        tables = sorted(record[0] for record in await connection.fetch(TABLES))
        found = {}
        for table in tables:
            found[table] = sorted(r[0] for r in await connection.fetch(f"SELECT t::text FROM {table} t"))
        return found
    finally:
        await connection.close()


async def test_a_backup_under_load_restores_to_the_same_rows(
    tmp_path: Path, guarded: PostgresServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    await guarded.do(f"CREATE ROLE {USER} LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
    there = await guarded.fresh()
    guarded.ask_password_of(USER)
    url = there.replace("postgres@", f"{USER}:{quote(PASSWORD, safe='')}@")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIDEOBOT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VIDEOBOT_DATABASE_URL", url)
    monkeypatch.setenv("VIDEOBOT_GATEWAY", "sandbox")

    async with open_house(tmp_path / "data", database_url=SecretStr(url)) as house:
        first = await house.submit("one")
        await house.run(first.id, until=JobState.DELIVERED)
        writing = asyncio.create_task(submit_many(house.submit, 30))
        assert await asyncio.to_thread(main, ["backup", "under-load"]) == 0
        await writing
        assert await asyncio.to_thread(main, ["backup", "still", "--media"]) == 0
        before = await rows(there)
    said = capfd.readouterr()
    assert "pg_restore read it from end to end" in said.out
    assert "files of media" in said.out
    assert PASSWORD not in said.out + said.err

    back = await restore_as_the_page_says(tmp_path / "still", there)
    assert await rows(back) == before
    assert len(before["public.jobs"]) == 31

    await guarded.drop(there.rpartition("/")[0] + "/videobot_before")
    half = await restore_as_the_page_says(tmp_path / "under-load", back)
    database = await open_database(half)
    try:
        await database.upgrade()
        assert list(await SqlStore(database).check_ledger()) == []
        kept = await SqlStore(database).job(first.id)
    finally:
        await database.close()
    assert kept is not None
    assert kept.state is JobState.DELIVERED


async def submit_many(submit, count: int) -> None:
    for number in range(count):
        await submit(f"wave {number}")


async def restore_as_the_page_says(backup: Path, url: str) -> str:
    """Type what docs/backup.md says for PostgreSQL, with our server, database and folder for those of the page. Returns
    the URL of the restored database."""
    commands = [found.text for found in collected() if found.at.page == "docs/backup.md" and not found.is_mention]
    commands = [text for text in commands if re.match(r"psql|pg_restore", text)]
    assert [text.split()[0] for text in commands] == ["psql", "pg_restore"]
    server, _, name = url.rpartition("/")
    for text in commands:
        ours = text.replace("postgresql://videobot:password@db:5432", server).replace("backup-2026-11-21", str(backup))
        words = [re.sub(r"(?<![\w.])videobot\b(?!\.)", name, word) for word in shlex.split(ours)]
        await asyncio.to_thread(subprocess.run, words, check=True, stdout=subprocess.DEVNULL)
    return url


async def test_a_dump_that_was_cut_off_is_no_backup(
    tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    url = await postgres.fresh()
    folder = tmp_path / "programs"
    folder.mkdir()
    cutting = folder / "pg_dump"  # the real one, whose file loses its end
    cutting.write_text(
        "#!/bin/sh\n"
        f'{shutil.which("pg_dump")} "$@" || exit\n'
        'file=$(printf "%s\\n" "$@" | sed -n s/^--file=//p)\n'
        'truncate --size=$(($(stat --format=%s "$file") * 7 / 10)) "$file"\n'
    )
    cutting.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("VIDEOBOT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VIDEOBOT_DATABASE_URL", url)
    assert await asyncio.to_thread(main, ["backup", "cut"]) == 1
    assert "pg_restore failed" in capfd.readouterr().err
    assert list((tmp_path / "cut").iterdir()) == []


async def test_a_server_that_does_not_answer_is_told_in_a_sentence(
    tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIDEOBOT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VIDEOBOT_DATABASE_URL", f"postgresql://anna:secret-word@127.0.0.1:{postgres.port}/nowhere")
    assert await asyncio.to_thread(main, ["backup", "saved"]) == 1
    said = capfd.readouterr().err
    assert "pg_dump failed" in said
    assert "secret-word" not in said
