"""What goes wrong on Slack's side, as a test ordered it: errors, lost answers, held calls, rate limits."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.slack.teams import Team

# https://docs.slack.dev/apis/web-api/rate-limits: calls a minute, per method and workspace
TIER = {1: 1, 2: 20, 3: 50, 4: 100}
TIERS = {
    "apps.connections.open": 3,
    "auth.revoke": 3,
    "bots.info": 3,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.join": 3,
    "conversations.list": 2,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.replies": 3,
    "files.completeUploadExternal": 4,
    "files.delete": 3,
    "files.getUploadURLExternal": 4,
    "files.info": 4,
    "reactions.add": 3,
    "reactions.remove": 2,
    "team.info": 3,
    "usergroups.list": 2,
    "usergroups.users.list": 2,
    "users.info": 4,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}


@dataclass
class Fault:
    """The next `times` calls of a method go wrong.

    `error`: ok is false. `status`: that HTTP status with an HTML page. `lose_answer`: the call has its effect, but the
    connection is cut before the answer. `lose_request`: cut before any effect. `body`: this text answered with 200.
    """

    method: str
    error: str | None = None
    times: int = 1
    status: int | None = None
    lose_answer: bool = False
    lose_request: bool = False
    body: str | None = None
    more: dict[str, Any] = field(default_factory=dict)
    team: "Team | None" = None


@dataclass(eq=False)
class Hold:
    """The next call of a method waits: before its effect, or after it and before the answer."""

    method: str
    after: bool
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    dropped: bool = False

    async def wait_reached(self, timeout: float = 10) -> None:
        """Wait until the call is there."""
        await asyncio.wait_for(self.reached.wait(), timeout)

    async def passes(self) -> bool:
        """The call is here, and waits; False when it is to be forgotten."""
        self.reached.set()
        await self.released.wait()
        return not self.dropped

    def release(self) -> None:
        """Let the call go on."""
        self.released.set()

    def drop(self) -> None:
        """The call is forgotten, as if it never arrived (or its answer never left)."""
        self.dropped = True
        self.released.set()


@dataclass
class RateLimit:
    """429 for a method: every n-th call, or the next `times` calls, or above `per_minute`."""

    every: int | None = None
    times: int | None = None
    per_minute: int | None = None
    retry_after_s: int = 1
    team: "Team | None" = None
    calls: int = 0
    windows: dict[str, list[float]] = field(default_factory=dict)

    def refuses(self, key: str, now: float) -> int | None:
        """Count one call: seconds of Retry-After when it is refused."""
        self.calls += 1
        if self.times is not None:
            self.times -= 1
            return self.retry_after_s if self.times >= 0 else None
        if self.every is not None:
            return self.retry_after_s if self.calls % self.every == 0 else None
        if self.per_minute is not None:
            seen = [at for at in self.windows.get(key, []) if at > now - 60]
            self.windows[key] = seen
            if len(seen) >= self.per_minute:
                return max(1, int(seen[0] + 60 - now) + 1)
            seen.append(now)
        return None


class Troubles:
    """All that was ordered, by method. Besides Web API methods: `file.upload`, `file.download`, `response_url`."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.holds: list[Hold] = []
        self.rate_limits: dict[str, list[RateLimit]] = {}
        self.tiers = False
        self._tiers: dict[str, RateLimit] = {}
        self._posts: dict[str, float] = {}

    def next_fault(self, method: str, team: "Team | None") -> Fault | None:
        """The fault of this call, used up."""
        for fault in self.faults:
            if fault.method == method and fault.team in (None, team):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    def next_hold(self, method: str, *, after: bool) -> Hold | None:
        """The hold of this call, used up."""
        for hold in self.holds:
            if hold.method == method and hold.after == after:
                self.holds.remove(hold)
                return hold
        return None

    def retry_after(self, method: str, team: "Team | None", channel: str, now: float) -> int | None:
        """Seconds of Retry-After when this call is refused with 429."""
        key = team.id if team else ""
        for limit in self.rate_limits.get(method, []):
            if limit.team in (None, team) and (seconds := limit.refuses(key, now)) is not None:
                return seconds
        if self.tiers and method in TIERS:
            limit = self._tiers.setdefault(method, RateLimit(per_minute=TIER[TIERS[method]]))
            return limit.refuses(key, now)
        if self.tiers and method == "chat.postMessage":  # about one a second and channel
            if now - self._posts.get(f"{key}/{channel}", 0.0) < 1.0:
                return 1
            self._posts[f"{key}/{channel}"] = now
        return None
