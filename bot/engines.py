"""Which engine runs the jobs: on SQLite the embedded one of a single process, on PostgreSQL one that shares them."""

import logging
import secrets
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, TypeAlias

from bot.generation.engine import EmbeddedEngine
from bot.generation.meter import Meter
from bot.generation.pacing import Budget
from bot.generation.ports import Clock, Store
from bot.generation.worker import Worker
from storage.database import Database
from storage.lock import EngineLock, EngineRunningError
from storage.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from bot.distributed import DistributedEngine

log = logging.getLogger("videobot.app")

AnyEngine: TypeAlias = "EmbeddedEngine | DistributedEngine"


def make_engine(
    database: Database,
    store: Store,
    worker: Worker,
    budgets: Mapping[str, Budget],
    clock: Clock,
    *,
    max_running: int,
    on_step: Callable[[str], None],
    meter: Meter,
) -> AnyEngine:
    """The engine for this database, not started."""
    if isinstance(database, SqliteDatabase):
        return EmbeddedEngine(store, worker, budgets, clock, max_running=max_running, on_step=on_step, meter=meter)
    # Imported here: 20 MB that a bot on SQLite does without.
    from bot.distributed import DistributedEngine
    from storage.postgres import PostgresDatabase

    assert isinstance(database, PostgresDatabase)  # noqa: S101 - there is no third one
    name = f"{worker.owner}:{secrets.token_hex(4)}"  # two containers may both be process 1 of one host name
    return DistributedEngine(
        database, store, worker, budgets, clock, name=name, max_running=max_running, on_step=on_step, meter=meter
    )


def may_run(stack: AsyncExitStack, database: Database) -> bool:
    """Whether this process may run the jobs, until `stack` is closed: of one SQLite file, one process may."""
    if not isinstance(database, SqliteDatabase):
        return True
    lock = EngineLock(database)
    try:
        lock.acquire()
    except EngineRunningError as error:
        log.debug("%s", error)
        return False
    stack.callback(lock.release)
    return True
