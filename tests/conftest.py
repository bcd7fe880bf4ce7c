"""What tests of several rooms need."""

import logging
from collections.abc import Iterator

import pytest

from tests.fakes import folder_databases
from tests.fakes.postgres import PostgresServer, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
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
    with folder_databases.databases_of(request.getfixturevalue("postgres")):
        yield


@pytest.fixture(autouse=True, scope="session")
def logging_stays_as_it_was() -> Iterator[None]:
    """A level that a test leaves behind would make every later one format each line of every library."""
    before = logging.root.level
    yield
    assert logging.root.level == before, "a test changed the level of all logging and did not set it back"
