"""Durable first: an event that may spend is in the intake table before it is answered or acknowledged."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from enum import Enum, auto
from typing import Any

from bot.generation.ports import Clock, Intake, Store, StoreError

log = logging.getLogger("videobot.desk")

KEEP_WITHIN = 1.5  # seconds; Discord waits 3 for the first answer, Slack 3 for the acknowledgement
_MOST_GIVEN_UP = 5000


class Kept(Enum):
    """What became of an event on its way into the table."""

    NEW = auto()
    BEFORE = auto()  # the same event once more: it is being answered, or was
    NOT_KEPT = auto()  # the database does not answer; nothing was accepted


class IntakeBook:
    """The open events of a platform."""

    def __init__(self, store: Store, clock: Clock, platform: str, *, within: float = KEEP_WITHIN) -> None:
        """`within`: seconds an event has to be written down."""
        self._store, self._clock, self._platform, self.within = store, clock, platform, within
        self._late: set[asyncio.Task[None]] = set()
        self._given_up: dict[str, int] = {}

    def key_for(self, key: str) -> str:
        """The key to keep an event under. What was given up under its own was not accepted, and may come once more: a
        form that stayed open."""
        tries = self._given_up.get(key, 0)
        return f"{key}:{tries}" if tries else key

    def give_up(self, key: str) -> None:
        """Its person was told that nothing was accepted."""
        self._given_up[key] = self._given_up.pop(key, 0) + 1
        if len(self._given_up) > _MOST_GIVEN_UP:
            del self._given_up[next(iter(self._given_up))]

    async def keep(self, key: str, payload: Mapping[str, object]) -> Kept:
        """Write the event down, within the seconds there are."""
        writing = asyncio.create_task(self._write(key, payload))
        done, _ = await asyncio.wait({writing}, timeout=self.within)
        if done:
            return writing.result()
        # It may still be written: the person is told otherwise, so it is closed as soon as it is.
        self._later(self._close_late(writing, key))
        return Kept.NOT_KEPT

    async def close(self, key: str) -> None:
        """The event was answered."""
        try:
            await self._store.close_intake(key)
        except StoreError as error:
            log.warning("an answered event stays open until the next start: %s", error)

    async def open(self) -> list[Intake]:
        """What a crash left unanswered, oldest first; nothing when the database cannot be read."""
        try:
            return list(await self._store.open_intakes(self._platform))
        except StoreError as error:
            log.warning("unanswered events could not be read: %s", error)
            return []

    async def finish(self) -> None:
        """Wait for what is still being written."""
        await asyncio.gather(*self._late, return_exceptions=True)

    async def _write(self, key: str, payload: Mapping[str, object]) -> Kept:
        try:
            is_new = await self._store.add_intake(key, self._platform, payload, self._clock.now())
        except StoreError as error:
            log.warning("an event was not taken: %s", error)
            return Kept.NOT_KEPT
        return Kept.NEW if is_new else Kept.BEFORE

    async def _close_late(self, writing: asyncio.Task[Kept], key: str) -> None:
        if await writing is Kept.NEW:
            await self.close(key)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._late.add(task)
        task.add_done_callback(self._late.discard)
