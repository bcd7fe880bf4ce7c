"""Options behind dashes: `--pro`, `--10s`, `--model v3`, `--negative "blurry, text"`, anywhere in the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from bot.generation.catalog import said
from bot.generation.examine import Problem
from bot.generation.grammar.meaning import FLAG_NAMES, VALUED, Said, Value, flag_meaning, option_meaning

#: Phones turn two dashes into one long one.
_FLAG = re.compile(r"(?:^|(?<=\s))(--|[—–])(?=[^\W_])([^\s=\"“”«»]+)(=?)")
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "'": "'", "‘": "’"}
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece of the text, from `start` to `end`, that is not part of the prompt: understood, or wrong."""

    start: int
    end: int
    said: Said | None = None
    problem: Problem | None = None


def flags_in(text: str) -> Iterator[Cut]:
    """Every flag of the text with its value, in order."""
    at = 0
    while found := _FLAG.search(text, at):
        cut = _read(text, found)
        if cut is None:  # a dash of prose
            at = found.end(1)
            continue
        yield cut
        at = cut.end


def _read(text: str, found: re.Match[str]) -> Cut | None:
    dashes, name, equals = found.groups()
    end = found.end()
    bare = name.rstrip(",;.!").lower()
    end -= (len(name) - len(bare)) if not equals else 0
    option = VALUED.get(bare)
    if option is not None:
        return _valued(text, found.start(), end, option)
    meaning = None if equals else flag_meaning(bare)
    if meaning is not None:
        return Cut(found.start(), end, Said(*meaning, text[found.start() : end]))
    if dashes != "--":
        return None
    return Cut(found.start(), end, problem=_unknown(bare))


def _valued(text: str, start: int, end: int, option: str) -> Cut:
    value, after = _value(text, end)
    words = text[start:after]
    meaning: tuple[str, Value] | None = None
    if value.strip():
        meaning = (option, value.strip()) if option == "negative_prompt" else option_meaning(option, value)
    if meaning is None:
        return Cut(start, after, problem=_no_value(option, value))
    return Cut(start, after, Said(*meaning, words))


def _value(text: str, at: int) -> tuple[str, int]:
    """The next word, or what stands in quotes, and where it ends; empty when the text ends or another flag follows."""
    while at < len(text) and text[at].isspace():
        at += 1
    closing = _QUOTES.get(text[at : at + 1])
    if closing is not None and (end := text.find(closing, at + 1)) != -1:
        return text[at + 1 : end], end + 1
    word = _WORD.match(text, at)
    if word is None or word[0].startswith(("--", "—", "–")):
        return "", at
    bare = word[0].rstrip(",;")
    return bare, at + len(bare)


def _unknown(name: str) -> Problem:
    near = get_close_matches(name[:40], FLAG_NAMES, n=1, cutoff=0.6)
    advice = f"did you mean --{near[0]}?" if near else "take the dashes away if it belongs to the prompt."
    change = f"use --{near[0]}" if near else f"leave {said('--' + name)} out"
    return Problem("option", f"There is no option {said('--' + name)}: {advice}", (), change, "flag_unknown")


def _no_value(option: str, value: str) -> Problem:
    title = option.replace("_", " ")
    example = {
        "model": "--model v3",
        "mode": "--mode pro",
        "duration": "--duration 10",
        "aspect_ratio": "--ratio 9:16",
        "negative_prompt": '--negative "blurry, text"',
        "gateway": "--gateway toapis",
    }[option]
    wrong = f"{said(value)} is no {title}" if value.strip() else f"The {title} is missing"
    return Problem(option, f"{wrong}: write it as {example}.", (), f"write {example}", "flag_without_value")
