"""The time zones of workspaces."""

from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, select

from storage.moves import note
from storage.statements import PerDialect
from storage.tables import zones

_ZONE = select(zones.c.zone).where(zones.c.workspace == bindparam("workspace"))
_PUT = PerDialect(
    lambda insert_: (made := insert_(zones)).on_conflict_do_update(
        index_elements=[zones.c.workspace], set_={"zone": made.excluded.zone}
    )
)


def check_zone(name: str) -> None:
    """Raise ValueError with a sentence for what is no time zone."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValueError(f'"{name[:60]}" is no time zone: use a name such as Europe/Berlin or UTC.') from None


def zone(conn: Connection, workspace: str) -> str | None:
    """The zone that was set for a workspace."""
    return conn.execute(_ZONE, {"workspace": workspace}).scalar_one_or_none()


def set_zone(conn: Connection, workspace: str, name: str, by: str, now: float) -> None:
    """Windows of this workspace follow another clock from now on; what was taken is counted in them as it was."""
    before = zone(conn, workspace)
    conn.execute(_PUT.on(conn), {"workspace": workspace, "zone": name})
    note(conn, by, "set time zone", f"workspace:{workspace}", f"was {before or 'that of the settings'}; is {name}", now)
