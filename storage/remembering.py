"""Small values that platforms keep, each under its name."""

from sqlalchemy import Connection, bindparam, delete, select

from storage.statements import PerDialect
from storage.tables import settings

PREFIX = "remembered:"  # apart from the names the store uses itself
_VALUE = select(settings.c.value).where(settings.c.name == bindparam("name"))
_PUT = PerDialect(
    lambda insert_: (made := insert_(settings)).on_conflict_do_update(
        index_elements=[settings.c.name], set_={"value": made.excluded.value}
    )
)
_PUT_ONCE = PerDialect(lambda insert_: insert_(settings).on_conflict_do_nothing(index_elements=[settings.c.name]))
_FORGET = delete(settings).where(settings.c.name == bindparam("name"))


def remembered(conn: Connection, name: str) -> str | None:
    """The value under this name; None when there is none."""
    return conn.execute(_VALUE, {"name": PREFIX + name}).scalar_one_or_none()


def remember(conn: Connection, name: str, value: str) -> None:
    """Keep a value in place of the one before."""
    conn.execute(_PUT.on(conn), {"name": PREFIX + name, "value": value})


def remember_once(conn: Connection, name: str, value: str) -> str:
    """Keep a value unless there is one already; the one that is kept."""
    conn.execute(_PUT_ONCE.on(conn), {"name": PREFIX + name, "value": value})
    return str(conn.execute(_VALUE, {"name": PREFIX + name}).scalar_one())


def forget(conn: Connection, name: str) -> None:
    """Leave nothing under this name."""
    conn.execute(_FORGET, {"name": PREFIX + name})
