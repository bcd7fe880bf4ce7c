"""How big a video is: by mode and ratio, or after its first frame (the pages: the ratio "may be overridden")."""

from __future__ import annotations

from adapters.gateways.sandbox.order import Mode

#: pixels of the short side: "720P", "1080P", 4k
SHORT_SIDE: dict[Mode, int] = {"std": 720, "pro": 1080, "4k": 2160}


def even(value: float) -> int:
    """The nearest even number, at least 2: yuv420p needs it."""
    return max(2, round(value / 2) * 2)


def size_of(mode: Mode, width: float, height: float) -> tuple[int, int]:
    """The video's size for a ratio of `width` to `height`: 16:9 in std is 1280x720; kept within 1:2.5 to 2.5:1."""
    short = SHORT_SIDE[mode]
    ratio = min(max(width / height, 0.4), 2.5)
    if ratio >= 1:
        return even(short * ratio), short
    return short, even(short / ratio)


def size_of_ratio(mode: Mode, ratio: str) -> tuple[int, int]:
    """The video's size for a ratio as it is written, "16:9"."""
    width, _, height = ratio.partition(":")
    return size_of(mode, int(width), int(height))
