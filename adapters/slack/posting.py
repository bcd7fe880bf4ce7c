"""Post, change, read and delete one message of ours."""

from collections.abc import Mapping
from typing import Any

from adapters.slack.clients import PacedClient
from adapters.slack.layout import LaidOut
from adapters.slack.reference import Reference
from adapters.slack.trouble import tried


async def post(
    client: PacedClient,
    channel: str,
    thread: str,
    message: LaidOut,
    metadata: Mapping[str, object],
    *,
    shares_file: bool = False,
) -> Reference:
    """Post it; returns where it is. Raises TroubleError.

    `shares_file`: the text names a file of ours by its permalink, which shares it: only where links may unfold.
    """
    unfold = None if shares_file else False
    answer = await tried(
        client.chat_postMessage(
            channel=channel,
            thread_ts=thread or None,
            text=message.text,
            blocks=message.blocks,
            metadata=dict(metadata),
            parse="none",
            link_names=False,
            unfurl_links=unfold,
            unfurl_media=unfold,
        )
    )
    return Reference(str(answer["channel"]), str(answer["ts"]))


async def change(client: PacedClient, reference: Reference, message: LaidOut, metadata: Mapping[str, object]) -> None:
    """Change it. Raises TroubleError."""
    await tried(
        client.chat_update(
            channel=reference.channel,
            ts=reference.ts,
            text=message.text,
            blocks=message.blocks,
            metadata=dict(metadata),
            parse="none",
            link_names=False,
        )
    )


async def read(client: PacedClient, reference: Reference) -> Mapping[str, Any] | None:
    """The message as Slack has it, with its metadata; None when it is not there. Raises TroubleError."""
    answer = await tried(
        client.conversations_replies(
            channel=reference.channel,
            ts=reference.ts,
            oldest=reference.ts,
            latest=reference.ts,
            inclusive=True,
            include_all_metadata=True,
            limit=2,  # a thread's root comes along always
        )
    )
    messages: list[dict[str, Any]] = answer.get("messages") or []
    return next((message for message in messages if message.get("ts") == reference.ts), None)


async def delete(client: PacedClient, reference: Reference) -> None:
    """Delete it. Raises TroubleError."""
    await tried(client.chat_delete(channel=reference.channel, ts=reference.ts))


async def permalink(client: PacedClient, reference: Reference) -> str:
    """The web address of a message. Raises TroubleError: MESSAGE_GONE when it was deleted."""
    answer = await tried(client.chat_getPermalink(channel=reference.channel, message_ts=reference.ts))
    return str(answer["permalink"])
