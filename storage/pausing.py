"""The pause: while its row is there, nothing is accepted and nothing that waits is started."""

import json
from dataclasses import asdict

from sqlalchemy import Connection, delete, literal_column, select, text

from bot.generation.ports import Pause
from storage.moves import note
from storage.rows import to_json
from storage.statements import PerDialect
from storage.tables import settings

_NAME = "paused"
_IS_PAUSE = settings.c.name == literal_column(f"'{_NAME}'")
_PAUSE = select(settings.c.value).where(_IS_PAUSE)
_BEGIN = PerDialect(lambda insert_: insert_(settings).on_conflict_do_nothing(index_elements=[settings.c.name]))
_END = delete(settings).where(_IS_PAUSE)
#: Held shared by each transaction that accepts or starts, and alone by one that begins a pause.
_PAUSING = 7_166_320_121
_WORK = text("SELECT pg_advisory_xact_lock_shared(:key)")
_ALONE = text("SELECT pg_advisory_xact_lock(:key)")


def paused(conn: Connection) -> Pause | None:
    """The pause that is in force, if there is one."""
    value = conn.execute(_PAUSE).scalar_one_or_none()
    return None if value is None else Pause(**json.loads(value))


def paused_for(conn: Connection) -> Pause | None:
    """The pause that is in force, for a transaction that accepts or starts something: a pause that begins meanwhile, in
    another process, waits for its end, so that after a pause nothing more comes. On SQLite a write transaction is alone
    anyway."""
    if conn.dialect.name != "sqlite":
        conn.execute(_WORK, {"key": _PAUSING})
    return paused(conn)


def pause(conn: Connection, reason: str, by: str, now: float, *, drain: bool = False) -> Pause:
    """Begin a pause, unless one is in force: that one is returned."""
    if conn.dialect.name != "sqlite":
        conn.execute(_ALONE, {"key": _PAUSING})
    wanted = Pause(by, reason, now, drain)
    if conn.execute(_BEGIN.on(conn), {"name": _NAME, "value": to_json(asdict(wanted))}).rowcount == 1:
        note(conn, by, "drain" if drain else "pause", "everything", reason, now)
        return wanted
    before = paused(conn) or wanted
    was = "drained" if before.drain else "paused"
    told = f"{was} already by {before.by}" + (f": {reason}" if reason else "")
    note(conn, by, "drain" if drain else "pause", "everything", told, now)
    return before


def resume_all(conn: Connection, by: str, now: float) -> bool:
    """End the pause; False when there was none."""
    before = paused(conn)
    if before is None or conn.execute(_END).rowcount == 0:
        return False
    was = "drained" if before.drain else "paused"
    note(conn, by, f"end {'drain' if before.drain else 'pause'}", "everything", f"was {was} by {before.by}", now)
    return True
