"""Which words mean which option. Models, modes, ratios and gateways are the table's and the catalog's own words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from unicodedata import normalize

from bot.generation.catalog import Catalog, gateway_key, model_key
from bot.generation.grammar.marks import BLANK, STOPS
from bot.generation.grammar.said import Meaning, Value
from bot.generation.table import GATEWAYS, MODE_ALIASES, MODELS, RATIO_ALIASES, RESOLUTIONS, ROWS

#: An option in plain words, and the name of a flag, are no longer than this (characters).
LONGEST = 48

_DURATION = re.compile(r"([0-9]{1,3})[ -]?(?:s|secs?|seconds?)")
_SECONDS = re.compile(r"([0-9]{1,3})")
_SIDE = r"[0-9]{1,4}(?:\.[0-9]{1,4})?"
_RATIO = re.compile(f"({_SIDE}) ?[:x×] ?({_SIDE})")
#: How people write the height of a picture. Where it is no mode of this installation, it is a word of style.
_PICTURE_SIZE = re.compile(r"[0-9]{1,5}[pk]")
_MODEL = re.compile(r"[a-z0-9 ._-]+")
_ON_GATEWAY = re.compile(r"(?:on|via) ([a-z0-9 ._-]+)")
_NAMED = re.compile(r"(model|mode|duration|length|aspect ratio|ratio|gateway) ?[:= ] ?(.+)")

#: Options that are on or off: in plain words, and (with "-" for " ") as flags.
_SWITCHES: Mapping[str, Meaning] = MappingProxyType(
    {
        f"{word} {thing}": (option, is_on)
        for thing, option in (("sound", "audio"), ("audio", "audio"), ("watermark", "watermark"))
        for word, is_on in (("with", True), ("no", False), ("without", False))
    }
    | {"silent": ("audio", False)}
)
#: These need their dashes: they are words of many a prompt.
_SWITCH_FLAGS: Mapping[str, Meaning] = MappingProxyType(
    {name.replace(" ", "-"): meaning for name, meaning in _SWITCHES.items()}
    | {"audio": ("audio", True), "sound": ("audio", True), "watermark": ("watermark", True)}
)
#: Alone they are words of style ("a woman, portrait"): an option only behind dashes or with a name ("ratio square").
_STYLE = frozenset({"portrait", "landscape", "square", "standard", "professional", "silent"})
_ON_OFF: Mapping[str, bool] = MappingProxyType(
    {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}
)
#: Flags that take a value, and the option they set. `--prompt` quotes what is to be read as prompt whatever it says.
VALUED: Mapping[str, str] = MappingProxyType(
    {
        "model": "model",
        "mode": "mode",
        "duration": "duration",
        "length": "duration",
        "ratio": "aspect_ratio",
        "aspect-ratio": "aspect_ratio",
        "ar": "aspect_ratio",
        "negative": "negative_prompt",
        "negative-prompt": "negative_prompt",
        "gateway": "gateway",
        "prompt": "prompt",
    }
)


def plain(words: str) -> str:
    """Words as they are compared: lower case, single blanks, wide letters made narrow, no full stop behind them."""
    return " ".join(normalize("NFKC", words.strip(BLANK).rstrip(STOPS + BLANK)).lower().split())


def switched(flag: str, words: str) -> Meaning | None:
    """What `--audio=off` says; None when the flag is no switch, or the value no position of one."""
    meaning, value = _SWITCH_FLAGS.get(flag), _ON_OFF.get(plain(words))
    return None if meaning is None or meaning[1] is not True or value is None else (meaning[0], value)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one installation: the modes some offered model has, and the wire ids the settings give."""

    modes: frozenset[str]
    wire_ids: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, catalog: Catalog) -> "Vocabulary":
        """The words of a catalog."""
        offers = catalog.offers()
        modes = frozenset(mode for offer in offers for mode in offer.modes())
        return cls(modes, {offer.wire_id: offer.model for offer in reversed(offers)})

    def phrase(self, words: str) -> Meaning | None:
        """What a whole segment says without dashes; None when it belongs to the prompt."""
        bare = plain(words) if len(words) <= LONGEST else ""
        if not bare or bare in _STYLE:
            return None
        if (found := _SWITCHES.get(bare) or _number(bare)) is not None:
            return found
        mode = MODE_ALIASES.get(bare, bare)
        if mode in self.modes:
            return "mode", mode
        mode = MODE_ALIASES.get(bare.removesuffix(" mode"), bare.removesuffix(" mode"))
        if bare.endswith(" mode") and mode in RESOLUTIONS:
            return "mode", mode
        if bare in RATIO_ALIASES:
            return "aspect_ratio", RATIO_ALIASES[bare]
        if (model := _model(bare)) is not None:
            return "model", model
        on = _ON_GATEWAY.fullmatch(bare)
        if on is not None and (gateway := gateway_key(on[1])) is not None:
            return "gateway", gateway
        named = _NAMED.fullmatch(bare)
        option = None if named is None else VALUED[named[1].replace(" ", "-")]
        # "mode: dreamy" is prompt: only a value that exists is one here.
        if named is None or option is None or not self.knows(option, named[2]):
            return None
        value = self.value(option, named[2])
        return None if value is None else (option, value)

    def is_style(self, words: str) -> bool:
        """Whether a segment is a word of style, or a picture size that is no mode here ("8k"): prompt, but no end of
        the options."""
        bare = plain(words) if len(words) <= LONGEST else ""
        return bare in _STYLE or _PICTURE_SIZE.fullmatch(bare) is not None

    def flag(self, name: str) -> Meaning | None:
        """What `--name` says by itself (`name` without the dashes)."""
        if len(name) > LONGEST:
            return None
        if name in self.wire_ids:
            return "model", self.wire_ids[name]
        bare = plain(name).replace("_", "-")
        mode = MODE_ALIASES.get(bare, bare)
        if mode in RESOLUTIONS:
            return "mode", mode
        if bare in RATIO_ALIASES:
            return "aspect_ratio", RATIO_ALIASES[bare]
        if bare in GATEWAYS:
            return "gateway", bare
        model = _model(bare)
        return _SWITCH_FLAGS.get(bare) or _number(bare) or (None if model is None else ("model", model))

    def value(self, option: str, words: str) -> Value | None:
        """What `words` say as the value of an option; None when they are no value of it at all.

        A name nobody knows ("--model sora") is a value: the check says what is offered.
        """
        bare = plain(words) if len(words) <= LONGEST else ""
        match option:
            case "duration":
                found = _SECONDS.fullmatch(bare) or _DURATION.fullmatch(bare)
                return int(found[1]) or None if found else None
            case "aspect_ratio":
                ratio = _RATIO.fullmatch(bare)
                return f"{ratio[1]}:{ratio[2]}" if ratio else RATIO_ALIASES.get(bare, words)
            case "mode":
                mode = MODE_ALIASES.get(bare, bare)
                return mode if mode in RESOLUTIONS else words
            case "model":
                return self.wire_ids.get(words) or (model_key(bare) if _MODEL.fullmatch(bare) else None) or words
            case "gateway":
                return gateway_key(bare) or words
            case _:
                return words

    def knows(self, option: str, words: str) -> bool:
        """Whether `words` are a value of the option that exists, and not just any name."""
        value = self.value(option, words)
        match option:
            case "model":
                return value in MODELS
            case "mode":
                return value in RESOLUTIONS
            case "aspect_ratio":
                return value in RATIO_ALIASES.values() or _RATIO.fullmatch(str(value)) is not None
            case "gateway":
                return value in GATEWAYS
            case _:
                return value is not None

    def flags(self) -> dict[str, str]:
        """The flags that exist, with the option each sets, for "did you mean"."""
        return (
            dict(VALUED)
            | {name: option for name, (option, _) in _SWITCH_FLAGS.items()}
            | dict.fromkeys((*RESOLUTIONS, *MODE_ALIASES), "mode")
            | dict.fromkeys((*RATIO_ALIASES, *(ratio for row in ROWS for ratio in row.aspect_ratios)), "aspect_ratio")
            | dict.fromkeys((*MODELS, *self.wire_ids), "model")
            | dict.fromkeys((f"{seconds}s" for row in ROWS for seconds in row.durations), "duration")
        )


def _number(bare: str) -> Meaning | None:
    """A length or a shape: what looks like one is one, and the check says which are made."""
    if (duration := _DURATION.fullmatch(bare)) is not None and int(duration[1]):
        return "duration", int(duration[1])
    ratio = _RATIO.fullmatch(bare)
    return None if ratio is None else ("aspect_ratio", f"{ratio[1]}:{ratio[2]}")


def _model(bare: str) -> str | None:
    """The model of a name that is nothing else: "v3", "2.6", "kling 3", but neither "3" nor "video 3"."""
    name = bare.removeprefix("model ").removesuffix(" model")
    if not _MODEL.fullmatch(name):
        return None
    is_name = name in MODELS or name.startswith("kling") or any(c.isalpha() for c in name.removeprefix("video"))
    return model_key(name) if is_name else None
