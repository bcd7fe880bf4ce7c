"""A real PostgreSQL server for the tests: started when first asked for, one fresh database for each test."""

import contextlib
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from storage import open_database
from tests.fakes.ports import free_port

USER = "postgres"
#: Nothing here has to survive a power cut, and nothing has to be fast after an hour.
OPTIONS = (
    "fsync=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=200",
    "shared_buffers=64MB",
    "max_wal_size=256MB",
    "listen_addresses=127.0.0.1",
    "logging_collector=off",
)


def server_programs() -> Path | None:
    """The folder with Debian's newest `initdb` and `postgres`, or the one of the PATH; None when there is none."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda folder: int(folder.parent.name))
    program = shutil.which("initdb")
    return Path(program).parent if program else None


@dataclass
class PostgresServer:
    """One server of its own on loopback."""

    folder: Path
    port: int
    _names: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _has_template: bool = False

    def url(self, database: str) -> str:
        """What the setting would be."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = " ".join(f"-c {option}" for option in OPTIONS)
        self._control("start", "-l", self.folder / "log", "-o", f"-p {self.port} -k {self.folder} {options}")

    def stop(self, how: str = "immediate") -> None:
        """Stop it: "immediate" is a crash, "fast" is how an operator does it."""
        self._control("stop", "-m", how)

    def _control(self, what: str, *options: object) -> None:
        programs = server_programs()
        assert programs is not None
        command = [*_as_user(), programs / "pg_ctl", "-w", "-s", "-D", self.folder / "data", what, *options]
        subprocess.run([str(word) for word in command], check=True, cwd=self.folder, stdout=subprocess.DEVNULL)

    def ask_password_of(self, user: str) -> None:
        """From now on this user needs their password."""
        rules = self.folder / "data" / "pg_hba.conf"
        rules.write_text(f"host all {user} 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        self._control("reload")

    async def empty(self) -> str:
        """The URL of a fresh database without tables."""
        name = f"test_{os.getpid()}_{next(self._names)}"
        await self.do(f"CREATE DATABASE {name}")
        return self.url(name)

    async def fresh(self) -> str:
        """The URL of a fresh database with all tables: a copy of one that was made once."""
        if not self._has_template:
            await self.do("CREATE DATABASE made")
            database = await open_database(self.url("made"))
            await database.upgrade()
            await database.close()
            self._has_template = True
        name = f"test_{os.getpid()}_{next(self._names)}"
        await self.do(f"CREATE DATABASE {name} TEMPLATE made STRATEGY FILE_COPY")
        return self.url(name)

    async def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        await self.do(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    async def do(self, sql: str, database: str = "postgres") -> None:
        """Run a statement."""
        connection = await asyncpg.connect(self.url(database))
        try:
            await connection.execute(sql)
        finally:
            await connection.close()


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server in a folder of its own, gone afterwards."""
    programs = server_programs()
    assert programs is not None, "PostgreSQL is not installed (Debian: apt-get install postgresql)"
    with tempfile.TemporaryDirectory(prefix="videobot-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "data").mkdir(mode=0o700)
        if os.geteuid() == 0:
            for path in (folder, folder / "data"):
                shutil.chown(path, USER)
        subprocess.run(
            [*_as_user(), programs / "initdb", "-D", folder / "data", "-U", USER, "-A", "trust", "-N", "-E", "UTF8"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        server = PostgresServer(folder, free_port())
        server.start()
        try:
            yield server
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):  # a test may have stopped it
                server.stop()


def _as_user() -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"] if os.geteuid() == 0 else []
