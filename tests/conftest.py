"""What tests of several rooms need."""

from collections.abc import Iterator

import pytest

from tests.fakes import folder_databases
from tests.fakes.postgres import PostgresServer, postgres_server


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL server, started when first asked for."""
    with postgres_server() as server:
        yield server


@pytest.fixture(autouse=folder_databases.IS_POSTGRESQL)
def folders_on_postgresql(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In a run on PostgreSQL: every folder has a database there, and what is about a SQLite file is left out."""
    monkeypatch.delenv(folder_databases.CHOICE)  # it is no setting of the bot, which refuses what it does not know
    about_a_file = request.node.get_closest_marker("sqlite")
    if about_a_file is not None:
        pytest.skip(about_a_file.args[0])
    with folder_databases.databases_of(request.getfixturevalue("server")):
        yield
