"""`videobot backup` of a real PostgreSQL database while the bot works, restored by pg_restore and compared."""

import asyncio
import os
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
    there, back = await guarded.fresh(), await guarded.empty()
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
    assert "pg_restore can read it" in said.out
    assert "files of media" in said.out
    assert PASSWORD not in said.out + said.err

    await restore(tmp_path / "still" / "videobot.dump", back)
    assert await rows(back) == before
    assert len(before["public.jobs"]) == 31

    half = await guarded.empty()
    await restore(tmp_path / "under-load" / "videobot.dump", half)
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


async def restore(dump: Path, url: str) -> None:
    """As docs say it: pg_restore into an empty database."""
    command = ["pg_restore", "--exit-on-error", "--no-owner", f"--dbname={url}", str(dump)]
    await asyncio.to_thread(subprocess.run, command, check=True, env={**os.environ})


async def test_a_server_that_does_not_answer_is_told_in_a_sentence(
    tmp_path: Path, server: PostgresServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIDEOBOT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VIDEOBOT_DATABASE_URL", f"postgresql://anna:secret-word@127.0.0.1:{server.port}/nowhere")
    assert await asyncio.to_thread(main, ["backup", "saved"]) == 1
    said = capfd.readouterr().err
    assert "pg_dump failed" in said
    assert "secret-word" not in said
