"""`videobot usage --balance`: what the gateways took from their accounts, beside what was booked."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.cards.words import account_title
from bot.cli.documents import when
from bot.cli.root import Root
from bot.cli.tables import add_rows, table
from bot.generation.prices import dollars
from bot.operations.books import Book, books

if TYPE_CHECKING:
    from bot.app import App

_NUMBERS = ("Before", "Added", "After", "Taken", "Booked", "Difference")


async def read_books(app: "App", start: datetime, end: datetime) -> list[Book]:
    """The books of every account between two moments. Raises StoreError."""
    return await books(app.operations.balances, app.settings.accounts, start.timestamp(), end.timestamp())


def show_books(root: Root, found: Sequence[Book], start: datetime, end: datetime) -> int:
    """Print them; the exit code."""
    if root.as_json:
        root.screen.document(
            {
                "ok": True,
                "since": when(start.timestamp()),
                "until": when(end.timestamp()),
                "accounts": [_document(book) for book in found],
            }
        )
        return 0
    if not found:
        root.screen.say(
            "No balance was read twice in this time; the running bot reads it every 15 minutes where there is a limit."
        )
        return 0
    rows = [
        (
            account_title(book.account),
            *map(dollars, (book.first.usd or 0, book.added, book.last.usd or 0, book.taken, book.booked)),
            signed(book.difference),
        )
        for book in found
    ]
    root.screen.show(add_rows(table("Gateway", *_NUMBERS, right=_NUMBERS, whole=("Gateway",)), rows))
    root.screen.say(
        "Taken: what the balance fell by, without what was added. Videos under way may be taken before they are booked."
    )
    return 0


def signed(amount: int) -> str:
    """Micro-dollars with their sign: "+$0.10", "-$0.10", "$0"."""
    return dollars(amount) if amount == 0 else f"{'+' if amount > 0 else '-'}{dollars(abs(amount))}"


def _document(book: Book) -> dict[str, object]:
    return {
        "account": book.account,
        "from": when(book.first.at),
        "to": when(book.last.at),
        "before_micros": book.first.usd,
        "after_micros": book.last.usd,
        "added_micros": book.added,
        "taken_micros": book.taken,
        "booked_micros": book.booked,
        "difference_micros": book.difference,
    }
