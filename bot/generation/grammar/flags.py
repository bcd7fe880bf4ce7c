"""Options behind dashes: `--pro`, `--10s`, `--model v3`, `--negative "blurry, text"`, anywhere in the text."""

import re
from dataclasses import dataclass, field

from bot.generation.examine import Problem
from bot.generation.grammar.marks import BLANK, COLONS, END, SEPARATORS, STOPS
from bot.generation.grammar.problems import no_duration, unknown_flag, without_value
from bot.generation.grammar.quotes import Quotes
from bot.generation.grammar.said import Found, Meaning, Said
from bot.generation.grammar.vocabulary import LONGEST, VALUED, Vocabulary, plain, switched

#: More problems than this say nothing new.
MOST_PROBLEMS = 10

#: Two dashes of any kind, or the long one that phones make of two; a blank, comma or colon in front, a word behind.
_DASHED = rf"(?P<dashes>[-‐‑‒–—―−﹣－]{{2}}|[–—―])(?=[^\W_])(?P<name>[^\s{SEPARATORS}=]+)"
_FLAG = re.compile(rf"(?:^|(?<=[\s{SEPARATORS}{COLONS}])){_DASHED}")
#: A flag right behind the quotes of another's value.
_FLAG_BEHIND_QUOTES = re.compile(_DASHED)
_WORD = re.compile(rf"[^\s{SEPARATORS}]+")
_BLANKS = re.compile(f"[{re.escape(BLANK)}]*")
_STOPS = re.compile(f"[{STOPS}{COLONS}]*(?=[\\s{SEPARATORS}]|$)")
#: Signs behind a name or a value that are no part of it.
_BEHIND = f"{STOPS}{COLONS})]}}\"'”’»"
_LENGTH = re.compile(r"[0-9]+ ?(?:s|secs?|seconds?)")
#: So many words can be one value ("kling video o1", "10 seconds").
_MOST_WORDS = 3


@dataclass(slots=True)
class Flags:
    """The flags of one text.

    `found` is what they say, `unread` (start, end) what is wrong and stays in the prompt, `quoted` (start, end, words)
    what `--prompt` quotes, `dropped` a `--prompt` without quotes, `negatives` the negative prompts without quotes:
    (start of the flag, start of the words, end).
    """

    found: list[Found] = field(default_factory=list)
    unread: list[tuple[int, int]] = field(default_factory=list)
    quoted: list[tuple[int, int, str]] = field(default_factory=list)
    dropped: list[tuple[int, int]] = field(default_factory=list)
    negatives: list[tuple[int, int, int]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def flags_in(text: str, vocabulary: Vocabulary) -> Flags:
    """Every flag of a text with its value."""
    return _Reader(text, vocabulary).read()


class _Reader:
    """Reads one text from left to right, each character a bounded number of times."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self._text, self._vocabulary = text, vocabulary
        self._quotes = Quotes(text)
        self._flags = Flags()
        self._negative: tuple[int, int] | None = None  # without quotes, not ended yet: its flag, its words
        self._quotes_end = -1
        self._told: set[str] = set()

    def read(self) -> Flags:
        at = 0
        while (flag := self._next_flag(at)) is not None:
            at = self._read_one(flag)
        self._end_negative(len(self._text))
        return self._flags

    def _next_flag(self, at: int) -> re.Match[str] | None:
        adjoining = _FLAG_BEHIND_QUOTES.match(self._text, at) if at == self._quotes_end else None
        return adjoining or _FLAG.search(self._text, at)

    def _read_one(self, flag: re.Match[str]) -> int:
        """Read one flag. Returns where to go on."""
        start = flag.start()
        name = flag["name"].rstrip(_BEHIND)
        end = flag.start("name") + len(name)
        bare = plain(name).replace("_", "-") if len(name) <= LONGEST else ""
        if bare in VALUED:
            self._end_negative(start)
            return self._read_valued(start, end, VALUED[bare])
        if self._text.startswith("=", end):
            word = _WORD.match(self._text, end + 1)
            value = word[0].rstrip(_BEHIND) if word else ""
            end += 1 + len(value)
            meaning = switched(bare, value) if len(value) <= LONGEST else None
        else:
            meaning = self._vocabulary.flag(name)
        if meaning is None and flag["dashes"] != "--":
            return flag.end("dashes")  # a dash of prose
        self._end_negative(start)
        if meaning is None:
            typed = self._text[start:end]
            is_length = len(bare) > 0 and _LENGTH.fullmatch(bare) is not None
            return self._wrong(start, end, no_duration(typed) if is_length else self._unknown(typed))
        return self._found(start, end, meaning)

    def _read_valued(self, start: int, name_end: int, option: str) -> int:
        """Read the value of a flag that takes one."""
        typed = self._text[start:name_end]
        at = name_end + (self._text[name_end : name_end + 1] in (*COLONS, "="))
        at = self._skip_blanks(at)
        in_quotes = self._quotes.at(at)
        self._quotes_end = -1 if in_quotes is None else in_quotes[1]
        if in_quotes is not None and not in_quotes[0].strip() and option != "prompt":
            return self._wrong(start, in_quotes[1], without_value(option, typed))
        if in_quotes is None and (self._text[at : at + 1] in ("", *SEPARATORS) or self._is_flag(at)):
            return self._wrong(start, name_end, without_value(option, typed))
        if option == "prompt":
            if in_quotes is None:
                self._flags.dropped.append((start, at))
                return at
            self._flags.quoted.append((start, in_quotes[1], in_quotes[0]))
            return in_quotes[1]
        if option == "negative_prompt" and in_quotes is None:
            self._negative = (start, at)
            return at
        words, end = in_quotes or self._words(option, at)
        value = words if option == "negative_prompt" else self._vocabulary.value(option, words)
        if value is None:
            return self._wrong(start, end, no_duration(words))
        return self._found(start, end, (option, value))

    def _words(self, option: str, at: int) -> tuple[str, int]:
        """The value without quotes: one word, or as many as are one name ("kling video o1") or one length."""
        ends: list[int] = []
        place = at
        while len(ends) < _MOST_WORDS and (word := _WORD.match(self._text, place)) is not None:
            if ends and self._is_flag(place):
                break
            ends.append(place + len(word[0].rstrip(_BEHIND)))
            place = self._skip_blanks(word.end())
            if ends[-1] != word.end():
                break
        for end in reversed(ends[1:]):
            words = self._text[at:end]
            if len(words) <= LONGEST and self._vocabulary.knows(option, words):
                return words, end
        return self._text[at : ends[0]], ends[0]

    def _skip_blanks(self, at: int) -> int:
        blanks = _BLANKS.match(self._text, at)
        return at if blanks is None else blanks.end()

    def _is_flag(self, at: int) -> bool:
        flag = _FLAG.match(self._text, at)
        return flag is not None and (flag["dashes"] == "--" or self._is_known(flag["name"].rstrip(_BEHIND)))

    def _is_known(self, name: str) -> bool:
        return len(name) <= LONGEST and (
            plain(name).replace("_", "-") in VALUED or self._vocabulary.flag(name) is not None
        )

    def _found(self, start: int, end: int, meaning: Meaning) -> int:
        stops = _STOPS.match(self._text, end)
        self._flags.found.append(
            Found(start, end if stops is None else stops.end(), Said(*meaning, self._text[start:end]))
        )
        return end

    def _wrong(self, start: int, end: int, problem: Problem | None) -> int:
        self._flags.unread.append((start, end))
        if problem is not None and len(self._flags.problems) < MOST_PROBLEMS:
            self._flags.problems.append(problem)
        return end

    def _unknown(self, typed: str) -> Problem | None:
        """Each unknown flag once."""
        if typed in self._told or len(self._flags.problems) >= MOST_PROBLEMS:
            return None
        self._told.add(typed)
        return unknown_flag(typed, self._vocabulary.flags())

    def _end_negative(self, before: int) -> None:
        """A negative prompt without quotes ends at the next flag, or at the end of its clause."""
        if self._negative is None:
            return
        start, words = self._negative
        stop = END.search(self._text, words, before)
        end = before if stop is None else stop.start()
        end -= len(self._text[words:end]) - len(self._text[words:end].rstrip(BLANK + SEPARATORS))
        self._flags.negatives.append((start, words, end))
        self._negative = None
