"""Takes a multipart upload: streamed to disk, bounded, refused in the gateway's shape (gateways.md section 4)."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from aiohttp import BodyPartReader, web

from adapters.gateways.sandbox.answer import Answer
from adapters.gateways.sandbox.uploads import Upload, UploadStore, sniff
from adapters.gateways.sandbox.wire import Wire

_CHUNK = 256 * 1024
#: bytes past the limit that are still read, so that a sender gets to read the refusal
_PATIENCE = 16 * 1024 * 1024
MAX_PARTS = 4


class Refused(Exception):  # noqa: N818 - carries an answer, is not a failure of the server
    """The upload is answered with a refusal."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("upload refused")
        self.answer = answer


async def receive(request: web.Request, store: UploadStore, wire: Wire, kind: str, now: float) -> Upload:
    """Keeps the part called `file`. Raises Refused."""
    if not request.content_type.startswith("multipart/form-data"):
        raise Refused(wire.upload_refused(400, "a multipart form with a file is required"))
    if store.full:
        raise Refused(wire.upload_refused(507, "no storage left"))
    path = store.new_path()
    try:
        filename = await _read_parts(request, path, wire, kind)
        mime_type = sniff(await asyncio.to_thread(_head, path))
        allowed = "image/" if kind == "images" else "video/"
        if mime_type is None or not mime_type.startswith(allowed):
            raise Refused(wire.upload_refused(400, f"Unsupported file type, expected {_EXPECTED[kind]}"))
        return await asyncio.to_thread(store.add, path, mime_type=mime_type, filename=filename, now=now)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


_EXPECTED = {"images": "JPEG, PNG, WebP or GIF", "videos": "MP4, WebM or MOV"}


async def _read_parts(request: web.Request, path: Path, wire: Wire, kind: str) -> str:
    """Writes the file part to `path`; returns its file name."""
    filename: str | None = None
    fields = {"file", "purpose"} if wire.name == "toapis" else {"file"}
    try:
        reader = await request.multipart()
        for _ in range(MAX_PARTS):
            part = await reader.next()
            if part is None:
                break
            if not isinstance(part, BodyPartReader) or part.name not in fields:
                raise Refused(wire.upload_refused(400, "unknown form field"))
            if part.name == "purpose":
                await _purpose(part, wire)
            else:
                filename = _clean(part.filename or "")
                await _write(part, path, wire, kind)
    except ValueError:
        raise Refused(wire.upload_refused(400, "the multipart body is broken")) from None
    if filename is None:
        raise Refused(wire.upload_refused(400, "file is required"))
    return filename


async def _purpose(part: BodyPartReader, wire: Wire) -> None:
    value = await part.read_chunk(64)
    if value.strip() != b"generation":
        raise Refused(wire.upload_refused(400, "purpose must be generation"))
    await part.release()


async def _write(part: BodyPartReader, path: Path, wire: Wire, kind: str) -> None:
    limit = wire.upload_limits[kind]
    size = 0
    with path.open("wb") as file:
        while chunk := await part.read_chunk(_CHUNK):
            size += len(chunk)
            if size <= limit:
                file.write(chunk)
            elif size > limit + _PATIENCE:
                break
    if size > limit:
        raise Refused(wire.too_large(limit, kind))
    if not size:
        raise Refused(wire.upload_refused(400, "file is empty"))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(32)


def _clean(name: str) -> str:
    return re.sub(r"[^\w. -]+", "_", name.rpartition("/")[2])[:100]
