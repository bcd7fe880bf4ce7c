"""A card as a message of Slack's Block Kit: rich text, small print, buttons, and the text that is read aloud."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from adapters.cards.card import Button, Card, Line, Link, LinkButton, Person, Said, Shape, Table, Weight, line, small
from adapters.slack.fitting import fitted
from adapters.slack.markup import Element, Naming, aloud, cut, element, escaped, is_link, mrkdwn, units

Block = dict[str, Any]

# https://docs.slack.dev/reference/block-kit/blocks and .../block-elements
BLOCKS = 50  # in a message
TEXT = 3000  # of a text object
HEADER = 150
BUTTON_TEXT = 75
BUTTON_VALUE = 2000
ACTION_ID = 255
ALT = 2000  # alt_text of an image
ACTIONS = 25  # elements of an actions block
#: All text of a message. Slack documents no limit; people met `msg_blocks_too_long` from 11,300 characters on
#: (github.com/slackapi/bolt-js issues 2509 and 2867).
BUDGET = 9000
ALOUD = 3000  # of the message's own text; chat.update takes 4,000
_MOST_ACTIONS = 4  # actions blocks
_PLACES = BLOCKS - _MOST_ACTIONS - 1  # blocks of the body

_STYLES = {Weight.MAIN: "primary", Weight.DANGER: "danger"}


@dataclass(frozen=True, slots=True)
class LaidOut:
    """What `chat.postMessage` and its kin take."""

    text: str
    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that Slack has, by the id of its file, and its words."""

    file: str
    alt: str


def laid_out(
    card: Card, *, names: Mapping[str, str] | None = None, file: Link | None = None, image: Image | None = None
) -> LaidOut:
    """The card as a message.

    `names`: what people are called (by `Requester.user`) who are named and not notified; None mentions everybody the
    card names, for replies only one person sees. `file`: a file of Slack's own that goes along with the message.
    `image`: one that is shown below the words.
    """
    naming = Naming(card.notify, names)
    body = _body(card)
    if file is not None:
        body.append(small(file))
    shown = [] if image is None else [_image(image)]
    return LaidOut(_aloud(body, naming), [*_body_blocks(body, naming), *shown, *_actions(card.buttons)])


def _image(image: Image) -> Block:
    """https://docs.slack.dev/reference/block-kit/composition-objects/slack-file-object"""
    return {"type": "image", "slack_file": {"id": image.file}, "alt_text": cut(image.alt, ALT)}


def action_id(button: Button) -> str:
    """The id of a button: "v1:again:K3X9"."""
    return f"v1:{button.verb}:{button.subject}"


def plain(text: str, most: int) -> dict[str, Any]:
    """A plain text object of at most `most` characters."""
    return {"type": "plain_text", "text": escaped(cut(text, most)), "emoji": False}


def _body(card: Card) -> list[Line | Table]:
    """The card's lines; with the person to notify named, who is notified only by that."""
    body = list(card.body)
    pieces = (piece for part in body if isinstance(part, Line) for piece in part.pieces)
    if card.notify and Person(card.notify) not in pieces:
        body.insert(0, line(Person(card.notify)))
    return body


def _aloud(body: Sequence[Line | Table], naming: Naming) -> str:
    lines = ("".join(aloud(piece, naming) for piece in each.pieces).strip() for each in fitted(body, ALOUD))
    return "\n".join(words for words in lines if words) or "…"


def _body_blocks(body: Sequence[Line | Table], naming: Naming) -> list[Block]:
    lines = fitted(body, BUDGET)
    blocks = list(_blocks(lines, naming, with_small_print=True))
    if len(blocks) > _PLACES:  # small print is a block of its own wherever it stands
        blocks = list(_blocks(lines, naming, with_small_print=False))
    return blocks[:_PLACES]


def _blocks(lines: Sequence[Line], naming: Naming, *, with_small_print: bool) -> Iterator[Block]:
    def kind(each: Line) -> str:
        if each.shape is Shape.TITLE:
            return "header"
        return "context" if with_small_print and _is_small_print(each, naming) else "rich_text"

    for block, group in groupby(lines, kind):
        match block:
            case "header":
                yield from _headers(group, naming)
            case "context":
                yield from _contexts(group, naming)
            case _:
                elements = list(_paragraphs(list(group), naming))
                if elements:
                    yield {"type": "rich_text", "elements": elements}


def _headers(lines: Iterator[Line], naming: Naming) -> Iterator[Block]:
    for each in lines:
        words = "".join(_shown(piece) for each_piece in each.pieces if (piece := element(each_piece, naming)))
        if words.strip():
            yield {"type": "header", "text": plain(" ".join(words.split()), HEADER)}


def _shown(piece: Element) -> str:
    return str(piece.get("text") or piece.get("fallback") or "")


def _is_small_print(each: Line, naming: Naming) -> bool:
    """Small print is mrkdwn, which cannot hold what people typed."""
    if each.shape is not Shape.SMALL or any(isinstance(piece, Said) for piece in each.pieces):
        return False
    return 0 < units(_mrkdwn(each, naming).strip()) <= TEXT


def _mrkdwn(each: Line, naming: Naming) -> str:
    return "".join(mrkdwn(piece, naming) for piece in each.pieces if not isinstance(piece, Said))


def _contexts(lines: Iterator[Line], naming: Naming) -> Iterator[Block]:
    text = ""
    for each in lines:
        words = _mrkdwn(each, naming).strip()
        if text and len(text) + 1 + len(words) > TEXT:
            yield _context(text)
            text = ""
        text = f"{text}\n{words}" if text else words
    yield _context(text)


def _context(text: str) -> Block:
    # verbatim: nothing in it becomes a link or a mention by itself.
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def _paragraphs(lines: Sequence[Line], naming: Naming) -> Iterator[Element]:
    """Lines as the parts of one block of rich text: lists, quotations, and runs of other lines."""

    def kind(each: Line) -> Shape:
        return each.shape if each.shape in (Shape.QUOTE, Shape.POINT) else Shape.TEXT

    for shape, group in groupby(lines, kind):
        rows = [row for each in group if (row := _elements(each, naming))]
        if not rows:
            continue
        match shape:
            case Shape.POINT:
                entries = [{"type": "rich_text_section", "elements": row} for row in rows]
                yield {"type": "rich_text_list", "style": "bullet", "elements": entries}
            case Shape.QUOTE:
                yield from ({"type": "rich_text_quote", "elements": row} for row in rows)
            case _:
                yield {"type": "rich_text_section", "elements": _joined(rows)}


def _elements(each: Line, naming: Naming) -> list[Element]:
    found = [shown for piece in each.pieces if (shown := element(piece, naming)) is not None]
    return found if any(shown["type"] != "text" or shown["text"].strip() for shown in found) else []


def _joined(rows: Sequence[list[Element]]) -> list[Element]:
    joined: list[Element] = []
    for row in rows:
        if joined:
            joined.append({"type": "text", "text": "\n"})
        joined += row
    return joined


def _actions(buttons: Sequence[Button | LinkButton]) -> list[Block]:
    elements: dict[str, Element] = {}  # Slack refuses an action_id that is there twice
    for button in buttons:
        if isinstance(button, Button):
            elements.setdefault(action_id(button), _button(button))
        elif is_link(button.url):
            # A press of a link is reported, too: it has to be acknowledged, and does nothing else.
            name = f"v1:link:{len(elements)}"
            shown = {"type": "button", "text": plain(button.label, BUTTON_TEXT), "action_id": name, "url": button.url}
            elements.setdefault(name, shown)
    shown_ones = list(elements.values())[: ACTIONS * _MOST_ACTIONS]
    firsts = range(0, len(shown_ones), ACTIONS)
    return [{"type": "actions", "elements": shown_ones[first : first + ACTIONS]} for first in firsts]


def _button(button: Button) -> Element:
    shown: Element = {
        "type": "button",
        "text": plain(button.label, BUTTON_TEXT),
        "action_id": action_id(button)[:ACTION_ID],
        "value": button.subject[:BUTTON_VALUE],
    }
    style = _STYLES.get(button.weight)
    return shown if style is None else {**shown, "style": style}
