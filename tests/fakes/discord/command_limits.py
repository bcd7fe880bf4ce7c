"""Limits of application commands.

https://docs.discord.com/developers/interactions/application-commands#application-command-object
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

Problem = tuple[str, str]
MOST = {1: 100, 2: 15, 3: 15}  # commands of one type in one place
TOTAL = 8000
NAME = re.compile(r"[-_'\w]{1,32}")
SUBCOMMAND, GROUP = 1, 2
STRING, INTEGER, NUMBER = 3, 4, 10


def problems(body: Any) -> Iterator[Problem]:
    """What is wrong with one command, or with all of a place."""
    commands = body if isinstance(body, list) else [body]
    for kind, most in MOST.items():
        names = [command.get("name") for command in commands if (command.get("type") or 1) == kind]
        if len(names) > most:
            yield "", f"{len(names)} commands of type {kind}, {most} are allowed"
        for name, times in Counter(names).items():
            if times > 1:
                yield "", f"Application command names must be unique: {name!r}"
    for index, command in enumerate(commands):
        yield from _command(command, str(index) if isinstance(body, list) else "command")


def _command(command: dict[str, Any], place: str) -> Iterator[Problem]:
    name = command.get("name") or ""
    if (command.get("type") or 1) == 1:
        yield from _name(name, place)
        yield from _described(command, place)
    else:
        if not 1 <= len(name) <= 32:
            yield f"{place}.name", f"{len(name)} characters, must be 1 to 32 in length."
        if command.get("description") or command.get("options"):
            yield place, "a context menu has no description and no options"
    size = _size(command)
    if size > TOTAL:
        yield place, f"{size} characters of names, descriptions and values in all, {TOTAL} are allowed"
    yield from _options(command.get("options") or [], place)


def _name(name: str, place: str) -> Iterator[Problem]:
    if not NAME.fullmatch(name) or name != name.lower():
        yield f"{place}.name", f"{name!r} must be 1 to 32 lower-case letters, digits, - or _"


def _described(thing: dict[str, Any], place: str) -> Iterator[Problem]:
    said = [thing.get("description") or "", *(thing.get("description_localizations") or {}).values()]
    for text in said:
        if not 1 <= len(text) <= 100:
            yield f"{place}.description", f"{len(text)} characters, must be 1 to 100 in length."
    for name in (thing.get("name_localizations") or {}).values():
        yield from _name(name, f"{place}.name_localizations")


def _options(options: list[dict[str, Any]], place: str) -> Iterator[Problem]:
    if len(options) > 25:
        yield f"{place}.options", f"{len(options)} options, 25 are allowed"
    for name, times in Counter(option.get("name") for option in options).items():
        if times > 1:
            yield f"{place}.options", f"Option names must be unique: {name!r}"
    optional_seen = False
    nested = [option.get("type") in (SUBCOMMAND, GROUP) for option in options]
    if any(nested) and not all(nested):
        yield f"{place}.options", "subcommands and other options cannot be mixed"
    for option in options:
        here = f"{place}.{option.get('name')}"
        yield from _name(option.get("name") or "", here)
        yield from _described(option, here)
        if option.get("type") in (SUBCOMMAND, GROUP):
            yield from _options(option.get("options") or [], here)
            continue
        if option.get("required") and optional_seen:
            yield here, "Required options must be placed before non-required options"
        optional_seen = optional_seen or not option.get("required")
        yield from _choices(option, here)


def _choices(option: dict[str, Any], place: str) -> Iterator[Problem]:
    choices = option.get("choices") or []
    if choices and option.get("autocomplete"):
        yield place, "choices and autocomplete exclude each other"
    if len(choices) > 25:
        yield place, f"{len(choices)} choices, 25 are allowed"
    for choice in choices:
        if not 1 <= len(choice.get("name") or "") <= 100:
            yield place, f"the choice {choice.get('name')!r} must be 1 to 100 in length."
        if isinstance(choice.get("value"), str) and len(choice["value"]) > 100:
            yield place, f"the value of {choice.get('name')!r} is above 100 in length"
    for key in ("name", "value"):
        for value, times in Counter(choice.get(key) for choice in choices).items():
            if times > 1:
                yield place, f"the choice {key} {value!r} is there twice"
    if option.get("autocomplete") and option.get("type") not in (STRING, INTEGER, NUMBER):
        yield place, "only strings, integers and numbers can be autocompleted"


def _size(thing: dict[str, Any]) -> int:
    """Name, description and choice values, the longest localization of each."""
    size = 0
    for key in ("name", "description"):
        spellings = [thing.get(key) or "", *(thing.get(f"{key}_localizations") or {}).values()]
        size += max(len(text) for text in spellings)
    size += sum(
        len(str(choice.get("value", ""))) + len(choice.get("name") or "") for choice in thing.get("choices") or []
    )
    return size + sum(_size(option) for option in thing.get("options") or [])
