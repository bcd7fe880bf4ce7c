"""The form (a modal): what it asks for, and what a sent one says. Pure.

Nothing about a form is kept in memory: its private metadata says where it was opened and which draft or job it began
with, so it can be sent after a restart as well. Only what the chosen model and mode can do is there to be chosen.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self
from urllib.parse import unquote

from adapters.slack.files import last_picture_of, slack_file, waits
from adapters.slack.layout import plain
from adapters.slack.occasion import Occasion
from bot.generation.catalog import Catalog, Offer, UnknownGateway, UnknownModel
from bot.generation.check import Problem, normalized
from bot.generation.request import Frame, FrameRole, VideoRequest
from bot.generation.table import MODELS

Block = dict[str, Any]

CALLBACK, WAITING = "v1:form", "v1:wait"
PICK = "v1:pick:"  # beginning of the action ids of what makes other choices possible
PROMPT_CHARS = 3000  # https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
_OPTION_CHARS = 75
_ORIENTATION = {"16:9": "landscape", "9:16": "portrait", "1:1": "square"}
_FILE_TYPES = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "heic"]
_KEPT = "kept"  # source of a frame that the draft or job has
#: The fields by the option whose problem is shown below them.
_FIELD_OF = {"aspect_ratio": "ratio", "negative_prompt": "negative", "image": "first", "last_frame": "last"}


class FormKind(StrEnum):
    """What a form was opened from: nothing, a card's draft, a job to edit, a job to extend."""

    VIDEO = "video"
    FORM = "form"
    EDIT = "edit"
    EXTEND = "extend"


TITLES = {
    FormKind.VIDEO: "Make a video",
    FormKind.FORM: "Make a video",
    FormKind.EDIT: "Edit and make again",
    FormKind.EXTEND: "Extend the video",
}


@dataclass(frozen=True, slots=True)
class Meta:
    """What a form carries along. `subject`: the draft or job; `picture`: the source of a first frame it was opened on;
    `kept`: the roles of the images its subject has; `stamp` counts the times its choices changed."""

    kind: FormKind
    subject: str = ""
    channel: str = ""
    thread: str = ""
    message: str = ""
    is_direct: bool = False
    hook: str = ""
    picture: str = ""
    gateway: str = ""
    kept: tuple[str, ...] = ()
    stamp: int = 0

    @classmethod
    def at(cls, occasion: Occasion, kind: FormKind, subject: str = "", *, picture: Frame | None = None) -> Self:
        """Of a form that is opened here."""
        return cls(
            kind,
            subject,
            occasion.channel,
            occasion.thread,
            occasion.message,
            occasion.is_direct,
            occasion.hook,
            picture.source if picture is not None else "",
        )

    def occasion(self, team: str, user: str, name: str, place: str | None) -> Occasion:
        """Where what the form says belongs; `place`: the channel chosen in it."""
        if place and not self.channel:
            return Occasion(team, user, name, place, hook=self.hook)
        return Occasion(team, user, name, self.channel, self.thread, self.message, self.is_direct, self.hook)

    def stands_for(self, request: VideoRequest) -> VideoRequest:
        """The request with a stand-in for each image the form does not show: what is wrong can be seen at once."""
        frames = [Frame(role=FrameRole(role), source=_KEPT) for role in self.kept]
        if self.picture:
            frames = [_picture(self.picture), *frames]
        elif self.kind is FormKind.EXTEND:
            frames = [last_picture_of(self.subject), *frames]
        given = {frame.role for frame in request.frames}
        missing = [frame for frame in frames if frame.role not in given]
        gateway = request.gateway or self.gateway or None
        return request.model_copy(update={"frames": (*missing, *request.frames), "gateway": gateway})

    def text(self) -> str:
        """As `private_metadata`."""
        return json.dumps({name: value for name, value in asdict(self).items() if value}, separators=(",", ":"))

    @classmethod
    def of(cls, text: str) -> Self | None:
        """From `private_metadata`; None for a form of another version."""
        try:
            found: dict[str, Any] = json.loads(text)
            kind = FormKind(found.pop("kind"))
            kept = tuple(FrameRole(role).value for role in found.pop("kept", ()))
            made = cls(kind, **found, kept=kept)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        empty = cls(kind)
        is_whole = all(type(getattr(made, field.name)) is type(getattr(empty, field.name)) for field in fields(cls))
        return made if is_whole else None


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in a form; None where it did not ask. `first`, `last`: sources of uploaded files."""

    prompt: str = ""
    model: str | None = None
    mode: str | None = None
    duration: int | None = None
    aspect_ratio: str | None = None
    audio: bool | None = None
    negative_prompt: str | None = None
    first: str | None = None
    last: str | None = None
    place: str | None = None

    def over(self, before: VideoRequest, usual_ratio: str = "") -> VideoRequest:
        """The request the form began with, with what was changed in it. A shape that nobody changed from the usual one
        stays unsaid, so that an image decides it."""
        quiet = None if before.audio is None else False  # also where the chosen mode has no sound to be asked for
        changes: dict[str, object] = {"prompt": self.prompt, "audio": True if self.audio else quiet}
        changes |= {
            name: value
            for name, value in (("model", self.model), ("mode", self.mode), ("duration", self.duration))
            if value is not None
        }
        if self.aspect_ratio is not None and (before.aspect_ratio or self.aspect_ratio != usual_ratio):
            changes["aspect_ratio"] = self.aspect_ratio
        if self.negative_prompt is not None:
            changes["negative_prompt"] = self.negative_prompt or None
        frames = before.frames
        for role, source in ((FrameRole.FIRST_FRAME, self.first), (FrameRole.LAST_FRAME, self.last)):
            if source:
                frames = (*(frame for frame in frames if frame.role is not role), Frame(role=role, source=source))
        changes["frames"] = frames
        return before.model_copy(update=changes)


def offer_of(catalog: Catalog, request: VideoRequest, default_model: str) -> Offer:
    """The offer that a request means, as well as it can be known."""
    for model in (request.model, default_model, None):
        for gateway in (request.gateway, None):
            with suppress(UnknownModel, UnknownGateway):
                return catalog.find(model, gateway)
    return catalog.find(None, None)


# --------------------------------------------------------------------------------------------------------- the form


def form_view(catalog: Catalog, request: VideoRequest, meta: Meta, default_model: str) -> dict[str, Any]:
    """The form filled in with `request`. Where it asks for nothing (gateway, watermark, references) the draft or job it
    began with counts."""
    shape = _Shape.of(catalog, request, meta, default_model)
    offer, stamp = shape.offer, meta.stamp
    blocks: list[Block] = [
        _input("prompt", "Prompt", _text("prompt", request.prompt, "What happens in the video", most=PROMPT_CHARS)),
        *_pictures(shape, meta),
    ]
    if len(catalog.models()) > 1:
        models = [(model, MODELS[model]) for model in catalog.models()]
        blocks.append(_choice("model", "Model", models, offer.model, stamp))
    if len(offer.modes()) > 1:
        modes = [(mode, f"{mode} ({offer.resolution(mode)})") for mode in offer.modes()]
        blocks.append(_choice("mode", "Quality", modes, shape.mode, stamp, hint=_only_there(shape)))
    lengths = [(str(seconds), f"{seconds} seconds") for seconds in shape.durations]
    blocks.append(_choice("duration", "Length", lengths, str(shape.duration), stamp))
    ratios = [(ratio, f"{ratio} {_ORIENTATION.get(ratio, '')}".strip()) for ratio in offer.aspect_ratios()]
    follows = "With a first picture, its shape counts." if offer.rules.ratio_follows_image else None
    blocks.append(_choice("ratio", "Shape", ratios, shape.ratio, stamp, hint=follows))
    if offer.supports_audio(shape.mode):
        blocks.append(_sound(request.audio is True, stamp))
    if offer.supports_negative_prompt():
        negative = _text("negative", request.negative_prompt or "", "What to leave out", most=PROMPT_CHARS)
        blocks.append(_input("negative", "Not in the video", negative, optional=True))
    if offer.supports_last_frame(shape.mode):
        label = "Another last picture" if FrameRole.LAST_FRAME in meta.kept else "Last picture"
        blocks.append(_upload("last", label))
    if not meta.channel:
        blocks.append(_where())
    blocks.append(_small(f"Price: {shape.price}."))
    return _modal(meta, CALLBACK, blocks, submit="Make it")


def waiting_view(meta: Meta) -> dict[str, Any]:
    """What is there until the form's contents are read."""
    return _modal(meta, WAITING, [_section("One moment…")])


def telling_view(meta: Meta, text: str) -> dict[str, Any]:
    """A sentence in place of a form."""
    return _modal(meta, WAITING, [_section(text)])


def rebuilt(view: Mapping[str, Any], catalog: Catalog, default_model: str) -> dict[str, Any] | None:
    """The form after a choice that makes others possible or impossible; None for one of another version."""
    meta = Meta.of(str(view.get("private_metadata") or ""))
    if meta is None:
        return None
    request = read_view(view).over(VideoRequest(prompt="", gateway=meta.gateway or None))
    here = _Shape.of(catalog, request, meta, default_model)
    shown = {block.get("block_id") for block in view.get("blocks") or ()}
    is_as_before = {f"duration.{meta.stamp}", *_signs(here, meta.stamp)} <= shown
    if not is_as_before or _was(view) != (here.offer.model, here.mode):
        meta = replace(meta, stamp=meta.stamp + 1)
    return form_view(catalog, request, meta, default_model)


def read_view(view: Mapping[str, Any]) -> Filled:
    """What stands in a form."""
    values: dict[str, Mapping[str, Any]] = {}
    for entered in ((view.get("state") or {}).get("values") or {}).values():
        values |= {str(action_id).removeprefix(PICK): value for action_id, value in entered.items()}

    def chosen(name: str) -> str | None:
        option = (values.get(name) or {}).get("selected_option")
        return str(option["value"]) if option else None

    def file(name: str) -> str | None:
        files = (values.get(name) or {}).get("files") or ()
        return slack_file(files[0]).source if files else None

    duration = chosen("duration") or ""
    return Filled(
        prompt=str((values.get("prompt") or {}).get("value") or ""),
        model=chosen("model"),
        mode=chosen("mode"),
        duration=int(duration) if duration.isdecimal() else None,
        aspect_ratio=chosen("ratio"),
        audio=bool(values["audio"].get("selected_options")) if "audio" in values else None,
        negative_prompt=str(values["negative"].get("value") or "").strip() if "negative" in values else None,
        first=file("first"),
        last=file("last"),
        place=(values.get("place") or {}).get("selected_conversation"),
    )


def errors_of(view: Mapping[str, Any], problems: Iterable[Problem]) -> dict[str, str]:
    """The problems below the fields they are about, by block id; below the prompt where the form has no such field."""
    inputs = [str(block["block_id"]) for block in view.get("blocks") or () if block.get("type") == "input"]
    fields = {block_id.partition(".")[0]: block_id for block_id in inputs}
    found: dict[str, list[str]] = {}
    for problem in problems:
        field = _FIELD_OF.get(problem.option, problem.option)
        found.setdefault(fields.get(field, fields.get("prompt", "prompt")), []).append(problem.message)
    return {block_id: " ".join(messages) for block_id, messages in found.items()}


# ------------------------------------------------------------------------------------------------- what is possible


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a form shows as chosen: the wish as far as it is possible, else what is nearest."""

    offer: Offer
    mode: str
    duration: int
    durations: tuple[int, ...]
    ratio: str
    price: str

    @classmethod
    def of(cls, catalog: Catalog, request: VideoRequest, meta: Meta, default_model: str) -> Self:
        request = normalized(meta.stands_for(request))
        offer = offer_of(catalog, request, default_model)
        mode = request.mode if request.mode in offer.modes() else offer.default_mode
        durations = offer.durations(mode, with_images=bool(request.frames))
        wanted = request.duration or offer.default_duration
        duration = min(durations, key=lambda seconds: abs(seconds - wanted))
        ratios = offer.aspect_ratios()
        ratio = request.aspect_ratio if request.aspect_ratio in ratios else offer.default_aspect_ratio
        loud = request.audio is True and offer.supports_audio(mode)
        price = offer.quote(mode, duration, audio=loud).words
        return cls(offer, mode, duration, durations, ratio or ratios[0], price)


def _signs(shape: _Shape, stamp: int) -> set[str]:
    """Block ids that are there for this shape and no other."""
    return {f"audio.{stamp}"} if shape.offer.supports_audio(shape.mode) else set()


def _was(view: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The model and mode the form was built for: those it began with."""
    found: dict[str, str] = {}
    for block in view.get("blocks") or ():
        name = str(block.get("block_id") or "").partition(".")[0]
        if name in ("model", "mode"):
            option = (block.get("element") or {}).get("initial_option") or {}
            found[name] = str(option.get("value"))
    return found.get("model"), found.get("mode")


def _only_there(shape: _Shape) -> str | None:
    """What another mode could do that this one cannot."""
    offer = shape.offer
    gains = [
        words
        for can, words in ((offer.supports_audio, "sound"), (offer.supports_last_frame, "a last picture"))
        if not can(shape.mode) and can(None)
    ]
    with_it = [mode for mode in offer.modes() if offer.supports_audio(mode) or offer.supports_last_frame(mode)]
    return f"{' and '.join(gains).capitalize()} can be had in {with_it[0]}." if gains and with_it else None


# ---------------------------------------------------------------------------------------------------------- blocks


def _pictures(shape: _Shape, meta: Meta) -> list[Block]:
    if meta.kind is FormKind.EXTEND:
        return [_small("It goes on from the last picture of the video.")]
    if meta.picture:
        return [_small(f"First picture: {_name_of(meta.picture)}")]
    if not shape.offer.supports_role(FrameRole.FIRST_FRAME):
        return []
    has_one = FrameRole.FIRST_FRAME in meta.kept
    return [_upload("first", "Another first picture" if has_one else "First picture")]


def _name_of(source: str) -> str:
    return unquote(source.partition("/")[2]) if waits(source) else "the image"


def _picture(source: str) -> Frame:
    return Frame(role=FrameRole.FIRST_FRAME, source=source)


def _modal(meta: Meta, callback_id: str, blocks: list[Block], *, submit: str | None = None) -> dict[str, Any]:
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(TITLES[meta.kind], 24),
        "close": plain("Close", 24),
        "private_metadata": meta.text(),
        "blocks": blocks,
    }
    return view if submit is None else {**view, "submit": plain(submit, 24)}


def _input(
    block_id: str, label: str, element: Block, *, optional: bool = False, hint: str | None = None, tells: bool = False
) -> Block:
    block: Block = {"type": "input", "block_id": block_id, "label": plain(label, 2000), "element": element}
    if optional:
        block["optional"] = True
    if tells:
        block["dispatch_action"] = True
    return block if hint is None else {**block, "hint": plain(hint, 2000)}


def _text(action_id: str, value: str, placeholder: str, *, most: int) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": action_id,
        "multiline": True,
        "max_length": most,
        "placeholder": plain(placeholder, 150),
    }
    return {**element, "initial_value": value[:most]} if value.strip() else element


def _choice(
    name: str,
    label: str,
    choices: Sequence[tuple[str, str]],
    chosen: str,
    stamp: int,
    *,
    hint: str | None = None,
) -> Block:
    options = {value: {"text": plain(words, _OPTION_CHARS), "value": value} for value, words in choices}
    element = {
        "type": "static_select",
        "action_id": f"{PICK}{name}",
        "options": list(options.values()),
        "initial_option": options[chosen],
    }
    return _input(f"{name}.{stamp}", label, element, hint=hint, tells=True)


def _sound(chosen: bool, stamp: int) -> Block:
    option = {"text": plain("With sound", _OPTION_CHARS), "value": "yes"}
    element: Block = {"type": "checkboxes", "action_id": f"{PICK}audio", "options": [option]}
    if chosen:
        element["initial_options"] = [option]
    return _input(f"audio.{stamp}", "Sound", element, optional=True, tells=True)


def _upload(name: str, label: str) -> Block:
    element = {"type": "file_input", "action_id": name, "filetypes": _FILE_TYPES, "max_files": 1}
    return _input(name, label, element, optional=True)


def _where() -> Block:
    element = {
        "type": "conversations_select",
        "action_id": "place",
        "default_to_current_conversation": True,
        "filter": {"include": ["public", "private", "mpim"], "exclude_bot_users": True},
    }
    return _input("place", "Where it is shown", element, optional=True, hint="Left empty: in a direct message to you.")


def _section(text: str) -> Block:
    return {"type": "section", "text": plain(text, 3000)}


def _small(text: str) -> Block:
    return {"type": "context", "elements": [plain(text, 2000)]}
