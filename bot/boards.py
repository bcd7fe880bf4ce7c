"""The status messages of one platform, kept current by one process of all that share a database."""

import asyncio
import logging
import random
from collections.abc import Callable

from adapters.desk.board import StatusBoard, StatusPlace
from bot.app import App
from bot.duties import Duty
from bot.generation.job import Purpose
from bot.generation.pacing import backoff
from bot.generation.ports import StoreError

log = logging.getLogger("videobot.board")


class KeptBoard:
    """A platform's board. A process that runs jobs keeps it current: where there are several, the one that has the duty
    (platforms pace edits by channel, and one pace needs one process). In the others it only writes down which message
    shows a job; the one with the duty hears of that."""

    def __init__(
        self,
        app: App,
        platform: str,
        place: StatusPlace,
        *,
        witness: Callable[[str, str], None] = lambda _point, _job_id: None,
        lane_every: float = 1.0,
    ) -> None:
        """`lane_every` and `witness`: see StatusBoard."""
        self._app, self._platform, self._place = app, platform, place
        self._witness, self._lane_every = witness, lane_every
        self._board: StatusBoard | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Go on with what the last process left, at once or when it is this one's turn. Raises StoreError."""
        if self._app.duties is None:
            self._board = self._make(None)
            await self._board.start()
        elif self._app.runs_jobs and self._task is None:
            duty = self._app.duties.duty(f"status messages of {self._platform}")
            self._task = asyncio.create_task(self._keep(duty), name=f"duty of {self._platform}")

    def step(self, job_id: str, /) -> None:
        """See StatusBoard."""
        if self._board is not None:
            self._board.step(job_id)

    async def adopt(self, job_id: str, reference: str, /) -> None:
        """See StatusBoard. Raises StoreError."""
        if self._board is not None:
            await self._board.adopt(job_id, reference)
        else:
            await self._app.store.sent(job_id, Purpose.STATUS, reference, self._app.clock.now())

    async def stop(self) -> None:
        """Begin nothing new; messages on their way have a few seconds to arrive."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await self._put_down()

    def _make(self, duty: Duty | None) -> StatusBoard:
        app = self._app
        return StatusBoard(
            self._platform,
            self._place,
            app.store,
            app.look_at,
            app.clock,
            lane_every=self._lane_every,
            witness=self._witness,
            duty=duty,
        )

    async def _keep(self, duty: Duty) -> None:
        chance, failures = random.Random(), 0
        while True:
            await duty.gained()
            self._board = self._make(duty)
            try:
                await self._board.start()
                failures = 0
                await duty.lost()
            except StoreError as error:
                failures += 1
                log.warning("the status messages of %s cannot be read: %s", self._platform, error)
                await asyncio.sleep(backoff(failures, chance, most=10.0))
            await self._put_down()

    async def _put_down(self) -> None:
        board, self._board = self._board, None
        if board is not None:
            await board.stop()
