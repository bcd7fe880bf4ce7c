"""The catalog: which models this installation offers, on which gateway, in which dialect, at which price."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeVar

from bot.generation.accounts import gateway_of
from bot.generation.prices import DEFAULT_RATES, PriceError, Quote, Rate, quote, rate_key, read_rates
from bot.generation.request import FrameRole
from bot.generation.table import (
    GATEWAYS,
    MODEL_KEYS,
    MODELS,
    REFERENCE_VIDEO_SECONDS,
    RESOLUTIONS,
    Rules,
    dialects_of,
)

DEFAULT_MODEL = "2.6"

_V = TypeVar("_V")


class CatalogError(ValueError):
    """A setting that cannot be meant; the text is one sentence that names the setting and what is allowed."""


class UnknownModel(LookupError):  # noqa: N818 - the name others catch
    """No offered model has that name."""

    def __init__(self, message: str, allowed: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allowed = allowed


class NotOnGateway(UnknownModel):
    """The model is offered, but not by that gateway; `allowed` names the gateways that have it."""


class UnknownGateway(LookupError):  # noqa: N818 - the name others catch
    """No gateway of this installation has that name; `allowed` names those that it has."""

    def __init__(self, message: str, allowed: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class Offer:
    """One model on one gateway: its rules and its prices. The methods are what a form narrows its choices with."""

    gateway: str
    model: str
    wire_id: str
    rules: Rules = field(repr=False)
    rates: Mapping[str, Rate] = field(repr=False, hash=False)

    @property
    def key(self) -> str:
        """ "toapis/2.6", as in the settings."""
        return f"{self.gateway}/{self.model}"

    @property
    def title(self) -> str:
        """The model as people read it: "Kling 2.6"."""
        return MODELS[self.model]

    @property
    def gateway_title(self) -> str:
        """The gateway as people read it: "ToAPIs"."""
        return GATEWAYS[self.gateway]

    @property
    def dialect(self) -> str:
        """The name of the dialect requests are spelled in: "image_urls"."""
        return self.rules.dialect

    @property
    def default_mode(self) -> str:
        """The mode the gateway takes when none is sent."""
        return self.rules.default_mode

    @property
    def default_duration(self) -> int:
        """The length (seconds) the gateway takes when none is sent."""
        return self.rules.default_duration

    @property
    def default_aspect_ratio(self) -> str:
        """The aspect ratio the gateway takes when none is sent."""
        return self.rules.default_aspect_ratio

    def modes(self) -> tuple[str, ...]:
        """The modes, cheapest first."""
        return self.rules.modes

    def resolution(self, mode: str | None = None) -> str:
        """What a mode renders: "720p". None = the default mode."""
        return RESOLUTIONS[mode or self.rules.default_mode]

    def durations(self, mode: str | None = None, with_images: bool = False) -> tuple[int, ...]:  # noqa: ARG002
        """The lengths in seconds, rising. No page of today ties a length to a mode; `mode` is for one that will."""
        return self.rules.durations_with_images if with_images else self.rules.durations

    def aspect_ratios(self) -> tuple[str, ...]:
        """The aspect ratios, the default first."""
        return self.rules.aspect_ratios

    def supports_audio(self, mode: str | None = None) -> bool:
        """Whether a video can have sound: in that mode, or (None) in any mode."""
        return bool(self.rules.audio_modes) if mode is None else mode in self.rules.audio_modes

    def supports_role(self, role: FrameRole) -> bool:
        """Whether an image can be given in that role, in some mode."""
        return role in self.rules.roles

    def supports_last_frame(self, mode: str | None = None) -> bool:
        """Whether a last frame can be given: in that mode, or (None) in any mode."""
        modes = self.rules.last_frame_modes
        return self.supports_role(FrameRole.LAST_FRAME) and (bool(modes) if mode is None else mode in modes)

    def supports_negative_prompt(self) -> bool:
        """Whether a negative prompt can be given."""
        return self.rules.negative_prompt is not None

    def supports_watermark(self) -> bool:
        """Whether the watermark can be switched."""
        return self.rules.watermark is not None

    def supports_reference_video(self) -> bool:
        """Whether a reference video can be given."""
        return self.rules.reference_video

    def max_images(self, with_video: bool = False) -> int | None:
        """How many images and elements together; None where no page states a number."""
        limit = self.rules.max_images_with_video if with_video else None
        return limit or self.rules.max_images

    def prompt_limit(self) -> int | None:
        """The longest prompt in characters; None where the page states none."""
        return self.rules.prompt_limit

    def rate(self, mode: str, *, audio: bool = False, video: bool = False) -> Rate:
        """What one second costs. Raises KeyError for a combination the model does not have."""
        return self.rates[rate_key(mode, audio=audio, video=video)]

    def quote(
        self, mode: str, seconds: int, *, audio: bool = False, video: bool = False, edited: bool = False
    ) -> Quote:
        """The price of one video. `edited`: its reference video is edited, so its source may decide the length."""
        longest = REFERENCE_VIDEO_SECONDS[1] if edited else None
        return quote(self.rates, mode=mode, seconds=seconds, audio=audio, video=video, longest=longest)


def model_key(name: str) -> str | None:
    """The canonical model a person means by `name` ("kling 2.6", "Kling-V2-6", "video o1"), or None."""
    bare = re.sub(r"[^a-z0-9]", "", name.strip().lower()[:64])
    bare = bare.removeprefix("kling").removeprefix("video").removeprefix("v")
    return MODEL_KEYS.get(bare)


def gateway_key(name: str) -> str | None:
    """The gateway a person means by `name` ("ToAPIs", "toapis.com", "api-mart"), or None."""
    bare = re.sub(r"[^a-z0-9]", "", name.strip().lower()[:64]).removesuffix("com").removeprefix("the")
    return bare if bare in GATEWAYS else None


def said(value: str, most: int = 40) -> str:
    """What a person typed, fit for a sentence: one line, printable, at most `most` characters, in quotes."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in value[: most * 4]).split())
    return f'"{clean[: most - 1]}…"' if len(clean) > most else f'"{clean}"'


def listed(words: Sequence[str], last: str = "or") -> str:
    """ "5", "5 or 10", "2.6, v3 or o1"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


class Catalog:
    """The offers of this installation, in the order of the table; immutable."""

    def __init__(
        self,
        gateways: tuple[str, ...],
        offers: tuple[Offer, ...],
        every: tuple[Offer, ...],
        off: Mapping[str, tuple[str, ...]] = {},
    ) -> None:
        self._off = off
        self._gateways = gateways
        self._offers = offers
        self._every = {(offer.key, offer.dialect): offer for offer in every}

    @classmethod
    def build(
        cls,
        *,
        gateways: Sequence[str] = ("toapis", "apimart"),
        dialects: Mapping[str, str] = {},
        model_ids: Mapping[str, str] = {},
        prices: Mapping[str, Mapping[str, object]] = {},
        off: Sequence[str] = (),
    ) -> "Catalog":
        """The catalog of the settings. Raises CatalogError with one sentence for the admin.

        `gateways`: which gateways to use; the order decides who serves a model that several have. `dialects`:
        {"toapis/o1": "unified"}; naming one for "apimart/v3" or "apimart/o1" is what turns that model on. `model_ids`:
        {"toapis/2.6": "kling-v2-6"}. `prices`: see `prices.read_rates`. `off`: gateways that an admin has switched off.
        """
        chosen = _gateways(gateways)
        dialect_of = _by_row("dialects", dialects)
        id_of = _by_row("model_ids", model_ids)
        price_of = _by_row("prices", prices)
        rows = [row for model in MODELS for gateway in chosen if (row := _row(gateway, model, dialect_of)) is not None]
        for setting, given in (("model_ids", id_of), ("prices", price_of)):
            for key in given:
                gateway, _, model = key.partition("/")
                if gateway in chosen and key not in {row.key for row in rows}:
                    names = listed([f'"{r.dialect}"' for r in dialects_of(gateway, model)])
                    raise CatalogError(
                        f'{setting}["{key}"] changes nothing, because {MODELS[model]} is off on '
                        f'{GATEWAYS[gateway]}: set dialects["{key}"] to {names} to offer it.'
                    )
        for key, dialect in dialect_of.items():  # also for a gateway that is not used: a typing mistake is one
            _named(key, dialect)
        every = [row for model in MODELS for gateway in chosen for row in dialects_of(gateway, model)]
        return cls(
            chosen,
            tuple(_offer(row, id_of, price_of) for row in rows),
            tuple(_offer(row, id_of, price_of) for row in every),
            {model: tuple(name for name in off if _row(name, model, dialect_of) is not None) for model in MODELS},
        )

    def with_rates(self, rates: Mapping[str, Mapping[str, Rate]]) -> "Catalog":
        """The same catalog with these prices in place of its own, by "gateway/model"; names a model does not have are
        left out, and what is free stays free."""

        def changed(offer: Offer) -> Offer:
            given = rates.get(offer.key, {}).items()
            known = {name: rate for name, rate in given if name in offer.rates and offer.rates[name].micros_per_second}
            return replace(offer, rates=MappingProxyType({**offer.rates, **known})) if known else offer

        if not rates:
            return self
        return Catalog(
            self._gateways,
            tuple(changed(offer) for offer in self._offers),
            tuple(changed(offer) for offer in self._every.values()),
            self._off,
        )

    def offers(self) -> tuple[Offer, ...]:
        """Every (model, gateway) offered, in the order of lists and forms."""
        return self._offers

    def gateways(self) -> tuple[str, ...]:
        """The gateways in use, the preferred one first."""
        return self._gateways

    def off(self) -> Mapping[str, tuple[str, ...]]:
        """The models (canonical names) that nobody can ask for because an admin has switched off the gateways that have
        them, with these gateways."""
        here = self.models()
        return {model: names for model, names in self._off.items() if names and model not in here}

    def models(self, gateway: str | None = None) -> tuple[str, ...]:
        """The canonical names of the models offered (by one gateway), each once."""
        return tuple(dict.fromkeys(o.model for o in self._offers if gateway in (None, o.gateway)))

    def gateways_of(self, model: str) -> tuple[str, ...]:
        """The gateways that offer a model (canonical name), the preferred one first."""
        return tuple(o.gateway for o in self._offers if o.model == model)

    def find(self, model: str | None, gateway: str | None, *, dialect: str | None = None) -> Offer:
        """The offer a person means; None = not said. Raises UnknownModel (NotOnGateway) or UnknownGateway.

        Without a model: 2.6 where it is offered, else the first. Without a gateway: the first that has the model.
        A wire id ("kling-video-o1", or one set in the settings) is a name too. `dialect` (for a stored job, with its
        model and account) finds the offer the job was checked against, also when the settings have changed since.
        """
        if dialect is not None and model is not None and gateway is not None:
            kept = self._every.get((f"{self.named_gateway(gateway_of(gateway))}/{model_key(model)}", dialect))
            if kept is None:
                raise UnknownModel(f"There is no {said(model)} in the dialect {said(dialect)}.", self.models())
            return kept
        on = None if gateway is None else self.named_gateway(gateway)
        if model is None:
            here = self.models(on)
            return self._get(DEFAULT_MODEL if DEFAULT_MODEL in here else here[0], on)
        name = self.named_model(model)
        if on is not None and on not in self.gateways_of(name):
            has = self.gateways_of(name)
            raise NotOnGateway(
                f"{MODELS[name]} is not on {GATEWAYS[on]}: {listed([GATEWAYS[g] for g in has], 'and')} "
                f"{'has' if len(has) == 1 else 'have'} it.",
                has,
            )
        return self._get(name, on)

    def _get(self, model: str, gateway: str | None) -> Offer:
        return next(o for o in self._offers if o.model == model and gateway in (None, o.gateway))

    def named_gateway(self, name: str) -> str:
        """The gateway a person means. Raises UnknownGateway."""
        key = gateway_key(name)
        if key is None or key not in self._gateways:
            names = listed([GATEWAYS[g] for g in self._gateways])
            raise UnknownGateway(f"There is no gateway {said(name)} here: use {names}.", self._gateways)
        return key

    def named_model(self, name: str) -> str:
        """The canonical name of the model a person means. Raises UnknownModel."""
        key = next((o.model for o in self._offers if o.wire_id == name.strip()), None) or model_key(name)
        if key is None or key not in self.models():
            raise UnknownModel(f"There is no model {said(name)} here: use {listed(self.models())}.", self.models())
        return key


def _gateways(given: Sequence[str]) -> tuple[str, ...]:
    allowed = listed(list(GATEWAYS), "and")
    for name in given:
        if name not in GATEWAYS:
            raise CatalogError(f"gateways names {said(name)}, which is unknown: the gateways are {allowed}.")
    if not given:
        raise CatalogError(f"gateways is empty: name at least one of {allowed}.")
    return tuple(dict.fromkeys(given))


def _by_row(setting: str, given: Mapping[str, _V]) -> dict[str, _V]:
    """A setting keyed by "gateway/model", with the keys made canonical."""
    rows: dict[str, _V] = {}
    for key, value in given.items():
        gateway, _, model = key.partition("/")
        name = model_key(model)
        if gateway not in GATEWAYS or name is None or not dialects_of(gateway, name):
            known = listed([f"{g}/{m}" for m in MODELS for g in GATEWAYS if dialects_of(g, m)], "and")
            raise CatalogError(f"{setting} names {said(key)}, which is unknown: the names are {known}.")
        rows[f"{gateway}/{name}"] = value
    return rows


def _named(key: str, dialect: str) -> Rules:
    gateway, _, model = key.partition("/")
    known = {row.dialect: row for row in dialects_of(gateway, model)}
    if dialect not in known:
        names = listed([f'"{name}"' for name in known])
        raise CatalogError(f'dialects["{key}"] is {said(dialect)}, which is unknown: use {names}.')
    return known[dialect]


def _row(gateway: str, model: str, dialect_of: Mapping[str, str]) -> Rules | None:
    key = f"{gateway}/{model}"
    if key in dialect_of:
        return _named(key, dialect_of[key])
    default = next(iter(dialects_of(gateway, model)), None)
    return default if default is not None and default.on_by_default else None


def _offer(row: Rules, id_of: Mapping[str, str], price_of: Mapping[str, Mapping[str, object]]) -> Offer:
    wire_id = id_of.get(row.key, row.wire_id)
    if not wire_id.strip():
        raise CatalogError(f'model_ids["{row.key}"] is empty: use the gateway\'s name, such as "{row.wire_id}".')
    rates = dict(DEFAULT_RATES[row.key])
    if row.key in price_of:
        try:
            rates |= read_rates(row.key, price_of[row.key])
        except PriceError as error:
            raise CatalogError(str(error)) from error
    return Offer(row.gateway, row.model, wire_id.strip(), row, rates)
