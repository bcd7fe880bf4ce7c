"""Limits of Block Kit and messages that Slack's JSON Schemas miss or state vaguely.

Sources: https://docs.slack.dev/reference/block-kit/blocks, .../block-elements, .../composition-objects, .../views
"""

import json
from collections.abc import Iterator
from typing import Any

BLOCKS_IN_MESSAGE = 50
BLOCKS_IN_VIEW = 100
POST_TEXT = 40_000  # longer text of chat.postMessage is cut
UPDATE_TEXT = 4_000  # chat.update and chat.postEphemeral answer msg_too_long
BLOCKS_TEXT = 13_200  # all text of a message's blocks together: msg_blocks_too_long
METADATA_BYTES = 16_384
VIEW_BYTES = 250 * 1024
ID = 255

EVERYWHERE = frozenset({"actions", "context", "divider", "header", "image", "rich_text", "section", "video"})
MESSAGE_BLOCKS = EVERYWHERE | {"file", "markdown", "table"}
VIEW_BLOCKS = EVERYWHERE | {"input"}
ELEMENTS_OF = {"actions": 25, "context": 10}
OPTIONS = {"static_select": 100, "multi_static_select": 100, "overflow": 5, "checkboxes": 10, "radio_buttons": 10}
TEXT_LIMITS = {  # (what holds the text, its field) -> longest
    ("header", "text"): 150,
    ("section", "text"): 3000,
    ("input", "label"): 2000,
    ("input", "hint"): 2000,
    ("button", "text"): 75,
    ("modal", "title"): 24,
    ("modal", "submit"): 24,
    ("modal", "close"): 24,
    ("option", "text"): 75,
    ("option", "description"): 75,
    ("option_group", "label"): 75,
    ("confirm", "title"): 100,
    ("confirm", "text"): 300,
    ("confirm", "confirm"): 30,
    ("confirm", "deny"): 30,
    ("video", "title"): 200,
    ("video", "description"): 200,
}
STRING_LIMITS = {
    ("button", "value"): 2000,
    ("button", "url"): 3000,
    ("button", "accessibility_label"): 75,
    ("option", "value"): 150,
    ("image", "alt_text"): 2000,
    ("image", "image_url"): 3000,
    ("modal", "private_metadata"): 3000,
    ("modal", "callback_id"): ID,
    ("modal", "external_id"): ID,
    ("home", "private_metadata"): 3000,
    ("home", "callback_id"): ID,
    ("home", "external_id"): ID,
}
PLAIN_ONLY = frozenset({"header.text", "button.text", "modal.title", "modal.submit", "modal.close", "input.label"})


def wrong_with_blocks(blocks: Any, *, limit: int, known: frozenset[str], where: str = "blocks") -> list[str]:
    """Everything wrong with a list of blocks."""
    if not isinstance(blocks, list):
        return [f"must be an array [json-pointer:/{where}]"]
    wrong = [] if len(blocks) <= limit else [f"no more than {limit} items allowed [json-pointer:/{where}]"]
    block_ids: list[str] = []
    for number, block in enumerate(blocks):
        at = f"/{where}/{number}"
        if not isinstance(block, dict) or block.get("type") not in known:
            kind = block.get("type") if isinstance(block, dict) else block
            wrong.append(f"unsupported type: {kind} [json-pointer:{at}/type]")
            continue
        wrong += _wrong_with(block["type"], block, at)
        wrong += _wrong_with_block(block, at)
        if block.get("block_id"):
            block_ids.append(block["block_id"])
    if len(set(block_ids)) < len(block_ids):
        wrong.append(f"block_id values must be unique [json-pointer:/{where}]")
    return wrong


def wrong_with_view(view: Any) -> list[str]:
    """Everything wrong with a modal or home tab."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return ["must be a view of type modal or home [json-pointer:/view]"]
    kind = view["type"]
    wrong = wrong_with_blocks(view.get("blocks"), limit=BLOCKS_IN_VIEW, known=VIEW_BLOCKS, where="view/blocks")
    wrong += _wrong_with(kind, view, "/view")
    blocks = [block for block in view.get("blocks") or [] if isinstance(block, dict)]
    if kind == "modal":
        if not _text(view.get("title")):
            wrong.append("missing required field: title [json-pointer:/view]")
        if not view.get("submit") and any(block.get("type") == "input" for block in blocks):
            wrong.append("submit is required when an input block is in the blocks array [json-pointer:/view]")
    return wrong


def wrong_with_metadata(metadata: Any) -> tuple[str, str] | None:
    """(Slack's error, why), or None when the metadata is fine. An empty object removes it, chat.update."""
    if metadata in ({}, None):
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        return "invalid_metadata_format", "metadata needs an event_type and an event_payload"
    if not isinstance(metadata.get("event_payload"), dict) or not metadata["event_type"]:
        return "invalid_metadata_format", "event_payload must be an object"
    if len(json.dumps(metadata).encode()) > METADATA_BYTES:
        return "metadata_too_large", f"metadata is over {METADATA_BYTES} bytes"
    return None


def texts_in(node: Any) -> Iterator[str]:
    """Every text in blocks, in order."""
    if isinstance(node, list):
        for item in node:
            yield from texts_in(item)
    elif isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        for key, value in node.items():
            if key not in ("text", "value") or isinstance(value, (dict, list)):
                yield from texts_in(value)


def _text(node: Any) -> str:
    return str(node.get("text") or "") if isinstance(node, dict) else ""


def _wrong_with(kind: str, node: dict[str, Any], at: str) -> list[str]:
    wrong = []
    for (holder, field), most in TEXT_LIMITS.items():
        part = node.get(field)
        if holder != kind or part is None:
            continue
        if not isinstance(part, dict):
            wrong.append(f"must be a text object [json-pointer:{at}/{field}]")
        elif not _text(part).strip():
            wrong.append(f"must be more than 0 characters [json-pointer:{at}/{field}/text]")
        elif len(_text(part)) > most:
            wrong.append(f"must be less than {most + 1} characters [json-pointer:{at}/{field}/text]")
        elif f"{kind}.{field}" in PLAIN_ONLY and part.get("type") != "plain_text":
            wrong.append(f"must be plain_text [json-pointer:{at}/{field}/type]")
    for (holder, field), most in STRING_LIMITS.items():
        if holder == kind and len(str(node.get(field) or "")) > most:
            wrong.append(f"must be less than {most + 1} characters [json-pointer:{at}/{field}]")
    wrong += [
        f"must be less than {ID + 1} characters [json-pointer:{at}/{field}]"
        for field in ("block_id", "action_id")
        if len(str(node.get(field) or "")) > ID
    ]
    if len(_text(node.get("placeholder"))) > 150:
        wrong.append(f"must be less than 151 characters [json-pointer:{at}/placeholder/text]")
    return wrong


def _wrong_with_block(block: dict[str, Any], at: str) -> list[str]:
    kind = block["type"]
    wrong: list[str] = []
    elements = block.get("elements")
    if kind in ELEMENTS_OF:
        if not isinstance(elements, list) or not elements:
            wrong.append(f"must have at least 1 element [json-pointer:{at}/elements]")
        elif len(elements) > ELEMENTS_OF[kind]:
            wrong.append(f"no more than {ELEMENTS_OF[kind]} items allowed [json-pointer:{at}/elements]")
    if kind in ("header", "input") and not block.get("text" if kind == "header" else "label"):
        wrong.append(f"missing required field [json-pointer:{at}]")
    if kind == "section":
        fields = block.get("fields")
        if not block.get("text") and not fields:
            wrong.append(f"needs text or fields [json-pointer:{at}]")
        if fields is not None and not 1 <= len(fields) <= 10:
            wrong.append(f"needs 1 to 10 fields [json-pointer:{at}/fields]")
        wrong += [
            f"must be less than 2001 characters [json-pointer:{at}/fields/{n}]"
            for n, field in enumerate(fields or [])
            if len(_text(field)) > 2000
        ]
    if kind == "image":
        if not block.get("image_url") and not block.get("slack_file"):
            wrong.append(f"needs image_url or slack_file [json-pointer:{at}]")
        if not block.get("alt_text"):
            wrong.append(f"missing required field: alt_text [json-pointer:{at}]")
    if kind == "video" and not all(
        str(block.get(f, "")).startswith("https://") for f in ("video_url", "thumbnail_url")
    ):
        wrong.append(f"video_url and thumbnail_url must be https [json-pointer:{at}]")
    inner = elements if kind in ELEMENTS_OF and isinstance(elements, list) else []
    for number, element in enumerate([*inner, block.get("accessory"), block.get("element")]):
        if isinstance(element, dict) and kind != "context":
            wrong += _wrong_with_element(element, f"{at}/elements/{number}")
    action_ids = [
        element.get("action_id") for element in inner if isinstance(element, dict) and element.get("action_id")
    ]
    if len(set(action_ids)) < len(action_ids):
        wrong.append(f"action_id values must be unique in a block [json-pointer:{at}/elements]")
    return wrong


def _wrong_with_element(element: dict[str, Any], at: str) -> list[str]:
    kind = str(element.get("type"))
    wrong = _wrong_with(kind, element, at)
    if kind == "button" and not element.get("text"):
        wrong.append(f"missing required field: text [json-pointer:{at}]")
    if kind == "button" and element.get("style") not in (None, "primary", "danger"):
        wrong.append(f"style must be primary or danger [json-pointer:{at}/style]")
    if kind in OPTIONS:
        options = list(element.get("options") or [])
        for number, group in enumerate(element.get("option_groups") or []):
            wrong += _wrong_with("option_group", group, f"{at}/option_groups/{number}")
            options += group.get("options") or []
        if not options:
            wrong.append(f"needs at least 1 option [json-pointer:{at}/options]")
        elif len(options) > OPTIONS[kind]:
            wrong.append(f"no more than {OPTIONS[kind]} items allowed [json-pointer:{at}/options]")
        for number, option in enumerate(options):
            wrong += _wrong_with("option", option, f"{at}/options/{number}")
        values = [option.get("value") for option in options]
        if len(set(values)) < len(values):
            wrong.append(f"option values must be unique [json-pointer:{at}/options]")
        initial = element.get("initial_option")
        if initial is not None and initial not in options:
            wrong.append(f"initial_option must be one of the options [json-pointer:{at}/initial_option]")
        if any(option not in options for option in element.get("initial_options") or []):
            wrong.append(f"initial_options must be among the options [json-pointer:{at}/initial_options]")
    if kind == "file_input" and not 1 <= int(element.get("max_files", 10)) <= 10:
        wrong.append(f"max_files must be 1 to 10 [json-pointer:{at}/max_files]")
    if kind == "plain_text_input":
        most = int(element.get("max_length", 3000))
        if not 1 <= most <= 3000:
            wrong.append(f"max_length must be 1 to 3000 [json-pointer:{at}/max_length]")
        if len(str(element.get("initial_value") or "")) > most:
            wrong.append(f"initial_value is longer than max_length [json-pointer:{at}/initial_value]")
    if isinstance(element.get("confirm"), dict):
        wrong += _wrong_with("confirm", element["confirm"], f"{at}/confirm")
    return wrong
