"""A place for status messages in memory: it keeps what is shown, and fails as a test wishes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.cards.card import plain
from adapters.cards.status_card import status_card
from bot.generation.job import Address, Job, JobState, Purpose
from bot.generation.ports import ChatError, JobView

PATIENCE = 20.0  # seconds a test waits for something that has to happen


@dataclass
class Shown:
    """One post or edit."""

    at: float
    job_id: str
    state: JobState
    text: str
    is_post: bool


@dataclass
class Wall:
    """A platform's status messages: reference -> text."""

    now: Callable[[], float]
    edit_every: float = 8.0
    messages: dict[str, str] = field(default_factory=dict)
    owner: dict[str, str] = field(default_factory=dict)  # reference -> job id
    history: list[Shown] = field(default_factory=list)
    finds: list[str] = field(default_factory=list)
    fail_next: list[ChatError] = field(default_factory=list)
    answer_lost: int = 0  # so many posts arrive, but nobody hears of it
    hold: asyncio.Event | None = None  # messages wait for it on their way
    on_its_way: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def lane(self, address: Address) -> str:
        return address.channel

    async def find(self, job: Job, purpose: Purpose) -> str | None:
        assert purpose is Purpose.STATUS
        self.finds.append(job.id)
        return next((reference for reference, owner in self.owner.items() if owner == job.id), None)

    async def show(self, view: JobView, reference: str | None) -> str:
        self.on_its_way.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.fail_next:
            raise self.fail_next.pop(0)
        if reference is not None and reference not in self.messages:
            raise ChatError("The message is gone.", gone=True)
        shown = reference or self.put(view.job.id)
        text = plain(status_card(view, result=view.result))
        self.messages[shown] = text
        self.history.append(Shown(self.now(), view.job.id, view.job.state, text, reference is None))
        async with self.changed:
            self.changed.notify_all()
        if reference is None and self.answer_lost:
            self.answer_lost -= 1
            raise ChatError("The answer was lost.", ambiguous=True)
        return shown

    def put(self, job_id: str) -> str:
        """A message of this job that somebody else posts."""
        reference = f"m{len(self.owner)}"
        self.messages[reference], self.owner[reference] = "", job_id
        return reference

    def remove(self, reference: str) -> None:
        """People delete a message."""
        del self.messages[reference]
        del self.owner[reference]

    def of(self, job_id: str) -> list[Shown]:
        """What was shown of one job."""
        return [shown for shown in self.history if shown.job_id == job_id]

    def posts(self, job_id: str) -> int:
        """How often a message of this job was posted."""
        return sum(1 for shown in self.of(job_id) if shown.is_post)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something shown makes it so."""
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(is_so)
