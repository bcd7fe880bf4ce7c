"""Options in plain words: whole segments between commas, at the beginning or at the end of a text."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from bot.generation.grammar.cutting import without
from bot.generation.grammar.marks import BLANK, COLONS, ENDS, FILLER, SEPARATOR, SEPARATORS
from bot.generation.grammar.said import Found, Meaning, Said
from bot.generation.grammar.vocabulary import LONGEST, Vocabulary

#: What begins a negative prompt, where it begins a segment.
_NEGATIVE = re.compile(rf"(?:no\s+text|without|negative(?:\s+prompt)?|avoid)\s*[{COLONS}]", re.IGNORECASE)
_COLON = re.compile(rf"[{COLONS}](?=\s|$)")


@dataclass(frozen=True, slots=True)
class _Segment:
    """What stands between two separators, without its blanks; `clause` counts the ends before it."""

    start: int
    end: int
    clause: int


class Phrases:
    """Reads one text. `masked` is the text with the flags blanked out, so that every place stays the same."""

    def __init__(self, text: str, masked: str, cuts: Sequence[tuple[int, int]], vocabulary: Vocabulary) -> None:
        self._text, self._masked, self._cuts, self._vocabulary = text, masked, cuts, vocabulary
        self._cut_starts = [start for start, _ in cuts]
        self._told = 0  # so many of `found` belong to what was read before
        self.found: list[Found] = []

    def read(self) -> list[Found]:
        """Everything that is said at the two ends of the text."""
        segments = self._segments(0, len(self._masked))
        self._read_end(self._read_beginning(segments))
        return self.found

    def read_behind(self, start: int, end: int) -> int:
        """Take the options at the end of a negative prompt that stands from `start` to `end`. Returns its new end."""
        segments = self._segments(start, end)
        kept = len(segments)
        while kept > 1 and self._take(segments[kept - 1]):
            kept -= 1
        return segments[kept - 1].end if segments else start

    def _segments(self, start: int, end: int) -> list[_Segment]:
        segments, at, clause = [], start, 0
        for separator in [*SEPARATOR.finditer(self._masked, start, end), None]:
            until = end if separator is None else separator.start()
            words = self._masked[at:until]
            bare = words.strip(BLANK + FILLER)
            if bare:
                first = at + len(words) - len(words.lstrip(BLANK + FILLER))
                segments.append(_Segment(first, first + len(bare), clause))
            at = until + 1
            clause += separator is not None and separator[0] in ENDS
        return segments

    # ------------------------------------------------------------------------------------ the beginning

    def _read_beginning(self, segments: list[_Segment]) -> list[_Segment]:
        """Take what leads the text. Returns the segments that are left."""
        at = 0
        while at < len(segments):
            segment = segments[at]
            if self._take(segment):
                at += 1
            elif self._negative_head(segment) is not None:
                until = at + 1
                while until < len(segments) and segments[until].clause == segment.clause:
                    if self._negative_head(segments[until]) is not None:
                        break
                    until += 1
                kept = until
                while kept > at + 1 and self._take(segments[kept - 1]):
                    kept -= 1
                self._take_negative(segment, segments[until - 1].end)
                at = until
            elif (rest := self._take_before_colon(segment)) is not None:
                segments[at] = rest
                at += rest.start == rest.end
            else:
                break
        return segments[at:]

    def _take_before_colon(self, segment: _Segment) -> _Segment | None:
        """ "v3: a cat": the option before the colon. Returns what stands behind it; None when there is no option."""
        for colon in _COLON.finditer(self._masked, segment.start, segment.end):
            words = self._masked[segment.start : colon.start()].rstrip(BLANK)
            bare = " ".join(words.split())
            if len(bare) > LONGEST:
                return None
            meaning = self._vocabulary.phrase(bare)
            if meaning is not None:
                self._add(meaning, segment.start, segment.start + len(words), colon.end())
                behind = self._masked[colon.end() : segment.end].lstrip(BLANK + FILLER)
                return _Segment(segment.end - len(behind), segment.end, segment.clause)
        return None

    # ------------------------------------------------------------------------------------ the end

    def _read_end(self, segments: Sequence[_Segment]) -> None:
        """Take what ends the text, from the last segment backwards, clause by clause."""
        last = len(segments) - 1
        while last >= 0:
            clause = segments[last].clause
            at = last
            while (
                at >= 0 and segments[at].clause == clause and (self._take(segments[at]) or self._is_style(segments[at]))
            ):
                at -= 1
            if at < 0 or segments[at].clause != clause:
                last = at
                continue
            head = at
            while head >= 0 and segments[head].clause == clause and self._negative_head(segments[head]) is None:
                head -= 1
            if head < 0 or segments[head].clause != clause:
                return
            self._take_negative(segments[head], segments[last].end)
            last = head - 1

    # ------------------------------------------------------------------------------------ one segment

    def _take(self, segment: _Segment) -> bool:
        meaning = self._vocabulary.phrase(self._words(segment))
        if meaning is not None:
            self._add(meaning, segment.start, segment.end)
        return meaning is not None

    def _is_style(self, segment: _Segment) -> bool:
        return self._vocabulary.is_style(self._words(segment))

    def _negative_head(self, segment: _Segment) -> re.Match[str] | None:
        """What begins a negative prompt here; None also where no word stands behind it."""
        head = _NEGATIVE.match(self._masked, segment.start, segment.end)
        return head if head is not None and self._masked[head.end() : segment.end].strip(BLANK + FILLER) else None

    def _take_negative(self, segment: _Segment, end: int) -> None:
        """The negative prompt that `segment` begins, up to `end`, without the options that were taken out of it."""
        head = self._negative_head(segment)
        if head is None:
            return
        cuts = [*self._cuts_in(segment.start, end), *((one.start, one.end) for one in self.found[self._told :])]
        value = without(self._text, cuts, head.end(), end).strip(BLANK + SEPARATORS)
        words = without(self._text, cuts, segment.start, end)
        self.found.append(Found(segment.start, end, Said("negative_prompt", value, words)))
        self._told = len(self.found)

    def _add(self, meaning: Meaning, start: int, end: int, until: int | None = None) -> None:
        words = without(self._text, self._cuts_in(start, end), start, end)
        self.found.append(Found(start, until or end, Said(*meaning, words)))

    def _cuts_in(self, start: int, end: int) -> Sequence[tuple[int, int]]:
        return self._cuts[bisect_left(self._cut_starts, start) : bisect_left(self._cut_starts, end)]

    def _words(self, segment: _Segment) -> str:
        return " ".join(self._masked[segment.start : segment.end].split())
