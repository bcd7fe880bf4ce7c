"""What tests of several rooms need."""

from collections.abc import Iterator

import pytest

from tests.fakes.postgres import PostgresServer, postgres_server


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL server, started when first asked for."""
    with postgres_server() as server:
        yield server
