"""A gateway whose calls are counted and judged, and which otherwise is the one inside."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeVar

from bot.generation.ports import (
    Accepted,
    Balance,
    CreateOutcome,
    Gateway,
    GatewayError,
    TaskLook,
    Uploaded,
)
from bot.operations.meters import Meters
from bot.operations.standing import Standing

T = TypeVar("T")


class ObservedGateway:
    """The `Gateway` of bot.generation.ports around another one. `on_change` is called when its standing changed."""

    def __init__(
        self,
        inner: Gateway,
        standing: Standing,
        meters: Meters,
        now: Callable[[], float],
        on_change: Callable[[], None],
    ) -> None:
        self._inner, self._standing, self._meters, self._now = inner, standing, meters, now
        self._on_change = on_change

    @property
    def name(self) -> str:
        """See Gateway."""
        return self._inner.name

    @property
    def can_look_up(self) -> bool:
        """See Gateway."""
        return self._inner.can_look_up

    def create_body(self, body: Mapping[str, object], attempt_id: str) -> Mapping[str, object]:
        """See Gateway."""
        return self._inner.create_body(body, attempt_id)

    async def create(self, body: Mapping[str, object], attempt_id: str) -> CreateOutcome:
        """See Gateway."""
        began = self._now()
        outcome = await self._inner.create(body, attempt_id)
        self._note("create", "ok" if isinstance(outcome, Accepted) else outcome.code, began)
        return outcome

    async def look(self, task_id: str) -> TaskLook:
        """See Gateway."""
        return await self._told("look", self._inner.look(task_id))

    async def look_up(self, attempt_id: str) -> TaskLook | None:
        """See Gateway."""
        return await self._told("look_up", self._inner.look_up(attempt_id))

    async def upload_image(self, data: bytes, mime: str) -> Uploaded:
        """See Gateway."""
        return await self._told("upload", self._inner.upload_image(data, mime))

    async def upload_video(self, path: Path, mime: str) -> Uploaded:
        """See Gateway."""
        return await self._told("upload", self._inner.upload_video(path, mime))

    async def balance(self) -> Balance:
        """See Gateway."""
        balance = await self._told("balance", self._inner.balance())
        before = self._standing.trouble
        self._standing.note_balance(balance, self._now())
        self._tell(before)
        return balance

    async def models(self) -> frozenset[str]:
        """See Gateway."""
        return await self._told("models", self._inner.models())

    async def _told(self, call: str, work: Awaitable[T]) -> T:
        began = self._now()
        try:
            value = await work
        except GatewayError as error:
            self._note(call, error.code, began)
            raise
        self._note(call, "ok", began)
        return value

    def _note(self, call: str, outcome: str, began: float) -> None:
        now, before = self._now(), self._standing.trouble
        self._meters.called(self.name, call, outcome, now - began)
        self._standing.note(call, outcome, now)
        self._tell(before)

    def _tell(self, before: str | None) -> None:
        if self._standing.trouble != before:
            self._on_change()
