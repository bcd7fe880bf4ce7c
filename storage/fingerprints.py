"""Who was forgotten a short while ago, as fingerprints: what they used still counts until every window has ended.

A fingerprint is an HMAC-SHA256 of the person's key under a salt of this installation. It leads from a person who asks
again to the nameless rows of before, not from those rows to a person. After the longest window it is removed, and
nothing leads there any more.
"""

import hashlib
import hmac
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, select

from bot.generation.windows import HOUR, MOST_HOURS
from storage.statements import PerDialect
from storage.tables import fingerprints, settings

_SALT = "fingerprint salt"
#: No window is longer: a month, or so many rolling hours; and a day, for time zones.
KEPT = (MOST_HOURS + 24) * HOUR
_KEEP_SALT = PerDialect(lambda insert_: insert_(settings).on_conflict_do_nothing(index_elements=[settings.c.name]))
_READ_SALT = select(settings.c.value).where(settings.c.name == bindparam("salt"))
_SALT_IN_USE = _READ_SALT.where(exists().where(fingerprints.c.until > bindparam("now")))
_PUT = PerDialect(lambda insert_: insert_(fingerprints))
_BEFORE = select(fingerprints.c.user_key).where(
    fingerprints.c.mark == bindparam("mark"), fingerprints.c.until > bindparam("now")
)


def add(conn: Connection, user: str, other: str, new_salt: str, now: float) -> None:
    """`user` goes on as `other`. `new_salt` is random; an installation keeps its first one."""
    conn.execute(_KEEP_SALT.on(conn), {"name": _SALT, "value": new_salt})
    salt = conn.execute(_READ_SALT, {"salt": _SALT}).scalar_one()
    conn.execute(_PUT.on(conn), {"mark": _mark(salt, user), "user_key": other, "until": now + KEPT})


def before(conn: Connection, user: str, now: float) -> list[str]:
    """The keys under which this person's videos of before they were forgotten still count; mostly none."""
    # One look at a table that is nearly always empty: this is asked at every acceptance.
    salt = conn.execute(_SALT_IN_USE, {"salt": _SALT, "now": now}).scalar_one_or_none()
    if salt is None:
        return []
    return list(conn.execute(_BEFORE, {"mark": _mark(salt, user), "now": now}).scalars())


def end(conn: Connection, now: float) -> int:
    """Remove those whose windows have ended; how many."""
    gone: Any = conn.execute(delete(fingerprints).where(fingerprints.c.until <= now))
    return int(gone.rowcount)


def _mark(salt: str, user: str) -> str:
    return hmac.new(salt.encode(), user.encode(), hashlib.sha256).hexdigest()
