"""The gateways as an admin sees and switches them from a chat; the top floor fills this in."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from adapters.cards.card import Verb
from adapters.cards.gateways_card import AccountRow, TakenRow


class Switch(StrEnum):
    """What an admin can do with a gateway: it takes new jobs first, again, or none."""

    USE = "use"
    START = "start"
    STOP = "stop"


class SwitchError(Exception):
    """It cannot be switched so; the message is one sentence for the admin."""


class GatewayPanel(Protocol):
    """Every method but `names` raises StoreError when the database cannot be used."""

    def names(self) -> Sequence[str]:
        """All accounts."""
        ...

    async def rows(self) -> Sequence[AccountRow]:
        """All of them, those that take new jobs first."""
        ...

    async def switch(self, name: str, what: Switch, by: str) -> str:
        """Do it, with one audit row when it changes something; the account that was meant. Raises SwitchError."""
        ...

    async def taken(self, since: float, until: float) -> Sequence[TakenRow]:
        """What each took from its account in a time, beside what was booked (epoch seconds)."""
        ...


#: What each button asks for.
SWITCHES: Mapping[Verb, Switch] = MappingProxyType(
    {
        Verb.GATEWAY_USE: Switch.USE,
        Verb.GATEWAY_START: Switch.START,
        Verb.GATEWAY_STOP: Switch.STOP,
    }
)
