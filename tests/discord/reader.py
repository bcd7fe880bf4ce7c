"""Read Discord's markdown as people see it: a small reader of its own, written from Discord's help page on markdown,
so that what the adapter escapes can be read back."""

import re
from collections.abc import Iterator
from typing import Any

import discord

#: What Discord shows as something else than the characters themselves, where no backslash stands before it.
_LIVE = re.compile(
    r"""<@[!&]?\d+> | <\#\d+> | <a?:\w+:\d+> | <t:-?\d+(:\w)?> | </[^>]+:\d+> | <id:\w+>
    | @everyone | @here
    | \[[^\]\n]+\]\([^)\s]+\)
    | https?://\S+ | :\w+:
    | \*\*?.+?\*\*? | __?.+?__? | ~~.+?~~ | \|\|.+?\|\| | ``?.+?``?
    | ^\s*(?:\#{1,3}\ |-\#\ |>\ |>>>\ |[-*+]\ |\d+\.\ )
    """,
    re.VERBOSE | re.MULTILINE,
)
_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")


def live(markdown: str) -> list[str]:
    """Every part that Discord would show as a mention, link, emoji or formatting."""
    return [found[0] for found in _LIVE.finditer(_ESCAPED.sub("\ue000", markdown))]


def seen(markdown: str) -> str:
    """The text as people see it, of markdown without anything live: backslashes and unseen characters gone."""
    return _ESCAPED.sub(r"\1", markdown).replace("\u200b", "")


def texts(view: discord.ui.LayoutView) -> list[str]:
    """The markdown of every text of a view."""
    return [item.content for item in view.walk_children() if isinstance(item, discord.ui.TextDisplay)]


def components(view: discord.ui.LayoutView) -> Iterator[dict[str, Any]]:
    """Every component of a view as it is sent."""

    def walk(parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for part in parts:
            yield part
            yield from walk(part.get("components", []))

    return walk(view.to_components())


def length(text: str) -> int:
    """UTF-16 code units, counted by an encoder."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
