"""Read the pictures and videos that were named, and make the request of what was typed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from adapters.cards.problems import OptionLine
from bot.cli.wish import Wish
from bot.generation.ports import MediaError
from bot.generation.request import Frame, FrameRole, ReferenceVideo, ReferType, VideoRequest
from bot.generation.table import ROLE_OPTIONS

if TYPE_CHECKING:
    from adapters.media.library import LocalMedia, TakenImage

_T = TypeVar("_T")

#: Stands for what could not be read, so that the rest of the request is checked all the same; never sent.
_UNREAD = "https://unread.invalid/"


@dataclass(slots=True)
class Reading:
    """The request; what each source was typed as; what is wrong with the files; what was changed in them."""

    request: VideoRequest
    names: dict[str, str] = field(default_factory=dict)
    wrong: list[OptionLine] = field(default_factory=list)
    notes: list[OptionLine] = field(default_factory=list)


async def read_wish(media: "LocalMedia", wish: Wish) -> Reading:
    """Everything that was typed, the files kept in the media folder. Raises MediaError only when that folder fails."""
    reading = Reading(VideoRequest(prompt=wish.prompt))
    frames = [await _frame(media, reading, role, typed) for role, typed in wish.pictures()]
    reading.request = VideoRequest(
        prompt=wish.prompt,
        model=wish.model,
        gateway=wish.gateway,
        mode=wish.mode,
        duration=wish.duration,
        aspect_ratio=wish.aspect_ratio,
        audio=wish.audio,
        negative_prompt=wish.negative_prompt,
        watermark=wish.watermark,
        frames=tuple(frames),
        reference_video=await _video(media, reading, wish),
    )
    return reading


async def _frame(media: "LocalMedia", reading: Reading, role: FrameRole, typed: str) -> Frame:
    option = ROLE_OPTIONS[role]

    async def read() -> "TakenImage":
        if _is_link(typed):
            return await media.take_image_url(typed)
        return await media.take_image_file(_path(typed))

    taken = await _taken(reading, option, typed, read)
    if taken is None:
        return Frame(role=role, source=_unread(reading, typed))
    reading.names[taken.key] = typed
    reading.notes += [OptionLine(option, note) for note in taken.notes]
    return Frame(role=role, source=taken.key, width=taken.width, height=taken.height)


async def _video(media: "LocalMedia", reading: Reading, wish: Wish) -> ReferenceVideo | None:
    refer_type = _refer_type(reading, wish.refer_type)
    if not wish.reference_video:
        for option, typed in (("refer_type", wish.refer_type), ("keep_sound", wish.keep_sound)):
            if typed is not None:
                reading.wrong.append(OptionLine(option, "This says how to use a --reference-video, and there is none."))
        return None
    if len(wish.reference_video) > 1:
        count = len(wish.reference_video)
        reading.wrong.append(
            OptionLine("reference_video", f"A video has only one reference video, and {count} were given: keep one.")
        )
    typed = wish.reference_video[0]

    async def read() -> str:
        if _is_link(typed):
            return (await media.take_video_url(typed)).key
        return (await media.take_video(_path(typed))).key

    source = await _taken(reading, "reference_video", typed, read) or _unread(reading, typed)
    reading.names[source] = typed
    return ReferenceVideo(source=source, refer_type=refer_type, keep_sound=wish.keep_sound)


def _refer_type(reading: Reading, typed: str | None) -> ReferType:
    if typed is None:
        return ReferType.BASE
    try:
        return ReferType(typed.strip().lower())
    except ValueError:
        reading.wrong.append(OptionLine("refer_type", f'Use base or feature, not "{typed[:40]}".'))
        return ReferType.BASE


async def _taken(reading: Reading, option: str, typed: str, read: Callable[[], Awaitable[_T]]) -> _T | None:
    if typed.startswith(("http://", "data:")):
        what = "embedded data" if typed.startswith("data:") else "an http link"
        reading.wrong.append(OptionLine(option, f"This is {what}; give a file or an https link."))
        return None
    try:
        return await read()
    except MediaError as error:
        if not isinstance(error, ValueError) and not _is_link(typed):
            raise  # the media folder, not the file
        reading.wrong.append(OptionLine(option, error.message))
        return None


def _unread(reading: Reading, typed: str) -> str:
    source = f"{_UNREAD}{len(reading.names)}"
    reading.names[source] = typed
    return source


def _is_link(typed: str) -> bool:
    return typed.startswith("https://")


def _path(typed: str) -> Path:
    return Path(typed).expanduser()
