"""The calls both gateways have in common: send, read tolerantly, say what went wrong in the error map's words."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from adapters.gateways import errors, wire
from adapters.gateways.http import Account, Answer, Call, Fault, FileBody, Patience
from bot.generation.job import Failure
from bot.generation.ports import (
    Balance,
    CreateOutcome,
    GatewayError,
    NotCreated,
    TaskLook,
    TaskNotFoundError,
    TaskState,
    Uploaded,
)

log = logging.getLogger("videobot.gateways")

MB = 1024 * 1024
_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/quicktime": "mov",
}


@dataclass(frozen=True, slots=True)
class FileRules:
    """What one upload endpoint takes; `most` in MB."""

    kind: str
    path: str
    most: int
    mimes: tuple[str, ...]


def quoted(task_id: str) -> str:
    """An opaque id as one part of a path."""
    return quote(task_id, safe="")


def unsupported(reason: str) -> GatewayError:
    """The error of a call that this gateway does not have."""
    return GatewayError("unsupported", errors.sentence("unsupported", reason), retry=False)


class Calls:
    """One account's calls. Every method but `create` raises GatewayError, without a secret or a prompt in it."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        create_client: httpx.AsyncClient,
        *,
        name: str,
        base_url: str,
        api_key: SecretStr,
        on_rate: Callable[[wire.RateInfo], None] | None,
        now: Callable[[], float],
        patience: Patience,
    ) -> None:
        """Raises ValueError for an unusable base URL or key."""
        self.name = name
        self._account = Account(client, create_client, name=name, base_url=base_url, api_key=api_key, patience=patience)
        self._key, self._on_rate, self._now = api_key, on_rate, now

    # ------------------------------------------------------------------------------------------ creating

    async def create(
        self, path: str, body: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> CreateOutcome:
        """POST the body once, as compact UTF-8 JSON in the order it has."""
        try:
            raw = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        except ValueError:  # half a surrogate pair, NaN: nothing was sent
            return NotCreated("invalid_request", errors.sentence("invalid_request"), retry=False)
        result = await self._account.post_json(path, raw, headers)
        outcome = errors.create_outcome(
            result, secrets=self._secrets(), prompts=errors.prompts_in(body), now=self._now()
        )
        self._tell_rates(Call.CREATE, result)
        return outcome

    # ------------------------------------------------------------------------------------------ watching

    async def look(self, path: str, query: Mapping[str, str] | None = None) -> TaskLook:
        """Read a task. Raises TaskNotFoundError, GatewayError; both always worth another try."""
        result = await self._account.get(path, query)
        self._tell_rates(Call.LOOK, result)
        if not isinstance(result, Answer) or result.status != 200:
            raise errors.look_error(result, secrets=self._secrets(), now=self._now())
        document = errors.parsed(result)
        task = wire.task_of(document)
        task_id, state = wire.task_id(task), wire.task_state(task)
        links = wire.outputs(task) if task_id is None or state is TaskState.COMPLETED else ()
        if state is None and task_id is not None and not task.get("error"):
            state = TaskState.RUNNING
        if state is None or (task_id is None and not links and _could_be_no_task(task)):
            raise errors.look_error(result, secrets=self._secrets(), now=self._now())
        return TaskLook(
            state,
            task_id=task_id,
            progress=wire.progress(task),
            outputs=links if state is TaskState.COMPLETED else (),
            bill_micros=wire.bill_micros(task),
            failure=self._failure(document) if state is TaskState.FAILED else None,
        )

    def _failure(self, document: wire.Json) -> Failure:
        return errors.task_failure(document, secrets=self._secrets())

    async def look_up(self, path: str) -> TaskLook | None:
        """Read a task by our own id; None for 404. Raises GatewayError."""
        try:
            found = await self.look(path)
        except TaskNotFoundError:
            return None
        if found.task_id is None:
            raise GatewayError("bad_answer", errors.sentence("bad_answer"), retry=True)
        return found

    # ------------------------------------------------------------------------------------------ files

    async def upload(
        self,
        rules: FileRules,
        source: bytes | Path,
        mime: str,
        fields: Mapping[str, str] | None = None,
        *,
        link_lives: float | None = None,
    ) -> Uploaded:
        """Upload one file. `link_lives`: seconds from its creation to the link's end, where the gateway has a rule."""
        size = await self._measured(rules, source, mime)
        body = FileBody(source, size, mime, f"{rules.kind}.{_EXTENSIONS[mime]}", fields or {})
        result = await self._account.post_file(rules.path, body)
        self._tell_rates(Call.UPLOAD, result)
        document = errors.parsed(result) if isinstance(result, Answer) and result.status == 200 else None
        link = None if wire.is_refused(document) else wire.uploaded(document)
        if link is None:
            raise errors.upload_error(result, secrets=self._secrets(), now=self._now())
        url, created_at, expires_at = link
        if expires_at is None and link_lives is not None:
            expires_at = (created_at if created_at is not None else self._now()) + link_lives
        return Uploaded(url, expires_at)

    async def _measured(self, rules: FileRules, source: bytes | Path, mime: str) -> int:
        if mime not in rules.mimes:
            kinds = ", ".join(_EXTENSIONS[m].upper() for m in rules.mimes)
            raise _refused("file_refused", f"it takes {rules.kind}s only as {kinds}")
        if isinstance(source, bytes):
            size = len(source)
        else:
            measured = await asyncio.to_thread(_size_of, source)
            if measured is None:
                raise _refused("file_refused", f"the {rules.kind} cannot be read any more")
            size = measured
        if size == 0:
            raise _refused("file_refused", f"the {rules.kind} is empty")
        if size > rules.most * MB:
            reason = f"the {rules.kind} has {size / MB:.1f} MB and at most {rules.most} MB are allowed"
            raise _refused("too_large", reason)
        return size

    # ------------------------------------------------------------------------------------------ account

    async def balance(self) -> Balance:
        """GET /v1/balance; `success: false` comes with HTTP 200 (gateways.md section 7)."""
        document = await self._account_page("/v1/balance", None)
        found = wire.balance(document)
        if found is None:
            raise GatewayError("bad_answer", errors.sentence("bad_answer"), retry=True)
        return found

    async def models(self, query: Mapping[str, str]) -> frozenset[str]:
        """GET /v1/models: ids."""
        document = await self._account_page("/v1/models", query)
        found = wire.models(document)
        if found is None:
            raise GatewayError("bad_answer", errors.sentence("bad_answer"), retry=True)
        return found

    async def _account_page(self, path: str, query: Mapping[str, str] | None) -> wire.Json:
        result = await self._account.get(path, query)
        self._tell_rates(Call.ACCOUNT, result)
        if not isinstance(result, Answer) or result.status != 200:
            raise errors.call_error(result, secrets=self._secrets(), now=self._now())
        document = errors.parsed(result)
        if wire.is_refused(document):
            said = wire.complaint(document) or wire.Complaint("", "")
            reason = errors.clean_reason(said.message, secrets=self._secrets())
            raise GatewayError("account_error", errors.sentence("account_error", reason), retry=False)
        return document

    # ------------------------------------------------------------------------------------------ shared

    def _secrets(self) -> tuple[str, ...]:
        return (self._key.get_secret_value(),)

    def _tell_rates(self, call: Call, result: Answer | Fault) -> None:
        if self._on_rate is None or not isinstance(result, Answer):
            return
        info = wire.rate_info(self.name, call, result.status, result.headers, self._now())
        if info is None:
            return
        try:
            self._on_rate(info)
        except Exception:  # a mistake in there must not lose the task id that was just paid for
            log.exception("%s: the rate headers could not be used", self.name)


def _could_be_no_task(task: wire.Object) -> bool:
    """An object without an id whose status may speak of the call, not of a task: {"status": "error"}, "success"."""
    return wire.as_text(task.get("status")).strip().lower() in {"error", "success"}


def _refused(code: str, reason: str) -> GatewayError:
    return GatewayError(code, errors.sentence(code, reason), retry=False)


def _size_of(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
