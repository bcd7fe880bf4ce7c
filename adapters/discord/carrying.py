"""The ways a video can go along with its message, from the best to the one that always works."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from adapters.cards.result_card import Inline, LinkOnly, Shown, SmallerCopy
from adapters.cards.words import size
from adapters.media.errors import MediaAway
from adapters.media.library import LocalMedia
from bot.generation.job import Job, StoredVideo
from bot.generation.ports import ChatError, MediaError

#: The least any place of Discord ever took, in bytes: the next smaller copy when a place takes less than it said.
LEAST_LIMIT = 8 * 1024 * 1024

NOT_ALLOWED = "I am not allowed to attach files here."


@dataclass(frozen=True, slots=True)
class Way:
    """What the message carries: a file under a name, or nothing; and what the card says about that."""

    shown: Shown
    path: Path | None = None
    name: str = ""


async def ways(job: Job, media: LocalMedia, limit: int) -> AsyncIterator[Way]:
    """The ways for a place that takes files of `limit` bytes; the next one is for when Discord says "too large".
    Raises ChatError while the store of the videos is out of reach."""
    video = job.video
    if video is None:
        yield Way(LinkOnly("The video could not be saved here."))
        return
    tried_size: int | None = None
    for most in sorted({limit, min(limit, LEAST_LIMIT)}, reverse=True):
        try:
            copy = await media.small_copy(video, most)
            path = await media.video_file(copy)
        except MediaAway as error:
            raise ChatError(error.message) from error  # the video is kept: it goes out when it can be read
        except MediaError:
            break
        if tried_size is None or copy.size < tried_size:
            tried_size = copy.size
            yield Way(Inline() if copy is video else SmallerCopy(copy.size), path, f"video-{job.id}.mp4")
    why = f"The video has {size(video.size)} and could not be attached here."
    poster = await _poster(media, video)
    if poster is not None:
        yield Way(LinkOnly(f"{why} This is a picture of it."), poster, f"video-{job.id}{poster.suffix}")
    yield Way(LinkOnly(why))


async def _poster(media: LocalMedia, video: StoredVideo) -> Path | None:
    try:
        return await media.poster_file(video)
    except MediaError:
        return None
