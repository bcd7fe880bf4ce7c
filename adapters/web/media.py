"""Names of media that nobody can guess, and the files behind them."""

import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from adapters.media.library import LocalMedia
from adapters.web.seals import Seals
from bot.generation.job import Job
from bot.generation.ports import MediaError, Store

_PURPOSE = "media"
_NAME = re.compile(r"(?P<what>[a-z0-9]{1,64})-(?P<mark>[a-z2-7]{26})\.(?P<suffix>mp4|mov|jpg|png)")
_KEPT = "private, max-age=86400, immutable"


class MediaNames:
    """Names are made of what they stand for and a mark that only this installation can make."""

    def __init__(self, seals: Seals, media: LocalMedia) -> None:
        self._seals, self._media = seals, media

    def input(self, key: str) -> str | None:
        """The address of an input image; None when it is no longer kept (or is somewhere else)."""
        try:
            path = self._media.store.path(key)
        except MediaError:
            return None
        return self._url("input", path.stem, path.suffix) if self._media.may_have(path) else None

    def video(self, job: Job) -> str | None:
        """The address of a job's video; None when it is not kept here."""
        path = video_file(job, self._media)
        return None if path is None else self._url("video", job.id, ".mp4")

    def poster(self, job: Job) -> str | None:
        """The address of the picture shown before the video plays; None when there is none."""
        path = poster_file(job, self._media)
        return None if path is None else self._url("poster", job.id, ".jpg")

    def stands_for(self, kind: str, name: str) -> tuple[str, str] | None:
        """What a name of this kind stands for, and its suffix; None for one that was not made here."""
        found = _NAME.fullmatch(name)
        if found is None or not self._seals.fits(_PURPOSE, f"{kind}/{found['what']}.{found['suffix']}", found["mark"]):
            return None
        return found["what"], f".{found['suffix']}"

    def _url(self, kind: str, what: str, suffix: str) -> str:
        return f"/media/{kind}/{what}-{self._seals.mark(_PURPOSE, f'{kind}/{what}{suffix}')}{suffix}"


def video_file(job: Job, media: LocalMedia) -> Path | None:
    """The file of a job's video, unless it is certainly gone."""
    if job.video is None or job.deleted_at is not None:
        return None
    try:
        path = media.video_path(job.video)
    except MediaError:
        return None
    return path if media.may_have(path) else None


def poster_file(job: Job, media: LocalMedia) -> Path | None:
    """The file of its poster, unless it is certainly gone."""
    if job.video is None or job.deleted_at is not None:
        return None
    try:
        path = media.poster_path(job.video)
    except MediaError:
        return None
    return path if path is not None and media.may_have(path) else None


class MediaRoutes:
    """Serves media, in parts where a player asks for parts (RFC 9110, section 14)."""

    def __init__(self, names: MediaNames, media: LocalMedia, store: Store) -> None:
        self._names, self._media, self._store = names, media, store

    def routes(self) -> list[Route]:
        """The routes."""
        return [Route("/media/{kind}/{name}", self._serve, methods=["GET", "HEAD"])]

    async def _serve(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        found = self._names.stands_for(kind, request.path_params["name"])
        path = None if found is None else await self._file(kind, *found)
        try:
            if path is not None and not await self._media.store.fetch(path):
                path = None
        except MediaError as error:
            raise HTTPException(503, "The store of the files does not answer: try again in a minute.") from error
        if path is None:
            raise HTTPException(404, "There is no such file here (any more).")
        download = path.name if "download" in request.query_params else None
        return FileResponse(path, filename=download, headers={"Cache-Control": _KEPT})

    async def _file(self, kind: str, what: str, suffix: str) -> Path | None:
        if kind == "input":
            try:
                return self._media.store.path(what + suffix)
            except MediaError:
                return None
        job = await self._store.job(what)
        if job is None:
            return None
        return video_file(job, self._media) if kind == "video" else poster_file(job, self._media)
