"""What a person reads in a place, as plain text."""

from typing import Any

from tests.fakes.discord.channels import Channel
from tests.fakes.discord.components import (
    BUTTON,
    CONTAINER,
    FILE,
    GALLERY,
    ROW,
    SECTION,
    SELECTS,
    SEPARATOR,
    TEXT_DISPLAY,
    THUMBNAIL,
)
from tests.fakes.discord.markdown import as_read
from tests.fakes.discord.messages import FakeMessage
from tests.fakes.discord.people import Person
from tests.fakes.discord.uploads import Attachment

MIB = 1024 * 1024


def transcript(place: Channel | Person) -> str:
    """A channel as everyone reads it; for a person their DMs and what only they were shown."""
    if isinstance(place, Channel):
        messages = place.messages
    else:
        direct = place.dm.messages if place.dm else []
        messages = sorted([*direct, *(m for m in place.private if not m.deleted)], key=lambda message: message.id)
    return "\n\n".join(said(message) for message in messages)


def said(message: FakeMessage) -> str:
    """One message: who, to what, the text, files and buttons."""
    lines = []
    if message.reply_to is not None:
        replied = message.reply_to
        first = "message deleted" if replied.deleted else (replied.text.splitlines() or ["(no text)"])[0][:80]
        lines.append(f"> {replied.author.name}: {first}")
    marks = [" (only you see this)" if message.ephemeral else "", " (edited)" if message.edits else ""]
    lines.append(f"{message.author.name}{''.join(marks)}:")
    if message.loading:
        lines.append("(is thinking...)")
    if message.content:
        lines.append(as_read(message.content, message.discord))
    for embed in message.embeds:
        lines += [f"| {embed[key]}" for key in ("title", "description") if embed.get(key)]
        lines += [f"| {one['name']}: {one['value']}" for one in embed.get("fields", [])]
    files = {str(file.id): file for file in message.files}
    if not message.is_v2:
        lines += [_file(file, file.description, spoiler=file.spoiler) for file in message.files]
    lines += _parts(message.components, files, message)
    if message.thread is not None:
        lines.append(f"(thread: {message.thread.name})")
    return "\n".join(lines)


def _parts(parts: list[dict[str, Any]], files: dict[str, Attachment], message: FakeMessage) -> list[str]:
    lines: list[str] = []
    for part in parts:
        kind = part["type"]
        if kind == TEXT_DISPLAY:
            lines.append(as_read(part["content"], message.discord))
        elif kind in (CONTAINER, SECTION):
            lines += _parts(part["components"], files, message)
            lines += _parts([part["accessory"]] if "accessory" in part else [], files, message)
        elif kind == ROW:
            lines.append(" ".join(_parts(part["components"], files, message)))
        elif kind == BUTTON:
            off = " (disabled)" if part.get("disabled") else ""
            link = f"({part['url']})" if part.get("url") else ""
            lines.append(f"[{part.get('label') or part.get('emoji', {}).get('name')}{off}]{link}")
        elif kind in SELECTS:
            offered = ", ".join(option["label"] for option in part.get("options", []))
            lines.append(f"[{part.get('placeholder') or 'choose'}: {offered}]")
        elif kind == SEPARATOR:
            lines += ["---"] if part.get("divider", True) else []
        elif kind in (GALLERY, THUMBNAIL, FILE):
            for item in part.get("items") or [part]:
                media = item.get("media") or item["file"]
                file = files.get(media.get("attachment_id", ""))
                spoiler = bool(item.get("spoiler"))
                alt = item.get("description")
                lines.append(_file(file, alt, spoiler=spoiler) if file else f"<media {media['url']} alt={alt!r}>")
    return lines


def _file(file: Attachment, alt: str | None, *, spoiler: bool) -> str:
    kind = file.content_type.split("/")[0]
    what = kind if kind in ("video", "image", "audio") else "file"
    size = f"{file.size / MIB:.1f} MB" if file.size >= MIB / 10 else f"{file.size} bytes"
    described = f' alt="{alt}"' if alt else ""
    hidden = " spoiler" if spoiler or file.spoiler else ""
    return f"<{what} {file.filename} {size}{described}{hidden}>"
