"""Pieces of a card as Discord's markdown. What people typed is shown as typed: it formats, links and mentions nothing.

Lengths are UTF-16 code units: Discord does not say which unit it counts, and no other one gives a greater number.
"""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote as percent_encoded

from rich.cells import split_graphemes

from adapters.cards.card import Link, Look, Moment, Person, Piece, Said, Words

ELLIPSIS = "…"
#: Put behind every @, it keeps a mention from being one; nobody sees it.
NO_MENTION = "\u200b"
#: What formats, links, quotes or mentions wherever it stands. A backslash takes the meaning from any punctuation mark.
_MARKS = frozenset("\\`*_~|[]<>")
#: In people's text also the colon: without it no :emoji: and no address that becomes a link by itself.
_MARKS_SAID = _MARKS | {":"}
#: What begins a heading, small print or an entry of a list; only at the beginning of a line.
_LINE_START = re.compile(r"\s*(?:[#+-]|\d+[.)])")
#: Characters that turn the direction of what follows, control characters, and halves of characters.
_UNSEEN = re.compile("[\ud800-\udfff\u202a-\u202e\u2066-\u2069\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f]")
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
#: Everything a link's address may hold as it stands: no bracket, space or quotation mark, which would end it.
_URL_SAFE = "%/:?#@!$&'*+,;=-._~"


def units(text: str) -> int:
    """The length of a text as Discord may count it: UTF-16 code units."""
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def clusters(text: str) -> Iterator[str]:
    """The characters as people see them: a letter with its accents, an emoji of many parts, a flag of two letters."""
    spans, _ = split_graphemes(text)
    half_flag = ""
    for start, end, _width in spans:
        cluster = text[start:end]
        if half_flag:
            both, half_flag = half_flag + cluster, ""
            if ord(cluster[0]) in _FLAG_LETTERS:
                yield both
                continue
            yield both[0]
        if len(cluster) == 1 and ord(cluster) in _FLAG_LETTERS:
            half_flag = cluster
        else:
            yield cluster
    if half_flag:
        yield half_flag


def atoms(text: str, new_line: str = " ") -> list[str]:
    """What a person typed as escaped parts, none of which may be cut; `new_line` stands for its line breaks."""
    parts: list[str] = []
    for typed in _typed_lines(text):
        if parts:
            parts.append(new_line)
        start = _LINE_START.match(typed)
        mark = start.end() - 1 if start else None
        position = 0
        for cluster in clusters(typed):
            escaped = "".join(_escaped(char, _MARKS_SAID) for char in cluster)
            parts.append(f"\\{escaped}" if position == mark else escaped)
            position += len(cluster)
    return parts


def cut(parts: Sequence[str], most: int) -> str:
    """The parts as one text of at most `most` units; cut between two parts, with an ellipsis, where it has to be."""
    if sum(units(part) for part in parts) <= most:
        return "".join(parts)
    room = most - units(ELLIPSIS)
    kept: list[str] = []
    for part in parts:
        room -= units(part)
        if room < 0:
            break
        kept.append(part)
    while kept and (kept[-1].isspace() or "\n" in kept[-1]):
        kept.pop()
    return "".join(kept) + ELLIPSIS if most >= units(ELLIPSIS) else ""


def marked_up(piece: Piece) -> str:
    """A piece as markdown, whole."""
    match piece:
        case Words(text, look):
            return _words(text, look)
        case Said(text):
            return "".join(atoms(text))
        case Link(label, url):
            return _link(label, url)
        case Person(user):
            return f"<@{user}>" if user.isascii() and user.isdigit() else own(f"@{user}")
        case Moment(at, _):
            return f"<t:{int(at)}:f>"  # Discord shows it in the reader's own time zone and language


def own(text: str) -> str:
    """Our own words: they format nothing by themselves either."""
    return "".join(_escaped(char, _MARKS) for char in text.replace("\n", " "))


def _words(text: str, look: Look) -> str:
    if look is not Look.CODE:
        text = text.replace("workspace", "server").replace("Workspace", "Server")  # what Discord calls it
    bare = text.strip()
    if look is Look.PLAIN or not bare:
        return own(text)
    # A mark beside a space is none.
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    if look is Look.STRONG:
        return f"{before}**{own(bare)}**{after}"
    code = " ".join(bare.split()).replace("@", f"@{NO_MENTION}")
    return f"{before}`` {code} ``{after}" if "`" in code else f"{before}`{code}`{after}"


def _link(label: str, url: str) -> str:
    if not url.startswith(("http://", "https://")):  # Discord links no other
        return own(label)
    return f"[{own(label)}]({percent_encoded(url, safe=_URL_SAFE)})"


def _typed_lines(text: str) -> list[str]:
    lines = (_UNSEEN.sub("", typed).expandtabs(4).rstrip() for typed in text.splitlines())
    return [typed for typed in lines if typed]


def _escaped(char: str, marks: frozenset[str]) -> str:
    if char == "@":
        return char + NO_MENTION
    return f"\\{char}" if char in marks else char
