"""Reading component trees: https://docs.discord.com/developers/components/reference"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SELECTS = {3, 5, 6, 7, 8}
SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 9, 10, 11, 12, 13, 14, 17, 18
FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 19, 21, 22, 23
V2_KINDS = {SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER}
LINK_STYLE = 5


@dataclass(frozen=True)
class Button:
    """A button as people see it; `component` is its number in the message."""

    label: str
    custom_id: str | None
    url: str | None = None
    disabled: bool = False
    style: int = 2
    component: int = 0


def walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every component, parents first."""
    for part in components:
        yield part
        yield from walk(part.get("components") or [])
        for single in ("accessory", "component"):
            if isinstance(part.get(single), dict):
                yield from walk([part[single]])


def buttons(components: list[dict[str, Any]]) -> list[Button]:
    """All buttons, in order."""
    return [
        Button(
            part.get("label") or (part.get("emoji") or {}).get("name") or "",
            part.get("custom_id"),
            part.get("url"),
            bool(part.get("disabled")),
            part.get("style", 2),
            part.get("id", 0),
        )
        for part in walk(components)
        if part["type"] == BUTTON
    ]


def texts(components: list[dict[str, Any]]) -> list[str]:
    """The text of all text displays, in order."""
    return [part["content"] for part in walk(components) if part["type"] == TEXT_DISPLAY]


def medias(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Everything that shows a file, each as a dict with `media`, and maybe `description` and `spoiler`."""
    found: list[dict[str, Any]] = []
    for part in walk(components):
        if part["type"] == GALLERY:
            found += part.get("items") or []
        elif part["type"] == THUMBNAIL:
            found.append(part)
        elif part["type"] == FILE:
            found.append({**part, "media": part["file"]})
    return found


def numbered(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The components with a number each, as Discord gives them where none was sent (changed in place)."""
    taken = {part["id"] for part in walk(components) if part.get("id")}
    number = 0
    for part in walk(components):
        if not part.get("id"):
            number += 1
            while number in taken:
                number += 1
            part["id"] = number
    return components
