"""Kling 2.6 on both gateways: toapis-kling-2-6.txt, apimart-kling-v2-6.txt, and the later ToAPIs dialect."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from adapters.gateways.sandbox.body import APIMartBody, Body, Ratio, ShortPrompt, ToAPIsBody, frames_of
from adapters.gateways.sandbox.media_url import MediaUrl
from adapters.gateways.sandbox.order import Order
from adapters.gateways.sandbox.roles import ImagesWithRoles, ReferenceImages, split_roles


class _V26(Body):
    prompt: ShortPrompt
    mode: Literal["std", "pro"] = "std"
    duration: Literal[5, 10] = 5
    aspect_ratio: Ratio = "16:9"
    negative_prompt: str = ""
    audio: bool = False
    watermark: bool = False

    def _order(self, first: str | None, last: str | None, references: tuple[str, ...] = ()) -> Order:
        if self.audio and self.mode != "pro":
            # the page: audio is only for pro mode
            raise ValueError("audio: std mode only supports silent video, audio requires mode pro")
        if last and self.mode != "pro":
            # the page: a last frame is only for pro mode
            raise ValueError("image_urls: last frame (2 images) requires mode pro")
        if last and self.audio:
            raise ValueError("audio: last frame and audio are mutually exclusive")
        return Order(
            model=self.model,
            prompt=self.prompt,
            mode=self.mode,
            duration=self.duration,
            ratio=self.aspect_ratio,
            negative_prompt=self.negative_prompt,
            first_frame=first,
            last_frame=last,
            references=references,
            audio=self.audio,
            watermark=self.watermark,
        )


class _V26Urls(_V26):
    image_urls: Annotated[list[MediaUrl], Field(max_length=2)] = Field(default_factory=list)

    def order(self) -> Order:
        return self._order(*frames_of(self.image_urls))


class ToAPIsV26(_V26Urls, ToAPIsBody):
    """The seed page."""


class APIMartV26(_V26Urls, APIMartBody):
    """The seed page, unchanged since."""


class ToAPIsV26Roles(_V26, ToAPIsBody):
    """Later: images carry roles, and a last frame is no longer inferred."""

    image_with_roles: ImagesWithRoles = Field(default_factory=list)
    reference_images: ReferenceImages = Field(default_factory=list)

    def order(self) -> Order:
        return self._order(*split_roles(self.image_with_roles, self.reference_images))
