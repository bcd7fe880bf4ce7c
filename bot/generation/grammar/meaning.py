"""What a few words mean as an option. Every allowed word comes from the table and the catalog."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.generation.catalog import Catalog, gateway_key, model_key
from bot.generation.table import MODE_ALIASES, RATIO_ALIASES, RESOLUTIONS

LONGEST = 40  # characters that one option other than a negative prompt can take

_DURATION = re.compile(r"(\d{1,3})[ -]?(?:s|secs?|seconds?)")
_RATIO = re.compile(r"(\d{1,3}) ?[:x×：] ?(\d{1,3})")
_MODEL = re.compile(r"(?:kling)?[ -]?(?:video)?[ -]?(?:v?\d(?:[.-]\d)?|o1)")
_ON_GATEWAY = re.compile(r"(?:on|via|at) (.+)")

#: With dashes in front a bare word is an option; without, only words that nobody writes into a prompt by chance.
_FLAGS: Mapping[str, tuple[str, bool]] = MappingProxyType(
    {
        "audio": ("audio", True),
        "sound": ("audio", True),
        "no-audio": ("audio", False),
        "no-sound": ("audio", False),
        "silent": ("audio", False),
        "watermark": ("watermark", True),
        "no-watermark": ("watermark", False),
    }
)
_PHRASES: Mapping[str, tuple[str, bool]] = MappingProxyType(
    {
        "with sound": ("audio", True),
        "with audio": ("audio", True),
        "sound on": ("audio", True),
        "audio on": ("audio", True),
        "no sound": ("audio", False),
        "no audio": ("audio", False),
        "without sound": ("audio", False),
        "without audio": ("audio", False),
        "sound off": ("audio", False),
        "audio off": ("audio", False),
        "with watermark": ("watermark", True),
        "no watermark": ("watermark", False),
        "without watermark": ("watermark", False),
    }
)
#: Aliases that are also words of style ("a woman, portrait"): an option only behind dashes or with "mode"/"format".
_STYLE_WORDS = frozenset({"standard", "professional", *RATIO_ALIASES} - {"vertical", "horizontal"})

Value = str | int | bool


@dataclass(frozen=True, slots=True)
class Said:
    """One thing understood: the option, its value, and the words that said it, as typed."""

    option: str
    value: Value
    words: str


def tidy(words: str) -> str:
    """Lower case, single spaces, without the punctuation a sentence ends with."""
    return " ".join(words.strip().rstrip(".!").lower().split())


def flag_meaning(name: str) -> tuple[str, Value] | None:
    """What `--name` says by itself."""
    bare = tidy(name)
    if len(bare) > LONGEST:
        return None
    mode = MODE_ALIASES.get(bare, bare)
    if mode in RESOLUTIONS:
        return ("mode", mode)
    if bare in RATIO_ALIASES:
        return ("aspect_ratio", RATIO_ALIASES[bare])
    return _FLAGS.get(bare) or _number(bare) or _model(bare)


def phrase_meaning(words: str, catalog: Catalog) -> tuple[str, Value] | None:
    """What a whole segment between commas says without dashes; None when it is part of the prompt.

    A 4k that stands alone says nothing here: it is a word of style, too (see `parse`).
    """
    bare = tidy(words)
    if not bare or len(bare) > LONGEST:
        return None
    return _PHRASES.get(bare) or _number(bare) or _mode(bare, catalog) or _ratio(bare) or _model(bare) or _gateway(bare)


def option_meaning(option: str, value: str) -> tuple[str, Value] | None:
    """What `--option value` says; None when the value cannot be meant."""
    bare = tidy(value)
    reader = _READERS.get(option)
    found = bare if reader is None else reader(bare)
    return None if found is None else (option, found)


def _number(bare: str) -> tuple[str, Value] | None:
    if duration := _DURATION.fullmatch(bare):
        return ("duration", int(duration[1]))
    if ratio := _RATIO.fullmatch(bare):
        return ("aspect_ratio", f"{int(ratio[1])}:{int(ratio[2])}")
    return None


def _mode(bare: str, catalog: Catalog) -> tuple[str, Value] | None:
    word = bare.removesuffix(" mode")
    if word in _STYLE_WORDS and word == bare:
        return None
    mode = MODE_ALIASES.get(word, word)
    if mode == "4k" and word == bare:
        return None
    return ("mode", mode) if any(mode in offer.modes() for offer in catalog.offers()) else None


def _ratio(bare: str) -> tuple[str, Value] | None:
    word = bare.removesuffix(" format").removesuffix(" video")
    if word in RATIO_ALIASES and (word not in _STYLE_WORDS or word != bare):
        return ("aspect_ratio", RATIO_ALIASES[word])
    return None


def _model(bare: str) -> tuple[str, Value] | None:
    # A lone number is a word like any other: "3" is no model, "v3" and "2.6" are.
    if not _MODEL.fullmatch(bare) or bare.isdigit():
        return None
    model = model_key(bare)
    return None if model is None else ("model", model)


def _gateway(bare: str) -> tuple[str, Value] | None:
    named = _ON_GATEWAY.fullmatch(bare)
    gateway = gateway_key(named[1]) if named else None
    return None if gateway is None else ("gateway", gateway)


def _seconds(bare: str) -> int | None:
    number = re.fullmatch(r"(\d{1,3}) ?(?:s|secs?|seconds?)?", bare)
    return int(number[1]) if number else None


def _switch(bare: str) -> bool | None:
    return {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}.get(bare)


def _shape(bare: str) -> str | None:
    ratio = _RATIO.fullmatch(bare)
    return f"{int(ratio[1])}:{int(ratio[2])}" if ratio else RATIO_ALIASES.get(bare, bare)


#: Options whose value has to be read; the others are judged by the check.
_READERS: Mapping[str, Callable[[str], Value | None]] = MappingProxyType(
    {
        "duration": _seconds,
        "audio": _switch,
        "watermark": _switch,
        "aspect_ratio": _shape,
        "mode": lambda bare: MODE_ALIASES.get(bare, bare),
    }
)

#: `--name value` and the option it sets.
VALUED: Mapping[str, str] = MappingProxyType(
    {
        "model": "model",
        "mode": "mode",
        "quality": "mode",
        "duration": "duration",
        "length": "duration",
        "seconds": "duration",
        "ratio": "aspect_ratio",
        "ar": "aspect_ratio",
        "aspect-ratio": "aspect_ratio",
        "aspect": "aspect_ratio",
        "negative": "negative_prompt",
        "negative-prompt": "negative_prompt",
        "no": "negative_prompt",
        "without": "negative_prompt",
        "gateway": "gateway",
    }
)
#: Every flag that has a name, for "did you mean".
FLAG_NAMES: tuple[str, ...] = (*VALUED, *_FLAGS, *RESOLUTIONS, *RATIO_ALIASES, "v3", "o1", "2.6", "5s", "10s", "9:16")
