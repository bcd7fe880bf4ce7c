"""The options of the commands: static choices, and autocomplete that narrows by what is chosen already."""

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Optional

import discord
from discord import app_commands

from bot.generation.catalog import Catalog, Offer, UnknownGateway, UnknownModel
from bot.generation.check import normalized
from bot.generation.request import FrameRole, VideoRequest
from bot.generation.table import GATEWAYS, MODELS, RESOLUTIONS

PROMPT_CHARS = 4000  # a form's text field holds no more, and what was typed is never lost on the way into one
MOST_CHOICES = 25
_CHOICE_CHARS = 100
_ORIENTATION = {"16:9": "landscape", "9:16": "portrait", "1:1": "square"}

Given = Mapping[str, Any]
Complete = Callable[[discord.Interaction[Any], str], Coroutine[Any, Any, list[app_commands.Choice[Any]]]]


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a slash command; `kind` is its type as discord.py reads it."""

    name: str
    description: str
    kind: Any
    required: bool = False
    choices: tuple[app_commands.Choice[Any], ...] = ()
    complete: Complete | None = None


def slash(
    name: str,
    description: str,
    act: Callable[[discord.Interaction[Any], Given], Awaitable[None]],
    options: Sequence[Option] = (),
) -> app_commands.Command[Any, ..., None]:
    """A slash command whose options depend on the catalog; `act` gets what was given, without what was left out."""

    async def run(interaction: discord.Interaction[Any], **given: Any) -> None:
        await act(interaction, {option: value for option, value in given.items() if value is not None})

    # discord.py reads a command's options from the signature of its function.
    run.__signature__ = inspect.Signature([_interaction(), *(_parameter(option) for option in options)])  # type: ignore[attr-defined]
    app_commands.describe(**{option.name: option.description for option in options})(run)
    if chosen := {option.name: list(option.choices) for option in options if option.choices}:
        app_commands.choices(**chosen)(run)
    if completed := {option.name: option.complete for option in options if option.complete is not None}:
        app_commands.autocomplete(**completed)(run)
    return app_commands.Command(name=name, description=description, callback=run)


def _interaction() -> inspect.Parameter:
    return inspect.Parameter(
        "interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=discord.Interaction[Any]
    )


def _parameter(option: Option) -> inspect.Parameter:
    return inspect.Parameter(
        option.name,
        inspect.Parameter.KEYWORD_ONLY,
        annotation=option.kind if option.required else Optional[option.kind],  # noqa: UP045 - made at run time
        default=inspect.Parameter.empty if option.required else None,
    )


def video_options(catalog: Catalog, default_model: str) -> tuple[Option, ...]:
    """The options of /video, as far as this catalog has any use for them."""
    offers, narrow = catalog.offers(), Narrowing(catalog, default_model)
    return (
        Option("prompt", "What happens in the video; leave it out to get a form", app_commands.Range[str, 1, 4000]),
        Option("image", "The first picture of the video", discord.Attachment),
        Option("model", "Which model makes it", str, choices=_models(catalog)),
        Option("mode", "std is cheaper, pro is sharper", str, complete=narrow.mode),
        Option("duration", "Length in seconds", app_commands.Range[int, 1, 60], complete=narrow.duration),
        Option("aspect_ratio", "The shape of the picture", str, choices=_ratios(offers)),
        *_where(any(o.supports_audio() for o in offers), Option("audio", "Make it with sound", bool)),
        *_where(
            any(o.supports_last_frame() for o in offers),
            Option("last_frame", "The last picture of the video; give the first one as image, too", discord.Attachment),
        ),
        *_where(
            any(o.supports_negative_prompt() for o in offers),
            Option("negative_prompt", "What is not to be in the video", app_commands.Range[str, 1, 2500]),
        ),
        *_where(
            any(o.supports_watermark() for o in offers), Option("watermark", "Put the gateway's watermark on it", bool)
        ),
        Option("spoiler", "Hide the video behind a spoiler", bool),
        *gateway_option(catalog),
    )


def reference_model(catalog: Catalog) -> str | None:
    """The model that /video-reference is for: the first one that takes reference images, elements or a video."""
    for offer in catalog.offers():
        if offer.supports_reference_video() or offer.supports_role(FrameRole.REFERENCE):
            return offer.model
    return None


def reference_options(catalog: Catalog, model: str) -> tuple[Option, ...]:
    """The options of /video-reference for this model; at most 25, as Discord allows."""
    offers = [offer for offer in catalog.offers() if offer.model == model]
    narrow = Narrowing(catalog, model)
    before = (
        Option(
            "prompt",
            "What happens; name what you attach as <<<image_1>>>, <<<element_1>>>, <<<video_1>>>",
            app_commands.Range[str, 1, 4000],
            required=True,
        ),
        *_where(
            any(o.supports_reference_video() for o in offers),
            Option("video", "A video to change or to take motion and style from", discord.Attachment),
            Option("use_video", "What the video is for", str, choices=_USES),
            Option("keep_sound", "Keep the sound of that video", bool),
        ),
        Option("mode", "std is cheaper, pro is sharper", str, complete=narrow.mode),
        Option("duration", "Length in seconds", app_commands.Range[int, 1, 60], complete=narrow.duration),
        Option("aspect_ratio", "The shape of the picture", str, choices=_ratios(offers)),
        *_where(any(o.supports_audio() for o in offers), Option("audio", "Make it with sound", bool)),
        *_where(
            any(o.supports_watermark() for o in offers), Option("watermark", "Put the gateway's watermark on it", bool)
        ),
        Option("spoiler", "Hide the video behind a spoiler", bool),
        *(gateway_option(catalog) if len(offers) > 1 else ()),
    )
    room = MOST_CHOICES - len(before)
    most = max((offer.max_images() or 7) for offer in offers)
    images = min(most, room)
    elements = min(most, room - images) if any(o.supports_role(FrameRole.ELEMENT) for o in offers) else 0
    return (
        *before,
        *(Option(f"image_{n}", f"Reference image {n}: <<<image_{n}>>> in the prompt", discord.Attachment)
          for n in range(1, images + 1)),
        *(Option(f"element_{n}", f"A subject to keep as it is: <<<element_{n}>>> in the prompt", discord.Attachment)
          for n in range(1, elements + 1)),
    )  # fmt: skip


_USES = (
    app_commands.Choice(name="Change this video", value="base"),
    app_commands.Choice(name="Take motion or style from it", value="feature"),
)


def gateway_option(catalog: Catalog) -> tuple[Option, ...]:
    """The option gateway, where there is more than one."""
    if len(catalog.gateways()) < 2:
        return ()
    choices = tuple(app_commands.Choice(name=GATEWAYS[name], value=name) for name in catalog.gateways())
    return (Option("gateway", "Who renders it", str, choices=choices),)


def given_request(given: Given, *, model: str | None = None) -> VideoRequest:
    """The plain options as a request (without images)."""
    return VideoRequest(
        prompt=given.get("prompt", ""),
        model=given.get("model", model),
        gateway=given.get("gateway"),
        mode=given.get("mode"),
        duration=given.get("duration"),
        aspect_ratio=given.get("aspect_ratio"),
        audio=given.get("audio"),
        negative_prompt=given.get("negative_prompt"),
        watermark=given.get("watermark"),
    )


class Narrowing:
    """Autocomplete: what still fits with the options chosen so far."""

    def __init__(self, catalog: Catalog, default_model: str) -> None:
        self._catalog, self._default_model = catalog, default_model

    async def mode(self, interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[Any]]:
        """The modes of the chosen model that take the chosen sound and last frame."""
        chosen = chosen_so_far(interaction)
        offer = self.offer(chosen)
        modes = [mode for mode in offer.modes() if _mode_fits(offer, mode, chosen)] or list(offer.modes())
        names = {mode: f"{mode}: {RESOLUTIONS[mode]}, {_per_second(offer, mode, chosen)}" for mode in modes}
        return _matching(names, current)

    async def duration(self, interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[Any]]:
        """The lengths of the chosen model, with what each costs in the chosen mode."""
        chosen = chosen_so_far(interaction)
        offer = self.offer(chosen)
        mode = mode_of(offer, chosen)
        with_images = any(name.startswith(("image", "last_frame", "element")) for name in chosen)
        names = {
            seconds: f"{seconds} seconds: {_price(offer, mode, seconds, chosen)}"
            for seconds in offer.durations(mode, with_images=with_images)
        }
        return _matching(names, current)

    def offer(self, chosen: Given) -> Offer:
        """The offer that the options chosen so far mean."""
        model, gateway = chosen.get("model"), chosen.get("gateway")
        for name, place in ((model, gateway), (self._default_model, gateway), (None, gateway)):
            with suppress(UnknownModel, UnknownGateway):
                return self._catalog.find(name, place)
        return self._catalog.find(None, None)


def chosen_so_far(interaction: discord.Interaction[Any]) -> dict[str, Any]:
    """The options filled in so far, raw: attachments are ids, numbers may be half typed."""
    data: Mapping[str, Any] = interaction.data or {}
    options: Any = data.get("options", [])
    while options and options[0].get("type") in (1, 2):  # a group's command
        options = options[0].get("options", [])
    return {option["name"]: option.get("value") for option in options if not option.get("focused")}


def mode_of(offer: Offer, chosen: Given) -> str:
    """The chosen mode where the offer has it, else the default that fits."""
    mode = normalized(VideoRequest(prompt="", mode=str(chosen["mode"]))).mode if chosen.get("mode") else None
    if mode in offer.modes():
        return str(mode)
    fitting = [mode for mode in offer.modes() if _mode_fits(offer, mode, chosen)]
    return offer.default_mode if offer.default_mode in fitting or not fitting else fitting[0]


def ratio_name(ratio: str) -> str:
    """ "16:9 landscape"."""
    return f"{ratio} {_ORIENTATION.get(ratio, '')}".strip()


def _mode_fits(offer: Offer, mode: str, chosen: Given) -> bool:
    loud, last = chosen.get("audio") is True, "last_frame" in chosen
    return (not loud or not offer.supports_audio() or offer.supports_audio(mode)) and (
        not last or not offer.supports_last_frame() or offer.supports_last_frame(mode)
    )


def _loud(offer: Offer, mode: str, chosen: Given) -> bool:
    return chosen.get("audio") is True and offer.supports_audio(mode)


def _price(offer: Offer, mode: str, seconds: int, chosen: Given) -> str:
    has_video = "video" in chosen and offer.supports_reference_video()
    return offer.quote(mode, seconds, audio=_loud(offer, mode, chosen) and not has_video, video=has_video).words


def _per_second(offer: Offer, mode: str, chosen: Given) -> str:
    seconds = offer.default_duration
    return f"{seconds} seconds {_price(offer, mode, seconds, chosen)}"


def _matching(names: Mapping[Any, str], current: str) -> list[app_commands.Choice[Any]]:
    """What begins with (or holds) what was typed so far; everything where nothing does."""
    typed = str(current).strip().lower()
    found = {value: name for value, name in names.items() if typed in name.lower()} or names
    return [app_commands.Choice(name=name[:_CHOICE_CHARS], value=value) for value, name in found.items()][:MOST_CHOICES]


def _models(catalog: Catalog) -> tuple[app_commands.Choice[str], ...]:
    return tuple(app_commands.Choice(name=MODELS[model], value=model) for model in catalog.models())


def _ratios(offers: Sequence[Offer]) -> tuple[app_commands.Choice[str], ...]:
    ratios = dict.fromkeys(ratio for offer in offers for ratio in offer.aspect_ratios())
    return tuple(app_commands.Choice(name=ratio_name(ratio), value=ratio) for ratio in ratios)


def _where(use: bool, *options: Option) -> tuple[Option, ...]:
    return options if use else ()
