"""A text taken apart: the options it says, and the prompt that is left."""

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.generation.catalog import Catalog, said
from bot.generation.examine import Problem
from bot.generation.grammar.flags import Cut, flags_in
from bot.generation.grammar.meaning import LONGEST, Said, phrase_meaning, tidy
from bot.generation.request import VideoRequest

#: Longer texts are a prompt as a whole; no model takes one of that length.
MOST_CHARS = 20_000
MOST_PROBLEMS = 10  # more say nothing new

_SEPARATOR = re.compile(r"[,;\n]")
_NEGATIVE = re.compile(r"\s*(?:no text|without|negative prompt|negative|avoid)\s*:\s*", re.IGNORECASE)
_EDGES = " \t\r\n,;"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text asks for. `request` has the understood options and the rest as its prompt; `understood` is in the
    order of the text; `problems` are options that cannot be meant, or are said twice and differently."""

    request: VideoRequest
    understood: tuple[Said, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Segment:
    start: int
    end: int
    words: str


def parse(text: str, catalog: Catalog) -> Parsed:
    """Understand the options in a text. Pure and linear in its length; never raises for what a person typed."""
    if len(text) > MOST_CHARS:
        return Parsed(VideoRequest(prompt=text.strip()), (), ())
    cuts = list(flags_in(text))
    rest = _blanked(text, cuts)
    named = {cut.said.value for cut in cuts if cut.said is not None and cut.said.option == "model"}
    cuts += _phrases(rest, catalog, named)
    cuts.sort(key=lambda cut: cut.start)
    options: dict[str, Said] = {}
    problems: list[Problem] = []
    for cut in cuts:
        if cut.problem is not None:
            problems.append(cut.problem)
        elif cut.said is not None:
            before = options.setdefault(cut.said.option, cut.said)
            if before.value != cut.said.value:
                problems.append(_twice(before, cut.said))
    values = {name: one.value for name, one in options.items()}
    request = VideoRequest.model_validate({"prompt": _prompt(text, cuts), **values})
    understood = tuple(cut.said for cut in cuts if cut.said is not None)
    return Parsed(request, understood, tuple(dict.fromkeys(problems))[:MOST_PROBLEMS])


def _blanked(text: str, cuts: Sequence[Cut]) -> str:
    """The text with every cut blanked out, so that places stay the same."""
    parts, at = [], 0
    for cut in cuts:
        parts += [text[at : cut.start], " " * (cut.end - cut.start)]
        at = cut.end
    return "".join((*parts, text[at:]))


def _phrases(text: str, catalog: Catalog, named: set[str | int | bool]) -> list[Cut]:
    """The options without dashes: whole segments at the end of the text, or at its beginning."""
    segments = _segments(text)
    reader = _Reader(catalog)
    models = named | {
        meaning[1] for one in segments if (meaning := reader.meaning(one.words)) and meaning[0] == "model"
    }
    reader.takes_4k = any(offer.model in models and "4k" in offer.modes() for offer in catalog.offers())
    negative, taken = _negative(segments, reader)
    segments = segments[: len(segments) - taken]
    ends = _while_options(reversed(segments), reader)
    starts = [] if len(ends) == len(segments) else _leading(segments, reader)
    return [*negative, *ends, *starts]


@dataclass
class _Reader:
    """Reads segments. A "4k" alone is a mode only beside a model that has it: else it is a word of style, as in
    "a castle, cinematic, 4k"."""

    catalog: Catalog
    takes_4k: bool = False

    def meaning(self, words: str) -> tuple[str, str | int | bool] | None:
        if self.takes_4k and tidy(words) == "4k":
            return ("mode", "4k")
        return phrase_meaning(words, self.catalog)

    def cut(self, segment: _Segment) -> Cut | None:
        meaning = self.meaning(segment.words)
        return None if meaning is None else Cut(segment.start, segment.end, Said(*meaning, segment.words))


def _segments(text: str) -> list[_Segment]:
    segments, at = [], 0
    for found in [*_SEPARATOR.finditer(text), None]:
        end = len(text) if found is None else found.start()
        words = text[at:end]
        if words.strip():
            left = len(words) - len(words.lstrip())
            segments.append(_Segment(at + left, at + len(words.rstrip()), words.strip()))
        at = end + 1
    return segments


def _while_options(segments: Iterable[_Segment], reader: _Reader) -> list[Cut]:
    """The cuts of segments as long as each is an option."""
    return [cut for cut in itertools.takewhile(lambda cut: cut is not None, map(reader.cut, segments)) if cut]


def _leading(segments: Sequence[_Segment], reader: _Reader) -> list[Cut]:
    """Options in front: "9:16, v3: a cat runs". They count only when a colon parts them from the prompt."""
    cuts = _while_options(segments, reader)
    segment = segments[len(cuts)]
    for colon in re.finditer(r":(?=\s)", segment.words[:LONGEST]):
        words = segment.words[: colon.start()]
        meaning = reader.meaning(words)
        if meaning is not None:
            return [*cuts, Cut(segment.start, segment.start + colon.end(), Said(*meaning, words))]
    return []


def _negative(segments: Sequence[_Segment], reader: _Reader) -> tuple[list[Cut], int]:
    """ "no text: blurry, letters": it reaches to the end, past the options that stand there. Its cuts, and how many
    segments they take."""
    for number, segment in enumerate(segments):
        label = _NEGATIVE.match(segment.words)
        if label is None:
            continue
        cuts = [reader.cut(one) for one in segments[number + 1 :]]
        more = [one for one, cut in zip(segments[number + 1 :], cuts, strict=True) if cut is None]
        words = [part for part in (segment.words[label.end() :], *(one.words for one in more)) if part.strip()]
        if not words:
            return [], 0
        first = Cut(segment.start, segment.end, Said("negative_prompt", ", ".join(words), segment.words))
        return [first, *(cut for cut in cuts if cut), *(Cut(one.start, one.end) for one in more)], len(cuts) + 1
    return [], 0


def _prompt(text: str, cuts: Sequence[Cut]) -> str:
    """What is left of the text, without the commas that belonged to the options."""
    parts, at = [], 0
    for cut in cuts:
        parts.append(text[at : cut.start])
        at = cut.end
    parts.append(text[at:])
    prompt = parts[0]
    for part in parts[1:]:
        if part.strip(_EDGES):
            prompt = _joined(prompt, part)
    return prompt.strip(_EDGES) if cuts else text.strip()


def _joined(left: str, right: str) -> str:
    left, right = left.rstrip(" \t"), right.lstrip(" \t")
    if not left.strip(_EDGES):
        return right
    if right[0] in ",;\n":
        return left.rstrip(",; \t") + right
    return left + right if right[0] in ".!?" or left[-1] == "\n" else f"{left} {right}"


def _twice(first: Said, second: Said) -> Problem:
    title = first.option.replace("_", " ")
    return Problem(
        first.option,
        f"The {title} is said twice, as {said(first.words)} and as {said(second.words)}: say it once.",
        (),
        f"keep one {title}",
        "said_twice",
    )
