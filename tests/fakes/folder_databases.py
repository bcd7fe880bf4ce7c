"""The databases of the tests' bots: the SQLite file in a bot's folder or, with VIDEOBOT_TEST_DATABASE=postgresql, a
fresh PostgreSQL database for each folder, so that the whole suite can run on it."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from tests.fakes.postgres import PostgresServer

T = TypeVar("T")

CHOICE = "VIDEOBOT_TEST_DATABASE"
#: Read once: the choice belongs to the whole run.
IS_POSTGRESQL = os.environ.get(CHOICE) == "postgresql"

_server: list[PostgresServer] = []  # at most one
_urls: dict[Path, str] = {}


def url(folder: Path) -> str | None:
    """The URL of this folder's database, the same until the test ends; None where it is the SQLite file in it."""
    if not IS_POSTGRESQL:
        return None
    if folder not in _urls:
        _urls[folder] = _aside(_server[0].fresh)
    return _urls[folder]


@contextmanager
def databases_of(server: PostgresServer) -> Iterator[None]:
    """For one test: a folder's database is on this server, and gone afterwards."""
    _server.append(server)
    try:
        yield
    finally:
        for made in _urls.values():
            _aside(partial(server.drop, made))
        _urls.clear()
        _server.clear()


def _aside(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run it in a loop of its own, in a thread of its own: the caller may be in the test's loop."""
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(lambda: asyncio.run(work())).result()
