"""A chat command of the pages, taken apart as the chat's client does."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

SUBCOMMAND, GROUP, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, NUMBER = 1, 2, 4, 5, 6, 7, 8, 10


def discord_command(text: str, commands: Sequence[Mapping[str, Any]]) -> tuple[str, dict[str, str], Mapping[str, Any]]:
    """The path ("video-admin quota set"), the options as they were typed, and the command as it is registered. Raises
    AssertionError for what there is not."""
    words = text.removeprefix("/").split(" ")
    node = next((one for one in commands if one["name"] == words[0]), None)
    assert node is not None, f"there is no command /{words[0]}"
    path = words[:1]
    while (inner := _inner(node, words[len(path) :])) is not None:
        node = inner
        path.append(inner["name"])
    rest = " ".join(words[len(path) :])
    names = [option["name"] for option in node.get("options") or []]
    parts = re.split(rf"(?:^| )({'|'.join(map(re.escape, names))}): ?", rest) if names else [rest]
    assert not parts[0].strip(), f"{text}: {parts[0]!r} is no option of {names}"
    return " ".join(path), dict(zip(parts[1::2], (value.strip() for value in parts[2::2]), strict=True)), node


def value_of(option: Mapping[str, Any], typed: str, named: Mapping[str, Any]) -> Any:
    """What the client sends for what was typed. `named`: people, channels and roles by "@name" and "#name"."""
    for choice in option.get("choices") or []:
        if choice["name"] == typed:
            return choice["value"]
    assert not option.get("choices"), f"{typed!r} is none of {[choice['name'] for choice in option['choices']]}"
    kind = option["type"]
    if kind in (USER, CHANNEL, ROLE):
        return named[typed]
    if kind == BOOLEAN:
        return {"True": True, "False": False}[typed]
    return int(typed) if kind == INTEGER else float(typed) if kind == NUMBER else typed


def _inner(node: Mapping[str, Any], words: Sequence[str]) -> Mapping[str, Any] | None:
    inner = [one for one in node.get("options") or [] if one["type"] in (SUBCOMMAND, GROUP)]
    return next((one for one in inner if words and one["name"] == words[0]), None)


def slack_text(text: str, named: Mapping[str, str]) -> str:
    """What Slack sends for what was typed: mentions by their ids."""
    return re.sub(r"(?<!\S)[@#][a-z]+", lambda name: named[name[0]], text)
