"""The same random lives of jobs on PostgreSQL."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.fakes.postgres import PostgresServer
from tests.storage.test_money_machine import MoneyMachine

_server: list[PostgresServer] = []


class MoneyMachineOnPostgresql(MoneyMachine):
    """Random lives of jobs on one database of a real server."""

    def fresh_database(self) -> str:
        return str(self.run(_server[0].fresh()))

    def remove_database(self) -> None:
        self.run(_server[0].drop(self.url))


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
    def given_server(self, server: PostgresServer) -> Iterator[None]:
        _server.append(server)
        yield
        _server.clear()
