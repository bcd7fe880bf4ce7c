"""When to look at a task next: learned render times, backoff, rate budgets. Pure: time and chance come as arguments.

The vendors' advice is a first look after 5-30 s, then one every 2-10 s with jitter. A task is looked at once early, so
that an instant refusal and the first percentage are seen, then sparsely until tasks of its kind begin to be done, then
often.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random

from bot.generation.accounts import gateway_of

FIRST_LOOK = 8.0  # seconds after the create
DENSE_INTERVAL = 4.8  # seconds between looks once tasks of this kind begin to be done
SPARSE_GAP = 30.0  # seconds; a longer way to the dense part is halved
SLOW_AFTER = 15 * 60.0  # seconds; from then on the card says "taking longer" and looks are rare
SLOW_INTERVAL = 30.0
SLOWEST_INTERVAL = 300.0
WATCH_FOR = 24 * 3600.0  # seconds a task is watched at most
ENOUGH_SAMPLES = 20
KEPT_SAMPLES = 200
NOT_FOUND_INTERVAL = 30.0  # seconds to the next look after a 404


def timing_key(gateway: str, model: str, mode: str, duration: int) -> str:
    """The kind of render whose times are learned together, for all accounts of a gateway."""
    return f"{gateway_of(gateway)}/{model}/{mode}/{duration}"


def prior_median(mode: str, duration: int) -> float:
    """Expected render time in seconds before anything was learned: gateways.md section 3 reports 1-5 minutes, 100-250 s
    for 5 s in pro, 5-10 minutes for long ones."""
    return (110.0 if mode == "std" else 160.0) * float(max(1.0, duration / 5) ** 0.6)


class RenderTimes:
    """This bot's own render times: the newest 200 of each kind, kept sorted."""

    def __init__(self, history: Mapping[str, Iterable[float]] | None = None) -> None:
        """`history`: kind -> render times in seconds, oldest first."""
        self._order: dict[str, deque[float]] = {}
        self._sorted: dict[str, list[float]] = {}
        for key, times in (history or {}).items():
            for seconds in times:
                self.add(key, seconds)

    def add(self, key: str, seconds: float) -> None:
        """One more finished render of this kind."""
        order = self._order.setdefault(key, deque())
        ranked = self._sorted.setdefault(key, [])
        if len(order) == KEPT_SAMPLES:
            del ranked[bisect_left(ranked, order.popleft())]
        order.append(seconds)
        insort(ranked, seconds)

    def replace(self, history: Mapping[str, Iterable[float]]) -> None:
        """Know these instead: what several processes have learned together."""
        self._order.clear()
        self._sorted.clear()
        for key, times in history.items():
            for seconds in times:
                self.add(key, seconds)

    def quantile(self, key: str, share: float) -> float | None:
        """The learned quantile in seconds; None before 20 samples."""
        ranked = self._sorted.get(key, ())
        if len(ranked) < ENOUGH_SAMPLES:
            return None
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))]

    def first_done(self, key: str) -> float:
        """When tasks of this kind begin to be done: the learned 5th percentile, or a prior (seconds)."""
        learned = self.quantile(key, 0.05)
        if learned is not None:
            return learned
        *_, mode, duration = key.split("/")
        return 0.5 * prior_median(mode, int(duration))

    def usual(self, key: str) -> tuple[int, int, bool]:
        """What to say: from, to (seconds, the 10th to the 90th percentile), and whether this is this bot's own history
        (else it is the vendors' advice)."""
        low, high = self.quantile(key, 0.10), self.quantile(key, 0.90)
        if low is not None and high is not None:
            return int(low), int(high), True
        *_, mode, duration = key.split("/")
        return (300, 600, False) if mode != "std" and int(duration) > 5 else (60, 300, False)


def next_look(age: float, first_done: float, chance: Random) -> float:
    """Seconds from now to the next look at a task that is `age` seconds old and still running.

    `first_done` is `RenderTimes.first_done`.
    """
    if age < FIRST_LOOK:
        return min(FIRST_LOOK, FIRST_LOOK - age)  # a clock set back makes a task younger than nothing
    if age > SLOW_AFTER:
        # Half a minute at first, a sixtieth of its age later, five minutes in the end: about 400 looks a day.
        return min(SLOWEST_INTERVAL, max(SLOW_INTERVAL, age / 60)) * chance.uniform(0.9, 1.1)
    way = first_done - age
    if way > SPARSE_GAP:
        return way / 2
    if way > DENSE_INTERVAL:
        return way
    return DENSE_INTERVAL * chance.uniform(0.93, 1.07)


def backoff(failures: int, chance: Random, *, base: float = 2.0, most: float = 60.0) -> float:
    """Seconds to wait after the n-th failure in a row (n from 1): doubling from `base` to `most`, with jitter."""
    return float(min(most, base * 2.0 ** min(failures - 1, 16)) * chance.uniform(0.75, 1.25))


@dataclass(frozen=True, slots=True)
class Rate:
    """A documented rate limit: `per_second` calls on average, `burst` at once."""

    per_second: float
    burst: int


#: ToAPIs' default limits per account (gateways.md section 5). APIMart publishes none: the same are assumed.
CREATE_RATE = Rate(5.0, 50)
LOOK_RATE = Rate(50.0, 500)
SECONDS_OF_BURST = 10
LONGEST_CLOSURE = 3600.0  # seconds; a longer Retry-After is not believed


def rate(per_second: float) -> Rate:
    """A rate with the burst the vendor gives it: ten seconds' worth."""
    return Rate(per_second, max(1, round(per_second * SECONDS_OF_BURST)))


class TokenBucket:
    """One rate budget, corrected by what the gateway says. Not for threads."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self._tokens = float(rate.burst)
        self._at: float | None = None
        self._closed_until = 0.0

    def wait(self, now: float) -> float:
        """Seconds until a call may leave; 0 when one may leave now. Takes nothing."""
        self._refill(now)
        missing = max(0.0, 1.0 - self._tokens) / self.rate.per_second
        return max(0.0, self._closed_until - now) + missing

    def take(self, now: float) -> float:
        """Take a token now, on credit if there is none, and return the seconds to wait before the call may leave."""
        pause = self.wait(now)
        self._tokens -= 1.0
        return pause

    def close(self, until: float, now: float) -> None:
        """The gateway said to wait (Retry-After): nothing leaves before `until` (epoch seconds), and then not all that
        waited at once: a 429 says that there is no burst left."""
        self._refill(now)
        self._closed_until = max(self._closed_until, until)
        self._tokens = min(self._tokens, 1.0)

    def correct(self, remaining: int, now: float) -> None:
        """The gateway says how many calls are left: never believe in more than that."""
        self._refill(now)
        self._tokens = min(self._tokens, float(remaining))

    def limit(self, left: float, closed_until: float, now: float) -> None:
        """Believe in no more than `left` calls, and let none leave before `closed_until` (epoch seconds)."""
        self._refill(now)
        self._tokens = min(self._tokens, left)
        self._closed_until = max(self._closed_until, closed_until)

    def levels(self, now: float) -> tuple[float, float]:
        """Calls left, and until when none may leave (epoch seconds): what `restore` goes on with elsewhere."""
        self._refill(now)
        return self._tokens, self._closed_until

    def restore(self, tokens: float, at: float, closed_until: float) -> None:
        """Go on with the levels of another bucket, as they were at `at`."""
        self._tokens, self._at, self._closed_until = tokens, at, closed_until

    def _refill(self, now: float) -> None:
        self._closed_until = min(self._closed_until, now + LONGEST_CLOSURE)  # also when the clock was set back
        begin = max(now if self._at is None else self._at, self._closed_until)  # nothing is earned behind a shut door
        if now > begin:
            self._tokens = min(float(self.rate.burst), self._tokens + (now - begin) * self.rate.per_second)
        self._at = now


class Budget:
    """The rate budgets of one gateway key. Creates come first: a look never takes a create's token."""

    def __init__(self, create: Rate = CREATE_RATE, look: Rate = LOOK_RATE) -> None:
        self.create = TokenBucket(create)
        self.look = TokenBucket(look)
