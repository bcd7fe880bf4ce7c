"""What goes wrong on Discord's side, as a test ordered it: errors, lost answers, held calls, rate limits."""

import asyncio
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tests.fakes.discord.api import Answer
from tests.fakes.discord.errors import DiscordError

if TYPE_CHECKING:
    from tests.fakes.discord.api import Call, Request
    from tests.fakes.discord.server import FakeDiscord

VIA = {"Via": "1.1 google"}
WINDOW_S, WINDOW_CALLS = 5.0, 5
# Routes whose buckets the fake counts when `rate_limits` is on.
COUNTED = {("POST", "/channels/{channel_id}/messages"), ("PATCH", "/channels/{channel_id}/messages/{message_id}")}


def rate_limited(retry_after: float, *, scope: str = "user", via: bool = True) -> Answer:
    """429 as Discord sends it; without a Via header it comes from the proxy in front."""
    body = {"message": "You are being rate limited.", "retry_after": retry_after, "global": scope == "global"}
    headers = {"Retry-After": str(max(1, round(retry_after))), "X-RateLimit-Scope": scope}
    if scope == "global":
        headers["X-RateLimit-Global"] = "true"
    return Answer(body, 429, {**headers, **(VIA if via else {})})


def fits(method: str, glob: str, call: "Call | Request") -> bool:
    """Whether a call is meant: the glob may be of its path or the template of its route."""
    return method in ("*", call.method) and (fnmatchcase(call.path, glob) or glob == call.route)


@dataclass(eq=False)
class Fault:
    """The next `times` calls of a route go wrong; `used` counts them. See FakeDiscord.fault."""

    method: str
    path_glob: str
    status: int | None = None
    code: int = 0
    times: int = 1
    message: str | None = None
    lose_answer: bool = False
    lose_request: bool = False
    retry_after: float | None = None
    via: bool = True
    body: Any = None
    used: int = 0

    def answer(self) -> Answer:
        """The error instead of the effect."""
        if self.status == 429 and self.code == 0:
            return rate_limited(self.retry_after or 0.0, via=self.via)
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after), **VIA}
        error = DiscordError(self.code, self.status, self.message or ("Error" if self.code == 0 else None))
        if self.status is not None and self.status >= 500 and self.body is None:
            return Answer({"message": f"{self.status}: Server Error", "code": self.code}, self.status, headers)
        return Answer(error.body() if self.body is None else self.body, error.status, headers)


@dataclass(eq=False)
class Hold:
    """The next call of a route waits: before its effect, or after it and before the answer."""

    method: str
    path_glob: str
    after: bool
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    dropped: bool = False

    async def wait_reached(self, timeout: float = 10) -> None:
        """Wait until the call is there."""
        await asyncio.wait_for(self.reached.wait(), timeout)

    def release(self) -> None:
        """Let it go on."""
        self.released.set()

    def drop(self) -> None:
        """It is forgotten, as if it had never arrived (or its answer had never left)."""
        self.dropped = True
        self.released.set()


@dataclass(eq=False)
class Storm:
    """A share of the calls is answered with 429, evenly spread; `end()` ends it, `hits` counts."""

    share: float
    method: str
    path_glob: str
    retry_after: float
    via: bool
    debt: float = 0.0
    hits: int = 0

    def end(self) -> None:
        """The weather clears."""
        self.share = 0.0

    def strikes(self) -> bool:
        """Whether this call is hit."""
        self.debt += self.share
        if self.debt < 1 - 1e-9:
            return False
        self.debt -= 1
        self.hits += 1
        return True


class Troubles:
    """All that was ordered."""

    def __init__(self, discord: "FakeDiscord") -> None:
        self._discord = discord
        self.faults: list[Fault] = []
        self.holds: list[Hold] = []
        self.storms: list[Storm] = []
        self._windows: dict[tuple[str, str], list[float]] = {}

    async def wait(self, seen: "Request", *, after: bool) -> bool:
        """Stop at a hold for this call; whether it was dropped there."""
        for hold in self.holds:
            if hold.after == after and fits(hold.method, hold.path_glob, seen):
                self.holds.remove(hold)
                hold.reached.set()
                self._discord.touch()
                await hold.released.wait()
                return hold.dropped
        return False

    def next_fault(self, seen: "Request") -> Fault | None:
        """The fault of this call, used up."""
        for fault in self.faults:
            if fits(fault.method, fault.path_glob, seen):
                fault.used += 1
                if fault.used >= fault.times:
                    self.faults.remove(fault)
                return fault
        return None

    def rate_limited(self, call: "Call") -> Answer | None:
        """429 when a storm hits this call, or its bucket is empty."""
        for storm in self.storms:
            if storm.share and fits(storm.method, storm.path_glob, call) and storm.strikes():
                return rate_limited(storm.retry_after, via=storm.via)
        if not self._discord.rate_limits or (call.method, call.route) not in COUNTED:
            return None
        now = self._discord.now()
        calls = self._window(call.method, call.args["channel_id"])
        if len(calls) >= WINDOW_CALLS:
            return rate_limited(round(calls[0] + WINDOW_S - now, 3))
        calls.append(now)
        return None

    def _window(self, method: str, channel: str) -> list[float]:
        now = self._discord.now()
        calls = [at for at in self._windows.get((method, channel), []) if at > now - WINDOW_S]
        self._windows[method, channel] = calls
        return calls

    def bucket_headers(self, seen: "Request") -> dict[str, str]:
        """The bucket's state after this call."""
        if not self._discord.rate_limits or (seen.method, seen.route) not in COUNTED:
            return {}
        channel = seen.path.split("/")[2]
        calls, now = self._window(seen.method, channel), self._discord.now()
        left = max(0.0, calls[0] + WINDOW_S - now) if calls else 0.0
        return {
            "X-RateLimit-Limit": str(WINDOW_CALLS),
            "X-RateLimit-Remaining": str(WINDOW_CALLS - len(calls)),
            "X-RateLimit-Reset": f"{now + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": f"bucket-{seen.method.lower()}-messages",
        }
