"""Pictures that are still to be fetched, as a stored request names them, and how the desk gets to read them.

In a request on its way in, a frame's source may be a link (of an attachment) or "job:<id>" (the last picture of that
job's video). A media key has no colon. So a whole request fits into the intake table or behind a form, and nothing of
it is lost when the bot is restarted.
"""

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from adapters.desk import Desk, PictureWish, VideoWish
from adapters.media.library import LocalMedia, TakenImage, TakenVideo
from bot.generation.ports import MediaError
from bot.generation.request import Frame, FrameRole, ReferenceVideo, VideoRequest

_JOB = "job:"


def last_picture_of(job_id: str) -> Frame:
    """The last picture of a job's video as a first frame that is still to be read."""
    return Frame(role=FrameRole.FIRST_FRAME, source=f"{_JOB}{job_id}")


def waits(source: str) -> bool:
    """Whether this source is still to be fetched."""
    return ":" in source


class Sources:
    """Turns what waits in a request into the desk's wishes."""

    def __init__(self, media: LocalMedia, desk: Desk) -> None:
        self._media, self._desk = media, desk

    def split(self, request: VideoRequest) -> tuple[VideoRequest, tuple[PictureWish, ...], VideoWish | None]:
        """The request with what is stored already, and a wish for each of the others. Instant; nothing is read."""
        stored = tuple(frame for frame in request.frames if not waits(frame.source))
        pictures = tuple(self._picture(frame) for frame in request.frames if waits(frame.source))
        video = request.reference_video
        wish = self._video(video) if video is not None and waits(video.source) else None
        kept = None if wish is not None else video
        return request.model_copy(update={"frames": stored, "reference_video": kept}), pictures, wish

    def _picture(self, frame: Frame) -> PictureWish:
        async def last_picture() -> TakenImage:
            wish = await self._desk.last_picture(frame.source.removeprefix(_JOB))
            if wish is None:
                raise MediaError(
                    "The video is no longer kept here, so its last picture is gone: attach an image of it."
                )
            return await wish.read()

        async def fetched() -> TakenImage:
            return await self._media.take_image_url(frame.source)

        if frame.source.startswith(_JOB):
            return PictureWish(frame.role, "the last picture", last_picture)
        return PictureWish(frame.role, _name(frame.source), fetched)

    def _video(self, video: ReferenceVideo) -> VideoWish:
        async def fetched() -> TakenVideo:
            return await self._media.take_video_url(video.source)

        return VideoWish(_name(video.source), fetched, video.refer_type, video.keep_sound)


def _name(link: str) -> str:
    return unquote(PurePosixPath(urlsplit(link).path).name)
