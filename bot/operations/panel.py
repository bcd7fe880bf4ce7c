"""The gateways for the front desk of every chat (`adapters.desk.panel.GatewayPanel`)."""

from collections.abc import Sequence

from adapters.cards.gateways_card import AccountRow, TakenRow
from adapters.desk.panel import Switch, SwitchError
from bot.generation.ports import Clock, Store
from bot.operations.books import books
from bot.operations.sharing import shared
from bot.operations.standing import words_of
from bot.operations.steering import LastGatewayError, Row, Steering, UnknownAccountError
from storage.balances import Balances


class Panel:
    """Reads what this process knows, and, of what it has not called itself, what the others wrote down."""

    def __init__(self, steering: Steering, balances: Balances, store: Store, clock: Clock) -> None:
        self._steering, self._balances, self._store, self._clock = steering, balances, store, clock

    def names(self) -> Sequence[str]:
        """See GatewayPanel."""
        return sorted(row.name for row in self._steering.rows())

    async def rows(self) -> Sequence[AccountRow]:
        """See GatewayPanel."""
        await self._steering.read()
        return [await self._row(row) for row in self._steering.rows()]

    async def switch(self, name: str, what: Switch, by: str) -> str:
        """See GatewayPanel."""
        await self._steering.read()
        try:
            account = self._steering.named(name)
            match what:
                case Switch.USE:
                    await self._steering.prefer(account, by)
                case Switch.START:
                    await self._steering.turn_on(account, by)
                case Switch.STOP:
                    await self._steering.turn_off(account, by)
        except (UnknownAccountError, LastGatewayError) as error:
            raise SwitchError(str(error)) from None
        return account

    async def taken(self, since: float, until: float) -> Sequence[TakenRow]:
        """See GatewayPanel."""
        found = await books(self._balances, self.names(), since, until)
        return [TakenRow(book.account, book.taken, book.booked) for book in found]

    async def _row(self, row: Row) -> AccountRow:
        standing, now = row.standing, self._clock.now()
        failed, calls = standing.errors(now)
        code, at = standing.last_code, standing.last_bad_at
        if not calls and (seen := await shared(self._store, row.name)) is not None:
            failed, calls, code, at = seen.failed, seen.calls, seen.last_code, seen.last_bad_at
        return AccountRow(
            row.name,
            row.place,
            works=standing.trouble is None,
            words=standing.words(),
            last_error=words_of(code) if code else "",
            last_error_at=at,
            failed=failed,
            calls=calls,
            balance_micros=standing.balance_micros,
            balance_at=standing.balance_at,
        )
