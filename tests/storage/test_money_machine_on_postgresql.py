"""The same random lives of jobs on PostgreSQL."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from storage import open_database
from storage.database import Database
from tests.fakes.postgres import PostgresServer
from tests.storage.test_money_machine import MoneyMachine

_server: list[PostgresServer] = []


class MoneyMachineOnPostgresql(MoneyMachine):
    """Random lives of jobs on one database of a real server."""

    def begin(self) -> Database:
        self.runner = asyncio.Runner()
        self.url = str(self.run(_server[0].fresh()))
        database: Database = self.run(open_database(self.url))
        return database

    def end(self) -> None:
        self.run(self.do.database.close())
        self.run(_server[0].drop(self.url))
        self.runner.close()


MoneyMachineOnPostgresql.TestCase.settings = settings(
    max_examples=8,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.slow
class TestMoneyOnPostgresql(MoneyMachineOnPostgresql.TestCase):  # type: ignore[name-defined,misc]
    """The machine as a test, with the server it needs."""

    @pytest.fixture(autouse=True)
    def given_server(self, postgres: PostgresServer) -> Iterator[None]:
        _server.append(postgres)
        yield
        _server.clear()
