"""A card as JSON text and back, so that an answer stays in the channel over a restart."""

import json
from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any

from adapters.cards.card import (
    Button,
    Card,
    Line,
    Link,
    LinkButton,
    Look,
    Moment,
    Person,
    Said,
    Shape,
    Table,
    Tone,
    Verb,
    Weight,
    Words,
)

_PARTS = {part.__name__: part for part in (Button, Line, Link, LinkButton, Moment, Person, Said, Table, Words)}
_WORDS: Mapping[str, type[StrEnum]] = {"look": Look, "shape": Shape, "tone": Tone, "verb": Verb, "weight": Weight}


def text_of(card: Card) -> str:
    """The card as JSON."""
    return json.dumps(_plain(card), ensure_ascii=False, separators=(",", ":"))


def card_of(text: str) -> Card:
    """The card of `text_of`. Raises ValueError, KeyError, TypeError for anything else."""
    found = json.loads(text)
    found.pop("is")
    return Card(**{name: _value(name, value) for name, value in found.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, str | float | int | None):
        return value
    return {"is": type(value).__name__, **{field.name: _plain(getattr(value, field.name)) for field in fields(value)}}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_value("", one) for one in value)
    if isinstance(value, dict):
        given = {key: _value(key, one) for key, one in value.items() if key != "is"}
        return _PARTS[value["is"]](**given)
    return _WORDS[name](value) if name in _WORDS and value is not None else value
