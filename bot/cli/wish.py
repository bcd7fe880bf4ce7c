"""What a person typed after `videobot make`, and the command line that says it differently."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.generation.request import FrameRole, ReferType, VideoRequest
from bot.generation.table import ROLE_OPTIONS

_SWITCHES = ("audio", "watermark")
_VALUES = ("model", "gateway", "mode", "duration", "aspect_ratio", "negative_prompt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The options as typed; None and empty mean not typed."""

    prompt: str
    image: str | None = None
    last_frame: str | None = None
    reference_image: tuple[str, ...] = ()
    element: tuple[str, ...] = ()
    reference_video: tuple[str, ...] = ()
    refer_type: str | None = None
    keep_sound: bool | None = None
    model: str | None = None
    mode: str | None = None
    duration: int | None = None
    aspect_ratio: str | None = None
    audio: bool | None = None
    negative_prompt: str | None = None
    watermark: bool | None = None
    gateway: str | None = None
    output: str | None = None
    as_json: bool = False
    yes: bool = False

    def pictures(self) -> Iterator[tuple[FrameRole, str]]:
        """Every picture with its role, in the order <<<image_N>>> counts them."""
        for role in (FrameRole.FIRST_FRAME, FrameRole.LAST_FRAME):
            typed: str | None = getattr(self, ROLE_OPTIONS[role])
            if typed is not None:
                yield role, typed
        yield from ((FrameRole.REFERENCE, typed) for typed in self.reference_image)
        yield from ((FrameRole.ELEMENT, typed) for typed in self.element)


def flag(option: str) -> str:
    """The option of a request as it is typed here: "last_frame" -> "--last-frame"."""
    return "PROMPT" if option == "prompt" else f"--{option.replace('_', '-')}"


def words_for(wish: Wish, settled: VideoRequest, wanted: VideoRequest, names: Mapping[str, str]) -> list[str]:
    """The words after `videobot make` that ask for `wanted`: what was typed stays, what was neither typed nor changed
    stays out. `settled` is the typed request with its defaults filled in."""
    words = [wanted.prompt] if not wanted.prompt.startswith("-") else []
    for name in _VALUES:
        value = getattr(wanted, name)
        if value is not None and (getattr(wish, name) is not None or value != getattr(settled, name)):
            words += [flag(name), str(value)]
    for name in _SWITCHES:
        value = getattr(wanted, name)
        if value is not None:
            words.append(flag(name) if value else f"--no-{name}")
    for frame in wanted.frames:
        words += [flag(ROLE_OPTIONS[frame.role]), names.get(frame.source, frame.source)]
    video = wanted.reference_video
    if video is not None:
        words += ["--reference-video", names.get(video.source, video.source)]
        if wish.refer_type is not None or video.refer_type is not ReferType.BASE:
            words += ["--refer-type", video.refer_type.value]
        if video.keep_sound is not None:
            words.append("--keep-sound" if video.keep_sound else "--no-keep-sound")
    if wish.output is not None:
        words += ["-o", wish.output]
    words += ["--json"] * wish.as_json + ["--yes"] * wish.yes
    return [*words, "--", wanted.prompt] if wanted.prompt.startswith("-") else words
