"""What is left of a text when pieces are taken out of it, with commas and blanks as a person would have typed them."""

from collections.abc import Iterable

from bot.generation.grammar.marks import BLANK, ENDS, SEPARATORS

#: No blank is put in front of these.
_CLOSING = f"{SEPARATORS}.!?…)]}}»”"


def without(text: str, cuts: Iterable[tuple[int, int]], start: int = 0, end: int | None = None) -> str:
    """`text[start:end]` without the `cuts` (start, end; they may lie in one another), stripped of blanks.

    What is typed elsewhere stays as it is, double blanks and all. Where two separators meet, the stronger one stays,
    so that what were two clauses are two clauses still.
    """
    end = len(text) if end is None else end
    pieces, at = [], start
    for cut_start, cut_end in sorted(cuts):
        if cut_end <= at or cut_start >= end:
            continue
        pieces.append(text[at : max(at, cut_start)])
        at = min(cut_end, end)
    pieces.append(text[at:end])
    left = pieces[0]
    for number, right in enumerate(pieces[1:], start=2):
        left = _joined(left, right, is_last=number == len(pieces))
    return left.strip()


def _joined(left: str, right: str, *, is_last: bool) -> str:
    left, right = left.rstrip(BLANK), right.lstrip(BLANK)
    if not left:
        return right.lstrip(BLANK + SEPARATORS)
    if is_last and not right.strip(BLANK + SEPARATORS):
        return left.rstrip(BLANK + SEPARATORS)
    if right and left[-1] in SEPARATORS and right[0] in SEPARATORS:
        if right[0] in ENDS and left[-1] not in ENDS:
            left = left[:-1].rstrip(BLANK)
        else:
            right = right[1:].lstrip(BLANK)
    if not left or not right or right[0] in _CLOSING or left[-1] in "\n\r\u2028\u2029":
        return left + right
    return f"{left} {right}"
