"""One run: a seed, a schedule, a city that suffers it, and what is found afterwards."""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path

from storage import SqlStore
from tests.chaos.city import Bot, City, chance_of, city
from tests.chaos.invariants import MOST_JOBS, broken, refused, states
from tests.chaos.schedule import Ask, Trouble, draw_asks, draw_troubles

SETTLE_WITHIN = 90.0  # real seconds
QUIET = 10.0  # real seconds without a job under way: who is unanswered then waits for the next start
SQLITE_TIMES = 40.0  # how much faster than the world's the clocks run
POSTGRES_TIMES = 8.0  # several processes talk to the database at each tick


@dataclass(frozen=True)
class Size:
    """How much happens: requests, troubles, and the real seconds in which both do."""

    jobs: int
    troubles: int
    seconds: float


@dataclass
class Outcome:
    """What a run came to: `wrong` is empty when every promise was kept."""

    seed: int
    wrong: list[str]
    schedule: list[Trouble]
    told: str
    log: str = ""

    def __str__(self) -> str:
        if not self.wrong:
            return self.told
        lines = [self.told, *self.wrong, "The schedule:", *map(str, self.schedule), "The end of the log:", self.log]
        return "\n".join(lines)


async def run(folder: Path, url: str, seed: int, size: Size, bots: list[Bot], times: float) -> Outcome:
    """Let it all happen to these bots on the empty database at `url`, then look."""
    chance = chance_of(seed)
    begun = time.monotonic()
    asks = draw_asks(chance, size.jobs, size.seconds)
    troubles = draw_troubles(chance, size.troubles, size.seconds, len(bots))
    async with city(folder, url, times, seed) as here:
        here.bots = bots
        await asyncio.gather(*(here.start(bot) for bot in bots))
        await here.is_reached()
        await _live_through(here, asks, troubles)
        here.calm()
        wrong = await _settles(here)
        codes = [await here.stop(bot) for bot in bots]
        wrong += [f"bot {bot.machine} ended with {code}" for bot, code in zip(bots, codes, strict=True) if code]
        wrong += await broken(here)
        told = f"seed {seed}: {await _told(here)}; {time.monotonic() - begun:.0f} s: {'WRONG' if wrong else 'ok'}"
        return Outcome(seed, wrong, troubles, told, here.said()[-6000:] if wrong else "")


async def _told(here: City) -> str:
    """The run in one line."""
    jobs = await SqlStore(here.database).jobs(limit=MOST_JOBS)
    happened = ", ".join(f"{number} x {kind}" for kind, number in sorted(here.happened.items()))
    return (
        f"asked {len(here.asked)} times, {refused(here, jobs)} refused, {len(jobs)} jobs: {states(jobs)} "
        f"({len(here.in_the_air)} creates in the air); {happened}; {here.starts} starts"
    )


async def _live_through(here: City, asks: list[Ask], troubles: list[Trouble]) -> None:
    """Everything at its moment."""
    begun = time.monotonic()

    async def at(moment: float, what: Awaitable[None]) -> None:
        await asyncio.sleep(max(0.0, begun + moment - time.monotonic()))
        await what

    async with asyncio.TaskGroup() as group:
        for ask in asks:
            group.create_task(at(ask.at, here.ask(ask)))
        for trouble in troubles:
            group.create_task(at(trouble.at, here.suffer(trouble)))


async def _settles(here: City) -> list[str]:
    """Wait until every job has ended and everybody has an answer; what does not."""
    left = await _wait(here, SETTLE_WITHIN)
    if left and all(what.endswith("unanswered") for what in left):
        # What could neither be made nor answered, because the platform failed, is taken up at the next start.
        for bot in here.bots:
            await here.stop(bot)
            await here.start(bot)
        left = await _wait(here, SETTLE_WITHIN)
    return [f"still open after {SETTLE_WITHIN:.0f} s: {', '.join(left)}"] if left else []


async def _wait(here: City, seconds: float) -> list[str]:
    end, quiet = time.monotonic() + seconds, time.monotonic() + QUIET
    while left := await here.open_ends():
        if not all(what.endswith("unanswered") for what in left):
            quiet = time.monotonic() + QUIET
        if time.monotonic() > min(end, quiet):
            break
        await asyncio.sleep(0.1)
    return left


async def on_sqlite(folder: Path, seed: int, size: Size) -> Outcome:
    """One process that does everything, on SQLite."""
    return await run(folder, f"sqlite:///{folder / 'videobot.db'}", seed, size, [Bot(0)], SQLITE_TIMES)


async def on_postgres(folder: Path, url: str, seed: int, size: Size) -> Outcome:
    """One process for the chats and two workers, on the empty PostgreSQL database at `url`."""
    bots = [Bot(0, ("discord", "slack")), Bot(1, ("worker",)), Bot(2, ("worker",))]
    return await run(folder, url, seed, size, bots, POSTGRES_TIMES)
