"""Discord's limits that its OpenAPI description does not say.

https://docs.discord.com/developers/resources/message#limits,
https://docs.discord.com/developers/components/reference,
https://docs.discord.com/developers/interactions/application-commands
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from tests.fakes.discord import command_limits
from tests.fakes.discord import interactions as kinds
from tests.fakes.discord.components import (
    BUTTON,
    CONTAINER,
    FILE,
    FILE_UPLOAD,
    GALLERY,
    LABEL,
    LINK_STYLE,
    ROW,
    SECTION,
    SELECTS,
    TEXT_DISPLAY,
    TEXT_INPUT,
    V2_KINDS,
    walk,
)
from tests.fakes.discord.messages import COMPONENTS_V2, EPHEMERAL, SUPPRESS_NOTIFICATIONS

if TYPE_CHECKING:
    from tests.fakes.discord.api import Call

Problem = tuple[str, str]
MESSAGE_COMPONENTS, V2_TEXT, CONTENT, EMBED_TEXT = 40, 4000, 2000, 6000
ALLOWED_FLAGS = 1 << 2 | EPHEMERAL | SUPPRESS_NOTIFICATIONS | 1 << 13 | COMPONENTS_V2
MODAL_FIELDS = 5
SENDABLE = {ROW} | V2_KINDS
# What each interaction may be answered with at first.
ANSWERS = {
    kinds.COMMAND: {kinds.MESSAGE, kinds.DEFERRED_MESSAGE, kinds.MODAL},
    kinds.COMPONENT: {kinds.MESSAGE, kinds.DEFERRED_MESSAGE, kinds.DEFERRED_UPDATE, kinds.UPDATE, kinds.MODAL},
    kinds.AUTOCOMPLETE: {kinds.CHOICES},
    kinds.MODAL_SUBMIT: {kinds.MESSAGE, kinds.DEFERRED_MESSAGE, kinds.DEFERRED_UPDATE, kinds.UPDATE},
}


def problems(call: "Call") -> list[Problem]:
    """What is wrong with a request, by place."""
    check = CHECKS.get((call.method, call.route))
    if check is None:
        return []
    if not isinstance(call.body, dict | list):
        return [("", "a JSON body is needed")] if not call.files else []
    return list(check(call))


def _create(call: "Call") -> Iterator[Problem]:
    yield from _message(call.body, call)
    if call.body.get("enforce_nonce") and call.body.get("nonce") is None:
        yield "nonce", "enforce_nonce needs a nonce"
    if len(str(call.body.get("nonce", ""))) > 25:
        yield "nonce", "Must be 25 or fewer in length."
    if (call.body.get("flags") or 0) & EPHEMERAL:
        yield "flags", "only the response to an interaction can be ephemeral"


def _edit(call: "Call") -> Iterator[Problem]:
    yield from _message(call.body, call, v2=_is_v2(call))
    if (call.body.get("flags") or 0) & EPHEMERAL:
        yield "flags", "an edit cannot make a message ephemeral"


def _is_v2(call: "Call") -> bool:
    number = call.args.get("message_id", "")
    used = call.discord.interactions.by_token.get(call.args.get("webhook_token", ""))
    if number == "@original" and used is not None:
        message = used.message
    else:
        message = call.discord.messages.get(int(number)) if number.isdigit() else None
    return message is not None and message.is_v2


def _follow_up(call: "Call") -> Iterator[Problem]:
    yield from _message(call.body, call)


def _callback(call: "Call") -> Iterator[Problem]:
    kind, data = call.body.get("type"), call.body.get("data") or {}
    used = call.discord.interactions.by_token.get(call.args["interaction_token"])
    if used is not None and kind not in ANSWERS[used.kind]:
        yield "type", f"an interaction of type {used.kind} cannot be answered with type {kind}"
        return
    if kind in (kinds.UPDATE, kinds.DEFERRED_UPDATE) and used is not None and used.source is None:
        yield "type", "there is no message to update"
    if kind == kinds.MESSAGE:
        yield from _message(data, call, "data")
    elif kind == kinds.UPDATE:
        yield from _message(data, call, "data", v2=used is not None and used.source is not None and used.source.is_v2)
    elif kind == kinds.DEFERRED_MESSAGE and (data.get("flags") or 0) & ~EPHEMERAL:
        yield "data.flags", "a deferred response takes only the flag EPHEMERAL"
    elif kind == kinds.CHOICES:
        yield from _choices(data.get("choices") or [], "data.choices")
    elif kind == kinds.MODAL:
        yield from _modal(data)


def _choices(choices: list[dict[str, Any]], place: str) -> Iterator[Problem]:
    if len(choices) > 25:
        yield place, f"{len(choices)} choices, Must be 25 or fewer in length."
    for index, choice in enumerate(choices):
        yield from _length(choice.get("name"), 1, 100, f"{place}.{index}.name")
        if isinstance(choice.get("value"), str):
            yield from _length(choice["value"], 0, 100, f"{place}.{index}.value")


def _length(text: Any, least: int, most: int, place: str) -> Iterator[Problem]:
    size = len(text or "")
    if not least <= size <= most:
        yield place, f"{size} characters, must be {least} to {most} in length."


# -- messages --------------------------------------------------------------------------------------------------------


def _message(body: dict[str, Any], call: "Call", at: str = "", *, v2: bool = False) -> Iterator[Problem]:
    dot = f"{at}." if at else ""
    flags = body.get("flags") or 0
    v2 = v2 or bool(flags & COMPONENTS_V2)
    if flags & ~ALLOWED_FLAGS:
        yield f"{dot}flags", f"the flags {flags & ~ALLOWED_FLAGS:#x} cannot be set"
    yield from _length(body.get("content"), 0, CONTENT, f"{dot}content")
    yield from _embeds(body.get("embeds") or [], f"{dot}embeds")
    yield from _allowed_mentions(body.get("allowed_mentions"), f"{dot}allowed_mentions")
    if v2:
        for legacy in ("content", "embeds", "poll", "sticker_ids"):
            if body.get(legacy):
                yield f"{dot}{legacy}", "cannot be used with the flag IS_COMPONENTS_V2"
    yield from _components(body.get("components") or [], f"{dot}components", v2=v2)
    if len(call.files) > 10:
        yield f"{dot}attachments", f"{len(call.files)} files, Must be 10 or fewer in length."
    for index, item in enumerate(body.get("attachments") or []):
        yield from _length(item.get("description"), 0, 1024, f"{dot}attachments.{index}.description")


def _allowed_mentions(allowed: dict[str, Any] | None, place: str) -> Iterator[Problem]:
    for kind in ("users", "roles"):
        if kind in ((allowed or {}).get("parse") or []) and (allowed or {}).get(kind):
            yield f"{place}.{kind}", f"parse with {kind!r} and a list of {kind} exclude each other"
        if len((allowed or {}).get(kind) or []) > 100:
            yield f"{place}.{kind}", "Must be 100 or fewer in length."


def _embeds(embeds: list[dict[str, Any]], place: str) -> Iterator[Problem]:
    total = 0
    for index, embed in enumerate(embeds):
        here = f"{place}.{index}"
        parts = [(embed.get("title"), 256, "title"), (embed.get("description"), 4096, "description")]
        parts.append(((embed.get("footer") or {}).get("text"), 2048, "footer.text"))
        parts.append(((embed.get("author") or {}).get("name"), 256, "author.name"))
        fields = embed.get("fields") or []
        if len(fields) > 25:
            yield f"{here}.fields", "Must be 25 or fewer in length."
        for number, one in enumerate(fields):
            parts.append((one.get("name"), 256, f"fields.{number}.name"))
            parts.append((one.get("value"), 1024, f"fields.{number}.value"))
        for text, most, name in parts:
            total += len(text or "")
            yield from _length(text, 0, most, f"{here}.{name}")
    if len(embeds) > 10:
        yield place, "Must be 10 or fewer in length."
    if total > EMBED_TEXT:
        yield place, f"Embed size exceeds maximum size of {EMBED_TEXT}"


def _components(components: list[dict[str, Any]], place: str, *, v2: bool) -> Iterator[Problem]:
    if not all(isinstance(part, dict) and "type" in part for part in components):
        yield place, "every component needs a type"
        return
    everything = list(walk(components))
    yield from _unique(everything, place)
    for index, part in enumerate(components):
        if part["type"] not in (SENDABLE if v2 else {ROW}):
            need = "" if v2 else ", it needs the flag IS_COMPONENTS_V2"
            yield f"{place}.{index}.type", f"a component of type {part['type']} cannot be here{need}"
    if v2 and len(everything) > MESSAGE_COMPONENTS:
        yield place, f"{len(everything)} components in all, {MESSAGE_COMPONENTS} are allowed"
    if not v2 and len(components) > 5:
        yield place, "Must be 5 or fewer in length."
    text = sum(len(part.get("content") or "") for part in everything if part["type"] == TEXT_DISPLAY)
    if text > V2_TEXT:
        yield place, f"{text} characters of text in all, {V2_TEXT} are allowed"
    for part in everything:
        yield from _component(part, f"{place}(type {part['type']})")


def _unique(everything: list[dict[str, Any]], place: str) -> Iterator[Problem]:
    for key, wrong in (("custom_id", "Component custom id cannot be duplicated"), ("id", "Component id is duplicated")):
        named = Counter(part[key] for part in everything if part.get(key))
        for value, times in named.items():
            if times > 1:
                yield place, f"{wrong}: {value!r}"


def _component(part: dict[str, Any], place: str) -> Iterator[Problem]:
    kind = part["type"]
    if "custom_id" in part and part["custom_id"] is not None:
        yield from _length(part["custom_id"], 1, 100, f"{place}.custom_id")
    if kind == ROW:
        inner = [child["type"] for child in part.get("components") or []]
        if not inner:
            yield place, "an action row needs a component"
        if any(child in SELECTS | {TEXT_INPUT} for child in inner) and len(inner) > 1:
            yield place, "a select fills a row alone"
        if len(inner) > 5:
            yield place, "a row takes 5 buttons"
    elif kind == BUTTON:
        yield from _button(part, place)
    elif kind in SELECTS:
        yield from _select(part, place)
    elif kind == TEXT_DISPLAY:
        yield from _length(part.get("content"), 1, V2_TEXT, f"{place}.content")
    elif kind == SECTION:
        if not 1 <= len(part.get("components") or []) <= 3 or not part.get("accessory"):
            yield place, "a section takes 1 to 3 texts and an accessory"
    elif kind == GALLERY:
        items = part.get("items") or []
        if not 1 <= len(items) <= 10:
            yield place, f"{len(items)} items, a gallery takes 1 to 10"
        for item in items:
            yield from _media(item.get("media"), place)
            yield from _length(item.get("description"), 0, 1024, f"{place}.description")
    elif kind == FILE:
        yield from _media(part.get("file"), place)
    elif kind == CONTAINER and not part.get("components"):
        yield place, "a container needs a component"


def _media(media: dict[str, Any] | None, place: str) -> Iterator[Problem]:
    if not str((media or {}).get("url", "")).startswith(("attachment://", "https://", "http://")):
        yield place, "the url must be attachment:// or http(s)://"


def _button(part: dict[str, Any], place: str) -> Iterator[Problem]:
    yield from _length(part.get("label"), 0, 80, f"{place}.label")
    if not part.get("label") and not part.get("emoji"):
        yield place, "a button needs a label or an emoji"
    link = part.get("style") == LINK_STYLE
    if link and (not part.get("url") or part.get("custom_id")):
        yield place, "a link button needs a url and no custom_id"
    if not link and (part.get("url") or not part.get("custom_id")) and part.get("style") != 6:
        yield place, "a button needs a custom_id and no url"
    yield from _length(part.get("url"), 0, 512, f"{place}.url")


def _select(part: dict[str, Any], place: str) -> Iterator[Problem]:
    options = part.get("options")
    yield from _length(part.get("placeholder"), 0, 150, f"{place}.placeholder")
    if part["type"] == 3 and not 1 <= len(options or []) <= 25:
        yield f"{place}.options", f"{len(options or [])} options, a select takes 1 to 25"
    yield from _options(options or [], place)
    least, most = part.get("min_values"), part.get("max_values")
    if least is not None and most is not None and least > most:
        yield place, "min_values is above max_values"


def _options(options: list[dict[str, Any]], place: str) -> Iterator[Problem]:
    values = Counter(option.get("value") for option in options)
    for value, times in values.items():
        if times > 1:
            yield f"{place}.options", f"The specified option value is already used: {value!r}"
    for option in options:
        yield from _length(option.get("label"), 1, 100, f"{place}.options.label")
        yield from _length(option.get("value"), 1, 100, f"{place}.options.value")
        yield from _length(option.get("description"), 0, 100, f"{place}.options.description")


# -- modals ----------------------------------------------------------------------------------------------------------


def _modal(data: dict[str, Any]) -> Iterator[Problem]:
    parts = data.get("components") or []
    yield from _length(data.get("title"), 1, 45, "data.title")
    yield from _length(data.get("custom_id"), 1, 100, "data.custom_id")
    if not 1 <= len(parts) <= MODAL_FIELDS:
        yield "data.components", f"{len(parts)} components, a modal takes 1 to {MODAL_FIELDS}"
    everything = list(walk(parts))
    yield from _unique(everything, "data.components")
    for part in everything:
        place = f"data.components(type {part['type']})"
        if part["type"] == LABEL:
            yield from _length(part.get("label"), 1, 45, f"{place}.label")
            yield from _length(part.get("description"), 0, 100, f"{place}.description")
            if not isinstance(part.get("component"), dict):
                yield place, "a label needs a component"
            continue
        yield from _component(part, place)
        yield from _modal_field(part, place)


def _modal_field(part: dict[str, Any], place: str) -> Iterator[Problem]:
    kind = part["type"]
    if kind == TEXT_INPUT:
        yield from _length(part.get("placeholder"), 0, 100, f"{place}.placeholder")
        least, most = part.get("min_length") or 0, part.get("max_length") or 4000
        if least > most:
            yield place, "min_length is above max_length"
        if part.get("value"):
            yield from _length(part["value"], least, most, f"{place}.value")
    elif kind == FILE_UPLOAD:
        if (part.get("min_values") or 0) > (part.get("max_values") or 10):
            yield place, "min_values is above max_values"
    elif kind in SELECTS and part.get("disabled"):
        yield place, "a select in a modal cannot be disabled"
    if kind not in SELECTS:
        yield from _options(part.get("options") or [], place)
    chosen = [option for option in part.get("options") or [] if option.get("default")]
    most_chosen = {3: part.get("max_values") or 1, 21: 1}.get(kind, 25)
    if len(chosen) > most_chosen:
        yield place, f"{len(chosen)} options are chosen already, {most_chosen} may be"
    if kind in SELECTS and part.get("required", True) and part.get("min_values") == 0:
        yield place, "a required select cannot have min_values 0"


# -- the rest --------------------------------------------------------------------------------------------------------


def _thread(call: "Call") -> Iterator[Problem]:
    yield from _length(call.body.get("name"), 1, 100, "name")
    if call.body.get("auto_archive_duration") not in (None, 60, 1440, 4320, 10080):
        yield "auto_archive_duration", "must be 60, 1440, 4320 or 10080"


def _commands(call: "Call") -> Iterator[Problem]:
    yield from command_limits.problems(call.body)


CHECKS: dict[tuple[str, str], Callable[["Call"], Iterator[Problem]]] = {
    ("POST", "/channels/{channel_id}/messages"): _create,
    ("PATCH", "/channels/{channel_id}/messages/{message_id}"): _edit,
    ("POST", "/interactions/{interaction_id}/{interaction_token}/callback"): _callback,
    ("POST", "/webhooks/{webhook_id}/{webhook_token}"): _follow_up,
    ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"): _edit,
    ("POST", "/channels/{channel_id}/messages/{message_id}/threads"): _thread,
    ("POST", "/channels/{channel_id}/threads"): _thread,
    ("PUT", "/applications/{application_id}/commands"): _commands,
    ("POST", "/applications/{application_id}/commands"): _commands,
    ("PUT", "/applications/{application_id}/guilds/{guild_id}/commands"): _commands,
    ("POST", "/applications/{application_id}/guilds/{guild_id}/commands"): _commands,
}
