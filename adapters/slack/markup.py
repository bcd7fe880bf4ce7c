"""Pieces of a card as Slack shows them: elements of rich text, mrkdwn in small print, and the text that is read aloud.

What people typed goes into rich text only: a `text` element there means nothing but its own characters, so it needs no
escaping, mentions nobody, links nothing and formats nothing. mrkdwn has no way to take the meaning from `*`, `_`, `~`
and the backtick (https://docs.slack.dev/messaging/formatting-message-text), so it holds only words of our own.

Lengths are UTF-16 code units of the escaped text, an ampersand counting five: Slack does not say how it counts, and no
other way gives a greater number.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.cells import split_graphemes

from adapters.cards.card import Link, Look, Moment, Person, Piece, Said, Words

Element = dict[str, Any]

ELLIPSIS = "…"
NOBODY = "the person who asked"
#: How a moment is shown, in the reader's own time zone and language
#: (https://docs.slack.dev/messaging/formatting-message-text, "Date formatting").
_MOMENT = "{date_short_pretty} at {time}"
_URL_CHARS = 3000  # of a link's address, as of a button's
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
#: Characters that turn the direction of what follows, and control characters.
_UNSEEN = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f-\x9f]")
_MARKS = re.compile("[*_~`]")
_USER_ID = re.compile(r"[UW][A-Z0-9]{2,}")


@dataclass(frozen=True, slots=True)
class Naming:
    """How people are shown.

    `notify` is mentioned, and so are all others where `names` is None (a private reply notifies nobody); else they are
    called by their names, because on Slack every mention in a new message notifies.
    """

    notify: str | None = None
    names: Mapping[str, str] | None = None

    def mentions(self, user: str) -> str | None:
        """The Slack id to mention for a `Requester.user`; None when the person is called by name."""
        slack_id = user.rpartition(":")[2]
        if not _USER_ID.fullmatch(slack_id):
            return None
        return slack_id if self.names is None or user == self.notify else None

    def name(self, user: str) -> str:
        """What the person is called where they are not mentioned."""
        known = (self.names or {}).get(user, "")
        return _MARKS.sub("", one_line(known)) or NOBODY


def escaped(text: str) -> str:
    """The text with Slack's three control characters as entities: `<!channel>` and `<@U1>` mean nothing any more."""
    return "".join(_ENTITIES.get(char, char) for char in text)


def units(text: str) -> int:
    """The length of a text as Slack may count it at most."""
    shown = escaped(text)
    return len(shown) + sum(1 for char in shown if ord(char) > 0xFFFF)


def clean(text: str) -> str:
    """What a person typed, without characters nobody sees; its line breaks stay."""
    lines = (_UNSEEN.sub("", typed).expandtabs(4).rstrip() for typed in text.splitlines())
    return "\n".join(typed for typed in lines if typed)


def one_line(text: str) -> str:
    """What a person typed, as one line."""
    return " ".join(clean(text).split())


def cut(text: str, most: int) -> str:
    """The text with at most `most` units; where it has to be cut, between two characters as people see them, with an
    ellipsis. Escaping comes after it, so no entity is ever cut."""
    if units(text) <= most:
        return text
    room = most - units(ELLIPSIS)
    if room < 0:
        return ""
    kept: list[str] = []
    for cluster in _clusters(text):
        room -= units(cluster)
        if room < 0:
            break
        kept.append(cluster)
    return "".join(kept).rstrip() + ELLIPSIS


def element(piece: Piece, naming: Naming) -> Element | None:
    """A piece as an element of rich text; None when there is nothing to show."""
    match piece:
        case Words(text, Look.STRONG):
            return _text(text, {"bold": True})
        case Words(text, Look.CODE):
            return _text(text, {"code": True})
        case Words(text) | Said(text):
            return _text(text)
        case Link(label, url):
            return {"type": "link", "url": url, "text": label} if label and is_link(url) else _text(label)
        case Person(user):
            mentioned = naming.mentions(user)
            return {"type": "user", "user_id": mentioned} if mentioned else _text(naming.name(user))
        case Moment(at, words):
            return {"type": "date", "timestamp": int(at), "format": _MOMENT, "fallback": words}


def mrkdwn(piece: Words | Link | Person | Moment, naming: Naming) -> str:
    """A piece of our own as mrkdwn."""
    match piece:
        case Words(text, Look.STRONG) if text.strip():
            return f"*{escaped(text.strip())}*"
        case Words(text, Look.CODE) if text.strip():
            return f"`{escaped(text.strip())}`"
        case Words(text):
            return escaped(text)
        case Link(label, url):
            return f"<{_address(url)}|{escaped(label)}>" if label and is_link(url) else escaped(label)
        case Person(user):
            mentioned = naming.mentions(user)
            return f"<@{mentioned}>" if mentioned else escaped(naming.name(user))
        case Moment(at, words):
            return f"<!date^{int(at)}^{_MOMENT}|{escaped(words)}>"


def aloud(piece: Piece, naming: Naming) -> str:
    """A piece in the message's own text: what screen readers read, what notifications show."""
    match piece:
        case Words(text):
            return escaped(text)
        case Said(text):
            return escaped(one_line(text))
        case Link(label, url):
            return f"{escaped(label)}: {escaped(url)}" if is_link(url) else escaped(label)
        case Moment(_, words):
            return escaped(words)
        case Person():
            return mrkdwn(piece, naming)


def is_link(url: str) -> bool:
    """Whether Slack takes this as the address of a link."""
    return url.startswith(("http://", "https://")) and len(url) <= _URL_CHARS and not re.search(r"[\s<>|]", url)


def _address(url: str) -> str:
    return url.replace("&", "&amp;")


def _text(text: str, style: Mapping[str, bool] | None = None) -> Element | None:
    if not text:
        return None
    return {"type": "text", "text": text} if style is None else {"type": "text", "text": text, "style": dict(style)}


def _clusters(text: str) -> Iterator[str]:
    """The characters as people see them: a letter with its accents, an emoji of many parts."""
    spans, _ = split_graphemes(text)
    for start, end, _width in spans:
        yield text[start:end]
