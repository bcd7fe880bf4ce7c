"""Webhooks of the gateways: a hint that saves waiting, never the truth. All one does is to move the next look to now.

Each create gets an address of its own, which nobody can guess: the attempt's id and a code made of it. ToAPIs also
signs what it sends; APIMart does not, so there the address is all the proof there is. What a webhook says is not read.
"""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.generation.about import about
from bot.generation.job import Job, JobState
from bot.generation.ports import Clock, StoreError
from bot.operations.meters import Meters

log = logging.getLogger("videobot.webhooks")

LARGEST = 256 * 1024  # bytes of a webhook's body
PATIENCE = 10.0  # seconds it may take to arrive; ToAPIs gives up after ten, too
CLOCK_SKEW = 300.0  # seconds a signature may be old (gateways.md section 6)
ONE_HINT_EVERY = 3.0  # seconds; more hints of one job are dropped
REMEMBERED = 10_000  # jobs
PATH = "/hooks"


class Hooks:
    """Makes the addresses, takes what comes in."""

    def __init__(
        self,
        public_url: str,
        key: str,
        secrets: Mapping[str, str],
        find: Callable[[str], Awaitable[Job | None]],
        wake: Callable[[Job], Awaitable[None]],
        clock: Clock,
        meters: Meters,
    ) -> None:
        """`key`: what addresses are made with. `secrets`: gateway -> its signing secret, for those that sign. `find`:
        the job of an attempt id. `wake`: whichever process runs this job looks at it now."""
        self._public_url, self._key = public_url.rstrip("/"), key.encode()
        self._secrets, self._find, self._wake = secrets, find, wake
        self._clock, self._meters = clock, meters
        self._hinted: dict[str, float] = {}

    def url(self, gateway: str, attempt_id: str) -> str:
        """Where this gateway may tell of this attempt."""
        return f"{self._public_url}{PATH}/{gateway}/{attempt_id}/{self._code(gateway, attempt_id)}"

    def routes(self) -> list[BaseRoute]:
        """For the HTTP server. APIMart puts `/callback` behind the address it was given."""
        path = f"{PATH}/{{gateway}}/{{attempt}}/{{code}}"
        return [
            Route(f"{PATH}/{{gateway}}", self._account, methods=["POST"]),
            Route(path, self._task, methods=["POST"]),
            Route(f"{path}/callback", self._task, methods=["POST"]),
        ]

    async def _account(self, request: Request) -> Response:
        """The address an operator types into ToAPIs' console: only its signed test events come here."""
        gateway = request.path_params["gateway"]
        body = await _bounded(request)
        if gateway not in self._secrets or body is None or not self._is_signed(gateway, request.headers, body):
            return self._refused(gateway, "unsigned")
        return Response(status_code=204)

    async def _task(self, request: Request) -> Response:
        gateway, attempt_id, code = (request.path_params[name] for name in ("gateway", "attempt", "code"))
        if not hmac.compare_digest(self._code(gateway, attempt_id).encode(), code.encode()):
            return self._refused(gateway, "unknown")
        body = await _bounded(request)
        if body is None:
            return self._refused(gateway, "too_large")
        if gateway in self._secrets and not self._is_signed(gateway, request.headers, body):
            return self._refused(gateway, "unsigned")
        try:
            job = await self._find(attempt_id)
            if job is not None and job.state is JobState.RUNNING and job.attempt_id == attempt_id:
                await self._hint(job)
        except StoreError as error:
            log.warning("a webhook of %s came to nothing: %s", gateway, error)
            return PlainTextResponse("Try again later.", status_code=503)
        self._meters.hooked(gateway, "taken")
        return Response(status_code=204)

    async def _hint(self, job: Job) -> None:
        now = self._clock.now()
        before = self._hinted.pop(job.id, None)
        self._hinted[job.id] = now
        if len(self._hinted) > REMEMBERED:
            del self._hinted[next(iter(self._hinted))]
        if before is not None and before <= now < before + ONE_HINT_EVERY:
            return
        with about(job.id):
            log.debug("job %s: %s says that something happened", job.id, job.gateway)
        await self._wake(replace(job, due_at=now))

    def _refused(self, gateway: str, why: str) -> Response:
        # One answer for all: who guesses learns nothing. A stranger's word for a gateway is no label.
        self._meters.hooked(gateway if gateway in _GATEWAYS else "unknown", why)
        return PlainTextResponse("Not found.", status_code=404)

    def _code(self, gateway: str, attempt_id: str) -> str:
        return hmac.new(self._key, f"{gateway}/{attempt_id}".encode(), hashlib.sha256).hexdigest()[:40]

    def _is_signed(self, gateway: str, headers: Mapping[str, str], body: bytes) -> bool:
        """X-ToAPIs-Webhook-Signature: v1=HEX[,v1=HEX of the previous secret], HMAC-SHA256 over id.timestamp.body, at
        most five minutes old (gateways.md section 6)."""
        event, stamp = headers.get("x-toapis-webhook-id", ""), headers.get("x-toapis-webhook-timestamp", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            return False
        if abs(self._clock.now() - int(stamp)) > CLOCK_SKEW:
            return False
        secret = self._secrets[gateway].encode()
        wanted = hmac.new(secret, f"{event}.{stamp}.".encode() + body, hashlib.sha256).hexdigest().encode()
        given = headers.get("x-toapis-webhook-signature", "")[:1000].split(",")
        signatures = [part.strip().removeprefix("v1=") for part in given if part.strip().startswith("v1=")]
        return any(hmac.compare_digest(wanted, one.encode()) for one in signatures)


_GATEWAYS = frozenset({"toapis", "apimart"})


async def _bounded(request: Request) -> bytes | None:
    """The body; None when it is too large or too slow."""
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST:
                    return None
    except TimeoutError:
        return None
    return bytes(body)
