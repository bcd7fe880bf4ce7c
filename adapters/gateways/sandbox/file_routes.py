"""The files a gateway's answers point at: results, thumbnails and uploads, with Range; and the download faults."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web

from adapters.gateways.sandbox.answer import Answer
from adapters.gateways.sandbox.disturb import Dropped, drop, play
from adapters.gateways.sandbox.faults import Trigger, pick
from adapters.gateways.sandbox.hub import Hub
from adapters.gateways.sandbox.mp4_box import padded_copy
from adapters.gateways.sandbox.task import Task
from adapters.gateways.sandbox.wire import Wire

_CHUNK = 64 * 1024


def register_files(app: web.Application, hub: Hub, wires: dict[str, Wire]) -> None:
    """Adds /files. No key is asked for: a result's URL is all one needs, as on the real gateways."""
    files = FileRoutes(hub, wires)
    for folder in ("videos", "images"):
        app.router.add_get(f"/files/{folder}/{{task}}.mp4", files.video)
    app.router.add_get("/files/plain/{task}.mp4", files.plain)
    app.router.add_get("/files/thumbnails/{task}.jpg", files.thumbnail)
    app.router.add_get("/files/uploads/{name}", files.upload)


class FileRoutes:
    """GET and HEAD."""

    def __init__(self, hub: Hub, wires: dict[str, Wire]) -> None:
        self._hub, self._wires = hub, wires

    async def video(self, request: web.Request) -> web.StreamResponse:
        """A task's result, until a day after it was done."""
        task = self._done(request)
        triggers = self._hub.faults.pick(task.gateway, "download")
        triggers += pick(task.triggers, task.gateway, "download")
        faults = {trigger.name: trigger for trigger in triggers}
        answering = next((trigger for trigger in triggers if trigger.fault.kind == "answer"), None)
        if answering is None:
            return await self._serve(request, task, faults)
        if answering.name == "expired":
            status = int(answering.number(404))
            return web.Response(status=status if status in (403, 404, 410) else 404, text="expired")
        if answering.name == "redirect":
            raise web.HTTPFound(f"{self._hub.origin}/files/plain/{task.id}.mp4")
        if answering.name == "cut_download":
            return await self._cut(request, task)
        if answering.name == "timeout":
            await self._hub.hold(answering.number(120))
            return await self._serve(request, task, faults)
        try:
            return await play(answering, request, self._hub, self._wires[task.gateway], lambda: Answer(""))
        except Dropped:
            return web.Response()

    async def plain(self, request: web.Request) -> web.StreamResponse:
        """The same file without faults: where `redirect` leads."""
        return await self._serve(request, self._done(request), {})

    async def thumbnail(self, request: web.Request) -> web.StreamResponse:
        path = await self._hub.studio.poster(self._done(request))
        return web.FileResponse(path, headers={"Content-Type": "image/jpeg"})

    async def upload(self, request: web.Request) -> web.StreamResponse:
        upload = self._hub.uploads.get(request.match_info["name"])
        if upload is None:
            raise web.HTTPNotFound
        headers = {"Content-Type": upload.mime_type, "X-Content-Type-Options": "nosniff"}
        return web.FileResponse(upload.path, headers=headers)

    def _done(self, request: web.Request) -> Task:
        """The completed task of the URL. Raises HTTPNotFound, also past its expiry."""
        task = self._hub.book.get(request.match_info["task"])
        now = self._hub.clock()
        if task is None or task.state(now) != "completed" or now >= task.expires_at:
            raise web.HTTPNotFound
        return task

    async def _serve(self, request: web.Request, task: Task, faults: dict[str, Trigger]) -> web.StreamResponse:
        path = await self._hub.studio.video(task)
        if "oversize" in faults:
            size = int(min(faults["oversize"].number(30), 4096) * 1024 * 1024)
            path = await asyncio.to_thread(padded_copy, path, path.with_name(f"{task.id}.{size}.mp4"), size)
        kind = "application/octet-stream" if "octet_stream" in faults else "video/mp4"
        if "no_length" in faults or "no_range" in faults:
            return await self._stream(request, path, kind, length="no_length" not in faults)
        return web.FileResponse(path, headers={"Content-Type": kind})

    async def _stream(self, request: web.Request, path: Path, kind: str, *, length: bool) -> web.StreamResponse:
        """The whole file whatever Range says, as servers do that know no Range."""
        response = web.StreamResponse(headers={"Content-Type": kind})
        if length:
            response.content_length = (await asyncio.to_thread(path.stat)).st_size
        else:
            response.enable_chunked_encoding()
        await response.prepare(request)
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                await response.write(chunk)
        await response.write_eof()
        return response

    async def _cut(self, request: web.Request, task: Task) -> web.StreamResponse:
        """Half of what was asked for, then the connection ends. Range is obeyed, so a resumed download gets further."""
        path = await self._hub.studio.video(task)
        size = (await asyncio.to_thread(path.stat)).st_size
        asked = request.http_range
        start, stop, _ = slice(asked.start, asked.stop).indices(size)
        status = 206 if asked.start is not None or asked.stop is not None else 200
        headers = {"Content-Type": "video/mp4", "Accept-Ranges": "bytes", "Content-Length": str(stop - start)}
        if status == 206:
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        response = web.StreamResponse(status=status, headers=headers)
        await response.prepare(request)
        with path.open("rb") as file:
            file.seek(start)
            await response.write(file.read(max(1, (stop - start) // 2)))
        drop(request)
        return response
