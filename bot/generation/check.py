"""The check of a request: all problems at once, each with a change, and one proposal that has none of them."""

from contextlib import suppress
from dataclasses import dataclass

from bot.generation.catalog import (
    DEFAULT_MODEL,
    Catalog,
    NotOnGateway,
    Offer,
    UnknownGateway,
    UnknownModel,
    listed,
    model_key,
    said,
)
from bot.generation.examine import Examination, Note, Problem, problem
from bot.generation.notes import notes_of
from bot.generation.prices import Quote
from bot.generation.request import ReferType, VideoRequest
from bot.generation.table import GATEWAYS, MODE_ALIASES, MODELS, RATIO_ALIASES
from bot.generation.wording import PROBLEMS

__all__ = ["Checked", "Effective", "Note", "Problem", "check", "normalized"]


@dataclass(frozen=True, slots=True)
class Effective:
    """What will be rendered, with the page's defaults for what the person did not set; for price and card.

    `duration` in seconds, `resolution` such as "720p". `ratio_from_image`: the first image may decide the shape.
    """

    mode: str
    duration: int
    aspect_ratio: str
    audio: bool
    resolution: str
    ratio_from_image: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check.

    `request` has the model, gateway, mode and ratio in canonical spelling (model and gateway filled in, so that a
    later change of defaults does not change a stored request). `offer` is None while model or gateway is a problem;
    `quote` and `effective` are None while there is any problem; `proposal` is None when there is no problem, or when
    nothing can be proposed because the prompt is (or would become) empty.
    """

    request: VideoRequest
    offer: Offer | None
    problems: tuple[Problem, ...]
    notes: tuple[Note, ...]
    proposal: VideoRequest | None
    quote: Quote | None
    effective: Effective | None

    @property
    def ok(self) -> bool:
        """True when there is no problem."""
        return not self.problems


def check(
    request: VideoRequest,
    catalog: Catalog,
    *,
    default_model: str = DEFAULT_MODEL,
    default_gateway: str | None = None,
) -> Checked:
    """Everything that is wrong with `request`, and what it would cost; never raises for what a person typed.

    With an unknown model, or a model that is not on the chosen gateway, the other problems are those the proposed offer
    would have, so that the changes together pass. A default that this catalog does not offer is passed over.
    """
    request = normalized(request)
    offer, wrong = _choose(request, catalog, default_model, default_gateway)
    settled = request.model_copy(update={"model": offer.model, "gateway": offer.gateway})
    examination = Examination(settled, offer)
    proposal = examination.run()
    problems = tuple(wrong) + examination.problems
    if problems:
        return Checked(
            request if wrong else settled,
            None if wrong else offer,
            problems,
            notes_of(settled, offer),
            proposal,
            None,
            None,
        )
    effective = _effective(settled, offer)
    video = settled.reference_video
    quote = offer.quote(
        effective.mode,
        effective.duration,
        audio=effective.audio,
        video=video is not None,
        edited=video is not None and video.refer_type is ReferType.BASE,
    )
    return Checked(settled, offer, (), notes_of(settled, offer), None, quote, effective)


def normalized(request: VideoRequest) -> VideoRequest:
    """The request with mode and ratio in canonical spelling and blank options unset; the prompt stays as typed."""
    changes: dict[str, object] = {}
    for name in ("model", "gateway", "mode", "aspect_ratio", "negative_prompt"):
        value: str | None = getattr(request, name)
        if value is not None and not value.strip():
            changes[name] = None
    if request.mode and request.mode.strip():
        mode = request.mode.strip().lower()
        changes["mode"] = MODE_ALIASES.get(mode, mode)
    if request.aspect_ratio and request.aspect_ratio.strip():
        ratio = "".join(request.aspect_ratio.lower().split())
        for colon in "x×/：":
            ratio = ratio.replace(colon, ":")
        changes["aspect_ratio"] = RATIO_ALIASES.get(ratio, ratio)
    return request.model_copy(update=changes) if changes else request


def _effective(request: VideoRequest, offer: Offer) -> Effective:
    mode = request.mode or offer.default_mode
    return Effective(
        mode=mode,
        duration=offer.default_duration if request.duration is None else request.duration,
        aspect_ratio=request.aspect_ratio or offer.default_aspect_ratio,
        audio=request.audio is True,
        resolution=offer.resolution(mode),
        ratio_from_image=offer.rules.ratio_follows_image and request.first_frame is not None,
    )


def _choose(
    request: VideoRequest, catalog: Catalog, default_model: str, default_gateway: str | None
) -> tuple[Offer, list[Problem]]:
    """The offer to judge the request by, and what is wrong with the model and gateway it names."""
    wrong: list[Problem] = []
    gateway: str | None = None
    if request.gateway is not None:
        with suppress(UnknownGateway):
            gateway = catalog.named_gateway(request.gateway)
    if request.model is None:
        offer = _default(catalog, default_model, gateway, default_gateway)
    else:
        try:
            offer = _preferring(catalog, request.model, gateway, default_gateway)
        except NotOnGateway as error:
            offer = _preferring(catalog, request.model, None, default_gateway)
            has = [GATEWAYS[name] for name in error.allowed]
            wrong.append(
                problem(
                    "model_not_on_gateway",
                    error.allowed,
                    title=offer.title,
                    asked=GATEWAYS[gateway or ""],
                    has=f"{listed(has, 'and')} {'has' if len(has) == 1 else 'have'}",
                    fix=offer.gateway_title,
                )
            )
        except UnknownModel:
            offer = _default(catalog, default_model, gateway, default_gateway)
            meant = model_key(request.model) or ""
            makers = catalog.off().get(meant, ())
            wrong.append(
                problem(
                    "model_switched_off" if makers else "model_unknown",
                    catalog.models(),
                    said=said(request.model),
                    title=MODELS.get(meant, ""),
                    has=listed([GATEWAYS[name] for name in makers], "and") if makers else "",
                    choices=listed(catalog.models()),
                    fix=MODELS[offer.model],
                )
            )
    if request.gateway is not None and gateway is None:
        wrong.append(
            problem(
                "gateway_unknown",
                catalog.gateways(),
                said=said(request.gateway),
                choices=listed([GATEWAYS[name] for name in catalog.gateways()]),
                fix=offer.gateway_title,
            )
        )
    return offer, sorted(wrong, key=lambda p: list(PROBLEMS).index(p.code))


def _preferring(catalog: Catalog, model: str, gateway: str | None, default_gateway: str | None) -> Offer:
    """The model on the gateway asked for, else on the default one where it is there, else anywhere."""
    if gateway is None and default_gateway is not None:
        with suppress(NotOnGateway, UnknownGateway):
            return catalog.find(model, default_gateway)
    return catalog.find(model, gateway)


def _default(catalog: Catalog, model: str, gateway: str | None, default_gateway: str | None) -> Offer:
    try:
        return _preferring(catalog, model, gateway, default_gateway)
    except UnknownModel:
        return catalog.find(None, gateway)
