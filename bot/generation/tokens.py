"""The names a prompt gives its assets: <<<image_1>>>, <<<video_1>>>, <<<element_1>>> (both O1 pages).

N counts from 1 in list order: images are the frames that are not elements, elements are counted by themselves.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from bot.generation.request import Frame, FrameRole, VideoRequest

_TOKEN = re.compile(r"<<<(?P<kind>image|video|element)_(?P<number>[0-9]+)>>>")
_SPACED_TOKEN = re.compile(f"(?P<space> ?){_TOKEN.pattern}")
#: A longer number names nothing that could ever be attached (and int() refuses thousands of digits).
_MOST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Token:
    """One name in a prompt; `number` is 0 for a number that no list can have."""

    kind: str
    number: int
    text: str

    @property
    def name(self) -> str:
        """ "image_1", whatever zeros were typed."""
        return f"{self.kind}_{self.number}"


def _token(match: re.Match[str]) -> Token:
    digits = match["number"].lstrip("0")
    return Token(match["kind"], int(digits) if 0 < len(digits) <= _MOST_DIGITS else 0, match[0].lstrip(" "))


def tokens(prompt: str) -> tuple[Token, ...]:
    """Every asset name in a prompt, in order, as often as it is written."""
    return tuple(_token(match) for match in _TOKEN.finditer(prompt))


def rewrite(prompt: str, change: Callable[[Token], str | None]) -> str:
    """The prompt with every token replaced by what `change` says; None takes it out, with one space before it."""

    def swap(match: re.Match[str]) -> str:
        new = change(_token(match))
        return "" if new is None else match["space"] + new

    return _SPACED_TOKEN.sub(swap, prompt)


def written(name: str) -> str:
    """<<<image_1>>> for "image_1"."""
    return f"<<<{name}>>>"


def frame_names(frames: Collection[Frame]) -> tuple[str, ...]:
    """The name of each frame in its place: ("image_1", "element_1", "image_2")."""
    counts = {"image": 0, "element": 0}
    names = []
    for frame in frames:
        kind = "element" if frame.role is FrameRole.ELEMENT else "image"
        counts[kind] += 1
        names.append(f"{kind}_{counts[kind]}")
    return tuple(names)


def counts(request: VideoRequest) -> Mapping[str, int]:
    """How many assets of each kind a request has."""
    return {
        "image": len(request.images),
        "video": 0 if request.reference_video is None else 1,
        "element": len(request.elements),
    }


def image_prefix(request: VideoRequest, *, every: bool) -> str:
    """What goes in front of a prompt that has images and names none: "<<<image_1>>> <<<image_2>>> ", else "".

    `every`: name every image, as the bot does in the omni dialect; otherwise only the first, as the gateway does
    in the unified one.
    """
    images = len(request.images)
    if not images or any(token.kind == "image" for token in tokens(request.prompt)):
        return ""
    return "".join(f"{written(f'image_{n}')} " for n in range(1, (images if every else 1) + 1))
