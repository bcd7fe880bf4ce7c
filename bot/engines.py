"""Which engine runs the jobs: on SQLite the embedded one of a single process, on PostgreSQL one that shares them."""

import logging
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
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
    from bot.duties import Duties

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


def make_duties(stack: AsyncExitStack, database: Database) -> "Duties | None":
    """What is shared out among the processes of this database, left when `stack` is closed; None where there is only
    one process."""
    if isinstance(database, SqliteDatabase):
        return None
    from bot.duties import Duties
    from storage.postgres import PostgresDatabase

    assert isinstance(database, PostgresDatabase)  # noqa: S101 - there is no third one
    duties = Duties(database)
    stack.push_async_callback(duties.stop)
    return duties


@asynccontextmanager
async def hearing(database: Database, tell: Callable[[str], None]) -> AsyncIterator[None]:
    """As long as this is open, `tell` is told the id of each job that another process changed."""
    if isinstance(database, SqliteDatabase):
        yield
        return
    from storage.listening import JobListener
    from storage.postgres import PostgresDatabase

    assert isinstance(database, PostgresDatabase)  # noqa: S101 - there is no third one
    listener = JobListener(database, tell)
    await listener.start()
    try:
        yield
    finally:
        await listener.stop()


def may_run(stack: AsyncExitStack, database: Database, command: str) -> bool:
    """Whether this process, which is `command`, may run the jobs, until `stack` is closed: of one SQLite file, one
    process may."""
    if not isinstance(database, SqliteDatabase):
        return True
    lock = EngineLock(database, command)
    try:
        lock.acquire()
    except EngineRunningError as error:
        log.debug("%s", error)
        return False
    stack.callback(lock.release)
    return True


def runner(database: Database) -> str:
    """Which process runs the jobs of this SQLite file: "pid 123, videobot make"."""
    return EngineLock(database).holder()
