"""Forms (modals): what they ask for, and what a sent one says.

Nothing about a form is kept in memory. Its custom id ("v1:<what>:<subject>") says which draft or job it began with, so
it can be sent after a restart as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import discord

from adapters.discord.options import MOST_CHOICES, PROMPT_CHARS, ratio_name
from bot.generation.catalog import Catalog, Offer, UnknownGateway, UnknownModel, listed
from bot.generation.request import Frame, FrameRole, VideoRequest
from bot.generation.table import MODELS

NEGATIVE_CHARS = 2500
_LABEL_CHARS = 100  # of a choice, and of what stands below a label


class FormKind(StrEnum):
    """What a form was opened from: a command (its options are a draft), a card's draft, a job to edit or to extend."""

    VIDEO = "video"
    FORM = "form"
    EDIT = "edit"
    EXTEND = "extend"


NO_SUBJECT = "-"  # a form that was opened without anything chosen before


@dataclass(frozen=True, slots=True)
class Filled:
    """What a person sent with a form; None where the form did not ask."""

    prompt: str
    image: str | None = None  # the link of an uploaded file
    model: str | None = None
    mode: str | None = None
    audio: bool | None = None
    duration: int | None = None
    aspect_ratio: str | None = None
    negative_prompt: str | None = None

    def over(self, before: VideoRequest, usual_ratio: str) -> VideoRequest:
        """The request the form began with, with what was changed in it. A shape that nobody changed from the usual one
        stays unsaid, so that an image decides it."""
        changes: dict[str, object] = {"prompt": self.prompt}
        if self.model is not None:
            quiet = None if before.audio is None else False
            changes |= {"model": self.model, "mode": self.mode, "audio": True if self.audio else quiet}
        if self.duration is not None:
            changes["duration"] = self.duration
        if self.aspect_ratio is not None and (before.aspect_ratio or self.aspect_ratio != usual_ratio):
            changes["aspect_ratio"] = self.aspect_ratio
        if self.negative_prompt is not None:
            changes["negative_prompt"] = self.negative_prompt or None
        if self.image is not None:
            others = tuple(frame for frame in before.frames if frame.role is not FrameRole.FIRST_FRAME)
            changes["frames"] = (Frame(role=FrameRole.FIRST_FRAME, source=self.image), *others)
        return before.model_copy(update=changes)


def form_id(kind: FormKind, subject: str = NO_SUBJECT) -> str:
    """The custom id of a form."""
    return f"v1:{kind}:{subject}"


def which_form(custom_id: str) -> tuple[FormKind, str] | None:
    """What a custom id means; None for a form of another version."""
    version, _, rest = custom_id.partition(":")
    kind, _, subject = rest.partition(":")
    if version != "v1" or not subject:
        return None
    try:
        return FormKind(kind), subject
    except ValueError:
        return None


def video_form(
    catalog: Catalog, request: VideoRequest, custom_id: str, *, title: str, default_model: str, asks_image: bool
) -> discord.ui.Modal:
    """A form filled in with `request`. `asks_image`: with a field to upload one, else with one for what is not wanted.

    Discord allows five fields. The model, mode and sound are one choice, so that only what exists can be chosen; what
    the form does not ask for (gateway, last frame, watermark, references) stays as it was.
    """
    form = discord.ui.Modal(title=title, custom_id=custom_id)
    form.add_item(
        discord.ui.Label(
            text="Prompt",
            description="What happens in the video",
            component=discord.ui.TextInput(
                custom_id="prompt",
                style=discord.TextStyle.paragraph,
                default=request.prompt[:PROMPT_CHARS] or None,
                max_length=PROMPT_CHARS,
            ),
        )
    )
    form.add_item(_choice("Model, mode and sound", "make", _makes(catalog, request, default_model)))
    form.add_item(_choice("Length", "duration", _durations(catalog, request, default_model)))
    ratios, follow = _ratios(catalog, request, default_model)
    form.add_item(_choice("Shape", "ratio", ratios, follow))
    if asks_image:
        form.add_item(
            discord.ui.Label(
                text="First picture (optional)",
                description="An image that the video begins with",
                component=discord.ui.FileUpload(custom_id="image", required=False, min_values=0, max_values=1),
            )
        )
    elif any(offer.supports_negative_prompt() for offer in catalog.offers()):
        form.add_item(
            discord.ui.Label(
                text="Not in the video (optional)",
                component=discord.ui.TextInput(
                    custom_id="negative",
                    style=discord.TextStyle.paragraph,
                    default=(request.negative_prompt or "")[:NEGATIVE_CHARS] or None,
                    required=False,
                    max_length=NEGATIVE_CHARS,
                ),
            )
        )
    form.stop()  # a form that is finished is not kept by discord.py: its answer is found by its id alone
    return form


def read_form(data: Mapping[str, Any]) -> Filled:
    """What was sent, from the interaction's data. Unknown values count as not given."""
    values = {component["custom_id"]: component for component in _inputs(data.get("components", ()))}
    model, mode, audio = _make_of(_selected(values, "make"))
    uploads = data.get("resolved", {}).get("attachments", {})
    picture = uploads.get(_selected(values, "image") or "")
    duration = _selected(values, "duration") or ""
    return Filled(
        prompt=str(values.get("prompt", {}).get("value") or ""),
        image=picture["url"] if picture else None,
        model=model,
        mode=mode,
        audio=audio,
        duration=int(duration) if duration.isdecimal() else None,
        aspect_ratio=_selected(values, "ratio"),
        negative_prompt=str(values["negative"].get("value") or "").strip() if "negative" in values else None,
    )


def _inputs(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for component in components:
        if "component" in component:
            yield from _inputs((component["component"],))
        elif "components" in component:
            yield from _inputs(component["components"])
        elif "custom_id" in component:
            yield component


def _selected(values: Mapping[str, Mapping[str, Any]], name: str) -> str | None:
    chosen = values.get(name, {}).get("values") or ()
    return str(chosen[0]) if chosen else None


def _choice(
    text: str, custom_id: str, options: Sequence[discord.SelectOption], description: str | None = None
) -> discord.ui.Label[Any]:
    select: discord.ui.Select[Any] = discord.ui.Select(custom_id=custom_id, options=list(options)[:MOST_CHOICES])
    return discord.ui.Label(text=text, description=description, component=select)


# ---------------------------------------------------------------------------------------- model, mode and sound


def _offers(catalog: Catalog, gateway: str | None) -> list[Offer]:
    """One offer of each model: on the gateway that was chosen, else on the preferred one."""
    found = []
    for model in catalog.models():
        for place in (gateway, None):
            with suppress(UnknownModel, UnknownGateway):
                found.append(catalog.find(model, place))
                break
    return found


def offer_of(catalog: Catalog, request: VideoRequest, default_model: str) -> Offer:
    """The offer that a request means, as well as it can be known."""
    for model in (request.model, default_model, None):
        for gateway in (request.gateway, None):
            with suppress(UnknownModel, UnknownGateway):
                return catalog.find(model, gateway)
    return catalog.find(None, None)


def _makes(catalog: Catalog, request: VideoRequest, default_model: str) -> list[discord.SelectOption]:
    offer = offer_of(catalog, request, default_model)
    all_makes = [
        (one, mode, loud)
        for one in _offers(catalog, request.gateway)
        for mode in one.modes()
        for loud in (False, True)
        if not loud or one.supports_audio(mode)
    ][:MOST_CHOICES]
    wanted_mode = request.mode or offer.default_mode
    loud = request.audio is True
    # Where the combination does not exist, the sound counts more than the mode: it is what can be heard.
    likeness = [
        (one.model == offer.model, is_loud == loud, mode == wanted_mode, mode == one.default_mode)
        for one, mode, is_loud in all_makes
    ]
    best = likeness.index(max(likeness))
    return [
        discord.SelectOption(
            label=_make_label(one, mode, is_loud)[:_LABEL_CHARS],
            value=f"{one.model}/{mode}/{'sound' if is_loud else 'silent'}",
            description=_make_price(one, mode, is_loud)[:_LABEL_CHARS],
            default=number == best,
        )
        for number, (one, mode, is_loud) in enumerate(all_makes)
    ]


def _make_label(offer: Offer, mode: str, loud: bool) -> str:
    sound = "" if not offer.supports_audio() else ", with sound" if loud else ", silent"
    return f"{offer.title}, {mode} {offer.resolution(mode)}{sound}"


def _make_price(offer: Offer, mode: str, loud: bool) -> str:
    seconds = offer.default_duration
    return f"{seconds} seconds: {offer.quote(mode, seconds, audio=loud).words}"


def _make_of(value: str | None) -> tuple[str | None, str | None, bool | None]:
    parts = (value or "").split("/")
    if len(parts) != 3:
        return None, None, None
    model, mode, sound = parts
    return model, mode, sound == "sound"


# ---------------------------------------------------------------------------------------- length and shape


def _durations(catalog: Catalog, request: VideoRequest, default_model: str) -> list[discord.SelectOption]:
    offers = _offers(catalog, request.gateway)
    wanted = request.duration or offer_of(catalog, request, default_model).default_duration
    lengths = sorted({seconds for offer in offers for seconds in offer.durations()})[:MOST_CHOICES]
    chosen = min(lengths, key=lambda seconds: abs(seconds - wanted))
    return [
        discord.SelectOption(
            label=f"{seconds} seconds",
            value=str(seconds),
            description=_only(offers, seconds),
            default=seconds == chosen,
        )
        for seconds in lengths
    ]


def _only(offers: Sequence[Offer], seconds: int) -> str | None:
    """Which models have this length, where not all have it."""
    having = [offer for offer in offers if seconds in offer.durations()]
    with_images = [offer for offer in having if seconds in offer.durations(with_images=True)]
    if len(with_images) == len(offers):
        return None
    words = [MODELS[o.model] + ("" if o in with_images else " without an image") for o in having]
    return f"{listed(words, 'and')} only"[:_LABEL_CHARS]


def _ratios(
    catalog: Catalog, request: VideoRequest, default_model: str
) -> tuple[list[discord.SelectOption], str | None]:
    offers = _offers(catalog, request.gateway)
    ratios = list(dict.fromkeys(ratio for offer in offers for ratio in offer.aspect_ratios()))
    wanted = request.aspect_ratio
    chosen = wanted if wanted in ratios else offer_of(catalog, request, default_model).default_aspect_ratio
    following = [offer.title for offer in offers if offer.rules.ratio_follows_image]
    note = f"{listed(following, 'and')}: with a first picture, its shape counts" if following else None
    options = [discord.SelectOption(label=ratio_name(ratio), value=ratio, default=ratio == chosen) for ratio in ratios]
    return options, note[:_LABEL_CHARS] if note else None
