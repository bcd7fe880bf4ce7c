"""Who did something in Slack, and where: what every request keeps until it is answered."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from bot.generation.job import Address, Requester


@dataclass(frozen=True, slots=True)
class Occasion:
    """A person's act. Ids are Slack's.

    `channel` is "" where there is none (App Home, a global shortcut). `thread`: the ts of the root of the thread it
    happened in; `message`: the ts of the asking message. `hook`: its response_url, which takes five answers within half
    an hour.
    """

    team: str
    user: str
    name: str = ""
    channel: str = ""
    thread: str = ""
    message: str = ""
    is_direct: bool = False
    hook: str = ""

    @property
    def requester(self) -> Requester:
        """The person as limits know them: ids are a workspace's own."""
        return Requester("slack", f"{self.team}:{self.user}", self.team, self.channel)

    def address(self) -> Address:
        """Where the answers go."""
        return Address(
            platform="slack",
            workspace=self.team,
            channel=self.channel,
            thread=self.thread,
            message=self.message,
            extra={"dm": "yes"} if self.is_direct else {},
        )

    def payload(self) -> dict[str, object]:
        """As the intake table keeps it."""
        return asdict(self)

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Self:
        """The occasion that was kept. Raises KeyError, TypeError for what is none."""
        return cls(**payload)
