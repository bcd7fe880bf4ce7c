"""What a transaction needs from its database: to be run whole, and to be heard of only when it is durable."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection

P = ParamSpec("P")
T = TypeVar("T")

#: A transaction: one synchronous function over a SQLAlchemy connection, the same for every database.
Transaction = Callable[Concatenate[Connection, P], T]


class Database(Protocol):
    """Runs transactions. Every method raises StoreError when the database cannot be used.

    A transaction that raises has changed nothing, and its exception comes out of the call. A transaction that was begun
    is finished even when its caller is cancelled meanwhile. A caller always reads its own committed writes.
    """

    @property
    def name(self) -> str:
        """The database as people know it (a path, a host and name); no password."""
        ...

    async def write(self, fn: Transaction[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn` as one transaction; returns after its commit is durable."""
        ...

    async def look(self, fn: Transaction[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn`, a read of a few rows, on a committed state."""
        ...

    async def read(self, fn: Transaction[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn`, a read that may take long, on one committed state; it holds up no writer."""
        ...

    async def changed_elsewhere(self) -> bool:
        """True when another process may have committed since the last call (or since opening)."""
        ...

    async def upgrade(self) -> None:
        """Bring the tables to this version. Raises StoreError when the database is newer than the code."""
        ...

    async def close(self) -> None:
        """Finish what was begun and close. Calls after this raise StoreError."""
        ...
