"""Kling video O1: toapis-kling-video-o1-omni.txt, toapis-kling-video-o1-unified.txt, and the later 3..10 seconds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from adapters.gateways.sandbox.body import APIMartBody, Body, Prompt, Strict, ToAPIsBody
from adapters.gateways.sandbox.media_url import MediaUrl
from adapters.gateways.sandbox.order import Order, ReferenceVideo
from adapters.gateways.sandbox.placeholders import check_placeholders, with_image


def _sane_ratio(value: str) -> str:
    width, _, height = value.partition(":")
    if not 0.4 <= int(width) / int(height) <= 2.5:
        raise ValueError("must be between 2:5 and 5:2")
    return value


#: "Common values: 16:9, 9:16, 1:1": others are taken too, within Kling's 1:2.5 to 2.5:1
WideRatio = Annotated[str, Field(pattern=r"^[1-9]\d?:[1-9]\d?$"), AfterValidator(_sane_ratio)]
#: later pages
LaterSeconds = Annotated[int, Field(ge=3, le=10)]


class ListedImage(Strict):
    image_url: MediaUrl
    type: Literal["", "first_frame", "end_frame"] = ""


class Element(Strict):
    url: MediaUrl
    type: Literal["image"] = "image"
    role: Literal["subject"] = "subject"


class ListedVideo(Strict):
    video_url: MediaUrl
    refer_type: Literal["base", "feature"] = "base"
    keep_original_sound: Literal["yes", "no"] = "yes"


class OmniMetadata(Strict):
    """`watermark` is later."""

    image_list: list[ListedImage] = Field(default_factory=list)
    element_list: list[Element] = Field(default_factory=list)
    watermark: bool = False


class Omni(Body):
    """The omni page: image_list, video_list, element_list; nothing is put into the prompt."""

    prompt: Prompt
    mode: Literal["std", "pro"] = "std"
    duration: Literal[5, 10] = 5
    aspect_ratio: WideRatio = "16:9"
    audio: bool = False
    video_list: list[ListedVideo] = Field(default_factory=list)
    metadata: OmniMetadata = OmniMetadata()

    @property
    def seconds(self) -> int:
        return self.duration

    def order(self) -> Order:
        images, elements, videos = self.metadata.image_list, self.metadata.element_list, self.video_list
        firsts = [image.image_url for image in images if image.type == "first_frame"]
        ends = [image.image_url for image in images if image.type == "end_frame"]
        if self.audio and videos:
            raise ValueError("audio: audio and video_list are mutually exclusive")
        if len(firsts) > 1 or len(ends) > 1:
            raise ValueError("metadata.image_list: only one first_frame and one end_frame are allowed")
        # the next three are Kling's own limits (gateways.md section 9, [later])
        if ends and not firsts:
            raise ValueError("metadata.image_list: end_frame requires first_frame")
        if ends and len(images) > 2:
            raise ValueError("metadata.image_list: end_frame is not supported with more than 2 images")
        most = 4 if videos else 7
        if len(images) + len(elements) > most:
            raise ValueError(f"metadata: at most {most} images and elements are allowed")
        check_placeholders(self.prompt, images=len(images), videos=len(videos), elements=len(elements))
        return Order(
            model=self.model,
            prompt=self.prompt,
            mode=self.mode,
            duration=self.seconds,
            ratio=self.aspect_ratio,
            first_frame=firsts[0] if firsts else None,
            last_frame=ends[0] if ends else None,
            references=tuple(image.image_url for image in images if not image.type),
            elements=tuple(element.url for element in elements),
            video=ReferenceVideo(videos[0].video_url, videos[0].refer_type) if videos else None,
            audio=self.audio,
            watermark=self.metadata.watermark,
        )


class OmniLater(Omni):
    """Later: 3..10 seconds, one video, a prompt of at most 2500 characters."""

    duration: LaterSeconds = 5  # type: ignore[assignment]
    video_list: Annotated[list[ListedVideo], Field(max_length=1)] = Field(default_factory=list)


class Unified(Body):
    """The unified page: image_urls, and the gateway names the first image when the prompt does not."""

    prompt: Prompt
    mode: Literal["std", "pro"] = "std"
    duration: Literal[5, 10] = 5
    aspect_ratio: WideRatio = "16:9"
    image_urls: Annotated[list[MediaUrl], Field(max_length=7)] = Field(default_factory=list)

    def order(self) -> Order:
        prompt = with_image(self.prompt) if self.image_urls else self.prompt
        check_placeholders(prompt, images=len(self.image_urls))
        return Order(
            model=self.model,
            prompt=prompt,
            mode=self.mode,
            duration=self.duration,
            ratio=self.aspect_ratio,
            references=tuple(self.image_urls),
        )


class ToAPIsOmni(Omni, ToAPIsBody):
    """ToAPIs, the omni page."""


class ToAPIsOmniLater(OmniLater, ToAPIsBody):
    """ToAPIs, later pages."""


class ToAPIsUnified(Unified, ToAPIsBody):
    """ToAPIs, the unified page."""


class APIMartOmni(OmniLater, APIMartBody):
    """APIMart publishes prices for o1; its shape is taken to be the omni one."""


class APIMartUnified(Unified, APIMartBody):
    """As `image_urls` on APIMart's other models."""
