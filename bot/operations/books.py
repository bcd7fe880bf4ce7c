"""What a gateway took from its account, beside what videobot booked for it in the same time. Pure but for the reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from storage.balances import Balances, Reading

#: A rise of at least this, in micro-dollars, is money that was added; a smaller one is a video that was given back.
TOP_UP_FROM = 1_000_000


@dataclass(frozen=True, slots=True)
class Book:
    """One account between its first and its last reading of a period. Epoch seconds and micro-dollars; `added` was paid
    in, `taken` is what the gateway took (without what it gave back), `booked` what the ledger has for that time."""

    account: str
    first: Reading
    last: Reading
    added: int
    taken: int
    booked: int

    @property
    def difference(self) -> int:
        """What the gateway took beyond what was booked; negative when more was booked."""
        return self.taken - self.booked


def compared(account: str, readings: Sequence[Reading], booked: int) -> Book | None:
    """The book of these readings, oldest first; None with fewer than two of an account that has a limit."""
    known = [(reading, reading.usd) for reading in readings if reading.usd is not None]
    if len(known) < 2:
        return None
    rises = [after - before for (_, before), (_, after) in pairwise(known)]
    added = sum(rise for rise in rises if rise >= TOP_UP_FROM)
    return Book(account, known[0][0], known[-1][0], added, added - sum(rises), booked)


async def books(balances: Balances, accounts: Sequence[str], since: float, until: float) -> list[Book]:
    """The books of all accounts with a limit that were asked at least twice in [since, until). Raises StoreError."""
    found = []
    for account in accounts:
        readings = [reading for reading in await balances.series(account, since, until) if reading.usd is not None]
        if len(readings) < 2:
            continue
        booked = await balances.booked(readings[0].at, readings[-1].at)
        book = compared(account, readings, booked.get(account, 0))
        if book is not None:
            found.append(book)
    return found
