"""Scenes made of images: a slow zoom over one, and a dissolve from one to another."""

from __future__ import annotations

from adapters.gateways.sandbox.label import badge
from adapters.gateways.sandbox.picture import Picture

#: how far the zoom of one image goes, and how far two images move while they dissolve
ZOOM = 0.14
DRIFT = 0.05


def ease(part: float) -> float:
    """0..1 to 0..1, slow at both ends."""
    part = min(max(part, 0.0), 1.0)
    return part * part * (3 - 2 * part)


def zoomed(picture: Picture, amount: float, toward: tuple[float, float] = (0.5, 0.5)) -> Picture:
    """Closer by `amount` (0 is the picture itself), toward a point given in parts of the sides."""
    if amount <= 0:
        return picture
    width, height = picture.size
    seen_width, seen_height = width / (1 + amount), height / (1 + amount)
    left, top = (width - seen_width) * toward[0], (height - seen_height) * toward[1]
    return picture.view((left, top, left + seen_width, top + seen_height), picture.size)


class Still:
    """Starts exactly on the image, then moves slowly into it."""

    def __init__(self, image: Picture, text: str = "SANDBOX") -> None:
        self._image = image
        self._badge, self._at = badge(image.size, text)

    def at(self, part: float) -> Picture:
        return zoomed(self._image, ZOOM * ease(part), (0.56, 0.42)).paste(self._badge, self._at)


class Pair:
    """Starts exactly on the first image and ends exactly on the last; the badge is only there in between."""

    def __init__(self, first: Picture, last: Picture) -> None:
        self._first, self._last = first, last
        self._badge, self._at = badge(first.size)

    def at(self, part: float) -> Picture:
        mixed = ease((part - 0.12) / 0.76)
        if mixed <= 0:
            picture = zoomed(self._first, DRIFT * ease(part))
        elif mixed >= 1:
            picture = zoomed(self._last, DRIFT * ease(1 - part))
        else:
            leaving, coming = zoomed(self._first, DRIFT * ease(part)), zoomed(self._last, DRIFT * ease(1 - part))
            picture = leaving.blend(coming, mixed)
        strength = min(1.0, part * 6 - 0.3, (1 - part) * 6 - 0.3)
        return picture.paste(self._badge, self._at, strength) if strength > 0 else picture
