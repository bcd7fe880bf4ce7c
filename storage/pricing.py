"""The latest bills of the gateways, to learn prices from."""

from typing import Any

from sqlalchemy import BigInteger, Connection, Double, Text, bindparam, func, select

from bot.generation.learned import KEPT_BILLS
from storage.statements import PerDialect
from storage.tables import bills


def _build_add(insert_: Any) -> Any:
    # With their types: PostgreSQL cannot tell them from a bare SELECT.
    key: Any = bindparam("price_key", type_=Text)
    last = func.coalesce(func.max(bills.c.number), 0) + 1
    values: list[Any] = [bindparam(name, type_=BigInteger) for name in ("bill_micros", "seconds")]
    values.append(bindparam("at", type_=Double))
    rows = select(key, last, *values).where(bills.c.price_key == key)
    adding = insert_(bills).from_select(["price_key", "number", "bill_micros", "seconds", "at"], rows)
    # A bill lost to another transaction with the same number is no loss.
    return adding.on_conflict_do_nothing().returning(bills.c.number)


_ADD = PerDialect(_build_add)
_PRUNE = bills.delete().where(bills.c.price_key == bindparam("key"), bills.c.number <= bindparam("last_dropped"))
_ALL = select(bills.c.price_key, bills.c.bill_micros, bills.c.seconds).order_by(bills.c.price_key, bills.c.number)


def add_bill(conn: Connection, key: str, bill_micros: int, seconds: int, now: float) -> None:
    """One more bill of this kind; the oldest is dropped."""
    row = {"price_key": key, "bill_micros": bill_micros, "seconds": seconds, "at": now}
    number = conn.execute(_ADD.on(conn), row).scalar_one_or_none()
    if number is not None and number > KEPT_BILLS:
        conn.execute(_PRUNE, {"key": key, "last_dropped": number - KEPT_BILLS})


def bills_of(conn: Connection) -> dict[str, list[tuple[int, int]]]:
    """price key -> the latest bills (micro-dollars, seconds of video), oldest first."""
    found: dict[str, list[tuple[int, int]]] = {}
    for key, bill, seconds in conn.execute(_ALL):
        found.setdefault(key, []).append((bill, seconds))
    return found
