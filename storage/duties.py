"""Duties that one of several processes has at a time: each for some seconds, renewed for as long as it lives."""

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, text

from storage.queue_schema import SCHEMA

_HOLD = text(
    f"INSERT INTO {SCHEMA}.duties AS mine (name, holder, until) "  # noqa: S608 - the name is a constant
    "SELECT wanted, :holder, now() + make_interval(secs => :seconds) FROM unnest(CAST(:names AS text[])) AS wanted "
    "ORDER BY wanted ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until "
    "WHERE mine.holder = excluded.holder OR mine.until < now() RETURNING name"
).bindparams(bindparam("seconds"), bindparam("holder"), bindparam("names"))
_RELEASE = text(f"DELETE FROM {SCHEMA}.duties WHERE holder = :holder")  # noqa: S608 - the name is a constant


def hold(conn: Connection, names: Collection[str], holder: str, seconds: float) -> frozenset[str]:
    """Take or renew these duties for the process `holder`, for `seconds` from the beginning of this transaction; those
    that are its own now."""
    found = conn.execute(_HOLD, {"names": list(names), "holder": holder, "seconds": float(seconds)})
    return frozenset(found.scalars())


def release(conn: Connection, holder: str) -> None:
    """Leave the duties of the process `holder` to others."""
    conn.execute(_RELEASE, {"holder": holder})
