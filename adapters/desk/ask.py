"""What comes to the desk: a request with the pictures that still have to be fetched."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from adapters.desk.actor import Actor
from adapters.media.library import TakenImage, TakenVideo
from bot.generation.examine import Note, Problem
from bot.generation.job import Address
from bot.generation.request import FrameRole, ReferType, VideoRequest


@dataclass(frozen=True, slots=True)
class PictureWish:
    """An image that still has to be fetched and checked. `name` is how the person knows it: "cat.png", "the image you
    replied to". `read` raises MediaError or ImageRefused."""

    role: FrameRole
    name: str
    read: Callable[[], Awaitable[TakenImage]]


@dataclass(frozen=True, slots=True)
class VideoWish:
    """A reference video that still has to be fetched and checked. `read` raises MediaError or VideoRefused."""

    name: str
    read: Callable[[], Awaitable[TakenVideo]]
    refer_type: ReferType = ReferType.BASE
    keep_sound: bool | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """One request at the desk.

    `request` holds the frames that are stored already (from a draft or a job). New `pictures` take the place of the
    stored frames of their role: a form that comes back with another image means that one. `understood` is the line that
    says what was read out of a text, `problems` what its grammar found, `notes` what it finds worth
    knowing. With `press_first` nothing starts without a
    press on Start, whatever it costs.
    """

    actor: Actor
    address: Address
    request: VideoRequest
    pictures: tuple[PictureWish, ...] = ()
    video: VideoWish | None = None
    understood: str = ""
    problems: tuple[Problem, ...] = ()
    press_first: bool = False
    notes: tuple[Note, ...] = ()
