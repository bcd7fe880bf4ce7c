"""What can go wrong with pictures and videos. Every message is one sentence for people: no secret, no query string."""

import errno
from pathlib import Path

import httpx

from bot.generation.ports import MediaError

__all__ = [
    "AddressRefused",
    "CannotShrink",
    "ImageRefused",
    "LinkExpired",
    "MediaAway",
    "MediaError",
    "MediaFull",
    "NotAVideo",
    "VideoRefused",
    "VideoTooLarge",
    "disk_problem",
    "shown_path",
    "shown_url",
]


class ImageRefused(MediaError, ValueError):  # noqa: N818 - reads as what happened
    """This file cannot be an input image.

    `reason` is one of: empty, too_many_bytes, not_an_image, broken, too_many_pixels, too_many_frames, too_small,
    ratio, too_large_after_conversion, not_found, not_a_file, unreadable, link, address, unreachable.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class VideoRefused(MediaError, ValueError):  # noqa: N818
    """This file cannot be a reference video.

    `reason` is one of: empty, too_many_bytes, not_a_video, broken, too_short, too_long, too_small, too_large,
    not_found, not_a_file, unreadable.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class AddressRefused(MediaError):  # noqa: N818
    """A link that may not be opened: not http(s), with a password in it, or leading into a private network."""


class LinkExpired(MediaError):  # noqa: N818
    """The link answers 401, 403, 404 or 410: the video is gone from it (`link_is_dead`)."""

    def __init__(self, message: str) -> None:
        super().__init__(message, link_is_dead=True)


class NotAVideo(MediaError):  # noqa: N818
    """The link gave something else than an MP4 that can be played."""

    def __init__(self, message: str, *, retry: bool = True) -> None:
        super().__init__(message, retry=retry)


class VideoTooLarge(MediaError):  # noqa: N818
    """The video is larger than this bot stores."""


class MediaFull(MediaError):  # noqa: N818
    """No space is left for the media folder (disk full, quota, file size limit)."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retry=True)


class MediaAway(MediaError):  # noqa: N818
    """The store that several machines share does not answer or is out of order; what it has is not lost."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retry=True)


class CannotShrink(MediaError):  # noqa: N818
    """No watchable copy of this video fits into the wanted size."""


def disk_problem(error: OSError, folder: Path) -> MediaError:
    """The error of a read or write in the media folder as a MediaFull or MediaError with what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return MediaFull(f"The media folder {folder} is full: free some space or move it to a larger disk.")
    why = error.strerror or type(error).__name__
    return MediaError(f"The media folder {folder} cannot be used ({why}): check that the bot may read and write there.")


def shown_url(url: str | httpx.URL, most: int = 120) -> str:
    """The link without user, password, query and fragment, at most `most` characters."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return "the link"
    port = f":{parsed.port}" if parsed.port else ""
    text = f"{parsed.scheme}://{parsed.host}{port}{parsed.path}"
    text = "".join(c for c in text if c.isprintable())
    return text if len(text) <= most else text[: most - 1] + "…"


def shown_path(path: Path, most: int = 200) -> str:
    """A path for a sentence: printable, at most `most` characters (the end is kept)."""
    text = "".join(c if c.isprintable() else "?" for c in str(path))
    return text if len(text) <= most else "…" + text[-(most - 1) :]
