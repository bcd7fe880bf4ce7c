"""Anything people, gateways and clocks can do to jobs, in any order: the money always adds up.

The machine keeps its own small model of every charge; after each step the real store (a real file) must agree with it.
"""

import asyncio
import contextlib
import math
import tempfile
from collections import Counter
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Connection, select

from bot.generation.job import Address, ChargeState, Job, JobState, Purpose, Requester
from bot.generation.limits import (
    Charge,
    Limit,
    LimitUse,
    Policy,
    Refusal,
    Scope,
    ScopeKind,
    Unit,
    Window,
    applying,
    scopes_of,
    seconds_left,
    slot_of,
    slots_of,
    window_end,
    window_start,
)
from bot.generation.ports import Grant, LedgerRow, NotDecidableError, PausedError, Resolution
from storage import counting, ledger_check, open_database
from storage.database import Database
from storage.fingerprints import KEPT
from storage.rows import ledger_of
from storage.statements import fetch_all
from storage.tables import ledger, metadata
from tests.storage.steps import ANYONE, BUSY, CENT, EVERYONE, OUTPUT, QUOTE, VIDEO, Steps, request_of

USERS = ("anna", "ben")
CHANNELS = ("C", "D")
ROLES = {"anna": ("r1",), "ben": ("r1", "r2")}
MODEL = "kling-v3"
ZONE = "Europe/Berlin"
ELSEWHERE = ("Asia/Kathmandu", "America/St_Johns")
POLICY = Policy(zone=ZONE)
WORKSPACE, CHANNEL = Scope(ScopeKind.WORKSPACE, "shell:W"), Scope(ScopeKind.CHANNEL, "*")
ROLE_1, ROLE_2 = Scope(ScopeKind.ROLE, "shell:W:r1"), Scope(ScopeKind.ROLE, "shell:W:r2")
OF_MODEL, ANNA = Scope(ScopeKind.MODEL, MODEL), Scope(ScopeKind.USER, "shell:anna")
LIMITS = (
    (EVERYONE, Unit.USD, Window.DAY, (50 * CENT, 200 * CENT, 900 * CENT)),
    (EVERYONE, Unit.VIDEOS, Window.MONTH, (3, 8, 30)),
    (WORKSPACE, Unit.VIDEOS, Window.WEEK, (2, 6, 20)),
    (CHANNEL, Unit.USD, Window.HOUR, (35 * CENT, 100 * CENT, 300 * CENT)),
    (ANYONE, Unit.USD, Window.MONTH, (40 * CENT, 150 * CENT, 500 * CENT)),
    (ANYONE, Unit.SECONDS, Window.DAY, (5, 20, 60)),
    (ROLE_1, Unit.SECONDS, Window.DAY, (10, 30, 80)),
    (ROLE_2, Unit.SECONDS, Window.DAY, (5, 40, 60)),
    (ANNA, Unit.SECONDS, Window("36h"), (5, 15, 50)),
    (ANYONE, Unit.JOBS, Window.NOW, (1, 2, 4)),
    (ANYONE, Unit.COOLDOWN, Window.NOW, (2, 30, 90)),
    (OF_MODEL, Unit.VIDEOS, Window("24h"), (2, 5, 20)),
)
#: Of everybody and of one person.
OWN_LIMITS = ((150 * CENT, 500 * CENT), (500 * CENT, 150 * CENT), (150 * CENT, 150 * CENT))
BILLS = (None, 0, 20 * CENT, QUOTE, 90 * CENT)
GRANTS = (
    (EVERYONE, Unit.USD, Window.DAY, 60 * CENT),
    (EVERYONE, Unit.VIDEOS, Window.MONTH, 2),
    (ANYONE, Unit.USD, Window.MONTH, 35 * CENT),
    (ANYONE, Unit.SECONDS, Window.DAY, 5),
    (ANNA, Unit.SECONDS, Window.DAY, 10),
    (OF_MODEL, Unit.VIDEOS, Window("24h"), 1),
)
RELEASED = {JobState.FAILED, JobState.LOST, JobState.CANCELLED, JobState.DECLINED, JobState.EXPIRED}
BEGUN = {state for state in JobState if not state.is_final} - {JobState.AWAITING_APPROVAL, JobState.QUEUED}
Place = tuple[Scope, Unit, Window]


def person(user: str, channel: str = "C") -> Requester:
    return Requester("shell", user, "W", channel, ROLES[user])


def said_by(user: str) -> str:
    """Words that nobody else says."""
    return f"what {user} dreamt of"


def observe(
    conn: Connection, now: float
) -> tuple[list[str], dict[str, tuple[LimitUse, ...]], dict[str, list[LedgerRow]]]:
    """Everything the invariants look at, in one hop: disagreements, uses by user, ledger rows by job."""
    uses = {user: counting.uses_of(conn, person(user), POLICY, now, (MODEL,)) for user in USERS}
    events: dict[str, list[LedgerRow]] = {}
    for row in fetch_all(conn, select(ledger).where(ledger.c.account != "cost").order_by(ledger.c.id)):
        events.setdefault(row["job_id"], []).append(ledger_of(row))
    return ledger_check.check(conn), uses, events


def everything(conn: Connection) -> dict[str, str]:
    """All that each table says."""
    return {table.name: str(fetch_all(conn, select(table))) for table in metadata.sorted_tables}


def emptied(conn: Connection) -> None:
    """Nothing is in any table."""
    for table in reversed(metadata.sorted_tables):
        conn.execute(table.delete())


@dataclass
class House:
    """One database file that all runs use one after the other: what SQLAlchemy compiles for it takes as long as a run
    itself."""

    folder: "tempfile.TemporaryDirectory[str]"
    runner: asyncio.Runner
    url: str
    database: Database

    def close(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()


def build() -> House:
    """A database with all tables."""
    folder, runner = tempfile.TemporaryDirectory(prefix="videobot-machine-"), asyncio.Runner()
    url = f"sqlite:///{folder.name}/v.db"

    async def opened() -> Database:
        database = await open_database(url)
        await database.upgrade()
        return database

    return House(folder, runner, url, runner.run(opened()))


_houses: list[House] = []


@dataclass
class Known:
    """What the model knows of a job's money."""

    job: Job
    charge: Charge
    quote: int
    at: float
    state: ChargeState = ChargeState.HELD
    used: int = 0
    pardoned: bool = False
    who: Requester = field(init=False)  # also after they were forgotten
    forgotten_until: float | None = None  # when what leads from the person to this job ends

    def __post_init__(self) -> None:
        self.who = self.job.requester


class MoneyMachine(RuleBasedStateMachine):
    """Random lives of jobs on one store."""

    @initialize()
    def open(self) -> None:
        database = self.begin()
        self.known: dict[str, Known] = {}
        self.stale: list[Job] = []
        self.limits: dict[Place, int] = {}
        self.grants: list[tuple[Grant, float]] = []  # with the moment each ends
        self.paused = False
        self.zone = ZONE  # of the workspace
        # What the limits at each acceptance allowed, in each window of the calendar that was one at that time.
        self.allowed: dict[tuple[Scope, Unit, tuple[int, int]], float] = {}
        self.do = Steps(database, zone=ZONE)
        self.run(self.do.no_limits())

    def begin(self) -> Database:
        """An empty database, opened, with the loop it is for."""
        if not _houses:
            _houses.append(build())
        (house,) = _houses
        self.runner, self.url = house.runner, house.url
        self.run(house.database.write(emptied))
        return house.database

    def end(self) -> None:
        """After a run; a restart may have opened the database anew."""
        _houses[0].database = self.do.database

    def run(self, call: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(call)

    def teardown(self) -> None:
        if hasattr(self, "do"):
            self.end()

    # ------------------------------------------------------------------------------------------------ the model

    def zone_for(self, scope: Scope) -> ZoneInfo:
        """By whose clock the windows of a counter go."""
        return ZoneInfo(ZONE if scope.kind in (ScopeKind.EVERYONE, ScopeKind.MODEL) else self.zone)

    def of_scope(self, scope: Scope) -> list[Known]:
        """The jobs that take from a counter; whoever was forgotten is somebody new once every window has ended."""
        return [
            known
            for known in self.known.values()
            if scope in scopes_of(known.who, known.job.model)
            and (scope.kind is not ScopeKind.USER or (known.forgotten_until or math.inf) > self.do.now)
        ]

    def taken(self, scope: Scope, unit: Unit, slots: tuple[int, int | None]) -> int:
        """What the model says is used and held in a range of slots."""
        first, end = slots
        total = 0
        for known in self.of_scope(scope):
            if known.state is ChargeState.RELEASED or (known.pardoned and scope.kind is ScopeKind.USER):
                continue
            if first <= slot_of(known.at) < (end or math.inf):
                used = Charge(known.charge.videos, known.charge.seconds, known.used)
                total += (known.charge if known.state is ChargeState.HELD else used).of(unit)
        return total

    def expected(self, limit: Limit, scope: Scope, now: float) -> tuple[int, int]:
        """(used and held, what limit and grants allow) at this moment."""
        bearers = {limit.scope, scope}
        allowed = limit.amount + sum(
            given.amount
            for given, until in self.grants
            if given.scope in bearers and (given.unit, given.window) == (limit.unit, limit.window) and until > now
        )
        match limit.unit:
            case Unit.JOBS:
                return sum(not known.job.state.is_final for known in self.of_scope(scope)), allowed
            case Unit.COOLDOWN:
                last = max((known.at for known in self.of_scope(scope)), default=None)
                return seconds_left(last, limit.amount, now), allowed
            case unit:
                return self.taken(scope, unit, slots_of(limit.window, now, self.zone_for(scope))), allowed

    def applying(self, who: Requester) -> tuple[tuple[Limit, Scope], ...]:
        limits = [Limit(*place, amount) for place, amount in self.limits.items()]
        return applying(limits, who, (MODEL,))

    def saw(self, job: Job | None, *, settled_at: int | None = None) -> None:
        """The store says this now."""
        assert job is not None
        known = self.known[job.id]
        self.stale.append(known.job)
        if settled_at is not None:
            known.state, known.used = ChargeState.SETTLED, settled_at
        elif job.state in RELEASED and known.state is ChargeState.HELD:
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
        channel=st.sampled_from(CHANNELS),
        quote=st.sampled_from([10 * CENT, QUOTE, 60 * CENT]),
        factor=st.sampled_from([1, 1, 2]),
        duration=st.sampled_from([5, 10]),
        number=st.integers(1, 3),
        approval=st.sampled_from([False, False, False, True]),
    )
    def ask_at_once(
        self, user: str, channel: str, quote: int, factor: int, duration: int, number: int, approval: bool
    ) -> None:
        """Some requests of one person at the same moment."""
        now, who = self.do.tick(), person(user, channel)
        more = {"requester": who, "duration": duration, "needs_approval": approval, "approve_by": now + 3600}
        more |= {"request": request_of(prompt=said_by(user)), "address": Address("shell", extra={"out": said_by(user)})}
        news = [self.do.new(user, quote=quote, held=quote * factor, **more) for _ in range(number)]

        async def ask() -> list[Job | Refusal]:
            return await asyncio.gather(*(self.do.store.accept(new, POLICY, now) for new in news))

        if self.paused:
            with pytest.raises(PausedError):
                self.run(ask())
            return
        # Whoever was let in came first: the requests are alike, and on PostgreSQL any of them may be the first.
        for new, answer in sorted(zip(news, self.run(ask()), strict=True), key=lambda one: isinstance(one[1], Refusal)):
            charge = new.charge
            found = [(limit, scope, *self.expected(limit, scope, now)) for limit, scope in self.applying(who)]
            over = {
                (limit, scope)
                for limit, scope, taken, allowed in found
                if (taken > 0 if limit.unit is Unit.COOLDOWN else taken + charge.of(limit.unit) > allowed)
            }
            if isinstance(answer, Refusal):
                assert {(use.limit, use.counted) for use in answer.over} == over
                self.check_when_it_frees(answer, now)
                continue
            assert not over, "accepted past a limit"
            self.remember_room(found, who, now)
            self.known[new.id] = Known(answer, charge, quote, now)

    def check_when_it_frees(self, refusal: Refusal, now: float) -> None:
        """Of a rolling window: at that moment, and not before, enough has left it."""
        for use in refusal.over:
            wanted = refusal.charge.of(use.limit.unit)
            if use.limit.window.hours is None or wanted > use.amount or use.frees_at is None or use.counted is None:
                continue
            assert use.frees_at > now
            there, before = (
                self.taken(use.counted, use.limit.unit, slots_of(use.limit.window, at))
                for at in (use.frees_at, use.frees_at - 1.0)
            )
            assert there + wanted <= use.amount < before + wanted

    def remember_room(self, found: Iterable[tuple[Limit, Scope, int, int]], who: Requester, now: float) -> None:
        room = {(scope, limit.unit, limit.window): allowed for limit, scope, _, allowed in found}
        for scope in scopes_of(who, MODEL):
            for unit in (Unit.VIDEOS, Unit.SECONDS, Unit.USD):
                for window in (Window.HOUR, Window.DAY, Window.WEEK, Window.MONTH):
                    first, end = slots_of(window, now, self.zone_for(scope))
                    assert end is not None
                    at = (scope, unit, (first, end))
                    self.allowed[at] = max(self.allowed.get(at, 0), room.get((scope, unit, window), math.inf))

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

    @precondition(lambda self: self.have(JobState.AWAITING_APPROVAL))
    @rule(data=st.data(), how=st.sampled_from(["approve", "approve", "decline", "expire"]))
    def decide_about_an_approval(self, data: st.DataObject, how: str) -> None:
        job = self.pick(data, JobState.AWAITING_APPROVAL)
        store, now = self.do.store, self.do.tick()
        match how:
            case "approve" if job.due_at is not None and job.due_at <= now:
                with pytest.raises(NotDecidableError):
                    self.run(store.approve(job.id, "admin", now))
            case "approve":
                self.saw(self.run(store.approve(job.id, "admin", now)))
            case "decline":
                self.saw(self.run(store.decline(job.id, "admin", "too dear", now)))
            case _:
                self.saw(self.run(store.expire(job, now)))

    @rule(user=st.sampled_from(USERS))
    def forgive(self, user: str) -> None:
        now = self.do.tick()
        zone = ZoneInfo(self.zone)
        since = min(window_start(window, now, zone) for window in (Window.WEEK, Window.MONTH, Window("744h")))
        done = [
            known
            for known in self.known.values()
            if known.job.requester.user == user  # not of those whose name is gone
            and known.state is ChargeState.SETTLED
            and not known.pardoned
            and known.at >= since
        ]
        assert self.run(self.do.store.reset(f"shell:{user}", self.zone, "", "admin", now)) == len(done)
        for known in done:
            known.pardoned = True

    @precondition(lambda self: bool(getattr(self, "known", None)))
    @rule(user=st.sampled_from(USERS), ended=st.booleans(), limited=st.sampled_from(OWN_LIMITS))
    def forget(self, user: str, ended: bool, limited: tuple[int, int]) -> None:
        """Their words and name go; the money stays, and counts on for who asks again. `ended`: no video of theirs is
        being made."""
        key = f"shell:{user}"
        own = Scope(ScopeKind.USER, key)
        if ended:
            self.end_all_of(user)
        for scope, amount in zip((ANYONE, own), limited, strict=True):
            self.put_limit(scope, Unit.USD, Window.MONTH, amount)
        now = self.do.tick()
        theirs = [known for known in self.known.values() if known.job.requester.user == user]
        call = self.do.store.forget_user(key, f"{self.do.now}-{user}", "salt", key, now)
        if any(known.job.state in BEGUN for known in theirs):
            with pytest.raises(NotDecidableError):
                self.run(call)
            return
        waiting = {known.job.id for known in theirs if not known.job.state.is_final}
        done = self.run(call)
        assert (done.videos, set(done.cancelled)) == (len(theirs), waiting)
        for known in theirs:
            known.forgotten_until = now + KEPT
            self.saw(self.run(self.do.store.job(known.job.id)))
            assert known.job.requester.key == done.key
        self.forget_privileges(own)
        left = self.run(self.do.database.look(everything))
        assert [name for name, rows in left.items() if said_by(user) in rows] == []
        assert [name for name, rows in left.items() if key in rows and name != "limits"] == []

    def end_all_of(self, user: str) -> None:
        """What was begun for this person comes to its end."""
        for known in self.known.values():
            while known.job.requester.user == user and known.job.state in BEGUN:
                self.take_a_step(known)

    def take_a_step(self, known: Known) -> None:
        job, now = known.job, self.do.tick()
        match job.state:
            case JobState.CREATING:
                self.saw(self.run(self.do.attach(job.attempt_id, f"task-{job.attempt_id}")))
            case JobState.RUNNING:
                self.saw(self.run(self.do.complete(job)), settled_at=known.quote)
            case JobState.SAVING:
                self.saw(self.run(self.do.saved(job)))
            case JobState.DELIVERING:
                self.run(self.do.store.sending(job.id, Purpose.RESULT, now))
                self.saw(self.run(self.do.store.delivered(job, "m", now)))
            case _:
                self.saw(self.run(self.do.store.give_up_uncertain(job, now)))

    def forget_privileges(self, own: Scope) -> None:
        """Grants, and limits that give no less than everybody has."""
        self.grants = [(given, until) for given, until in self.grants if given.scope != own]
        for (scope, unit, window), amount in list(self.limits.items()):
            usual = self.limits.get((ANYONE, unit, window))
            if scope == own and usual is not None and amount >= usual:
                del self.limits[scope, unit, window]

    @rule(zone=st.sampled_from((ZONE, *ELSEWHERE)))
    def set_zone(self, zone: str) -> None:
        """Jobs are held meanwhile: what was taken counts in the windows of the new clock."""
        self.run(self.do.store.set_zone("shell:W", zone, "admin", self.do.tick()))
        if zone != self.zone:
            self.allowed = {
                at: room for at, room in self.allowed.items() if at[0].kind in (ScopeKind.EVERYONE, ScopeKind.MODEL)
            }
        self.zone = zone

    @rule(limit=st.sampled_from(LIMITS), level=st.integers(0, 3))
    def set_limit(self, limit: tuple[Scope, Unit, Window, tuple[int, ...]], level: int) -> None:
        scope, unit, window, amounts = limit
        if level == 3:
            self.run(self.do.store.clear_limit(scope, unit, window, "admin", self.do.tick()))
            self.limits.pop((scope, unit, window), None)
        else:
            self.put_limit(scope, unit, window, amounts[level])

    def put_limit(self, scope: Scope, unit: Unit, window: Window, amount: int) -> None:
        self.run(self.do.store.set_limit(Limit(scope, unit, window, amount), "admin", self.do.tick()))
        self.limits[(scope, unit, window)] = amount

    @rule(given=st.sampled_from(GRANTS))
    def grant(self, given: tuple[Scope, Unit, Window, int]) -> None:
        grant, now = Grant(*given), self.do.tick()
        self.run(self.do.store.grant(grant, self.zone, "", "admin", now))
        hours = grant.window.hours
        until = now + hours * 3600 if hours else window_end(grant.window, now, ZoneInfo(self.zone))
        assert until is not None
        self.grants.append((grant, until))

    @rule(begin=st.sampled_from([False, False, False, True]))
    def pause_or_go_on(self, begin: bool) -> None:
        if begin:
            self.run(self.do.store.pause("", "admin", self.do.tick()))
        else:
            assert self.run(self.do.store.resume_all("admin", self.do.tick())) == self.paused
        self.paused = begin

    # ------------------------------------------------------------------------------------------- what happens

    @rule(
        seconds=st.sampled_from([60.0, 901.0, 3_600.0, 43_200.0, 90_000.0, 2_700_000.0, -40.0, -5_000.0]),
        restart=st.sampled_from([False, False, True]),
    )
    def time_passes(self, seconds: float, restart: bool) -> None:
        self.do.tick(seconds)
        if restart:
            self.run(self.do.database.close())
            self.do.database = self.run(open_database(self.url))
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
        now = self.do.now
        for user, found in uses.items():
            counted = {(use.limit, use.counted): (use.used + use.held, use.amount) for use in found}
            assert counted == {
                (limit, scope): self.expected(limit, scope, now) for limit, scope in self.applying(person(user))
            }

    def check_each_charge_ends_once(self, events: dict[str, list[LedgerRow]]) -> None:
        for job_id, known in self.known.items():
            count = Counter(row.event for row in events[job_id])
            assert max(count.values()) == 1
            assert count["settle"] + count["release"] == (known.state is not ChargeState.HELD)
            assert count["adjust_late_success"] == (count["release"] and known.state is ChargeState.SETTLED)
            assert count["adjust_reset"] == known.pardoned

    def check_each_overshoot_has_its_adjustment(self, events: dict[str, list[LedgerRow]]) -> None:
        for (scope, unit, slots), allowed in self.allowed.items():
            if allowed == math.inf:
                continue
            adjusted = 0
            for known in self.of_scope(scope):
                if slots[0] <= slot_of(known.at) < slots[1]:
                    rows = [row for row in events[known.job.id] if row.event.startswith("adjust")]
                    adjusted += sum(max(0, Charge(row.videos, row.seconds, row.usd).of(unit)) for row in rows)
            assert self.taken(scope, unit, slots) <= allowed + adjusted


MoneyMachine.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class TestMoney(MoneyMachine.TestCase):  # type: ignore[name-defined,misc]
    """The machine as a test."""

    @classmethod
    def tearDownClass(cls) -> None:
        while _houses:
            _houses.pop().close()
