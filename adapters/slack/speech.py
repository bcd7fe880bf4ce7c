"""What a person said, out of Slack's markup: https://docs.slack.dev/messaging/formatting-message-text"""

import re

_MARK = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


def said(text: str, *, without: str = "") -> str:
    """The text as its writer sees it. `without`: the id of a person (the bot) whose mentions are left out."""
    words = _MARK.sub(lambda mark: _shown(mark, without), text)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        words = words.replace(entity, character)
    return words.strip()


def names(text: str, user: str) -> bool:
    """Whether the text mentions this person."""
    return bool(user) and any(mark[1] == "@" and mark[2] == user for mark in _MARK.finditer(text))


def _shown(mark: re.Match[str], without: str) -> str:
    kind, what, label = mark[1], mark[2], mark[3]
    match kind:
        case "@":
            return " " if what == without else f"@{label or what}"
        case "#":
            return f"#{label or what}"
        case "!":
            return label or f"@{what.partition('^')[0]}"
    return label or what
