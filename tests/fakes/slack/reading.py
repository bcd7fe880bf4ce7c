"""What people read: messages, blocks and views as text, and whom they notify."""

import html
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.slack.messages import Message
    from tests.fakes.slack.teams import Channel, Team

CONTROL = re.compile(r"<([^<>\n]+)>")
NOTIFIES = re.compile(r"<(@[UW][A-Z0-9]+|!channel|!here|!everyone|!subteam\^[A-Z0-9]+)(?:\|[^<>]*)?>")
LOUD_WORDS = re.compile(r"(?<!\w)@(channel|here|everyone)\b")


def mentions_in(text: str, *, parse: str | None = None) -> set[str]:
    """Whom mrkdwn text notifies: user ids (`U123`), `!channel`, `!here`, `!everyone`, `!subteam^S1`."""
    found = {match.group(1).removeprefix("@") for match in NOTIFIES.finditer(text)}
    if parse == "full":
        found |= {f"!{match.group(1)}" for match in LOUD_WORDS.finditer(text)}
    return found


def read_text(text: str, team: "Team | None") -> str:
    """mrkdwn as people read it: control sequences resolved, then entities."""

    def shown(match: re.Match[str]) -> str:
        inside, _, label = match.group(1).partition("|")
        if inside.startswith("@"):
            person = team.people.get(inside[1:]) if team else None
            if team and inside[1:] == team.bot_user_id:
                return f"@{team.bot_name}"
            return f"@{person.name}" if person else f"@{label or inside[1:]}"
        if inside.startswith("#"):
            channel = team.channels.get(inside[1:]) if team else None
            return f"#{channel.name}" if channel else f"#{label or inside[1:]}"
        if inside.startswith("!date^"):
            return label
        if inside.startswith("!"):
            return f"@{label.lstrip('@') or inside[1:]}"
        if re.match(r"(https?|mailto):", inside):
            return f"{label} ({inside})" if label else inside
        return match.group(0)

    return html.unescape(CONTROL.sub(shown, text))


def _of(node: Any, team: "Team | None") -> str:
    if not isinstance(node, dict):
        return ""
    text = str(node.get("text") or "")
    # https://docs.slack.dev/reference/block-kit/composition-objects/text-object: plain_text resolves nothing
    return html.unescape(text) if node.get("type") == "plain_text" else read_text(text, team)


def _read_element(element: Any, team: "Team | None") -> str:
    if not isinstance(element, dict):
        return ""
    kind = element.get("type")
    if kind in ("mrkdwn", "plain_text"):
        return _of(element, team)
    if kind == "button":
        return f"[{_of(element.get('text'), team)}]"
    if kind == "image":
        return f"(image: {element.get('alt_text', '')})"
    if "options" in element or "option_groups" in element:
        chosen = element.get("initial_option") or {}
        return f"<{_of(chosen.get('text'), team) or _of(element.get('placeholder'), team) or kind}>"
    return f"<{kind}>"


def _read_rich(node: Any) -> str:
    if isinstance(node, list):
        return "".join(_read_rich(part) for part in node)
    kind = node.get("type")
    if kind == "text":
        return str(node["text"])
    if kind == "link":
        return str(node.get("text") or node["url"])
    if kind == "user":
        return f"@{node['user_id']}"
    if kind == "broadcast":
        return f"@{node['range']}"
    if kind == "date":
        return str(node["fallback"])
    return _read_rich(node.get("elements", []))


def read_blocks(blocks: list[dict[str, Any]], team: "Team | None") -> str:
    """Blocks as people read them, a line a block."""
    lines = []
    for block in blocks:
        kind = block.get("type")
        if kind in ("section", "header"):
            parts = [_of(block.get("text"), team), *(_of(field, team) for field in block.get("fields") or [])]
            parts.append(_read_element(block.get("accessory"), team))
        elif kind in ("context", "actions"):
            parts = [_read_element(element, team) for element in block.get("elements", [])]
        elif kind == "input":
            parts = [_of(block.get("label"), team) + ":", _read_element(block.get("element"), team)]
            parts.append(_of(block.get("hint"), team))
        elif kind in ("image", "video"):
            parts = [f"({kind}: {_of(block.get('title'), team) or block.get('alt_text', '')})"]
        elif kind == "divider":
            parts = ["---"]
        elif kind == "markdown":
            parts = [str(block.get("text", ""))]
        else:
            parts = [_read_rich(block.get("elements", []))]
        lines.append(" ".join(part for part in parts if part))
    return "\n".join(line for line in lines if line)


def mentions_in_blocks(node: Any) -> set[str]:
    """Whom the blocks notify: control sequences in mrkdwn, user and broadcast elements in rich text."""
    if isinstance(node, list):
        return set().union(*(mentions_in_blocks(item) for item in node)) if node else set()
    if not isinstance(node, dict):
        return set()
    found: set[str] = set()
    if node.get("type") == "mrkdwn":
        found |= mentions_in(str(node.get("text") or ""))
    elif node.get("type") == "user" and "user_id" in node:
        found.add(node["user_id"])
    elif node.get("type") == "broadcast":
        found.add(f"!{node.get('range')}")
    for value in node.values():
        if isinstance(value, (dict, list)):
            found |= mentions_in_blocks(value)
    return found


def _line(message: "Message") -> str:
    indent = "    " if message.is_reply else ""
    text = message.text_read.replace("\n", f"\n{indent}    ")
    notes = [f"only {message.ephemeral_for.name}"] if message.ephemeral_for else []
    notes += ["deleted"] if message.deleted else []
    notes += [f"edited {len(message.edits)}x"] if message.edits else []
    files = "".join(f"\n{indent}    + {file.name} ({file.size} bytes)" for file in message.files)
    return f"{indent}{message.author_name}{' (' + ', '.join(notes) + ')' if notes else ''}: {text}{files}"


def transcript(channel: "Channel") -> str:
    """The channel as text, each thread under its root."""
    roots = [message for message in channel.messages if not message.is_reply]
    lines = [f"#{channel.name}"]
    for root in roots:
        lines.append(_line(root))
        lines += [_line(m) for m in channel.messages if m.is_reply and m.thread_ts == root.ts]
    known = {root.ts for root in roots}
    lines += [_line(m) for m in channel.messages if m.is_reply and m.thread_ts not in known]
    return "\n".join(lines)
