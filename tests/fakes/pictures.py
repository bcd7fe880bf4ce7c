"""What a video shows, and how alike two pictures are."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image


def ssim(one: Image.Image, two: Image.Image) -> float:
    """Mean structural similarity over 8x8 blocks of all three colours, 0..1."""
    assert one.size == two.size

    def blocks(image: Image.Image) -> Any:
        array = np.asarray(image.convert("RGB"), dtype=np.float64)
        height, width = (side // 8 * 8 for side in array.shape[:2])
        cut = array[:height, :width].reshape(height // 8, 8, width // 8, 8, 3)
        return cut.transpose(0, 2, 4, 1, 3).reshape(-1, 64)

    a, b = blocks(one), blocks(two)
    mean_a, mean_b = a.mean(1), b.mean(1)
    both = ((a - mean_a[:, None]) * (b - mean_b[:, None])).mean(1)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    value = ((2 * mean_a * mean_b + c1) * (2 * both + c2)) / ((mean_a**2 + mean_b**2 + c1) * (a.var(1) + b.var(1) + c2))
    return float(value.mean())


@dataclass(frozen=True)
class Decoded:
    """A video that plays: its size, its length in seconds, its first and last picture."""

    size: tuple[int, int]
    seconds: float
    first: Image.Image
    last: Image.Image


def decoded(path: Path) -> Decoded:
    """Decode every frame."""
    with av.open(str(path)) as container:
        assert container.duration is not None
        frames = list(container.decode(video=0))
        seconds = container.duration / av.time_base
    first, last = frames[0].to_image(), frames[-1].to_image()
    return Decoded(first.size, seconds, first, last)
