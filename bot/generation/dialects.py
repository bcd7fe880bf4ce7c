"""The wire: the exact JSON body of POST /v1/videos/generations, spelled in an offer's dialect.

An option that the person did not set is not in the body, as in the pages' examples. `encode` trusts a request that
passed `check.check`; what a dialect cannot say raises EncodeError instead of being dropped in silence.
"""

from collections.abc import Mapping

from bot.generation.catalog import Offer
from bot.generation.request import Frame, FrameRole, VideoRequest
from bot.generation.table import Place, Wire
from bot.generation.tokens import image_prefix


class EncodeError(ValueError):
    """The request cannot be spelled in this dialect, or an asset of it has no public URL. Never holds the prompt."""


def is_url(source: str) -> bool:
    """Whether a source is a web address already, and not a media key."""
    return source.lower().startswith(("https://", "http://"))


def is_embedded(source: str) -> bool:
    """Whether a source is the media itself (a data: URI or bare base64), which both gateways refuse."""
    return source.lstrip()[:5].lower() == "data:" or (len(source) > 200 and not is_url(source))


def wire_prompt(offer: Offer, request: VideoRequest) -> str:
    """The prompt as it is sent: the omni gateway inserts no names of images, so the bot does."""
    prefix = image_prefix(request, every=True) if offer.rules.wire is Wire.OMNI else ""
    return prefix + request.prompt


def encode(offer: Offer, request: VideoRequest, urls: Mapping[str, str]) -> dict[str, object]:
    """The body of a create. `urls` maps the source of a frame or video to its uploaded public URL.

    A source that is a web address already and not in `urls` is used as it is. Raises EncodeError for any other source,
    for embedded media, and for an option that the dialect cannot say.
    """
    rules = offer.rules
    body: dict[str, object] = {"model": offer.wire_id, "prompt": wire_prompt(offer, request)}
    metadata: dict[str, object] = {}
    for name in ("mode", "duration", "aspect_ratio"):
        if (value := getattr(request, name)) is not None:
            body[name] = value
    _put(offer, "audio", request.audio, Place.TOP if rules.audio_modes else None, body, metadata)
    _put(offer, "negative_prompt", request.negative_prompt or None, rules.negative_prompt, body, metadata)
    _put(offer, "watermark", request.watermark, rules.watermark, body, metadata)
    _put_frames(offer, request, urls, body, metadata)
    if (video := request.reference_video) is not None:
        if not rules.reference_video:
            raise _unsaid(offer, "a reference video")
        item: dict[str, object] = {"video_url": _url(video.source, urls), "refer_type": video.refer_type.value}
        if video.keep_sound is not None:
            item["keep_original_sound"] = "yes" if video.keep_sound else "no"
        body["video_list"] = [item]
    if metadata:
        body["metadata"] = metadata
    return body


def _put(
    offer: Offer,
    name: str,
    value: bool | str | None,
    place: Place | None,
    body: dict[str, object],
    metadata: dict[str, object],
) -> None:
    if place is not None and value is not None:
        (body if place is Place.TOP else metadata)[name] = value
    elif value:  # False asks for what happens anyway
        raise _unsaid(offer, name.replace("_", " "))


def _put_frames(
    offer: Offer,
    request: VideoRequest,
    urls: Mapping[str, str],
    body: dict[str, object],
    metadata: dict[str, object],
) -> None:
    wire, frames = offer.rules.wire, request.frames
    for frame in frames:
        if frame.role not in offer.rules.roles:
            raise _unsaid(offer, f"an image as {frame.role.value.replace('_', ' ')}")
    if not frames:
        return
    if wire is Wire.IMAGE_URLS:
        body["image_urls"] = [_url(frame.source, urls) for frame in _first_last(offer, request)]
    elif wire is Wire.UNIFIED:
        body["image_urls"] = [_url(frame.source, urls) for frame in frames]
    elif wire is Wire.ROLES:
        if len(request.references) == len(frames):
            body["reference_images"] = [_url(frame.source, urls) for frame in frames]
        else:
            body["image_with_roles"] = [{"url": _url(f.source, urls), "role": f.role.value} for f in frames]
    else:
        lists = {
            "image_list": [_omni_image(frame, urls) for frame in request.images],
            "element_list": [
                {"url": _url(frame.source, urls), "type": "image", "role": "subject"} for frame in request.elements
            ],
        }
        metadata.update({name: items for name, items in lists.items() if items})


def _first_last(offer: Offer, request: VideoRequest) -> list[Frame]:
    """The frames by place: the first URL is the first frame, the second the last one."""
    first, last = request.first_frame, request.last_frame
    if first is None or len(request.frames) > (1 if last is None else 2):
        raise _unsaid(offer, "these images")
    return [first] if last is None else [first, last]


def _omni_image(frame: Frame, urls: Mapping[str, str]) -> dict[str, object]:
    types = {FrameRole.FIRST_FRAME: "first_frame", FrameRole.LAST_FRAME: "end_frame"}
    item: dict[str, object] = {"image_url": _url(frame.source, urls)}
    if frame.role in types:
        item["type"] = types[frame.role]
    return item


def _url(source: str, urls: Mapping[str, str]) -> str:
    url = urls.get(source, source)
    if is_embedded(url) or not is_url(url):
        raise EncodeError("An image or video of this request has no public URL: upload it first.")
    return url


def _unsaid(offer: Offer, what: str) -> EncodeError:
    return EncodeError(f'{offer.title} on {offer.gateway_title} cannot be sent {what} in "{offer.dialect}".')
