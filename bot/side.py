"""What one chat platform is to the process that serves it."""

from typing import Protocol


class SideError(Exception):
    """A chat does not let the bot in, and no waiting helps; the message is one sentence with what to do."""


class Side(Protocol):
    """One chat platform of this process."""

    @property
    def platform(self) -> str:
        """Its word in addresses: discord, slack, web."""
        ...

    @property
    def listens(self) -> bool:
        """Whether people are served here; else it only sends messages, and another process takes the events in."""
        ...

    @property
    def is_connected(self) -> bool:
        """Whether events come in and messages can go out at this moment, as far as is known."""
        ...

    @property
    def title(self) -> str:
        """Its name as people know it."""
        ...

    async def start(self) -> None:
        """Connect in the background; returns when messages can be sent, or after a while. Raises SideError."""
        ...

    async def wait(self) -> None:
        """Until it ends by itself. Raises SideError."""
        ...

    async def stop(self) -> None:
        """Finish what is under way and leave."""
        ...
