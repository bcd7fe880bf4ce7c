"""What keeps a request out beside limits: bans, closures, and refusals by a gateway's moderation."""

from typing import Any

from sqlalchemy import Connection, bindparam, delete, literal_column, select

from bot.generation.barring import (
    EVERYWHERE,
    MODERATED,
    STRIKE_WINDOW,
    Ban,
    Barred,
    Closure,
    ClosureKind,
    ClosureRule,
    ban_in_force,
    closed_by,
    slowed_by,
)
from bot.generation.job import Requester
from bot.generation.limits import Policy, place_of
from storage import fingerprints
from storage.moves import note
from storage.rows import Row
from storage.statements import PerDialect, fetch_all
from storage.tables import bans, closures, jobs

_PLACES: Any = bindparam("places", expanding=True)
_BANS = select(bans).where(bans.c.user_key == bindparam("user"), bans.c.place.in_(_PLACES))
_CLOSURES = select(closures).where(closures.c.place.in_(_PLACES))
# A refusal comes soon after the acceptance: two days back is far enough, and has an index.
_MODERATED = select(jobs.c.finished_at).where(
    jobs.c.user_key.in_(bindparam("users", expanding=True)),
    jobs.c.accepted_at > bindparam("since"),
    jobs.c.failure_code == literal_column(f"'{MODERATED}'"),
    jobs.c.finished_at.is_not(None),
)
_PUT_BAN = PerDialect(
    lambda insert_: (made := insert_(bans)).on_conflict_do_update(
        index_elements=[bans.c.user_key, bans.c.place],
        set_={name: made.excluded[name] for name in ("reason", "who", "at", "until")},
    )
)
_PUT_CLOSURE = PerDialect(
    lambda insert_: (made := insert_(closures)).on_conflict_do_update(
        index_elements=[closures.c.place, closures.c.kind, closures.c.name], set_={"rule": made.excluded.rule}
    )
)


def barred(conn: Connection, who: Requester, model: str, mode: str, policy: Policy, now: float) -> Barred | None:
    """What keeps such a request out; None when nothing does."""
    place = place_of(who.platform, who.workspace)
    places = [EVERYWHERE, place] if place else [EVERYWHERE]
    banned = ban_in_force([_ban(row) for row in fetch_all(conn, _BANS, {"user": who.key, "places": places})], now)
    if banned is not None:
        return banned
    channel = f"{who.platform}:{who.workspace}:{who.channel}" if who.channel else ""
    closed = [_closure(row) for row in fetch_all(conn, _CLOSURES, {"places": places})]
    found = closed_by(closed, channel, model, mode)
    if found is not None or not policy.strikes:
        return found
    users = [who.key, *fingerprints.before(conn, who.key, now)]
    asked = {"users": users, "since": now - 2 * STRIKE_WINDOW}
    refused_at = list(conn.execute(_MODERATED, asked).scalars())
    return slowed_by(refused_at, policy.strikes, policy.strike_pause, now)


# ---------------------------------------------------------------------------------------------------------- bans


def ban(conn: Connection, wanted: Ban) -> None:
    """Set or replace a ban."""
    before = fetch_all(conn, _BANS, {"user": wanted.user, "places": [wanted.place]})
    row = {
        "user_key": wanted.user,
        "place": wanted.place,
        "reason": wanted.reason,
        "who": wanted.by,
        "at": wanted.at,
        "until": wanted.until,
    }
    conn.execute(_PUT_BAN.on(conn), row)
    was = f"was {_ban_words(_ban(before[0]))}" if before else "was not banned"
    note(conn, wanted.by, "ban", f"user:{wanted.user}", f"{was}; is {_ban_words(wanted)}", wanted.at)


def _ban_words(wanted: Ban) -> str:
    until = "for ever" if wanted.until is None else f"until {wanted.until:.0f}"
    where = "everywhere" if wanted.place == EVERYWHERE else f"in {wanted.place}"
    return f"banned {where} {until}" + (f": {wanted.reason}" if wanted.reason else "")


def unban(conn: Connection, user: str, place: str, by: str, now: float) -> bool:
    """End a ban; False when there was none."""
    before = fetch_all(conn, _BANS, {"user": user, "places": [place]})
    if not before:
        return False
    conn.execute(delete(bans).where(bans.c.user_key == user, bans.c.place == place))
    note(conn, by, "unban", f"user:{user}", f"was {_ban_words(_ban(before[0]))}; is not banned", now)
    return True


def all_bans(conn: Connection, place: str | None) -> list[Ban]:
    """Every ban, the newest first."""
    found = select(bans).order_by(bans.c.at.desc(), bans.c.user_key)
    return [_ban(row) for row in fetch_all(conn, found if place is None else found.where(bans.c.place == place))]


def _ban(row: Row) -> Ban:
    return Ban(row["user_key"], row["place"], row["reason"], row["who"], row["at"], row["until"])


# ------------------------------------------------------------------------------------------------------ closures


def close(conn: Connection, wanted: Closure, by: str, now: float) -> None:
    """Close something, or name it as one of the only open ones."""
    before = conn.execute(select(closures.c.rule).where(*_same(wanted))).scalar_one_or_none()
    row = {
        "place": wanted.place,
        "kind": wanted.kind.value,
        "name": wanted.name,
        "rule": wanted.rule.value,
    }
    conn.execute(_PUT_CLOSURE.on(conn), row)
    detail = f"in {wanted.place}: was {before or 'open'}; is {wanted.rule}"
    note(conn, by, "close" if wanted.rule is ClosureRule.CLOSED else "allow only", _subject(wanted), detail, now)


def open_again(conn: Connection, wanted: Closure, by: str, now: float) -> bool:
    """Take the row away, whatever its rule; False when there was none."""
    before = conn.execute(select(closures.c.rule).where(*_same(wanted))).scalar_one_or_none()
    if before is None:
        return False
    conn.execute(delete(closures).where(*_same(wanted)))
    note(conn, by, "open", _subject(wanted), f"in {wanted.place}: was {before}; is open", now)
    return True


def all_closures(conn: Connection, place: str | None) -> list[Closure]:
    """Every closure, in the order of place, kind and name."""
    found = select(closures).order_by(closures.c.place, closures.c.kind, closures.c.name)
    return [
        _closure(row) for row in fetch_all(conn, found if place is None else found.where(closures.c.place == place))
    ]


def _same(wanted: Closure) -> tuple[Any, ...]:
    return (
        closures.c.place == wanted.place,
        closures.c.kind == wanted.kind.value,
        closures.c.name == wanted.name,
    )


def _subject(wanted: Closure) -> str:
    return f"{wanted.kind}:{wanted.name}"


def _closure(row: Row) -> Closure:
    return Closure(row["place"], ClosureKind(row["kind"]), row["name"], ClosureRule(row["rule"]))
