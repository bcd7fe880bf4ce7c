"""Anything people, gateways and clocks can do to jobs, in any order: the money always adds up.

The machine keeps its own small model of every charge; after each step the real store (a real file) must agree with it.
"""

import asyncio
import contextlib
import math
import shutil
import tempfile
from collections import Counter
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Connection, select

from bot.generation.job import ChargeState, Job, JobState, Purpose
from bot.generation.limits import (
    Charge,
    Limit,
    LimitUse,
    Refusal,
    Scope,
    ScopeKind,
    Unit,
    Window,
    scopes_of,
    window_key,
)
from bot.generation.ports import Grant, LedgerRow, NotDecidableError, PausedError, Resolution
from storage import counting, ledger_check, open_database
from storage.rows import ledger_of
from storage.statements import fetch_all
from storage.tables import ledger
from tests.storage.steps import ANYONE, BUSY, CENT, EVERYONE, OUTPUT, QUOTE, VIDEO, Steps

USERS = ("anna", "ben")
ZONE = "Europe/Berlin"
LIMITS = (
    (EVERYONE, Unit.USD, Window.DAY, (50 * CENT, 200 * CENT, 900 * CENT)),
    (EVERYONE, Unit.VIDEOS, Window.MONTH, (3, 8, 30)),
    (ANYONE, Unit.USD, Window.MONTH, (40 * CENT, 150 * CENT, 500 * CENT)),
    (ANYONE, Unit.SECONDS, Window.DAY, (5, 20, 60)),
    (ANYONE, Unit.JOBS, Window.NOW, (1, 2, 4)),
)
BILLS = (None, 0, 20 * CENT, QUOTE, 90 * CENT)
GRANTS = (
    (EVERYONE, Unit.USD, Window.DAY, 60 * CENT),
    (EVERYONE, Unit.VIDEOS, Window.MONTH, 2),
    (ANYONE, Unit.USD, Window.MONTH, 35 * CENT),
    (ANYONE, Unit.SECONDS, Window.DAY, 5),
    (Scope(ScopeKind.USER, "shell:anna"), Unit.SECONDS, Window.DAY, 10),
)
ALL = tuple((scope, unit, window) for scope, unit, window, _ in LIMITS)
Place = tuple[Scope, Unit, Window]


@cache
def windows_of(at: float) -> dict[Window, str]:
    """The window of each kind that holds this moment."""
    return {window: window_key(window, at, ZoneInfo(ZONE)) for window in Window}


def observe(
    conn: Connection, now: float
) -> tuple[list[str], dict[str, tuple[LimitUse, ...]], dict[str, list[LedgerRow]]]:
    """Everything the invariants look at, in one hop: disagreements, uses by user, charge events by job."""
    uses = {f"shell:{user}": counting.uses_of(conn, f"shell:{user}", ZoneInfo(ZONE), now) for user in USERS}
    events: dict[str, list[LedgerRow]] = {}
    for row in fetch_all(conn, select(ledger).where(ledger.c.account == "charge").order_by(ledger.c.id)):
        events.setdefault(row["job_id"], []).append(ledger_of(row))
    return ledger_check.check(conn), uses, events


def places_of(limits: Iterable[Place], user: str, at: float) -> list[tuple[Place, str, str]]:
    """Where a job of `user` accepted at this moment counts: limit, scope id, window key."""
    ids = {scope.kind: scope.id for scope in scopes_of(user)}
    return [(place, ids[place[0].kind], windows_of(at)[place[2]]) for place in limits]


@cache
def migrated() -> Path:
    """A database with all tables, to copy; removed with its folder at exit."""
    folder = tempfile.TemporaryDirectory(prefix="videobot-machine-")
    _kept.append(folder)
    path = Path(folder.name) / "empty.db"

    async def make() -> None:
        database = await open_database(f"sqlite:///{path}")
        await database.upgrade()
        await database.close()

    asyncio.run(make())
    return path


_kept: list["tempfile.TemporaryDirectory[str]"] = []


@dataclass
class Known:
    """What the model knows of a job's money."""

    job: Job
    charge: Charge
    quote: int
    at: float
    state: ChargeState = ChargeState.HELD
    used: int = 0


class MoneyMachine(RuleBasedStateMachine):
    """Random lives of jobs on one store."""

    @initialize()
    def open(self) -> None:
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(prefix="videobot-machine-")
        self.path = Path(shutil.copy(migrated(), Path(self.folder.name) / "v.db"))
        self.known: dict[str, Known] = {}
        self.stale: list[Job] = []
        self.limits: dict[Place, int] = {}
        self.grants: Counter[tuple[str, str, Unit, Window, str]] = Counter()
        self.paused = False
        self.allowed: dict[tuple[str, Unit, Window, str], float] = {}  # what the limits at each acceptance allowed
        self.do = Steps(self.run(open_database(f"sqlite:///{self.path}")), zone=ZONE)
        self.run(self.do.no_limits())

    def run(self, call: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(call)

    def teardown(self) -> None:
        if hasattr(self, "do"):
            self.run(self.do.database.close())
            self.folder.cleanup()
            self.runner.close()

    # ------------------------------------------------------------------------------------------------ the model

    def use(self, scope_id: str, window: Window, key: str, unit: Unit) -> int:
        """What the model says is used and held."""
        total = 0
        for known in self.known.values():
            if scope_id not in {"*", known.job.requester.key}:
                continue
            if unit is Unit.JOBS:
                total += not known.job.state.is_final
            elif windows_of(known.at)[window] == key:
                taken = Charge(known.charge.videos, known.charge.seconds, known.used)
                held = known.charge if known.state is ChargeState.HELD else taken
                total += held.of(unit) if known.state is not ChargeState.RELEASED else 0
        return total

    def room(self, place: Place, user: str, window: str) -> int:
        """What limit and grants allow `user` in this window."""
        scope, unit, kind = place
        bearers = {scope.id, user} if scope.kind is ScopeKind.USER else {scope.id}
        return self.limits[place] + sum(self.grants[scope.kind, one, unit, kind, window] for one in bearers)

    def saw(self, job: Job | None, *, settled_at: int | None = None) -> None:
        """The store says this now."""
        assert job is not None
        known = self.known[job.id]
        self.stale.append(known.job)
        if settled_at is not None:
            known.state, known.used = ChargeState.SETTLED, settled_at
        elif job.state in {JobState.FAILED, JobState.LOST, JobState.CANCELLED} and known.state is ChargeState.HELD:
            known.state = ChargeState.RELEASED
        assert job.charge is known.state
        known.job = job

    def pick(self, data: st.DataObject, *states: JobState) -> Job:
        found = [known.job for known in self.known.values() if not states or known.job.state in states]
        return data.draw(st.sampled_from(found))

    def have(self, *states: JobState) -> bool:
        return any(known.job.state in states for known in getattr(self, "known", {}).values())

    def decide(self, call: Coroutine[Any, Any, Job]) -> None:
        with contextlib.suppress(NotDecidableError):
            self.saw(self.run(call))

    # ------------------------------------------------------------------------------------------------ accepting

    @rule(
        user=st.sampled_from(USERS),
        quote=st.sampled_from([10 * CENT, QUOTE, 60 * CENT]),
        factor=st.sampled_from([1, 1, 2]),
        duration=st.sampled_from([5, 10]),
        number=st.integers(1, 3),
    )
    def ask_at_once(self, user: str, quote: int, factor: int, duration: int, number: int) -> None:
        """Some requests of one person at the same moment."""
        now = self.do.tick()
        news = [self.do.new(user, quote=quote, held=quote * factor, duration=duration) for _ in range(number)]

        async def ask() -> list[Job | Refusal]:
            return await asyncio.gather(*(self.do.store.accept(new, ZONE, now) for new in news))

        if self.paused:
            with pytest.raises(PausedError):
                self.run(ask())
            return
        for new, answer in zip(news, self.run(ask()), strict=True):
            charge, key = new.charge, new.requester.key
            over = {
                place
                for place, scope_id, window in places_of(self.limits, key, now)
                if self.use(scope_id, place[2], window, place[1]) + charge.of(place[1]) > self.room(place, key, window)
            }
            if isinstance(answer, Refusal):
                assert {(u.limit.scope, u.limit.unit, u.limit.window) for u in answer.over} == over
                continue
            assert not over, "accepted past a limit"
            for place, scope_id, window in places_of(ALL, key, now):
                at = (scope_id, place[1], place[2], window)
                room = self.room(place, key, window) if place in self.limits else math.inf
                self.allowed[at] = max(self.allowed.get(at, 0), room)
            self.known[new.id] = Known(answer, charge, quote, now)

    # ------------------------------------------------------------------------------------- what gateways do

    @precondition(lambda self: self.have(JobState.QUEUED))
    @rule(data=st.data())
    def start(self, data: st.DataObject) -> None:
        self.saw(self.run(self.do.begin(self.pick(data, JobState.QUEUED))))

    @precondition(lambda self: self.have(JobState.CREATING))
    @rule(data=st.data(), outcome=st.sampled_from(["accepted", "accepted", "busy", "refused", "uncertain"]))
    def answer(self, data: st.DataObject, outcome: str) -> None:
        job = self.pick(data, JobState.CREATING)
        attempt = str(job.attempt_id)
        match outcome:
            case "accepted":
                self.saw(self.run(self.do.attach(attempt, f"task-{attempt}")))
            case "uncertain":
                self.saw(self.run(self.do.doubt(job)))
            case _:
                retry_at = self.do.now if outcome == "busy" else None
                self.saw(self.run(self.do.store.not_created(job, attempt, BUSY, retry_at, self.do.tick())))

    @precondition(lambda self: self.have(JobState.RUNNING))
    @rule(data=st.data(), bill=st.sampled_from(BILLS))
    def complete(self, data: st.DataObject, bill: int | None) -> None:
        job = self.pick(data, JobState.RUNNING)
        after = self.run(self.do.store.completed(job, OUTPUT, bill, 60.0, self.do.tick()))
        self.saw(after, settled_at=self.known[job.id].quote if bill is None else bill)
        costs = self.run(self.do.store.ledger(job.id))
        mine = sum(row.usd for row in costs if row.account == "cost")
        assert mine >= (self.known[job.id].quote if bill is None else bill)

    @precondition(lambda self: self.have(JobState.RUNNING))
    @rule(data=st.data(), lost=st.booleans())
    def break_off(self, data: st.DataObject, lost: bool) -> None:
        job = self.pick(data, JobState.RUNNING)
        state = JobState.LOST if lost else JobState.FAILED
        self.saw(self.run(self.do.store.fail(job, BUSY, self.do.tick(), state=state, possibly_billed=lost)))

    @precondition(lambda self: self.have(JobState.UNCERTAIN))
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        job = self.pick(data, JobState.UNCERTAIN)
        self.saw(self.run(self.do.store.give_up_uncertain(job, self.do.tick())))

    @precondition(lambda self: bool(getattr(self, "known", None)))
    @rule(data=st.data())
    def a_task_turns_up_late(self, data: st.DataObject) -> None:
        """Of any attempt of any job, whatever became of it."""
        job = self.pick(data)
        attempts = self.run(self.do.store.attempts(job.id))
        if attempts:
            attempt = data.draw(st.sampled_from(attempts))
            self.saw(self.run(self.do.attach(attempt.id, f"task-{attempt.id}")))

    @precondition(lambda self: self.have(JobState.QUEUED))
    @rule(data=st.data(), far=st.integers(1, 4), late=st.booleans(), bill=st.sampled_from(BILLS))
    def get_on(self, data: st.DataObject, far: int, late: bool, bill: int | None) -> None:
        """A job goes some steps of its usual way at once, so that the later states are seen often."""
        job = self.run(self.do.begin(self.pick(data, JobState.QUEUED)))
        self.saw(job)
        if job.state is not JobState.CREATING:
            return
        if far == 1 or late:
            self.saw(job := self.run(self.do.doubt(job)))
        if late:
            self.saw(self.run(self.do.store.give_up_uncertain(job, self.do.tick())))
        if far == 1:
            return
        self.saw(job := self.run(self.do.attach(job.attempt_id, f"task-{job.attempt_id}")))
        if far > 2:
            job = self.run(self.do.complete(job, bill))
            self.saw(job, settled_at=self.known[job.id].quote if bill is None else bill)
        if far > 3:
            self.saw(self.run(self.do.saved(job)))

    # ------------------------------------------------------------------------------------ saving, delivering

    @precondition(lambda self: self.have(JobState.SAVING))
    @rule(data=st.data(), saved=st.booleans())
    def save(self, data: st.DataObject, saved: bool) -> None:
        job = self.pick(data, JobState.SAVING)
        video, failure = (VIDEO, None) if saved else (None, BUSY)
        self.saw(self.run(self.do.store.saved(job, video, failure, self.do.tick())))

    @precondition(lambda self: self.have(JobState.DELIVERING))
    @rule(data=st.data(), how=st.sampled_from(["delivered", "delivered", "undeliverable", "later"]))
    def deliver(self, data: st.DataObject, how: str) -> None:
        job = self.pick(data, JobState.DELIVERING)
        self.run(self.do.store.sending(job.id, Purpose.RESULT, self.do.tick()))
        match how:
            case "delivered":
                after = self.run(self.do.store.delivered(job, "m", self.do.tick()))
            case "undeliverable":
                after = self.run(self.do.store.undeliverable(job, BUSY, self.do.tick()))
            case _:
                after = self.run(self.do.store.postpone(job, self.do.now + 60, self.do.tick(), failure=BUSY))
        self.saw(after)

    # --------------------------------------------------------------------------------------- what people do

    @precondition(lambda self: bool(getattr(self, "known", None)))
    @rule(data=st.data(), sure=st.sampled_from([False, False, True]))
    def cancel(self, data: st.DataObject, sure: bool) -> None:
        job = self.pick(data)
        if sure or job.state not in {JobState.QUEUED, JobState.RUNNING}:
            self.decide(self.do.store.want_cancel(job.id, "anna", self.do.tick()))

    @precondition(lambda self: bool(getattr(self, "known", None)))
    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        self.decide(self.do.store.resume(self.pick(data).id, "admin", self.do.tick()))

    @precondition(lambda self: self.have(JobState.UNCERTAIN, JobState.LOST))
    @rule(data=st.data(), how=st.sampled_from(Resolution))
    def resolve(self, data: st.DataObject, how: Resolution) -> None:
        job = self.pick(data, JobState.UNCERTAIN, JobState.LOST)
        task = f"task-{job.attempt_id}"
        self.decide(self.do.store.resolve(job.id, how, "admin", self.do.tick(), task_id=task))

    @rule(limit=st.sampled_from(LIMITS), level=st.integers(0, 3))
    def set_limit(self, limit: tuple[Scope, Unit, Window, tuple[int, ...]], level: int) -> None:
        scope, unit, window, amounts = limit
        if level == 3:
            self.run(self.do.store.clear_limit(scope, unit, window, "admin", self.do.tick()))
            self.limits.pop((scope, unit, window), None)
        else:
            self.run(self.do.store.set_limit(Limit(scope, unit, window, amounts[level]), "admin", self.do.tick()))
            self.limits[(scope, unit, window)] = amounts[level]

    @rule(given=st.sampled_from(GRANTS))
    def grant(self, given: tuple[Scope, Unit, Window, int]) -> None:
        scope, unit, window, amount = given
        now = self.do.tick()
        self.run(self.do.store.grant(Grant(scope, unit, window, amount), ZONE, "", "admin", now))
        self.grants[scope.kind, scope.id, unit, window, windows_of(now)[window]] += amount

    @rule(begin=st.sampled_from([False, False, False, True]))
    def pause_or_go_on(self, begin: bool) -> None:
        if begin:
            self.run(self.do.store.pause("", "admin", self.do.tick()))
        else:
            assert self.run(self.do.store.resume_all("admin", self.do.tick())) == self.paused
        self.paused = begin

    # ------------------------------------------------------------------------------------------- what happens

    @rule(
        seconds=st.sampled_from([60.0, 3_600.0, 43_200.0, 90_000.0, 2_700_000.0]),
        restart=st.sampled_from([False, False, True]),
    )
    def time_passes(self, seconds: float, restart: bool) -> None:
        self.do.tick(seconds)
        if restart:
            self.run(self.do.database.close())
            self.do.database = self.run(open_database(f"sqlite:///{self.path}"))
            self.do.__post_init__()
            for known in self.known.values():
                assert self.run(self.do.store.job(known.job.id)) == known.job

    @precondition(lambda self: bool(getattr(self, "stale", None)))
    @rule(data=st.data())
    def a_stale_worker_is_fenced(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(self.stale))
        if self.known[job.id].job.version != job.version:
            store, now = self.do.store, self.do.tick()
            assert self.run(store.fail(job, BUSY, now)) is None
            assert self.run(store.completed(job, OUTPUT, 1, None, now)) is None
            assert self.run(store.begin_attempt(job, "stale", {}, "other", now + 1, now)) is None

    # ---------------------------------------------------------------------------------------- what always holds

    @invariant()
    def the_money_adds_up(self) -> None:
        if not hasattr(self, "do"):
            return
        disagreements, uses, events = self.run(self.do.database.look(observe, self.do.now))
        assert disagreements == []
        self.check_uses(uses)
        self.check_each_charge_ends_once(events)
        self.check_each_overshoot_has_its_adjustment(events)

    def check_uses(self, uses: dict[str, tuple[LimitUse, ...]]) -> None:
        for key, found in uses.items():
            counted = {(u.limit.scope, u.limit.unit, u.limit.window): (u.used + u.held, u.amount) for u in found}
            assert counted == {
                place: (self.use(scope_id, place[2], window, place[1]), self.room(place, key, window))
                for place, scope_id, window in places_of(self.limits, key, self.do.now)
            }

    def check_each_charge_ends_once(self, events: dict[str, list[LedgerRow]]) -> None:
        for job_id, known in self.known.items():
            count = Counter(row.event for row in events[job_id])
            assert max(count.values()) == 1
            assert count["settle"] + count["release"] == (known.state is not ChargeState.HELD)
            assert count["adjust_late_success"] == (count["release"] and known.state is ChargeState.SETTLED)

    def check_each_overshoot_has_its_adjustment(self, events: dict[str, list[LedgerRow]]) -> None:
        for (scope_id, unit, window, key), allowed in self.allowed.items():
            if unit is Unit.JOBS:
                continue  # a job that was taken up again counts once more, without being accepted
            adjusted = 0
            for job_id, known in self.known.items():
                if scope_id in {"*", known.job.requester.key} and windows_of(known.at)[window] == key:
                    rows = [row for row in events[job_id] if row.event.startswith("adjust")]
                    adjusted += sum(max(0, Charge(row.videos, row.seconds, row.usd).of(unit)) for row in rows)
            assert self.use(scope_id, window, key, unit) <= allowed + adjusted


MoneyMachine.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestMoney = MoneyMachine.TestCase
