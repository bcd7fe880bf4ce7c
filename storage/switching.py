"""Which gateways an admin has switched off, and which one comes first. One row; each change has its audit row."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection, select

from storage.database import Database
from storage.moves import note
from storage.rows import to_json
from storage.statements import PerDialect
from storage.tables import settings

_NAME = "gateways"
_READ = select(settings.c.value).where(settings.c.name == _NAME).with_for_update()
_LOOK = select(settings.c.value).where(settings.c.name == _NAME)
_PUT = PerDialect(
    lambda insert_: (made := insert_(settings)).on_conflict_do_update(
        index_elements=[settings.c.name], set_={"value": made.excluded.value}
    )
)


@dataclass(frozen=True, slots=True)
class Switches:
    """`preferred` comes first for new jobs (None: as the settings say); those in `off` get none."""

    preferred: str | None = None
    off: tuple[str, ...] = ()

    @classmethod
    def read(cls, value: str | None) -> "Switches":
        """From the row."""
        stored = json.loads(value) if value else {}
        return cls(stored.get("preferred"), tuple(stored.get("off", ())))


class GatewaySwitches:
    """The switches of one installation. Every method raises StoreError when the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> Switches:
        """What is in force."""
        return await self._database.look(_look)

    async def prefer(self, gateway: str, by: str, now: float) -> Switches:
        """This gateway comes first from now on, and is switched on."""
        return await self._database.write(_prefer, gateway, by, now)

    async def turn(self, gateway: str, by: str, now: float, *, on: bool) -> Switches:
        """Switch a gateway on or off for new jobs."""
        return await self._database.write(_turn, gateway, on, by, now)


def _look(conn: Connection) -> Switches:
    return Switches.read(conn.execute(_LOOK).scalar_one_or_none())


def _prefer(conn: Connection, gateway: str, by: str, now: float) -> Switches:
    before = Switches.read(conn.execute(_READ).scalar_one_or_none())
    return _put(conn, before, Switches(gateway, _without(before.off, gateway)), by, "prefer gateway", gateway, now)


def _turn(conn: Connection, gateway: str, on: bool, by: str, now: float) -> Switches:
    before = Switches.read(conn.execute(_READ).scalar_one_or_none())
    if on is (gateway not in before.off):
        after = before
    else:
        after = replace(before, off=_without(before.off, gateway) if on else (*before.off, gateway))
    return _put(conn, before, after, by, "gateway on" if on else "gateway off", gateway, now)


def _without(names: Sequence[str], name: str) -> tuple[str, ...]:
    return tuple(one for one in names if one != name)


def _put(
    conn: Connection, before: Switches, switches: Switches, by: str, act: str, gateway: str, now: float
) -> Switches:
    if switches == before:  # pressed twice: nothing changed, so there is nothing to note
        return before
    conn.execute(_PUT.on(conn), {"name": _NAME, "value": to_json(asdict(switches))})
    note(conn, by, act, gateway, "", now)
    return switches
