"""Kling v3: toapis-kling-v3.txt, the later ToAPIs dialect, and APIMart's top-level dialect (gateways.md section 1)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from adapters.gateways.sandbox.body import APIMartBody, Prompt, Ratio, ShortPrompt, Strict, ToAPIsBody, frames_of
from adapters.gateways.sandbox.media_url import MediaUrl
from adapters.gateways.sandbox.order import Order
from adapters.gateways.sandbox.roles import ImagesWithRoles, ReferenceImages, split_roles

TwoImages = Annotated[list[MediaUrl], Field(max_length=2)]
#: later pages: 3..15 seconds in std and pro, with images too
LaterSeconds = Annotated[int, Field(ge=3, le=15)]


class V3Metadata(Strict):
    """`negative_prompt` is in the seed's example; `watermark` is later."""

    negative_prompt: str = ""
    watermark: bool = False


class ToAPIsV3(ToAPIsBody):
    """The seed page: no audio, 5, 10 or 15 seconds."""

    prompt: Prompt
    mode: Literal["std", "pro"] = "std"
    duration: Literal[5, 10, 15] = 5
    aspect_ratio: Ratio = "16:9"
    image_urls: TwoImages = Field(default_factory=list)
    metadata: V3Metadata = V3Metadata()

    def order(self) -> Order:
        first, last = frames_of(self.image_urls)
        if first and self.duration == 15:
            raise ValueError("duration: 15-second duration is text-to-video only, image-to-video max is 10 seconds")
        return Order(
            model=self.model,
            prompt=self.prompt,
            mode=self.mode,
            duration=self.duration,
            ratio=self.aspect_ratio,
            negative_prompt=self.metadata.negative_prompt,
            first_frame=first,
            last_frame=last,
            watermark=self.metadata.watermark,
        )


class ToAPIsV3Roles(ToAPIsBody):
    """Later: 3..15 seconds, top-level audio, images with roles."""

    prompt: ShortPrompt
    mode: Literal["std", "pro"] = "std"
    duration: LaterSeconds = 5
    aspect_ratio: Ratio = "16:9"
    audio: bool = False
    image_with_roles: ImagesWithRoles = Field(default_factory=list)
    reference_images: ReferenceImages = Field(default_factory=list)
    metadata: V3Metadata = V3Metadata()

    def order(self) -> Order:
        first, last, references = split_roles(self.image_with_roles, self.reference_images)
        return Order(
            model=self.model,
            prompt=self.prompt,
            mode=self.mode,
            duration=self.duration,
            ratio=self.aspect_ratio,
            negative_prompt=self.metadata.negative_prompt,
            first_frame=first,
            last_frame=last,
            references=references,
            audio=self.audio,
            watermark=self.metadata.watermark,
        )


class Shot(Strict):
    """One shot of `multi_prompt`; its fields are Kling's own (the APIMart page names only the list)."""

    prompt: Annotated[str, Field(min_length=1, max_length=512)]
    duration: Annotated[int, Field(ge=1, le=15)]
    index: int = 0


class APIMartV3(APIMartBody):
    """Everything top level, mode up to 4k, image_urls of at most 2."""

    prompt: ShortPrompt
    mode: Literal["std", "pro", "4k"] = "std"
    duration: LaterSeconds = 5
    aspect_ratio: Ratio = "16:9"
    negative_prompt: str = ""
    audio: bool = False
    watermark: bool = False
    image_urls: TwoImages = Field(default_factory=list)
    multi_shot: bool = False
    shot_type: Literal["customize", "intelligence"] = "customize"
    multi_prompt: Annotated[list[Shot], Field(max_length=6)] = Field(default_factory=list)

    def order(self) -> Order:
        first, last = frames_of(self.image_urls)
        if self.multi_prompt and not self.multi_shot:
            raise ValueError("multi_prompt: requires multi_shot")
        if self.multi_prompt and sum(shot.duration for shot in self.multi_prompt) != self.duration:
            raise ValueError("multi_prompt: the durations of the shots must add up to duration")
        return Order(
            model=self.model,
            prompt=self.prompt,
            mode=self.mode,
            duration=self.duration,
            ratio=self.aspect_ratio,
            negative_prompt=self.negative_prompt,
            first_frame=first,
            last_frame=last,
            audio=self.audio,
            watermark=self.watermark,
        )
