"""A message without a platform: lines of pieces, tables, buttons. Each platform lays it out its own way.

What people typed is always a `Said`, so that a platform knows what to escape and what it may cut.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from adapters.charts.chart import Chart


class Look(StrEnum):
    """How words stand out."""

    PLAIN = "plain"
    STRONG = "strong"
    CODE = "code"


class Shape(StrEnum):
    """What a line is."""

    TEXT = "text"
    TITLE = "title"
    SMALL = "small"
    QUOTE = "quote"
    POINT = "point"


class Tone(StrEnum):
    """How the news is; a platform may colour the card by it."""

    NEUTRAL = "neutral"
    WORKING = "working"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


class Verb(StrEnum):
    """What a button does. The first group is pressed on a job, the second on a draft, the third by admins, the last is
    about a person."""

    AGAIN = "again"
    EDIT = "edit"
    EXTEND = "extend"
    DELETE = "delete"
    CANCEL = "cancel"
    DELETE_SURE = "delete-sure"
    CANCEL_SURE = "cancel-sure"

    START = "start"
    FORM = "form"

    RESOLVE_BILLED = "resolve-billed"
    RESOLVE_NOT_CREATED = "resolve-not-created"
    RESOLVE_AGAIN = "resolve-again"
    APPROVE = "approve"
    DECLINE = "decline"
    GATEWAY_USE = "gateway-use"
    GATEWAY_START = "gateway-start"
    GATEWAY_STOP = "gateway-stop"

    FORGET = "forget"
    FORGET_SURE = "forget-sure"


class Weight(StrEnum):
    """How a button stands out."""

    MAIN = "main"
    QUIET = "quiet"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Words:
    """Our own words."""

    text: str
    look: Look = Look.PLAIN


@dataclass(frozen=True, slots=True)
class Said:
    """What a person typed (or a gateway wrote): escaped, mentions nobody, and cut first when there is no room."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link with our own label; the address is never a person's."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the card's own platform, by `Requester.user`. Notified only when the platform is told so."""

    user: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment (epoch seconds), shown in the reader's own time where the platform can; `words` where it cannot."""

    at: float
    words: str


Piece = Words | Said | Link | Person | Moment


@dataclass(frozen=True, slots=True)
class Line:
    """One line (or paragraph) of a card."""

    pieces: tuple[Piece, ...]
    shape: Shape = Shape.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of short cells under a header. No cell holds what a person typed."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Button:
    """A button; `subject` is the id of the job or draft (or the gateway) it is about, at most 40 characters."""

    label: str
    verb: Verb
    subject: str
    weight: Weight = Weight.QUIET


@dataclass(frozen=True, slots=True)
class LinkButton:
    """A button that leads to a web address."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Card:
    """One message. `notify`: the person (`Requester.user`) who is to be notified, if anybody.

    `chart`: numbers that are shown as a picture, too. The platform draws it, because the platform knows what people are
    called; everything in it is in words beside it.
    """

    body: tuple[Line | Table, ...]
    buttons: tuple[Button | LinkButton, ...] = ()
    tone: Tone = Tone.NEUTRAL
    notify: str | None = None
    chart: Chart | None = None

    def plus(self, *more: Line | Table) -> "Card":
        """The card with more lines below."""
        return replace(self, body=(*self.body, *more))


def line(*pieces: Piece | str, shape: Shape = Shape.TEXT) -> Line:
    """A line; a bare string is our own words."""
    return Line(tuple(Words(piece) if isinstance(piece, str) else piece for piece in pieces), shape)


def title(text: str) -> Line:
    """A heading."""
    return line(Words(text), shape=Shape.TITLE)


def small(*pieces: Piece | str) -> Line:
    """A line in small print."""
    return line(*pieces, shape=Shape.SMALL)


def quote(text: str) -> Line:
    """What a person typed, as a quotation."""
    return line(Said(text), shape=Shape.QUOTE)


def point(*pieces: Piece | str) -> Line:
    """One entry of a list."""
    return line(*pieces, shape=Shape.POINT)


def plain(card: Card) -> str:
    """The card as plain text, unescaped: for logs of tests, fallbacks and screen readers."""
    return "\n".join(_plain_lines(card))


def _plain_lines(card: Card) -> Iterator[str]:
    for part in card.body:
        if isinstance(part, Table):
            yield " | ".join(part.header)
            yield from (" | ".join(row) for row in part.rows)
        else:
            yield "".join(_plain_piece(piece) for piece in part.pieces)


def _plain_piece(piece: Piece) -> str:
    match piece:
        case Words(text) | Said(text):
            return text
        case Link(label, url):
            return f"{label}: {url}"
        case Person(user):
            return f"@{user}"
        case Moment(_, words):
            return words
