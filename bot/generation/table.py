"""The one table of models: what each can do on each gateway, per dialect, from the vendors' pages.

Every allowed value that a check, a form or a page of documentation shows comes from `ROWS`. A row is one dialect of one
model on one gateway: the seed page's rules go with the seed page's dialect, later rules with the later one. `source`
names the page; lengths are seconds, prompt lengths characters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from bot.generation.request import FrameRole

#: The gateway that runs inside this bot: it renders test pictures, costs nothing, and speaks as ToAPIs does.
SANDBOX = "sandbox"
#: Gateways by setting name, with the name people read.
GATEWAYS: Mapping[str, str] = MappingProxyType({"toapis": "ToAPIs", "apimart": "APIMart", SANDBOX: "the sandbox"})

#: Models by canonical name, with the name people read. The order is the order of lists and forms.
MODELS: Mapping[str, str] = MappingProxyType({"2.6": "Kling 2.6", "v3": "Kling v3", "o1": "Kling Video O1"})

#: What is left of a typed model name without "kling", "video", "v" and punctuation, and the model it means.
MODEL_KEYS: Mapping[str, str] = MappingProxyType(
    {"26": "2.6", "3": "v3", "30": "v3", "o1": "o1", "o1omni": "o1", "omnio1": "o1"}
)

#: Height of the picture each mode renders (both gateways' pages).
RESOLUTIONS: Mapping[str, str] = MappingProxyType({"std": "720p", "pro": "1080p", "4k": "4K"})

MODE_ALIASES: Mapping[str, str] = MappingProxyType(
    {"standard": "std", "720p": "std", "professional": "pro", "1080p": "pro", "2160p": "4k"}
)
RATIO_ALIASES: Mapping[str, str] = MappingProxyType(
    {"landscape": "16:9", "portrait": "9:16", "square": "1:1", "horizontal": "16:9", "vertical": "9:16"}
)

#: The option a person sets to give an image in each role: a lone `image` is the first frame.
ROLE_OPTIONS: Mapping[FrameRole, str] = MappingProxyType(
    {
        FrameRole.FIRST_FRAME: "image",
        FrameRole.LAST_FRAME: "last_frame",
        FrameRole.REFERENCE: "reference_image",
        FrameRole.ELEMENT: "element",
    }
)

#: Kling's own limit on a prompt; a page that states no limit warns here instead of refusing.
KLING_PROMPT_CHARS = 2500
#: Kling's own limits on a reference video, used to hold enough money for an edited video of unknown length.
REFERENCE_VIDEO_SECONDS = (3, 10)


class Wire(StrEnum):
    """How images are spelled in the body."""

    IMAGE_URLS = "image_urls"  # image_urls: [first, last]
    ROLES = "roles"  # image_with_roles: [{url, role}], reference_images: [url]
    OMNI = "omni"  # metadata.image_list / element_list, video_list
    UNIFIED = "unified"  # image_urls, named in the prompt


class Place(StrEnum):
    """Where in the body an option goes; an option without a place is not offered."""

    TOP = "top"
    METADATA = "metadata"


_RATIOS = ("16:9", "9:16", "1:1")
_FIRST_LAST = frozenset({FrameRole.FIRST_FRAME, FrameRole.LAST_FRAME})
_BOTH = frozenset({"std", "pro"})
_THREE_TO_TEN = tuple(range(3, 11))
_THREE_TO_FIFTEEN = tuple(range(3, 16))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one model can do in one dialect on one gateway. Absent means not offered there."""

    gateway: str
    model: str
    dialect: str
    wire_id: str
    wire: Wire
    source: str
    on_by_default: bool = True
    modes: tuple[str, ...] = ("std", "pro")
    durations: tuple[int, ...] = (5, 10)
    durations_with_images: tuple[int, ...] = (5, 10)
    #: (mode, seconds) that the page does not rule out but does not show either: allowed with a note.
    inferred_durations: frozenset[tuple[str, int]] = frozenset()
    aspect_ratios: tuple[str, ...] = _RATIOS
    #: The ratios the page itself shows; the others are allowed with a note.
    shown_ratios: tuple[str, ...] = _RATIOS
    default_mode: str = "std"
    default_duration: int = 5
    default_aspect_ratio: str = "16:9"
    prompt_limit: int | None = None  # above: refused
    prompt_warn: int | None = None  # above: a note
    roles: frozenset[FrameRole] = _FIRST_LAST
    last_frame_modes: frozenset[str] = frozenset()
    #: A last frame is refused beside more images than this.
    last_frame_max_images: int | None = None
    max_images: int | None = 2  # images and elements together
    max_images_with_video: int | None = None
    #: The most images the page shows; more are allowed with a note.
    shown_images: int | None = None
    ratio_follows_image: bool = False
    audio_modes: frozenset[str] = frozenset()
    audio_not_with_last_frame: bool = False
    audio_not_with_video: bool = False
    negative_prompt: Place | None = None
    watermark: Place | None = None
    reference_video: bool = False
    #: The kinds of asset a prompt can name: <<<image_1>>>, <<<video_1>>>, <<<element_1>>>.
    tokens: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """The name settings use: "toapis/2.6"."""
        return f"{self.gateway}/{self.model}"


_ALL_BUT_ELEMENTS = frozenset(FrameRole) - {FrameRole.ELEMENT}
_LATER = "gateways.md section 1, the vendor's later page"

_TOAPIS_26 = Rules(
    gateway="toapis",
    model="2.6",
    dialect="image_urls",
    wire_id="kling-2-6",
    wire=Wire.IMAGE_URLS,
    source="seeds/toapis-kling-2-6.txt",
    prompt_limit=2500,
    last_frame_modes=frozenset({"pro"}),
    ratio_follows_image=True,
    audio_modes=frozenset({"pro"}),
    audio_not_with_last_frame=True,
    negative_prompt=Place.TOP,
    watermark=Place.TOP,
)
_TOAPIS_V3 = Rules(
    gateway="toapis",
    model="v3",
    dialect="image_urls",
    wire_id="kling-v3",
    wire=Wire.IMAGE_URLS,
    source="seeds/toapis-kling-v3.txt",
    durations=(5, 10, 15),
    # "Text-to-video supports 15-second duration", but the matrix has that column in std only.
    inferred_durations=frozenset({("pro", 15)}),
    prompt_warn=KLING_PROMPT_CHARS,
    last_frame_modes=_BOTH,
    ratio_follows_image=True,
    negative_prompt=Place.METADATA,
)
_TOAPIS_O1 = Rules(
    gateway="toapis",
    model="o1",
    dialect="omni",
    wire_id="kling-video-o1",
    wire=Wire.OMNI,
    source="seeds/toapis-kling-video-o1-omni.txt",
    prompt_warn=KLING_PROMPT_CHARS,
    roles=frozenset(FrameRole),
    last_frame_modes=_BOTH,
    last_frame_max_images=2,  # this and the two below are Kling's own limits
    max_images=7,
    max_images_with_video=4,
    audio_modes=_BOTH,
    audio_not_with_video=True,
    reference_video=True,
    tokens=frozenset({"image", "video", "element"}),
)
_TOAPIS_O1_UNIFIED = Rules(
    gateway="toapis",
    model="o1",
    dialect="unified",
    wire_id="kling-video-o1",
    wire=Wire.UNIFIED,
    source="seeds/toapis-kling-video-o1-unified.txt",
    shown_ratios=("16:9",),
    prompt_warn=KLING_PROMPT_CHARS,
    roles=frozenset({FrameRole.FIRST_FRAME, FrameRole.REFERENCE}),
    max_images=7,
    max_images_with_video=4,
    shown_images=2,
    tokens=frozenset({"image"}),
)

_PAGES: tuple[Rules, ...] = (
    _TOAPIS_26,
    replace(
        _TOAPIS_26,
        dialect="roles",
        wire_id="kling-v2-6",
        wire=Wire.ROLES,
        source=_LATER,
        roles=_ALL_BUT_ELEMENTS,
        max_images=None,
        shown_images=2,
    ),
    replace(_TOAPIS_26, gateway="apimart", wire_id="kling-v2-6", source="seeds/apimart-kling-v2-6.txt"),
    _TOAPIS_V3,
    replace(
        _TOAPIS_V3,
        dialect="roles",
        wire=Wire.ROLES,
        source=_LATER,
        durations=_THREE_TO_FIFTEEN,
        durations_with_images=_THREE_TO_FIFTEEN,
        inferred_durations=frozenset(),
        roles=_ALL_BUT_ELEMENTS,
        max_images=None,
        shown_images=2,
        audio_modes=_BOTH,
        watermark=Place.METADATA,
    ),
    replace(
        _TOAPIS_V3,
        gateway="apimart",
        source=_LATER,
        on_by_default=False,
        modes=("std", "pro", "4k"),
        durations=_THREE_TO_FIFTEEN,
        durations_with_images=_THREE_TO_FIFTEEN,
        inferred_durations=frozenset(),
        last_frame_modes=_BOTH | {"4k"},
        audio_modes=_BOTH | {"4k"},
        negative_prompt=Place.TOP,
        watermark=Place.TOP,
    ),
    _TOAPIS_O1,
    replace(
        _TOAPIS_O1,
        dialect="omni-later",
        source=_LATER,
        durations=_THREE_TO_TEN,
        durations_with_images=_THREE_TO_TEN,
        watermark=Place.METADATA,
    ),
    _TOAPIS_O1_UNIFIED,
    replace(
        _TOAPIS_O1_UNIFIED,
        gateway="apimart",
        source="APIMart's later page of kling-video-o1",
        on_by_default=False,
        shown_ratios=_RATIOS,
        reference_video=True,
        tokens=frozenset({"image", "video"}),
    ),
    replace(
        _TOAPIS_O1,
        gateway="apimart",
        source=_LATER,
        on_by_default=False,
        durations=_THREE_TO_TEN,
        durations_with_images=_THREE_TO_TEN,
        watermark=Place.METADATA,
    ),
)

#: Every dialect of every model on every gateway. The first one of a (gateway, model) is its default.
ROWS: tuple[Rules, ...] = (*_PAGES, *(replace(row, gateway=SANDBOX) for row in _PAGES if row.gateway == "toapis"))


def dialects_of(gateway: str, model: str) -> tuple[Rules, ...]:
    """Every dialect that one model has on one gateway, the default first; empty when it has none."""
    return tuple(row for row in ROWS if row.gateway == gateway and row.model == model)
