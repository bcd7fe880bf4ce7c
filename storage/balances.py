"""What the gateways' accounts held at which moment, who asks next, and which alarms about them admins were told."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update

from bot.generation.accounts import gateway_of, label_of
from bot.generation.job import JobState
from storage.database import Database
from storage.remembering import PREFIX as REMEMBERED
from storage.remembering import forget, remember, remembered
from storage.statements import PerDialect
from storage.tables import balances, jobs, ledger, settings

KEPT = 400 * 86_400.0  # seconds a reading is kept: more than a year can be compared

_ASKED = "balance asked: "
_ALARM = "alarm: "
#: Jobs in these states wait for their account, or are being made by it.
_AT_ITS_GATEWAY = (
    JobState.AWAITING_APPROVAL,
    JobState.QUEUED,
    JobState.UPLOADING,
    JobState.CREATING,
    JobState.RUNNING,
)
_ADD = insert(balances)
_PRUNE = delete(balances).where(
    balances.c.gateway == bindparam("of"), balances.c.label == bindparam("with_label"), balances.c.at < bindparam("end")
)
_SERIES = (
    select(balances.c.at, balances.c.usd)
    .where(
        balances.c.gateway == bindparam("gateway"),
        balances.c.label == bindparam("label"),
        balances.c.at >= bindparam("since"),
        balances.c.at < bindparam("until"),
    )
    .order_by(balances.c.at)
)
_UNLESS_THERE = PerDialect(lambda insert_: insert_(settings).on_conflict_do_nothing(index_elements=[settings.c.name]))
#: Whoever decides holds the row: of all processes that come at the same moment, the next reads what this one wrote.
_HELD = select(settings.c.value).where(settings.c.name == bindparam("of")).with_for_update()
_SET = update(settings).where(settings.c.name == bindparam("of")).values(value=bindparam("new"))
# The condition as the partial index has it, so that it is used with a parameter beside it, too.
_BOOKED = (
    select(ledger.c.gateway, func.sum(ledger.c.usd))
    .where(text("ledger.account = 'cost'"), ledger.c.at >= bindparam("since"), ledger.c.at < bindparam("until"))
    .group_by(ledger.c.gateway)
)
_AT_WORK = (
    select(jobs.c.gateway, func.count())
    .where(jobs.c.finished_at.is_(None), jobs.c.state.in_([state.value for state in _AT_ITS_GATEWAY]))
    .group_by(jobs.c.gateway)
)
_ALARMS = select(settings.c.value).where(settings.c.name.startswith(f"{REMEMBERED}{_ALARM}", autoescape=True))


@dataclass(frozen=True, slots=True)
class Reading:
    """What an account held at a moment (epoch seconds), in micro-dollars; None: it has no limit."""

    at: float
    usd: int | None


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something admins are to know about an account, told once on each platform until it is over. Epoch seconds and
    micro-dollars; `code` says what it is: "balance", or a word of the error map."""

    account: str
    code: str
    began_at: float
    left: int | None = None
    daily: int = 0  # booked a day, over the days before
    told: tuple[str, ...] = ()  # platforms


@dataclass(frozen=True, slots=True)
class Now:
    """The alarms that are not over, by account and kind, and how many jobs wait for each account or are made by it."""

    alarms: Mapping[tuple[str, str], Alarm]
    at_work: Mapping[str, int]


class Balances:
    """The readings and alarms of one installation. Every method raises StoreError when the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def may_ask(self, account: str, now: float, every: float) -> bool:
        """Whether this process is to ask now: nobody did within the last `every` seconds. Of all who ask this at the
        same moment one is told yes."""
        return await self._database.write(_may_ask, account, now, every)

    async def note(self, account: str, left_micros: int | None, now: float) -> None:
        """Keep a reading; what is older than `KEPT` goes."""
        await self._database.write(_note, account, left_micros, now)

    async def series(self, account: str, since: float, until: float) -> Sequence[Reading]:
        """The readings of [since, until), oldest first."""
        return await self._database.read(_series, account, since, until)

    async def booked(self, since: float, until: float) -> dict[str, int]:
        """Account -> the cost that was booked in [since, until), micro-dollars; what may have been billed is in it."""
        return await self._database.read(_booked, since, until)

    async def now(self) -> Now:
        """What is not over."""
        return await self._database.look(_now)

    async def raise_alarm(self, alarm: Alarm) -> bool:
        """Remember it; False when one about the same is not over yet."""
        return await self._database.write(_raise, alarm)

    async def end_alarm(self, account: str, kind: str) -> None:
        """It is over: told again when it comes back. `kind`: "balance" or "key"."""
        await self._database.write(_end, account, kind)

    async def alarm(self, account: str, kind: str) -> Alarm | None:
        """The one that is not over; None when there is none."""
        return await self._database.look(_alarm, account, kind)

    async def take_alarm(self, account: str, kind: str, platform: str) -> Alarm | None:
        """The alarm if this process is to tell it on this platform; None when there is none, or it was told."""
        return await self._database.write(_take, account, kind, platform)


def kind_of(code: str) -> str:
    """What an alarm is about: the money, or whether the key is good."""
    return "balance" if code == "balance" else "key"


def _may_ask(conn: Connection, account: str, now: float, every: float) -> bool:
    name = _ASKED + account
    if conn.execute(_UNLESS_THERE.on(conn), {"name": name, "value": repr(now)}).rowcount == 1:
        return True
    before = float(conn.execute(_HELD, {"of": name}).scalar_one())
    if before <= now < before + every:
        return False
    conn.execute(_SET, {"of": name, "new": repr(now)})
    return True


def _note(conn: Connection, account: str, left: int | None, now: float) -> None:
    gateway, label = gateway_of(account), label_of(account)
    row = {"gateway": gateway, "label": label, "at": now, "unit": "usd", "usd": left}
    conn.execute(_PRUNE, {"of": gateway, "with_label": label, "end": now - KEPT})
    conn.execute(_ADD, row | {"amount": None if left is None else left / 1e6})


def _series(conn: Connection, account: str, since: float, until: float) -> list[Reading]:
    row = {"gateway": gateway_of(account), "label": label_of(account), "since": since, "until": until}
    return [Reading(at, usd) for at, usd in conn.execute(_SERIES, row)]


def _booked(conn: Connection, since: float, until: float) -> dict[str, int]:
    return {account: int(usd) for account, usd in conn.execute(_BOOKED, {"since": since, "until": until})}


def _now(conn: Connection) -> Now:
    alarms = [_read(value) for value in conn.execute(_ALARMS).scalars()]
    at_work = {row[0]: int(row[1]) for row in conn.execute(_AT_WORK)}
    return Now({(alarm.account, kind_of(alarm.code)): alarm for alarm in alarms}, at_work)


def _name(account: str, kind: str) -> str:
    return f"{_ALARM}{kind}: {account}"


def _alarm(conn: Connection, account: str, kind: str) -> Alarm | None:
    value = remembered(conn, _name(account, kind))
    return None if value is None else _read(value)


def _read(value: str) -> Alarm:
    stored = json.loads(value)
    return Alarm(**{**stored, "told": tuple(stored["told"])})


def _raise(conn: Connection, alarm: Alarm) -> bool:
    name = f"{REMEMBERED}{_name(alarm.account, kind_of(alarm.code))}"
    return conn.execute(_UNLESS_THERE.on(conn), {"name": name, "value": json.dumps(asdict(alarm))}).rowcount == 1


def _end(conn: Connection, account: str, kind: str) -> None:
    forget(conn, _name(account, kind))


def _take(conn: Connection, account: str, kind: str, platform: str) -> Alarm | None:
    conn.execute(_HELD, {"of": f"{REMEMBERED}{_name(account, kind)}"})
    found = _alarm(conn, account, kind)
    if found is None or platform in found.told:
        return None
    remember(conn, _name(account, kind), json.dumps(asdict(replace(found, told=(*found.told, platform)))))
    return found
