"""What a create body asks for, in one shape for all dialects; the renderer and the price read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["std", "pro", "4k"]


@dataclass(frozen=True, slots=True)
class ReferenceVideo:
    """A video a task refers to: `base` is edited, `feature` only lends its motion or style."""

    url: str
    refer_type: Literal["base", "feature"] = "base"


@dataclass(frozen=True, slots=True)
class Order:
    """One valid create. `duration` is whole seconds; URLs are http(s) and were only checked for their form."""

    model: str
    prompt: str
    mode: Mode = "std"
    duration: int = 5
    ratio: str = "16:9"
    negative_prompt: str = ""
    first_frame: str | None = None
    last_frame: str | None = None
    references: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    video: ReferenceVideo | None = None
    audio: bool = False
    watermark: bool = False

    @property
    def images(self) -> tuple[str, ...]:
        """Every image URL of the order, frames first."""
        frames = tuple(url for url in (self.first_frame, self.last_frame) if url)
        return frames + self.references + self.elements
