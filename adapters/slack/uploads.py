"""Files on their way to Slack: streamed from disk, shared by a message or in a thread, and seen to be there.

https://docs.slack.dev/messaging/working-with-files: an upload address, the bytes, then the completion. Slack shares a
completed file some seconds later; now and then it never does, although it said "ok".
"""

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp

from adapters.slack.clients import PacedClient, SlackClients
from adapters.slack.trouble import Kind, TroubleError, tried

#: A call's own time-out would end the upload of a large video. Slack ends an upload that stands still.
UPLOAD_TIMEOUT = aiohttp.ClientTimeout(total=3600.0, connect=10.0, sock_read=120.0)
SHARE_PAUSES = (1.0, 1.0, 2.0, 3.0, 5.0, 8.0, 10.0)  # seconds between two looks whether a file shows
ALT_CHARS = 1000  # https://docs.slack.dev/reference/methods/files.getUploadURLExternal


@dataclass(frozen=True, slots=True)
class Held:
    """A file of ours that Slack has."""

    id: str
    name: str
    permalink: str
    size: int
    is_image: bool


async def upload(
    clients: SlackClients,
    team: str,
    content: Path | bytes,
    name: str,
    alt: str,
    note: Callable[[str], Awaitable[None]],
    *,
    channel: str = "",
    thread: str = "",
) -> Held:
    """Bring a file to Slack; nobody sees it until a message shares it, or with a `channel` (and `thread`) at once.

    `note` is told the file's id before the first byte leaves. Raises TroubleError, and OSError when the file cannot be
    read.
    """
    client = await clients.of(team)
    size = len(content) if isinstance(content, bytes) else (await asyncio.to_thread(content.stat)).st_size
    # The SDK's own method puts all this into the address, which a long text outside of ASCII makes too long.
    wanted = {"filename": name, "length": size, "alt_txt": alt[:ALT_CHARS]}
    begun = await tried(client.api_call("files.getUploadURLExternal", data=wanted))
    file_id = str(begun["file_id"])
    await note(file_id)
    await _send(clients.session, str(begun["upload_url"]), content)
    await complete(client, file_id, name, channel=channel, thread=thread)
    return replace(await held(client, file_id), size=size)


async def complete(client: PacedClient, file_id: str, title: str, *, channel: str = "", thread: str = "") -> None:
    """Tell Slack that all bytes are there. Raises TroubleError: FILE_GONE when they are not."""
    files: list[dict[str, str | None]] = [{"id": file_id, "title": title}]
    await tried(client.files_completeUploadExternal(files=files, channel_id=channel or None, thread_ts=thread or None))


async def held(client: PacedClient, file_id: str) -> Held:
    """The file as Slack has it. Raises TroubleError: FILE_GONE when it is not there or was not completed."""
    file = await _info(client, file_id)
    return Held(
        file_id,
        str(file.get("name") or ""),
        str(file.get("permalink") or ""),
        int(file.get("size") or 0),
        str(file.get("mimetype") or "").startswith("image/"),
    )


async def is_shown(clients: SlackClients, team: str, file_id: str, channel: str) -> bool:
    """Wait until the file shows in this channel; False when it does not within half a minute. Raises TroubleError."""
    client = await clients.of(team)
    for pause in (*SHARE_PAUSES, None):
        try:
            file = await _info(client, file_id)
        except TroubleError as trouble:
            if trouble.kind is Kind.FILE_GONE:
                return False
            raise
        if channel in _places(file):
            return True
        if pause is not None:
            await clients.clock.sleep(pause)
    return False


async def remove(client: PacedClient, file_id: str) -> None:
    """Delete a file of ours; one that is not there is no error. Raises TroubleError."""
    try:
        await tried(client.files_delete(file=file_id))
    except TroubleError as trouble:
        if trouble.kind is not Kind.FILE_GONE:
            raise


async def _info(client: PacedClient, file_id: str) -> dict[str, Any]:
    answer = await tried(client.files_info(file=file_id))
    file: dict[str, Any] = answer.get("file") or {}
    if file.get("mode") == "tombstone":
        raise TroubleError.of("file_deleted")
    return file


def _places(file: dict[str, Any]) -> set[str]:
    shares: dict[str, dict[str, Any]] = file.get("shares") or {}
    lists: Iterable[list[str]] = (file.get(kind) or [] for kind in ("channels", "groups", "ims"))
    return {channel for kind in shares.values() for channel in kind} | {channel for some in lists for channel in some}


async def _send(session: aiohttp.ClientSession, url: str, content: Path | bytes) -> None:
    """POST the bytes; aiohttp reads a file piece by piece, in a thread."""
    file = io.BytesIO(content) if isinstance(content, bytes) else await asyncio.to_thread(content.open, "rb")
    try:
        async with session.post(url, data=file, timeout=UPLOAD_TIMEOUT, allow_redirects=False) as answer:
            status = answer.status
    except (aiohttp.ClientError, TimeoutError) as error:
        raise _not_taken() from error  # nobody saw anything of it
    finally:
        await asyncio.to_thread(file.close)
    if status == 413:
        raise TroubleError.of("file_upload_size_restricted")
    if status != 200:
        raise _not_taken()


def _not_taken() -> TroubleError:
    return TroubleError(Kind.LATER, "Slack does not take the file at this moment.")
