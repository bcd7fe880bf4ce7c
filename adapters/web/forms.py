"""The form: every option as a choice. A choice that does not go with the others cannot be made, and says why.

Which ones those are is not written down here: each choice is tried on the request, and what the check says about it is
the reason. The form carries all it stands for (sealed), so it can be sent after a restart as well.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import FormData

from adapters.cards.price import price_line
from adapters.cards.problems import changes, notes, problems
from adapters.web.pictures import ROLE_WORDS, Chosen, Pictures
from adapters.web.seals import Seals
from bot.generation.catalog import Offer, UnknownGateway, UnknownModel
from bot.generation.request import Frame, FrameRole, VideoRequest
from bot.generation.service import GenerationService
from bot.generation.table import GATEWAYS, MODELS

_PURPOSE = "form"
_ORIENTATION = {"16:9": "landscape", "9:16": "portrait", "1:1": "square"}
#: Stands for the last picture of a video that is not taken yet; never sent or stored.
_LAST_PICTURE = Frame(role=FrameRole.FIRST_FRAME, source="https://unread.invalid/last-picture")
_SOMETHING = "something"  # a prompt, so that choices are judged without one


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of an option. `why`: the reason it cannot be made, empty when it can."""

    value: str
    label: str
    is_chosen: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a form began with: its title, the request, the thread its answers go to, the job it extends, and how often
    it may be sent (once: `key`)."""

    title: str
    request: VideoRequest
    key: str
    thread: str = ""
    extends: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it stands. `changed`: what a change of the model changed with it."""

    subject: Subject
    request: VideoRequest
    pictures: tuple[Chosen, ...]
    changed: tuple[str, ...] = ()
    wrong_files: tuple[str, ...] = ()

    @property
    def whole(self) -> VideoRequest:
        """The request with its pictures, as the check sees it."""
        frames = [one.frame for one in self.pictures]
        if self.subject.extends and not any(frame.role is FrameRole.FIRST_FRAME for frame in frames):
            frames.insert(0, _LAST_PICTURE)
        return self.request.model_copy(update={"frames": tuple(frames)})

    @property
    def to_send(self) -> VideoRequest:
        """The request with its stored pictures, as the desk takes it."""
        return self.request.model_copy(update={"frames": tuple(one.frame for one in self.pictures)})


class Forms:
    """Opens forms, and reads them when they come back."""

    def __init__(self, service: GenerationService, pictures: Pictures, seals: Seals) -> None:
        self._service, self._pictures, self._seals = service, pictures, seals

    def opened(self, subject: Subject) -> Filled:
        """A form as it opens."""
        request = subject.request
        offer = self._offer(request)
        settled = request.model_copy(update={"model": offer.model, "frames": ()})
        return Filled(subject, settled, tuple(self._pictures.of_frames(request.frames)))

    async def read(self, form: FormData) -> Filled | None:
        """A form that came back, with the files that came with it; None for one of another version."""
        subject = self._subject(str(form.get("subject", "")))
        if subject is None:
            return None
        had = self._pictures.chosen(form)
        chosen, wrong = await self._pictures.taken(form, had)
        request = _request(form, subject.request, self._offer(subject.request))
        filled = Filled(subject, request, tuple(chosen), wrong_files=tuple(wrong))
        before = str(form.get("model_before", ""))
        if before and request.model != before:
            return self._with_model(filled)
        return filled

    def shown(self, filled: Filled) -> dict[str, Any]:
        """What the templates need."""
        request, offer = filled.request, self._offer(filled.request)
        checked = self._service.check(filled.whole)
        wrong = [line for line in problems(checked) if line.option != "prompt" or request.prompt.strip()]
        mode = request.mode if request.mode in offer.modes() else offer.default_mode
        length = request.duration or offer.default_duration
        lengths = [(seconds, f"{seconds} s") for seconds in self._lengths(offer)]
        return {
            "subject": filled.subject,
            "sealed": self._sealed(filled.subject),
            "request": request,
            "pictures": self._with_roles(filled),
            "models": self._models(offer),
            "gateways": self._gateways(filled, offer),
            "modes": self._choices(filled, "mode", [(m, f"{m} ({offer.resolution(m)})") for m in offer.modes()], mode),
            "durations": self._choices(filled, "duration", lengths, length),
            "ratios": self._choices(
                filled,
                "aspect_ratio",
                [(r, f"{r} {_ORIENTATION.get(r, '')}".strip()) for r in offer.aspect_ratios()],
                request.aspect_ratio or offer.default_aspect_ratio,
            ),
            "audio": self._switch(filled, "audio") if offer.supports_audio() else None,
            "watermark": self._switch(filled, "watermark") if offer.supports_watermark() else None,
            "has_negative": offer.supports_negative_prompt(),
            "changed": filled.changed,
            "wrong_files": filled.wrong_files,
            "wrong": wrong,
            "notes": notes(checked) if checked.ok else (),
            "price": price_line(checked) if checked.ok else "",
        }

    # --------------------------------------------------------------------------------------------------- choices

    def _models(self, offer: Offer) -> list[Choice]:
        return [Choice(model, MODELS[model], model == offer.model) for model in self._service.catalog.models()]

    def _gateways(self, filled: Filled, offer: Offer) -> list[Choice]:
        if len(self._service.catalog.gateways()) < 2:
            return []
        chosen = filled.request.gateway or offer.gateway
        return self._choices(filled, "gateway", [(g, GATEWAYS[g]) for g in self._service.catalog.gateways()], chosen)

    def _lengths(self, offer: Offer) -> list[int]:
        return sorted({*offer.durations(), *offer.durations(with_images=True)})

    def _choices(self, filled: Filled, option: str, values: Sequence[tuple[Any, str]], chosen: object) -> list[Choice]:
        return [
            Choice(str(value), label, value == chosen, "" if value == chosen else self._why(filled, option, value))
            for value, label in values
        ]

    def _switch(self, filled: Filled, option: str) -> Choice:
        is_on = getattr(filled.request, option) is True
        return Choice("yes", "", is_on, "" if is_on else self._why(filled, option, value=True))

    def _with_roles(self, filled: Filled) -> list[dict[str, Any]]:
        shown = self._pictures.shown(filled.pictures)
        for number, entry in enumerate(shown):
            entry["roles"] = [self._role(filled, number, role) for role in FrameRole]
        return shown

    def _role(self, filled: Filled, number: int, role: FrameRole) -> Choice:
        pictures = list(filled.pictures)
        is_chosen = pictures[number].role is role
        pictures[number] = replace(pictures[number], role=role)
        tried = replace(filled, pictures=tuple(pictures))
        return Choice(role.value, ROLE_WORDS[role], is_chosen, "" if is_chosen else self._new_problem(filled, tried))

    def _why(self, filled: Filled, option: str, value: object) -> str:
        return self._new_problem(filled, replace(filled, request=filled.request.model_copy(update={option: value})))

    def _new_problem(self, before: Filled, after: Filled) -> str:
        """The first thing that is wrong after a choice and was not before; empty when nothing is."""
        had = {problem.message for problem in self._service.check(_spoken(before.whole)).problems}
        found = (problem.message for problem in self._service.check(_spoken(after.whole)).problems)
        return next((message for message in found if message not in had), "")

    def _with_model(self, filled: Filled) -> Filled:
        """After another model was chosen: what does not go with it is changed to what does."""
        checked = self._service.check(_spoken(filled.whole))
        fit = checked.proposal
        if checked.ok or fit is None:
            return filled
        frames = {(frame.role, frame.source) for frame in fit.frames}
        kept = tuple(one for one in filled.pictures if (one.frame.role, one.frame.source) in frames)
        request = fit.model_copy(
            update={"prompt": filled.request.prompt, "gateway": filled.request.gateway, "frames": ()}
        )
        words = changes(_spoken(filled.whole).model_copy(update={"model": fit.model, "gateway": fit.gateway}), fit)
        return replace(filled, request=request, pictures=kept, changed=tuple(words))

    def _offer(self, request: VideoRequest) -> Offer:
        for model in (request.model, self._service.default_model, None):
            for gateway in (request.gateway, None):
                with suppress(UnknownModel, UnknownGateway):
                    return self._service.catalog.find(model, gateway)
        return self._service.catalog.find(None, None)

    # ---------------------------------------------------------------------------------------------------- sealing

    def _sealed(self, subject: Subject) -> str:
        request = subject.request.model_dump(mode="json", exclude_none=True)
        value = [subject.title, request, subject.key, subject.thread, subject.extends]
        return self._seals.seal(_PURPOSE, value)

    def _subject(self, sealed: str) -> Subject | None:
        value = self._seals.open(_PURPOSE, sealed)
        if value is None:
            return None
        try:
            title, request, key, thread, extends = value
            return Subject(title, VideoRequest.model_validate(request), key, thread, extends)
        except (ValueError, TypeError, ValidationError):
            return None


def _spoken(request: VideoRequest) -> VideoRequest:
    return request if request.prompt.strip() else request.model_copy(update={"prompt": _SOMETHING})


def _request(form: FormData, before: VideoRequest, offer: Offer) -> VideoRequest:
    """What a form says, over what it began with. A shape that nobody changed stays unsaid, so that an image decides."""

    def text(name: str) -> str | None:
        return str(form.get(name, "")).strip() or None

    length, ratio = text("duration"), text("aspect_ratio")
    quiet = None if before.audio is None else False
    plain = None if before.watermark is None else False
    updates: dict[str, object] = {
        "prompt": str(form.get("prompt", "")).strip(),
        "model": text("model"),
        "gateway": text("gateway") or before.gateway,
        "mode": text("mode"),
        "duration": int(length) if length is not None and length.isdecimal() and len(length) < 4 else None,
        "aspect_ratio": ratio if before.aspect_ratio or ratio != offer.default_aspect_ratio else None,
        "audio": True if form.get("audio") else quiet,
        "watermark": True if form.get("watermark") else plain,
        "negative_prompt": text("negative_prompt"),
        "frames": (),
    }
    return VideoRequest.model_validate({**before.model_dump(), **updates})
