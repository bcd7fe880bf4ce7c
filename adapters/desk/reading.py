"""Fetch the pictures of an ask, and put them into its request."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from adapters.cards.problems import OptionLine
from adapters.cards.words import clipped
from adapters.desk.ask import Ask, PictureWish
from adapters.media.library import TakenImage
from bot.generation.ports import MediaError
from bot.generation.request import Frame, FrameRole, ReferenceVideo, VideoRequest
from bot.generation.table import ROLE_OPTIONS

log = logging.getLogger("videobot.desk")

_T = TypeVar("_T")

#: Stands for what could not be (or is not yet) read, so that the rest is checked all the same; never sent or stored.
_UNREAD = "https://unread.invalid/"
_NAME_CHARS = 60


@dataclass(frozen=True, slots=True)
class Reading:
    """A request with its pictures. `request` has a placeholder for each one that could not be read, `kept` leaves them
    out; `wrong` says why, `notes` what was changed in the others."""

    request: VideoRequest
    kept: VideoRequest
    wrong: tuple[OptionLine, ...]
    notes: tuple[OptionLine, ...]


def unread(ask: Ask) -> VideoRequest:
    """The request with placeholders for all its pictures: what can be checked before any of them is fetched."""
    frames = [_placeholder(wish, number) for number, wish in enumerate(ask.pictures)]
    video = None if ask.video is None else _video(ask, f"{_UNREAD}video")
    return _with(ask.request, frames, video)


async def read(ask: Ask) -> Reading:
    """Fetch every picture, side by side; none is left out because another one is bad."""
    wrong: list[OptionLine] = []
    notes: list[OptionLine] = []
    images: list[TakenImage | None] = await asyncio.gather(
        *(_taken(ROLE_OPTIONS[wish.role], wish.name, wish.read, wrong) for wish in ask.pictures)
    )
    frames: list[Frame] = []
    good: list[Frame] = []
    for number, (wish, image) in enumerate(zip(ask.pictures, images, strict=True)):
        if image is None:
            frames.append(_placeholder(wish, number))
            continue
        frame = Frame(role=wish.role, source=image.key, width=image.width, height=image.height)
        frames.append(frame)
        good.append(frame)
        option, name = ROLE_OPTIONS[wish.role], clipped(wish.name, _NAME_CHARS)
        notes += [OptionLine(option, note, name=name) for note in image.notes]
    video = kept_video = None
    if ask.video is not None:
        taken = await _taken("reference_video", ask.video.name, ask.video.read, wrong)
        video = _video(ask, f"{_UNREAD}video" if taken is None else taken.key)
        kept_video = None if taken is None else video
    return Reading(_with(ask.request, frames, video), _with(ask.request, good, kept_video), tuple(wrong), tuple(notes))


def _placeholder(wish: PictureWish, number: int) -> Frame:
    return Frame(role=wish.role, source=f"{_UNREAD}{number}")


def _video(ask: Ask, source: str) -> ReferenceVideo | None:
    if ask.video is None:
        return None
    return ReferenceVideo(source=source, refer_type=ask.video.refer_type, keep_sound=ask.video.keep_sound)


def _with(request: VideoRequest, frames: Sequence[Frame], video: ReferenceVideo | None) -> VideoRequest:
    """The request with new frames in the place of the stored ones of their role, the others where they were."""
    waiting: dict[FrameRole, list[Frame]] = {}
    for frame in frames:
        waiting.setdefault(frame.role, []).append(frame)
    renewed = set(waiting)
    placed: list[Frame] = []
    for frame in request.frames:
        if frame.role in renewed:
            placed += waiting.pop(frame.role, [])
        else:
            placed.append(frame)
    placed += [frame for frame in frames if frame.role in waiting]
    return request.model_copy(
        update={"frames": tuple(placed), "reference_video": request.reference_video if video is None else video}
    )


async def _taken(option: str, name: str, read_it: Callable[[], Awaitable[_T]], wrong: list[OptionLine]) -> _T | None:
    try:
        return await read_it()
    except MediaError as error:
        sentence = error.message
        if not isinstance(error, ValueError) and isinstance(error.__cause__, OSError):
            log.warning("an input could not be kept: %s", error.message)
            sentence = "It could not be kept, because this bot has a problem with its disk: tell an admin."
        wrong.append(OptionLine(option, sentence, name=clipped(name, _NAME_CHARS)))
        return None
