"""Calls to Slack kept within its published rates, for each method and workspace and, for new messages, each channel."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.slack.trouble import busy
from bot.generation.pacing import Rate, TokenBucket
from bot.generation.ports import Clock

#: https://docs.slack.dev/apis/web-api/rate-limits: so many calls a minute, for each method and workspace. Bursts are
#: allowed, nobody says how long; here burst and pace together stay within the number in every minute.
TIER_1 = Rate(1 / 61, 1)  # 1 a minute
TIER_2 = Rate(17 / 60, 3)  # 20
TIER_3 = Rate(42 / 60, 8)  # 50
TIER_4 = Rate(85 / 60, 15)  # 100
#: "one message per second per channel, while also maintaining a workspace-wide limit" of "several hundred" a minute.
PER_CHANNEL = Rate(1 / 1.1, 1)
PER_WORKSPACE = Rate(4.0, 20)

#: The tiers as the methods' own pages name them (https://docs.slack.dev/reference/methods).
RATES: Mapping[str, Rate] = {
    "auth.test": PER_WORKSPACE,
    "chat.delete": TIER_3,
    "chat.getPermalink": PER_WORKSPACE,
    "chat.postEphemeral": TIER_4,
    "chat.postMessage": PER_WORKSPACE,
    "chat.update": TIER_3,
    "conversations.history": TIER_3,
    "conversations.info": TIER_3,
    "conversations.join": TIER_3,
    "conversations.open": TIER_3,
    "conversations.replies": TIER_3,
    "files.completeUploadExternal": TIER_4,
    "files.delete": TIER_3,
    "files.getUploadURLExternal": TIER_4,
    "files.info": TIER_4,
    "reactions.add": TIER_3,
    "reactions.remove": TIER_2,
    "team.info": TIER_3,
    "usergroups.list": TIER_2,
    "usergroups.users.list": TIER_2,
    "users.info": TIER_4,
    "views.open": TIER_4,
    "views.publish": TIER_4,
    "views.push": TIER_4,
    "views.update": TIER_4,
}
#: For apps that are distributed outside Slack's Marketplace since 29 May 2025 (changelog of that day).
DISTRIBUTED_RATES: Mapping[str, Rate] = {"conversations.history": TIER_1, "conversations.replies": TIER_1}
_POSTS = frozenset({"chat.postMessage"})
_OTHER = TIER_2

LONGEST_WAIT = 65.0  # seconds a call waits for its turn (longer than tier 1's pause); else it fails as "later"
REMEMBERED = 4000  # buckets, before those that are full again are forgotten
_FULL_AFTER = 130.0  # seconds; after the longest wait and tier 1's pause a bucket that is not closed is full again


@dataclass(eq=False, slots=True)
class _Used:
    bucket: TokenBucket
    at: float


class Limiter:
    """Turns for calls. Not for threads. `distributed`: the app is installed in other people's workspaces without being
    in Slack's Marketplace."""

    def __init__(self, clock: Clock, *, distributed: bool = False, remembered: int = REMEMBERED) -> None:
        self._clock, self._remembered = clock, remembered
        self._forget_at = remembered
        self._rates = {**RATES, **(DISTRIBUTED_RATES if distributed else {})}
        self._used: dict[tuple[str, str, str], _Used] = {}

    async def turn(self, method: str, team: str, channel: str = "") -> None:
        """Wait until this call may leave. Raises TroubleError (LATER) when that is more than a minute away."""
        now = self._clock.now()
        buckets = [self._bucket(method, team, "", now)]
        if method in _POSTS and channel:
            buckets.append(self._bucket(method, team, channel, now))
        if max(bucket.wait(now) for bucket in buckets) > LONGEST_WAIT:
            raise busy()
        pause = max([bucket.take(now) for bucket in buckets])
        if pause > 0:
            await self._clock.sleep(pause)

    def close(self, method: str, team: str, seconds: float) -> None:
        """Slack answered 429: no call of this method leaves for this workspace for `seconds` (its Retry-After)."""
        now = self._clock.now()
        self._bucket(method, team, "", now).close(now + seconds, now)

    def _bucket(self, method: str, team: str, channel: str, now: float) -> TokenBucket:
        key = (method, team, channel)
        used = self._used.get(key)
        if used is None:
            if len(self._used) >= self._forget_at:
                self._forget(now)
            rate = PER_CHANNEL if channel else self._rates.get(method, _OTHER)
            used = self._used[key] = _Used(TokenBucket(rate), now)
        used.at = now
        return used.bucket

    def _forget(self, now: float) -> None:
        self._used = {
            key: used for key, used in self._used.items() if now - used.at < _FULL_AFTER or used.bucket.wait(now) > 0
        }
        self._forget_at = max(self._remembered, 2 * len(self._used))  # however many there are, seldom looked through
