"""What is worth knowing about a request that is no problem: what was read between the lines, what will be added."""

from bot.generation.catalog import Offer, listed
from bot.generation.examine import Note
from bot.generation.request import FrameRole, ReferType, VideoRequest
from bot.generation.table import KLING_PROMPT_CHARS, Wire
from bot.generation.tokens import counts, image_prefix, tokens, written
from bot.generation.wording import NOTES

#: So many names fit in a sentence.
_MOST_NAMES = 3


def notes_of(request: VideoRequest, offer: Offer) -> tuple[Note, ...]:
    """The notes of a request for one offer, the prompt's first."""
    return tuple(_prompt_notes(request, offer) + _option_notes(request, offer) + _image_notes(request, offer))


def _note(code: str, **values: object) -> Note:
    wording = NOTES[code]
    return Note(wording.option, wording.message.format(**values), code)


def _prompt_notes(request: VideoRequest, offer: Offer) -> list[Note]:
    rules = offer.rules
    named = {token.name for token in tokens(request.prompt)}
    notes: list[Note] = []
    prefix = ""
    if not rules.tokens and named:
        unread = [token.text for token in tokens(request.prompt)]
        notes.append(
            _note("token_not_read", title=offer.title, token=listed(list(dict.fromkeys(unread))[:_MOST_NAMES]))
        )
    if rules.tokens and request.prompt.strip():
        prefix = image_prefix(request, every=rules.wire is Wire.OMNI)
        if prefix:
            by = "bot" if rules.wire is Wire.OMNI else "gateway"
            notes.append(_note(f"prompt_prefix_{by}", prefix=prefix.strip()))
            named |= {token.name for token in tokens(prefix)}
        for kind, count in counts(request).items():
            unnamed = [f"{kind}_{n}" for n in range(1, count + 1) if f"{kind}_{n}" not in named]
            if kind in rules.tokens:
                notes += [_note("asset_not_named", token=written(name), kind=kind) for name in unnamed]
    length = len(prefix) + len(request.prompt)
    if rules.prompt_warn is not None and length > rules.prompt_warn:
        notes.append(_note("prompt_long", length=length, limit=KLING_PROMPT_CHARS))
    return notes


def _option_notes(request: VideoRequest, offer: Offer) -> list[Note]:
    rules = offer.rules
    notes: list[Note] = []
    mode = request.mode or rules.default_mode
    if request.duration is not None and (mode, request.duration) in rules.inferred_durations and not request.images:
        notes.append(_note("duration_inferred", title=offer.title, seconds=request.duration, mode=mode))
    ratio = request.aspect_ratio
    if ratio in rules.aspect_ratios and ratio not in rules.shown_ratios:
        notes.append(_note("ratio_inferred", title=offer.title, ratio=ratio))
    first = request.first_frame
    if rules.ratio_follows_image and first is not None:
        shape = ratio or rules.default_aspect_ratio
        across, _, down = shape.partition(":")
        measured = first.width is not None and first.height is not None and across.isdecimal() and down.isdecimal()
        if measured:
            fits = abs((first.width or 0) * int(down) - (first.height or 0) * int(across)) * 50 <= (
                (first.height or 0) * int(across)
            )  # within 2 %: an image is never exactly 16:9
        else:
            fits = ratio is None  # nothing was asked and nothing is known
        if not fits:
            notes.append(_note("ratio_follows_image", ratio=shape))
    video = request.reference_video
    if video is not None and rules.reference_video and video.refer_type is ReferType.BASE:
        notes.append(_note("edited_video_length"))
    return notes


def _image_notes(request: VideoRequest, offer: Offer) -> list[Note]:
    rules = offer.rules
    notes: list[Note] = []
    if rules.wire is Wire.UNIFIED and any(frame.role is FrameRole.FIRST_FRAME for frame in request.frames):
        notes.append(_note("first_frame_as_reference", title=offer.title))
    if rules.shown_images is not None and len(request.frames) > rules.shown_images:
        notes.append(_note("images_inferred", title=offer.title, limit=rules.shown_images, count=len(request.frames)))
    return notes
