"""What the dashboard asks of the storage beside the core's own port."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class Numbers(Protocol):
    """Sums over jobs accepted since a moment (epoch seconds). Every method raises StoreError."""

    async def states(self, since: float) -> Mapping[str, int]:
        """How many jobs are in each state; unfinished ones count whenever they were accepted."""
        ...

    async def failures(self, since: float) -> Sequence[tuple[str, int]]:
        """How often each failure code ended a job, the most frequent first."""
        ...

    async def lateness(self, since: float) -> Sequence[float]:
        """Seconds from the gateway's word that a video is done to the video in the chat."""
        ...
