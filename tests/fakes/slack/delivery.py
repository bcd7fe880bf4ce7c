"""What Slack sends to the app, and signed HTTP as one way to send it."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import urlencode

import aiohttp

if TYPE_CHECKING:
    from tests.fakes.slack.teams import Team

Kind = Literal["events_api", "slash_commands", "interactive"]


@dataclass(frozen=True)
class Ack:
    """How the app answered. `error` is empty when it acknowledged in time, else Slack's word for what happened."""

    error: str
    seconds: float
    body: dict[str, Any] | None = None
    status: int | None = None  # HTTP only


@dataclass(eq=False)
class Event:
    """One Events API event: its payload never changes over the retries."""

    team: "Team"
    payload: dict[str, Any]
    acks: list[Ack] = field(default_factory=list)

    @property
    def event_id(self) -> str:
        return str(self.payload["event_id"])

    @property
    def acked(self) -> bool:
        return any(not ack.error for ack in self.acks)


class Transport(Protocol):
    """A way to the app."""

    async def send(self, kind: Kind, payload: dict[str, Any], *, retry_num: int = 0, retry_reason: str = "") -> Ack: ...


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """https://docs.slack.dev/authentication/verifying-requests-from-slack"""
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    return f"v0={digest}"


class HttpDelivery:
    """POSTs to the Request URL, signed. A test may spoil the signature or shift its timestamp (seconds)."""

    def __init__(self, url: str, secret: str, session: aiohttp.ClientSession, ack_timeout_s: float) -> None:
        self.url, self.secret, self.session, self.ack_timeout_s = url, secret, session, ack_timeout_s
        self.wrong_signature = False
        self.timestamp_shift_s = 0

    async def send(self, kind: Kind, payload: dict[str, Any], *, retry_num: int = 0, retry_reason: str = "") -> Ack:
        if kind == "events_api":
            body, content_type = json.dumps(payload).encode(), "application/json"
        else:
            form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
            body, content_type = urlencode(form).encode(), "application/x-www-form-urlencoded"
        timestamp = str(int(time.time()) + self.timestamp_shift_s)
        signed = signature("another secret" if self.wrong_signature else self.secret, timestamp, body)
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signed,
        }
        if retry_num:
            headers |= {"X-Slack-Retry-Num": str(retry_num), "X-Slack-Retry-Reason": retry_reason or "http_timeout"}
        begun = time.perf_counter()
        try:
            async with self.session.post(
                self.url,
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=self.ack_timeout_s),
                allow_redirects=False,
            ) as answer:
                text = await answer.text()
                seconds = time.perf_counter() - begun
                if answer.status >= 500:
                    return Ack("http_service_error", seconds, status=answer.status)
                if answer.status != 200:
                    return Ack("http_client_error", seconds, status=answer.status)
                return Ack("", seconds, _ack_body(text, answer.content_type), answer.status)
        except TimeoutError:
            return Ack("operation_timeout", time.perf_counter() - begun)
        except aiohttp.ClientError:
            return Ack("dispatch_failed", time.perf_counter() - begun)


def _ack_body(text: str, content_type: str) -> dict[str, Any] | None:
    if not text.strip():
        return None
    if content_type == "application/json":
        body = json.loads(text)
        return body if isinstance(body, dict) and body else None
    return {"text": text}
