"""`<<<image_1>>>`: how an o1 prompt names its assets, counted from 1 (toapis-kling-video-o1-omni.txt)."""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(r"<<<(image|video|element)_(\d{1,6})>>>")


def check_placeholders(prompt: str, *, images: int, videos: int = 0, elements: int = 0) -> None:
    """Raises ValueError when the prompt names an asset that was not given."""
    given = {"image": images, "video": videos, "element": elements}
    for kind, number in _PLACEHOLDER.findall(prompt):
        if not 1 <= int(number) <= given[kind]:
            raise ValueError(f"prompt: <<<{kind}_{number}>>> has no matching item, {given[kind]} given")


def with_image(prompt: str) -> str:
    """toapis-kling-video-o1-unified.txt: without a reference, `<<<image_1>>>` is put in front."""
    return prompt if "<<<image_" in prompt else f"<<<image_1>>> {prompt}"
