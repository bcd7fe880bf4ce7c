"""Look for a message of ours that a crash left without a reference. It is known by its metadata."""

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.clients import PacedClient
from adapters.slack.places import direct, root_of
from adapters.slack.reference import EVENT_TYPE, Reference
from adapters.slack.trouble import Kind, TroubleError, tried
from bot.generation.job import Job, Purpose

PAGE = 200
PAGES = 10
CLOCKS_DIFFER = 300.0  # seconds our clock and Slack's may be apart


async def find(client: PacedClient, job: Job, purpose: Purpose, status: Reference | None) -> Mapping[str, Any] | None:
    """Our message as Slack has it, with a "channel"; None when it is in none of the places it may have been posted in,
    or where they cannot be read. Raises TroubleError: LATER, LOST, OUT."""
    address = job.address
    root = root_of(address, status if purpose is Purpose.RESULT else None)
    found = await _in_place(client, address.channel, root, job, purpose)
    if found is not None:
        return found
    try:
        channel = await direct(client, job, only_if_there=True)
    except TroubleError as trouble:
        if _stays(trouble):
            return None
        raise
    if not channel or channel == address.channel:
        return None
    thread = status.ts if purpose is Purpose.RESULT and status is not None and status.channel == channel else ""
    return await _in_place(client, channel, thread, job, purpose)


async def _in_place(
    client: PacedClient, channel: str, root: str, job: Job, purpose: Purpose
) -> Mapping[str, Any] | None:
    """In the thread, or in the channel: it goes there when the thread takes nothing."""
    for where in (root, "") if root else ("",):
        try:
            found = await _look_through(client, channel, where, job, purpose)
        except TroubleError as trouble:
            if not _stays(trouble):
                raise
            continue
        if found is not None:
            return found
    return None


async def _look_through(
    client: PacedClient, channel: str, root: str, job: Job, purpose: Purpose
) -> Mapping[str, Any] | None:
    cursor: str | None = None
    for _ in range(PAGES):
        page = await tried(_page(client, channel, root, f"{job.accepted_at - CLOCKS_DIFFER:.6f}", cursor))
        messages: list[dict[str, Any]] = page.get("messages") or []
        for message in messages:
            if _is_ours(message, job, purpose):
                return {**message, "channel": channel}
        following: dict[str, Any] = page.get("response_metadata") or {}
        cursor = str(following.get("next_cursor") or "") or None
        if cursor is None:
            return None
    return None


async def _page(client: PacedClient, channel: str, root: str, oldest: str, cursor: str | None) -> AsyncSlackResponse:
    if root:
        return await client.conversations_replies(
            channel=channel, ts=root, oldest=oldest, include_all_metadata=True, limit=PAGE, cursor=cursor
        )
    return await client.conversations_history(
        channel=channel, oldest=oldest, include_all_metadata=True, limit=PAGE, cursor=cursor
    )


def _is_ours(message: Mapping[str, Any], job: Job, purpose: Purpose) -> bool:
    told = message.get("metadata") or {}
    payload = told.get("event_payload") or {}
    return (
        told.get("event_type") == EVENT_TYPE
        and payload.get("job_id") == job.id
        and payload.get("purpose") == str(purpose)
    )


def _stays(trouble: TroubleError) -> bool:
    """Asking once more would change nothing."""
    return not trouble.may_pass and trouble.kind is not Kind.OUT
