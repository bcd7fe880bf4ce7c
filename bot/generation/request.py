"""What a person asked for: one video request, validated in shape, immutable, stored as JSON.

Whether a model can do it is `check.check`'s question; a `VideoRequest` may ask for the impossible, so that all problems
can be named at once.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _storable(text: str) -> str:
    """Text that JSON and every database can hold: half a surrogate pair becomes "?", U+0000 goes."""
    return text.encode(errors="replace").decode().replace("\0", "")


_Text = Annotated[str, AfterValidator(_storable)]


class FrameRole(StrEnum):
    """What an input image is for.

    `FIRST_FRAME` and `LAST_FRAME` pin the ends of the video; `REFERENCE` is an untyped asset that the prompt may name
    (`<<<image_N>>>`); `ELEMENT` is a subject of the omni dialect (`<<<element_N>>>`).
    """

    FIRST_FRAME = "first_frame"
    LAST_FRAME = "last_frame"
    REFERENCE = "reference"
    ELEMENT = "element"


class ReferType(StrEnum):
    """How a reference video is used: `BASE` is edited itself, `FEATURE` lends its motion or style."""

    BASE = "base"
    FEATURE = "feature"


class _Stored(BaseModel):
    """Frozen, strict about unknown names, so that what is read back from the database is what was written."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Frame(_Stored):
    """One input image with its role.

    `source` is a media key ("sha256....jpg") or an https URL; width and height are pixels, None when not measured.
    """

    role: FrameRole
    source: _Text
    width: int | None = None
    height: int | None = None


class ReferenceVideo(_Stored):
    """One input video. `source` as in Frame; `keep_sound` None = not set by the person."""

    source: _Text
    refer_type: ReferType = ReferType.BASE
    keep_sound: bool | None = None


class VideoRequest(_Stored):
    """A request as a person made it. None = not set by the person, and not sent to the gateway.

    `duration` is in seconds. `frames` keeps the order the person gave: `<<<image_N>>>` counts the frames that are not
    elements, `<<<element_N>>>` the elements, both from 1. Survives a JSON round trip unchanged. Raises pydantic's
    ValidationError for a value of the wrong type, such as a duration that is no whole number.
    """

    prompt: _Text
    model: _Text | None = None
    gateway: _Text | None = None
    mode: _Text | None = None
    duration: int | None = Field(default=None, strict=True)
    aspect_ratio: _Text | None = None
    audio: bool | None = Field(default=None, strict=True)
    negative_prompt: _Text | None = None
    watermark: bool | None = Field(default=None, strict=True)
    frames: tuple[Frame, ...] = ()
    reference_video: ReferenceVideo | None = None

    def _frames_as(self, *roles: FrameRole) -> tuple[Frame, ...]:
        return tuple(frame for frame in self.frames if frame.role in roles)

    @property
    def first_frame(self) -> Frame | None:
        """The (first) first frame, or None."""
        return next(iter(self._frames_as(FrameRole.FIRST_FRAME)), None)

    @property
    def last_frame(self) -> Frame | None:
        """The (first) last frame, or None."""
        return next(iter(self._frames_as(FrameRole.LAST_FRAME)), None)

    @property
    def references(self) -> tuple[Frame, ...]:
        """The untyped reference images, in order."""
        return self._frames_as(FrameRole.REFERENCE)

    @property
    def elements(self) -> tuple[Frame, ...]:
        """The subjects of the omni dialect, in order; `<<<element_1>>>` is the first of them."""
        return self._frames_as(FrameRole.ELEMENT)

    @property
    def images(self) -> tuple[Frame, ...]:
        """Every frame but the elements, in order; `<<<image_1>>>` is the first of them."""
        return tuple(frame for frame in self.frames if frame.role is not FrameRole.ELEMENT)
