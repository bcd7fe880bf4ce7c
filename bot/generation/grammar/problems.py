"""What is wrong with an option in a text, in one sentence each."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher, get_close_matches
from types import MappingProxyType

from bot.generation.catalog import listed, said
from bot.generation.examine import Problem
from bot.generation.grammar.said import Said

#: A nearest flag that is further away than this helps nobody (0 to 1).
_NEAR = 0.6
#: So many ways of saying one option fit in a sentence.
_MOST_SAID = 3
#: How each option is said, for examples.
_EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "model": "--model v3",
        "mode": "--mode pro",
        "duration": "--duration 10",
        "aspect_ratio": "--ratio 9:16",
        "negative_prompt": '--negative "blurry, text"',
        "gateway": "--gateway toapis",
        "prompt": '--prompt "a cat"',
    }
)


def unknown_flag(typed: str, flags: Mapping[str, str]) -> Problem:
    """Two dashes before what is no option. `flags` are those that are, with the option each sets."""
    name = typed.lstrip("-").lower()[:40]
    # Of the near ones the nearest; of two as near, the one as long ("prp" is "pro" rather than "prompt").
    near = sorted(
        get_close_matches(name, flags, cutoff=_NEAR),
        key=lambda flag: (-SequenceMatcher(None, flag, name).ratio(), abs(len(flag) - len(name))),
    )[:1]
    instead = f"write --{near[0]}" if near else "take it out"
    return Problem(
        option=flags[near[0]] if near else "prompt",
        message=f"There is no option {said(typed)}: {instead}, or put a blank after the dashes if it is prompt.",
        allowed=tuple(f"--{name}" for name in near),
        change="",
        code="flag_unknown",
    )


def without_value(option: str, typed: str) -> Problem:
    """A flag that needs a value, and has none."""
    return Problem(
        option,
        f"{said(typed)} says no {_title(option)}: write it as {_EXAMPLES[option]}.",
        (),
        "",
        "flag_without_value",
    )


def no_duration(typed: str) -> Problem:
    """A length that is none, or that no video could have."""
    return Problem(
        "duration",
        f"{said(typed)} is no length: write whole seconds from 1 to 999, such as --10s.",
        (),
        "",
        "duration_unclear",
    )


def said_twice(said_so: Sequence[Said]) -> Problem:
    """One option with several values; the last one is in the request."""
    words = list(dict.fromkeys(said(one.words) for one in said_so))
    if len(words) > _MOST_SAID:
        words = [*words[: _MOST_SAID - 1], words[-1]]
    title = _title(said_so[-1].option)
    return Problem(
        said_so[-1].option,
        f"The {title} is said more than once, as {listed(words, 'and')}: say it once.",
        (),
        f"use the last {title}",
        "said_twice",
    )


def too_long(length: int, limit: int) -> Problem:
    """A text that is not searched for options."""
    return Problem(
        "prompt",
        f"The text has {length:,} characters, and options are read in texts of at most {limit:,}: shorten it.",
        (),
        "",
        "text_too_long",
    )


def _title(option: str) -> str:
    return option.replace("_", " ")
