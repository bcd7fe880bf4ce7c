"""The body of a card as texts for Discord, together within one budget.

When there is too little room, what people typed is cut first, the longest first; then entries of lists and tables go,
from the end; then lines.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from adapters.cards.card import Line, Look, Said, Shape, Table, Words, line, point
from adapters.discord.markup import atoms, cut, marked_up, units

#: Units of text that one message of Components V2 takes in all
#: (https://docs.discord.com/developers/components/reference, "Text Display").
BUDGET = 4000
#: Texts of one message: with five rows of buttons and a gallery that makes the 40 components it may have.
MOST_TEXTS = 8
_LEAST_SAID = 60  # units of a person's text that are worth more than another entry of a list

_BEFORE = {Shape.TEXT: "", Shape.TITLE: "### ", Shape.SMALL: "-# ", Shape.QUOTE: "> ", Shape.POINT: "- "}


@dataclass(frozen=True, slots=True)
class _Text:
    """One line: fixed texts, and the parts of what people typed, in turn as the card has them."""

    shape: Shape
    runs: tuple[str | tuple[str, ...], ...]

    @property
    def fixed(self) -> int:
        """Units that cannot be saved, with the line break."""
        return units(_BEFORE[self.shape]) + 1 + sum(units(run) for run in self.runs if isinstance(run, str))

    @property
    def said(self) -> list[int]:
        """Units of each text a person typed."""
        return [sum(units(part) for part in run) for run in self.runs if not isinstance(run, str)]

    @property
    def least(self) -> int:
        """Units it needs at least."""
        return self.fixed + sum(min(length, _LEAST_SAID) for length in self.said)

    def text(self, most: int) -> str:
        """The line, with each person's text of at most `most` units."""
        words = "".join(run if isinstance(run, str) else cut(run, most) for run in self.runs).strip()
        return _BEFORE[self.shape] + words if words else ""


def paragraphs(body: Sequence[Line | Table], budget: int = BUDGET) -> list[str]:
    """The texts of a card's body, none empty and at most `budget` units together. A list is a text of its own: what
    follows it would become a part of its last entry."""
    texts = _that_fit([_text(each) for each in lines_of(body)], budget)
    room = budget - sum(text.fixed for text in texts)
    most = _share(sorted(length for text in texts for length in text.said), room)
    found: list[str] = []
    was_list = False
    for text in texts:
        words = text.text(most)
        is_list = text.shape is Shape.POINT
        if not words:
            continue
        if found and (is_list == was_list or len(found) == MOST_TEXTS):
            found[-1] += "\n" + words
        else:
            found.append(words)
        was_list = is_list
    return found


def _share(lengths: Sequence[int], room: int) -> int:
    """How long each text may be at most, so that all of them (sorted, shortest first) have room together."""
    for number, length in enumerate(lengths):
        share = max(0, room) // (len(lengths) - number)
        if length > share:
            return share
        room -= length
    return max(lengths, default=0)


def _that_fit(texts: list[_Text], budget: int) -> list[_Text]:
    """The texts without the entries (then lines) that find no room, and a word about how many those are."""
    if sum(text.least for text in texts) <= budget:
        return texts
    for shapes in ({Shape.POINT}, set(Shape)):
        gone = 0
        for place in range(len(texts) - 1, -1, -1):
            if texts[place].shape not in shapes:
                continue
            del texts[place]
            gone += 1
            more = _text(line(f"… and {gone} more.", shape=Shape.SMALL))
            if sum(text.least for text in texts) + more.least <= budget:
                return [*texts[:place], more, *texts[place:]]
    return []


def _text(each: Line) -> _Text:
    new_line = "\n" + _BEFORE[Shape.QUOTE] if each.shape is Shape.QUOTE else " "
    runs = tuple(
        tuple(atoms(piece.text, new_line)) if isinstance(piece, Said) else marked_up(piece) for piece in each.pieces
    )
    return _Text(each.shape, runs)


def lines_of(body: Iterable[Line | Table]) -> Iterator[Line]:
    """The body without tables: their rows are entries of a list."""
    for part in body:
        if isinstance(part, Table):
            yield from _rows(part)
        else:
            yield part


def _rows(table: Table) -> Iterator[Line]:
    """A phone has no room for columns: each row is an entry, its first cell in front, the others with their header."""
    for row in table.rows:
        first, *others = row
        cells = (f"{header} {cell}".strip() for header, cell in zip(table.header[1:], others, strict=False) if cell)
        rest = ", ".join(cells)
        yield point(Words(first, Look.STRONG), f": {rest}" if rest else "")
