"""A text taken apart: the options it says, and the prompt that is left."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.generation.catalog import Catalog
from bot.generation.examine import Note, Problem
from bot.generation.grammar.cutting import without
from bot.generation.grammar.flags import Flags, flags_in
from bot.generation.grammar.marks import FILLER
from bot.generation.grammar.near import nearly_said
from bot.generation.grammar.phrases import Phrases
from bot.generation.grammar.problems import said_twice, too_long
from bot.generation.grammar.said import Found, Said, Value
from bot.generation.grammar.vocabulary import Vocabulary
from bot.generation.request import VideoRequest

#: A longer text (characters) is not searched for options: the whole of it is the prompt, and that is a problem.
MOST_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text asks for.

    `request` has the understood options, and the rest of the text as its prompt; `understood` is in the order of the
    text; `problems` are what was meant as an option and cannot be one (it stays in the prompt), and options said twice
    and differently (the last one is in the request). `notes` are about words that stay in the prompt and were perhaps
    meant as options; they stop nothing.
    """

    request: VideoRequest
    understood: tuple[Said, ...]
    problems: tuple[Problem, ...]
    notes: tuple[Note, ...] = ()


def parse(text: str, catalog: Catalog) -> Parsed:
    """Understand the options in a text as docs/grammar.md says. Pure, linear in the length of the text; never raises
    for what a person typed, and never loses a word of it."""
    return read(text, Vocabulary.of(catalog))


def read(text: str, vocabulary: Vocabulary) -> Parsed:
    """`parse` with the words of an installation."""
    text = VideoRequest(prompt=text).prompt  # only what can be stored
    if len(text) > MOST_CHARS:
        return Parsed(VideoRequest(prompt=text.strip()), (), (too_long(len(text), MOST_CHARS),))
    flags = flags_in(text, vocabulary)
    found = [*flags.found, *_negatives(text, flags, vocabulary)]
    found += _phrases(text, flags, found, vocabulary)
    found.sort(key=lambda one: one.start)
    understood = tuple(one.said for one in found)
    request = VideoRequest.model_validate(
        {"prompt": _prompt(text, flags, found), **{said.option: said.value for said in understood}}
    )
    # What stands in quotes is prompt because somebody wished so.
    notes = () if flags.quoted else nearly_said(request.prompt, vocabulary)
    return Parsed(request, understood, (*flags.problems, *_twice(understood)), notes)


def _negatives(text: str, flags: Flags, vocabulary: Vocabulary) -> list[Found]:
    """The negative prompts behind flags without quotes, and the options at their ends."""
    phrases = Phrases(text, text, (), vocabulary)
    negatives = []
    for start, words, end in flags.negatives:
        until = phrases.read_behind(words, end)
        negatives.append(Found(start, end, Said("negative_prompt", text[words:until], text[start:until])))
    return [*negatives, *phrases.found]


def _phrases(text: str, flags: Flags, found: Iterable[Found], vocabulary: Vocabulary) -> list[Found]:
    """The options in plain words, as if no flag stood between them."""
    cuts = sorted([*((one.start, one.end) for one in found), *flags.dropped])
    fillers = [*flags.unread, *((start, end) for start, end, _ in flags.quoted)]
    masked = _masked(text, [*((*cut, " ") for cut in cuts), *((*filler, FILLER) for filler in fillers)])
    return Phrases(text, masked, sorted([*cuts, *((start, end) for start, end, _ in flags.quoted)]), vocabulary).read()


def _masked(text: str, masks: Iterable[tuple[int, int, str]]) -> str:
    parts, at = [], 0
    for start, end, sign in sorted(masks):
        parts += [text[at:start], sign * (end - max(at, start))]
        at = max(at, end)
    return "".join((*parts, text[at:]))


def _prompt(text: str, flags: Flags, found: Iterable[Found]) -> str:
    """What is left of the text; what `--prompt` quotes follows, as it is."""
    cuts = [(one.start, one.end) for one in found]
    quotes = [(start, end) for start, end, _ in flags.quoted]
    left = without(text, [*cuts, *flags.dropped, *quotes])
    return " ".join(part for part in (left, *(words for _, _, words in flags.quoted)) if part)


def _twice(understood: Iterable[Said]) -> list[Problem]:
    values: dict[str, dict[Value, Said]] = {}
    for said in understood:
        by_value = values.setdefault(said.option, {})
        by_value.pop(said.value, None)
        by_value[said.value] = said
    return [said_twice(list(by_value.values())) for by_value in values.values() if len(by_value) > 1]
