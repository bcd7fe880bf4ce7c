"""The pages for people, read as Markdown: fenced blocks, code in a line, headings, links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^( *)```(\S*)\s*$")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_HEADING = re.compile(r"^#+ +(.+?)\s*$")
_LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_NO_ANCHOR = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: the page's path, the line (from 1), the heading above it, and, in a table, the first cell
    of its row."""

    page: str
    line: int
    heading: str = ""
    row: str = ""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block."""

    language: str
    lines: tuple[str, ...]
    at: Place


@dataclass(frozen=True, slots=True)
class Code:
    """Code within a line."""

    text: str
    at: Place


@dataclass(frozen=True, slots=True)
class Page:
    """One page, taken apart."""

    path: str
    blocks: tuple[Block, ...]
    codes: tuple[Code, ...]
    headings: tuple[str, ...]
    links: tuple[tuple[str, Place], ...]

    @property
    def anchors(self) -> frozenset[str]:
        """What a link may name behind `#`."""
        return frozenset(anchor(heading) for heading in self.headings)


def pages() -> list[Page]:
    """README.md and everything in docs."""
    files = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page_of(path) for path in files]


def page_of(path: Path) -> Page:
    """One page."""
    name = str(path.relative_to(ROOT))
    blocks: list[Block] = []
    codes: list[Code] = []
    headings: list[str] = []
    links: list[tuple[str, Place]] = []
    fenced: list[str] | None = None
    language, begun, heading = "", 0, ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        fence = _FENCE.match(line)
        if fence and fenced is None:
            fenced, language, begun = [], fence[2], number
        elif fence and fenced is not None:
            blocks.append(Block(language, tuple(fenced), Place(name, begun, heading)))
            fenced = None
        elif fenced is not None:
            fenced.append(line)
        else:
            title = _HEADING.match(line)
            if title:
                heading = title[1]
                headings.append(heading)
            at = Place(name, number, heading, _first_cell(line))
            codes += [Code(_unescaped(text, line), at) for text in _codes(line)]
            links += [(target, at) for target in _LINK.findall(_CODE.sub("", line))]
            links += [(target, at) for target in _links_with_code(line)]
    assert fenced is None, f"{name}:{begun}: the block has no end"
    return Page(name, tuple(blocks), tuple(codes), tuple(headings), tuple(dict.fromkeys(links)))


def anchor(heading: str) -> str:
    """What GitHub makes of a heading."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return _NO_ANCHOR.sub("", words.lower()).replace(" ", "-")


def _codes(line: str) -> Iterator[str]:
    for match in _CODE.finditer(line):
        yield match[2].strip() if match[1] == "``" else match[2]


def _links_with_code(line: str) -> list[str]:
    """Links whose words hold code, such as [`a`](b)."""
    return list(_LINK.findall(line.replace("`", "")))


def _first_cell(line: str) -> str:
    return line.strip("|").partition("|")[0].strip() if line.startswith("|") else ""


def _unescaped(text: str, line: str) -> str:
    """In a table a bar is written \\|."""
    return text.replace("\\|", "|") if line.startswith("|") else text
