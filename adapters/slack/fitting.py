"""The body of a card made to fit a message: what people typed is cut first, the longest first; then entries of lists
and tables go, from the end; then lines."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from adapters.cards.card import Line, Link, Look, Moment, Person, Piece, Said, Shape, Table, Words, point, small
from adapters.slack.markup import clean, cut, one_line, units

_LEAST_SAID = 60  # units of a person's text that are worth more than another entry of a list
_PERSON = 40  # units a mention or a name takes at most
_MOMENT = 80  # and a moment


def fitted(body: Sequence[Line | Table], budget: int) -> list[Line]:
    """The body as lines of at most `budget` units together: tables are lists (a phone has no room for columns), and
    what people typed is cleaned and cut."""
    lines = _that_fit([_cleaned(each) for each in _lines(body)], budget)
    room = budget - sum(_fixed(each) for each in lines)
    most = _share(sorted(length for each in lines for length in _said(each)), room)
    return [replace(each, pieces=tuple(_cut(piece, most) for piece in each.pieces)) for each in lines]


def _lines(body: Sequence[Line | Table]) -> Iterator[Line]:
    for part in body:
        if isinstance(part, Table):
            yield from _rows(part)
        else:
            yield part


def _rows(table: Table) -> Iterator[Line]:
    """Each row as an entry: its first cell in front, the others with their header."""
    for first, *others in table.rows:
        cells = (f"{header} {cell}".strip() for header, cell in zip(table.header[1:], others, strict=False) if cell)
        rest = ", ".join(cells)
        yield point(Words(first, Look.STRONG), f": {rest}" if rest else "")


def _cleaned(each: Line) -> Line:
    tidy = clean if each.shape is Shape.QUOTE else one_line
    pieces = (Said(tidy(piece.text)) if isinstance(piece, Said) else piece for piece in each.pieces)
    return replace(each, pieces=tuple(pieces))


def _cut(piece: Piece, most: int) -> Piece:
    return Said(cut(piece.text, most)) if isinstance(piece, Said) else piece


def _said(each: Line) -> list[int]:
    """Units of each text a person typed."""
    return [units(piece.text) for piece in each.pieces if isinstance(piece, Said)]


def _fixed(each: Line) -> int:
    """Units of a line that cannot be saved, with the line break."""
    return 1 + sum(_of_piece(piece) for piece in each.pieces)


def _of_piece(piece: Piece) -> int:
    match piece:
        case Words(text):
            return units(text)
        case Link(label, url):
            return units(label) + units(url)
        case Person():
            return _PERSON
        case Moment(_, words):
            return _MOMENT + units(words)
        case Said():
            return 0


def _least(each: Line) -> int:
    return _fixed(each) + sum(min(length, _LEAST_SAID) for length in _said(each))


def _that_fit(lines: list[Line], budget: int) -> list[Line]:
    """The lines without those that find no room, and a word about how many they are."""
    if sum(map(_least, lines)) <= budget:
        return lines
    kept = list(lines)
    for shapes in ({Shape.POINT}, set(Shape)):
        gone = 0
        for place in range(len(kept) - 1, -1, -1):
            if kept[place].shape not in shapes:
                continue
            del kept[place]
            gone += 1
            more = small(f"… and {gone} more.")
            if sum(map(_least, kept)) + _least(more) <= budget:
                return [*kept[:place], more, *kept[place:]]
    return []


def _share(lengths: Sequence[int], room: int) -> int:
    """How long each text may be at most, so that all of them (sorted, shortest first) have room together."""
    for number, length in enumerate(lengths):
        share = max(0, room) // (len(lengths) - number)
        if length > share:
            return share
        room -= length
    return max(lengths, default=0)
