"""Plays an answer fault: instead of, or after, the real work."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

from aiohttp import web

from adapters.gateways.sandbox.answer import HTML_200, HTML_504, Answer
from adapters.gateways.sandbox.book import IMAGE_REJECTED
from adapters.gateways.sandbox.faults import Trigger
from adapters.gateways.sandbox.hub import Hub
from adapters.gateways.sandbox.wire import Wire

CODES = {400: "invalid_request", 401: "401", 402: "insufficient_quota", 403: "forbidden", 404: "task_not_found"}


class Dropped(Exception):  # noqa: N818 - not an error: the connection is gone on purpose
    """No answer is sent."""


async def play(
    trigger: Trigger, request: web.Request, hub: Hub, wire: Wire, work: Callable[[], Answer]
) -> web.StreamResponse:
    """The disturbed answer. `work` does the real thing; it is called at most once. Raises Dropped."""
    name = trigger.name
    if name in _LOST:
        if name in ("lost_answer", "reset_made"):
            work()
        drop(request, reset=name.startswith("reset"))
        raise Dropped
    if name in ("timeout", "timeout_lost"):
        answer = work() if name == "timeout" else None
        await hub.hold(trigger.number(120))
        if answer is None:
            drop(request)
            raise Dropped
        return answer.response()
    if name == "no_id":
        return work().response()  # the work leaves the id out
    if name == "half_answer":
        return await _half(request, work())
    if name in _AFTER:
        work()
    return refusal(trigger, wire).response()


_LOST = frozenset({"lost_answer", "lost_request", "reset", "reset_made"})
#: the task is made although the answer does not say so
_AFTER = frozenset({"idempotency_indeterminate", "html_200"})


def refusal(trigger: Trigger, wire: Wire) -> Answer:
    """The answer of a fault that needs no work."""
    fixed: dict[str, Callable[[], Answer]] = {
        "moderation": wire.moderated,
        "image_rejected": lambda: wire.invalid(IMAGE_REJECTED),
        "no_money": lambda: wire.no_money(trigger.route),
        "html_504": lambda: HTML_504,
        "html_200": lambda: HTML_200,
        "rate_limited": lambda: wire.rate_limited({"Retry-After": trigger.argument or "2"}),
        "idempotency_unavailable": lambda: wire.error(503, "idempotency_unavailable", "idempotency store unavailable"),
        "idempotency_indeterminate": lambda: wire.error(
            409, "idempotency_result_indeterminate", "the result of the first request is not known"
        ),
        "idempotency_in_progress": lambda: wire.error(
            409, "idempotency_in_progress", "a request with this key is in progress"
        ),
        "channel_failed": lambda: wire.error(400, "get_channel_failed", "get_channel_failed: no available channel"),
        "rate_unavailable": lambda: wire.error(503, "rate_limit_unavailable", "rate limit service unavailable"),
        "error_200": lambda: Answer(wire.error(500, "internal_error", "upstream error").body),
        "balance_failed": lambda: Answer({"success": False, "message": "failed to read the balance"}),
        "upload_200": lambda: Answer({"success": False, "message": "Image too large. Maximum size is 10MB"}),
        "upload_no_url": lambda: Answer({"success": True, "message": "", "data": {}}),
    }
    if trigger.name in fixed:
        return fixed[trigger.name]()
    # server_error and http: any status, in the gateway's shape
    status = int(trigger.number(500))
    status = status if 400 <= status <= 599 else 500
    if status == 401:
        return wire.unauthorized()
    if status == 402:
        return wire.no_money(trigger.route)
    if status == 429:
        return wire.rate_limited({})
    code = CODES.get(status, "internal_error" if status >= 500 else "invalid_request")
    return wire.error(status, code, f"sandbox: HTTP {status}")


def drop(request: web.BaseRequest, *, reset: bool = False) -> None:
    """Ends the connection without an answer: closed in order, or with a TCP reset."""
    transport = request.transport
    if transport is None:
        return
    if reset:
        sock = transport.get_extra_info("socket")
        if sock is not None:
            # linger of zero seconds: close() sends RST
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if reset:
        transport.abort()
    else:
        transport.close()  # what was written before still goes out


async def _half(request: web.Request, answer: Answer) -> web.StreamResponse:
    data = answer.text().encode()
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": "application/json"})
    response.content_length = len(data)
    await response.prepare(request)
    await response.write(data[: len(data) // 2])
    drop(request)
    raise Dropped
