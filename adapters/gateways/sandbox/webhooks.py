"""Webhooks, as gateways.md section 6 tells of them: sent once when a task ends, never again when nobody takes one."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp

from adapters.gateways.sandbox.task import Task

#: real seconds between looks at the tasks that somebody waits for
LOOK_EVERY = 0.02
#: seconds the receiver has
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Sent:
    """One webhook that was sent; `status` is 0 when nobody answered."""

    url: str
    body: bytes = field(repr=False)
    status: int


@dataclass(frozen=True, slots=True)
class _Waiting:
    task: Task
    url: str
    document: Callable[[], str]


class Webhooks:
    """Tells the URLs of one origin how their tasks ended.

    origin: the URL configured in the accounts. secret: what ToAPIs signs with.
    """

    def __init__(self, origin: str, secret: str, clock: Callable[[], float]) -> None:
        self._origin, self._secret, self._clock = _origin_of(origin), secret, clock
        self._waiting: list[_Waiting] = []
        self._something = asyncio.Event()
        self.sent: list[Sent] = []

    def takes(self, url: str) -> bool:
        """Whether a create may name this URL."""
        return _origin_of(url) == self._origin

    def watch(self, task: Task, url: str, document: Callable[[], str]) -> None:
        """Tell this URL when the task has ended. document: the task as APIMart shows it at that moment."""
        self._waiting.append(_Waiting(task, url, document))
        self._something.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session:
            while True:
                await self._something.wait()
                now = self._clock()
                ended = [one for one in self._waiting if one.task.state(now) in ("completed", "failed")]
                self._waiting = [one for one in self._waiting if one not in ended]
                if not self._waiting:
                    self._something.clear()
                await asyncio.gather(*(self._send(session, one) for one in ended))
                if self._waiting:
                    await asyncio.sleep(LOOK_EVERY)

    async def _send(self, session: aiohttp.ClientSession, one: _Waiting) -> None:
        url, headers = one.url, {"Content-Type": "application/json"}
        if one.task.gateway == "apimart":
            # "the server appends /callback"; unsigned
            url, body = f"{url.rstrip('/')}/callback", one.document().encode()
        else:
            body = self._event(one.task)
            headers |= self.signature(body)
        try:
            async with session.post(url, data=body, headers=headers) as answer:
                self.sent.append(Sent(url, body, answer.status))
        except (aiohttp.ClientError, TimeoutError, OSError):
            self.sent.append(Sent(url, body, 0))

    def _event(self, task: Task) -> bytes:
        is_done = task.state(self._clock()) == "completed"
        data: dict[str, object] = {
            "task_id": task.id,
            "client_business_id": task.business_id or None,
            "status": "SUCCESS" if is_done else "FAILURE",
            "progress": "100%",
            "result": {} if is_done else None,
            "error": None if is_done else {"message": task.error_message},
        }
        kind = "generation.completed" if is_done else "generation.failed"
        return json.dumps({"id": f"evt_{secrets.token_hex(8)}", "type": kind, "data": data}).encode()

    def signature(self, body: bytes) -> dict[str, str]:
        """The headers ToAPIs sends: HMAC-SHA256 over id.timestamp.raw_body."""
        event, stamp = secrets.token_hex(12), str(int(self._clock()))
        signed = hmac.new(self._secret.encode(), f"{event}.{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        return {
            "X-ToAPIs-Webhook-Id": event,
            "X-ToAPIs-Webhook-Timestamp": stamp,
            "X-ToAPIs-Webhook-Signature": f"v1={signed}",
        }


def _origin_of(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
