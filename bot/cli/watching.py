"""Follow a job to its end, or until the person presses Ctrl-C."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from bot.cli.errors import INTERRUPTED
from bot.cli.progress import Show
from bot.generation.job import Job, JobState
from bot.generation.ports import JobView

if TYPE_CHECKING:
    from bot.app import App


#: `timeout -s INT` and some terminals send the signal to the process and to its group: twice for one press (seconds).
ONE_PRESS = 0.5


async def watch(app: "App", job_id: str, show: Show, stop: asyncio.Event) -> JobView | None:
    """The job's last view: final, or uncertain. None when `stop` was set before."""
    last: JobView | None = None
    views = app.follow(job_id)
    with show:
        while True:
            view = await _next(views, stop)
            if stop.is_set():
                return None
            if view is None:
                return last
            last = view
            show.update(view)
            if _waits_for_chat(app, view.job):
                return view


def _waits_for_chat(app: "App", job: Job) -> bool:
    """Its video is made, but the chat it goes to is not served here: this may last for days."""
    return app.engine is not None and job.state is JobState.DELIVERING and job.address.platform not in app.worker.chats


async def _next(views: AsyncIterator[JobView], stop: asyncio.Event) -> JobView | None:
    async def one() -> JobView | None:
        return await anext(views, None)

    step, told = asyncio.ensure_future(one()), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({step, told}, return_when=asyncio.FIRST_COMPLETED)
        return step.result() if step.done() else None
    finally:
        for task in (step, told):
            if not task.done():
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


@contextmanager
def interruptible() -> Iterator[asyncio.Event]:
    """An event that Ctrl-C (or SIGTERM) sets. The second time the process ends at once: what was paid for is in the
    database, and the next start goes on from there. One that follows within `ONE_PRESS` is the same press."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    presses: list[float] = []

    def told(*_: object) -> None:
        presses.append(time.monotonic())
        if len(presses) > 2 or presses[-1] - presses[0] >= ONE_PRESS:
            os._exit(INTERRUPTED)
        stop.set()

    handled = []
    for name in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt instead
            loop.add_signal_handler(name, told)
            handled.append(name)
    try:
        yield stop
    finally:
        for name in handled:
            loop.remove_signal_handler(name)
            if presses:  # the last words are still to be said
                signal.signal(name, told)
