"""Figures for an operator: how many jobs are where, and what they hold. Two reads over unfinished jobs only."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from bot.generation.job import ChargeState
from storage.tables import jobs

_BY_STATE = (
    select(jobs.c.gateway, jobs.c.state, func.count(), func.min(jobs.c.accepted_at))
    .where(jobs.c.finished_at.is_(None))
    .group_by(jobs.c.gateway, jobs.c.state)
)
_HELD = (
    select(jobs.c.gateway, func.sum(jobs.c.held_micros))
    .where(jobs.c.finished_at.is_(None), jobs.c.charge == ChargeState.HELD.value)
    .group_by(jobs.c.gateway)
)


@dataclass(frozen=True, slots=True)
class Group:
    """Unfinished jobs of one gateway in one state; `oldest` is when the first of them was accepted (epoch seconds)."""

    gateway: str
    state: str
    count: int
    oldest: float


@dataclass(frozen=True, slots=True)
class Figures:
    """All groups, and the micro-dollars that unfinished jobs hold at each gateway."""

    groups: tuple[Group, ...]
    held_micros: dict[str, int]


def figures(conn: Connection) -> Figures:
    """The figures at this moment."""
    groups = tuple(Group(*row) for row in conn.execute(_BY_STATE))
    return Figures(groups, {gateway: int(micros) for gateway, micros in conn.execute(_HELD)})
