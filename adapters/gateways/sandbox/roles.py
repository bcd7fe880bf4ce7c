"""`image_with_roles` and `reference_images`: how later ToAPIs pages spell images (gateways.md section 1)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from adapters.gateways.sandbox.body import Strict
from adapters.gateways.sandbox.media_url import MediaUrl


class ImageWithRole(Strict):
    url: MediaUrl
    role: Literal["first_frame", "last_frame", "reference"]


ImagesWithRoles = Annotated[list[ImageWithRole], Field(max_length=9)]
ReferenceImages = Annotated[list[MediaUrl], Field(max_length=7)]


def split_roles(images: list[ImageWithRole], references: list[str]) -> tuple[str | None, str | None, tuple[str, ...]]:
    """First frame, last frame, references. Raises ValueError when a role is given twice or the last has no first."""
    firsts = [image.url for image in images if image.role == "first_frame"]
    lasts = [image.url for image in images if image.role == "last_frame"]
    if len(firsts) > 1:
        raise ValueError("image_with_roles: only one first_frame is allowed")
    if len(lasts) > 1:
        raise ValueError("image_with_roles: only one last_frame is allowed")
    if lasts and not firsts:
        raise ValueError("image_with_roles: last_frame requires first_frame")
    named = tuple(image.url for image in images if image.role == "reference")
    return (firsts[0] if firsts else None), (lasts[0] if lasts else None), named + tuple(references)
