"""Hearing which job changed, for a process that runs none."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

import asyncpg

from storage.postgres import PostgresDatabase
from storage.queue import COMMAND_WITHIN
from storage.queue_schema import JOBS_CHANNEL, install

log = logging.getLogger("videobot.queue")

AGAIN_AFTER = 2.0  # seconds until a connection that was lost is made anew
ALIVE_EVERY = 30.0  # seconds between questions whether the connection is there


class JobListener:
    """Tells the id of each job that any process changed, for as long as it is started."""

    def __init__(self, database: PostgresDatabase, tell: Callable[[str], None]) -> None:
        self._database, self._tell = database, tell
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin in the background."""
        self._task = asyncio.create_task(self._run(), name="job-listener")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("changes of jobs are not heard of: %s", type(error).__name__)
            await asyncio.sleep(AGAIN_AFTER)

    async def _listen(self) -> None:
        url = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(
            url,
            timeout=COMMAND_WITHIN,
            command_timeout=COMMAND_WITHIN,
            server_settings={"application_name": "videobot listener"},
        )
        try:
            await install(connection)
            await connection.add_listener(JOBS_CHANNEL, lambda *heard: self._heard(str(heard[-1])))
            lost = asyncio.Event()
            connection.add_termination_listener(lambda *_: lost.set())
            while not lost.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(lost.wait(), ALIVE_EVERY)
                if not lost.is_set():
                    await connection.execute("SELECT 1")
        finally:
            with contextlib.suppress(Exception):
                await connection.close(timeout=1.0)

    def _heard(self, payload: str) -> None:
        try:
            self._tell(payload.partition(" ")[0])
        except Exception:
            log.exception("who listens to changes of jobs stumbled over one")
