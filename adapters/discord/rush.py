"""Many people ask in the same moment: everybody's first answer goes before anybody's second."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

MANY = 4  # people who wait for their first answer at once; with more it is a rush
AT_ONCE = 4  # orders of a rush that are worked on side by side
PATIENCE = 0.5  # seconds that such a turn waits at most for first answers


class Rush:
    """Who waits for a first answer, and the turns of those who have had it."""

    def __init__(self) -> None:
        self._unanswered: set[int] = set()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._calm = asyncio.Event()
        self._calm.set()

    @property
    def is_on(self) -> bool:
        """Whether more than MANY wait for their first answer."""
        return len(self._unanswered) > MANY

    def waits(self, interaction_id: int) -> None:
        """This interaction has no answer yet."""
        self._unanswered.add(interaction_id)
        if self.is_on:
            self._calm.clear()

    def is_answered(self, interaction_id: int) -> None:
        """This interaction has its first answer, or gets none. Twice is once."""
        self._unanswered.discard(interaction_id)
        if not self.is_on:
            self._calm.set()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One of the AT_ONCE turns, in the order they were asked for."""
        async with self._turns:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._calm.wait(), PATIENCE)
            yield
