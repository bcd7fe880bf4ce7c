"""The messages of the chat page, as rows."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, literal_column, select

from storage.database import Database
from storage.statements import PerDialect, fetch_all, fetch_one
from storage.tables import web_messages

_ADD = PerDialect(
    lambda insert_: (
        insert_(web_messages).on_conflict_do_nothing(index_elements=[web_messages.c.name]).returning(web_messages.c.id)
    )
)
_SEEN = web_messages.c.only_for.in_(["", bindparam("viewer")])
_NAMED = select(web_messages).where(web_messages.c.name == bindparam("wanted"))
_ROOTS = (
    select(web_messages.c.id, web_messages.c.name)
    .where(literal_column("thread = name"), _SEEN, web_messages.c.id < bindparam("before"))
    .order_by(web_messages.c.id.desc())
    .limit(bindparam("most"))
)
_OF_THREADS = (
    select(web_messages)
    .where(web_messages.c.thread.in_(bindparam("threads", expanding=True)), _SEEN)
    .order_by(web_messages.c.id)
)
_REMOVE = delete(web_messages).where(web_messages.c.name.in_(bindparam("names", expanding=True)))
_NOTES = (
    select(web_messages)
    .where(web_messages.c.kind == literal_column("'note'"), web_messages.c.only_for == bindparam("viewer"))
    .order_by(web_messages.c.id)
)
_LAST = 2**62


class WebMessages:
    """Every method is one transaction and raises StoreError when the database cannot be used. Rows are by column name;
    see `storage.tables.web_messages`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(self, row: Mapping[str, Any]) -> bool:
        """Keep a message (without `id`); False when there is one of that name already."""
        return await self._db.write(_add, dict(row))

    async def named(self, name: str) -> Mapping[str, Any] | None:
        """One message."""
        return await self._db.look(fetch_one, _NAMED, {"wanted": name})

    async def latest(self, viewer: str, *, threads: int, before: int | None = None) -> Sequence[Mapping[str, Any]]:
        """The messages of the newest `threads` threads that `viewer` may see, thread by thread in the order they began;
        only of threads whose first message has a lower id than `before`."""
        return await self._db.read(_latest, viewer, threads, _LAST if before is None else before)

    async def remove(self, names: Collection[str]) -> None:
        """Forget messages; unknown names are no error."""
        await self._db.write(_remove, list(names))

    async def notes(self, person: str) -> Sequence[Mapping[str, Any]]:
        """The notes of one person, in order."""
        return await self._db.look(fetch_all, _NOTES, {"viewer": person})


def _add(conn: Connection, row: dict[str, Any]) -> bool:
    return conn.execute(_ADD.on(conn), row).scalar_one_or_none() is not None


def _latest(conn: Connection, viewer: str, threads: int, before: int) -> list[dict[str, Any]]:
    found = conn.execute(_ROOTS, {"viewer": viewer, "before": before, "most": threads}).all()
    order = {name: number for number, (_, name) in enumerate(reversed(found))}
    if not order:
        return []
    rows = fetch_all(conn, _OF_THREADS, {"threads": list(order), "viewer": viewer})
    return sorted(rows, key=lambda row: (order[row["thread"]], row["id"]))


def _remove(conn: Connection, names: list[str]) -> None:
    conn.execute(_REMOVE, {"names": names})
