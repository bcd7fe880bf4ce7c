"""Where finished tasks' files come from: rendered once, off the event loop, kept in a temporary folder."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from adapters.gateways.sandbox.film import Film, Source, render_film, render_poster, render_tiny
from adapters.gateways.sandbox.order import Order
from adapters.gateways.sandbox.task import Task
from adapters.gateways.sandbox.uploads import UploadStore

#: encodes at once; each uses the encoder's own threads beside
WORKERS = 2


class Studio:
    """`video` and `poster` answer with a file's path; two askers of one task share one render."""

    def __init__(self, folder: Path, uploads: UploadStore, *, render: bool) -> None:
        self._folder, self._uploads, self._render = folder, uploads, render
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="sandbox-render")
        self._jobs: dict[str, asyncio.Task[Path]] = {}
        self._stop = threading.Event()

    async def video(self, task: Task) -> Path:
        """The task's MP4."""
        return await asyncio.shield(self._job(task))

    def prepare(self, task: Task) -> None:
        """Starts rendering, so that a later `video` need not wait."""
        self._job(task)

    async def poster(self, task: Task) -> Path:
        """A JPEG of the task's first frame."""
        path = self._folder / f"{task.id}.jpg"
        if not path.exists():
            await self._run(render_poster, self._film(task.order), path)
        return path

    async def close(self) -> None:
        """Stops running renders and waits for their threads."""
        self._stop.set()
        for job in self._jobs.values():
            job.cancel()
        await asyncio.gather(*self._jobs.values(), return_exceptions=True)
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)

    def _job(self, task: Task) -> asyncio.Task[Path]:
        name = task.id if self._render else "tiny"
        job = self._jobs.get(name)
        if job is None or (job.done() and (job.cancelled() or job.exception() is not None)):
            job = self._jobs[name] = asyncio.create_task(self._make(name, task.order))
            job.add_done_callback(_seen)
        return job

    async def _make(self, name: str, order: Order) -> Path:
        path = self._folder / f"{name}.mp4"
        if not self._render:
            await self._run(render_tiny, path)
        else:
            await self._run(render_film, self._film(order), path, self._stop.is_set)
        return path

    async def _run(self, work: Callable[..., None], *arguments: object) -> None:
        await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)

    def _film(self, order: Order) -> Film:
        return Film(
            order=order,
            first=self._source(order.first_frame),
            last=self._source(order.last_frame),
            insets=tuple(
                source for url in order.references + order.elements if (source := self._source(url)) is not None
            ),
            video=self._source(order.video.url) if order.video else None,
        )

    def _source(self, url: str | None) -> Source | None:
        """Our own file behind a URL, or nothing to draw but a placeholder: other hosts are never asked."""
        if url is None:
            return None
        upload = self._uploads.find(url)
        if upload is not None:
            return Source(upload.path)
        for folder in ("videos", "images"):
            name = self._uploads.local_name(url, folder)
            made = self._jobs.get(name.removesuffix(".mp4")) if name else None
            if made is not None and made.done() and not made.cancelled() and made.exception() is None:
                return Source(made.result())
        return Source(None)


def _seen(job: asyncio.Task[Path]) -> None:
    """Marks a failed background render as noticed; the next download tries again and tells."""
    if not job.cancelled():
        job.exception()
