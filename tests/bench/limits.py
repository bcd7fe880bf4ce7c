"""A full house: 10,000 users and 1,000,000 jobs over a year; how long looks at limits, accepts and reports take."""

import asyncio
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

from bot.clock import RandomIds
from bot.generation.job import Address, Job, Requester
from bot.generation.limits import Limit, Policy, Scope, ScopeKind, Unit, Window
from bot.generation.ports import NewJob
from bot.generation.request import VideoRequest
from bot.operations.collector import calm_collector
from storage.migrations.versions.m0007_usage_sums import filling
from storage.opening import open_database
from storage.store import SqlStore
from tests.bench.report import Figure

USERS, JOBS, CHANNELS = 10_000, 1_000_000, 40
DAYS = 365
PRICE = 184_000
MODELS = ("2.6", "v3", "o1")
RATE, SECONDS = 20.0, 20.0  # accepts and looks a second, for so long
IN_A_ROW = 400  # accepts, then looks, one after another
WARM_UP = 20  # of each before that: the first of each builds its statements
POLICY = Policy(warn_at_percent=80)
KINDS = (ScopeKind.EVERYONE, ScopeKind.WORKSPACE, ScopeKind.CHANNEL, ScopeKind.USER, ScopeKind.MODEL)
COUNTED = ((Unit.VIDEOS, Window.DAY), (Unit.USD, Window.MONTH), (Unit.USD, Window("168h")))
ROOMY = (
    *(Limit(Scope(kind, "*"), unit, window, 10**12) for kind in KINDS for unit, window in COUNTED),
    Limit(Scope(ScopeKind.USER, "*"), Unit.JOBS, Window.NOW, 10**6),
    Limit(Scope(ScopeKind.USER, "*"), Unit.COOLDOWN, Window.NOW, 0),
)


def _who(number: int) -> Requester:
    return Requester("discord", str(number), "1", str(number % CHANNELS), ("7", "8"))


def _jobs(chance: random.Random, now: float) -> Iterator[tuple[str, int, str, float]]:
    """(id, user, model, accepted at) of finished jobs, the oldest first; few people ask for most."""
    step = DAYS * 86_400 / JOBS
    for number in range(JOBS):
        user = min(int(chance.paretovariate(0.6)), USERS) - 1 if number % 2 else chance.randrange(USERS)
        yield f"b{number:09d}", user, MODELS[number % 3], now - DAYS * 86_400 + number * step


def _fill(path: Path, now: float) -> None:
    """Written straight into the tables: through the store it would take an hour."""
    chance = random.Random(7)
    request = VideoRequest(prompt="waves crashing against rocks, seagulls circling", model="2.6").model_dump_json()
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous=OFF")

    def rows() -> Iterator[tuple[object, ...]]:
        for job_id, user, model, at in _jobs(chance, now):
            day = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
            place = (str(user), "1", str(user % CHANNELS), "[]", f"discord:{user}", "{}", "toapis", model)
            yield (job_id, 9, "delivered", request, "discord", *place, at, day, int(at // 900), f"{job_id}-a", at)

    names = (
        "id, version, state, request, platform, user_id, workspace, channel, roles, user_key, address, gateway, model, "
        "accepted_at, accepted_day, slot, attempt_id, finished_at"
    )
    marks = ", ".join("?" * (names.count(",") + 1))
    db.executemany(
        f"INSERT INTO jobs ({names}, dialect, mode, duration, audio, quote_micros, held_micros, quote_is_estimate, "
        f"charge, charged_micros, attempts, task_id, retries, bill_micros) VALUES ({marks}, 'image_urls', 'std', 5, 0, "
        f"{PRICE}, {PRICE}, 0, 'settled', {PRICE}, 1, 't', 0, {PRICE})",
        rows(),
    )
    db.execute(
        "INSERT INTO attempts (id, job_id, number, gateway, body, started_at, outcome, task_id, cost_micros, "
        "possibly_billed) SELECT attempt_id, id, 1, gateway, '{}', accepted_at, 'accepted', 't', charged_micros, 0 "
        "FROM jobs"
    )
    for account, event in (("charge", "hold"), ("charge", "settle"), ("cost", "cost")):
        db.execute(
            "INSERT INTO ledger (job_id, attempt_id, account, event, videos, seconds, usd, at, accepted_at, note, "
            "user_key, workspace, channel, roles, gateway, model) SELECT id, CASE WHEN ? = 'cost' THEN attempt_id END, "
            "?, ?, 1, 5, quote_micros, accepted_at, accepted_at, '', user_key, workspace, channel, roles, gateway, "
            "model FROM jobs ORDER BY id",
            (account, account, event),
        )
    scopes = {
        "everyone": "'*'",
        "workspace": "'discord:' || workspace",
        "channel": "'discord:' || workspace || ':' || channel",
        "user": "user_key",
        "model": "model",
    }
    for kind, scope in scopes.items():
        sums = f"count(*), 0, 5 * count(*), 0, {PRICE} * count(*), 0, 0, 0"
        for span in (1, 96):
            of_span = f"'{kind}', {scope}, {span}, slot / {span}, {sums}"
            db.execute(f"INSERT INTO counters SELECT {of_span} FROM jobs GROUP BY {scope}, slot / {span}")
        last = f"'{kind}', {scope}, 0, 0, 0, 0, 0, 0, 0, 0, 0, max(accepted_at)"
        db.execute(f"INSERT INTO counters SELECT {last} FROM jobs GROUP BY {scope}")
    for statement in filling():
        db.execute(statement)
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    os.sync()  # a house that was always full has no gigabytes on their way to the disk


def _new(ids: RandomIds, number: int) -> NewJob:
    return NewJob(
        id=ids.job_id(),
        request=VideoRequest(prompt="waves crashing against rocks", model="2.6"),
        requester=_who(number),
        address=Address("discord", "1", str(number % CHANNELS)),
        gateway="toapis",
        model="2.6",
        dialect="image_urls",
        mode="std",
        duration=5,
        audio=False,
        quote_micros=PRICE,
        held_micros=PRICE,
        quote_is_estimate=False,
    )


async def _measure(path: Path) -> list[Figure]:
    chance, ids, now = random.Random(1), RandomIds(), time.time()
    database = await open_database(f"sqlite:///{path}")
    await database.upgrade()
    store = SqlStore(database)
    await store.seed_limits(ROOMY, now)
    await asyncio.to_thread(_fill, path, now)
    accepts: list[float] = []
    looks: list[float] = []

    async def accept() -> None:
        begun = time.perf_counter()
        job = await store.accept(_new(ids, chance.randrange(USERS)), POLICY, time.time())
        assert isinstance(job, Job)
        accepts.append(time.perf_counter() - begun)

    async def look() -> None:
        begun = time.perf_counter()
        assert await store.limit_uses(_who(chance.randrange(USERS)), POLICY, time.time(), MODELS)
        looks.append(time.perf_counter() - begun)

    for _ in range(WARM_UP):
        await accept()
        await look()
    del accepts[:], looks[:]
    for _ in range(IN_A_ROW):
        await accept()
    for _ in range(IN_A_ROW):
        await look()
    in_a_row = quantiles(accepts, n=100)[98] * 1000, quantiles(looks, n=100)[98] * 1000
    del accepts[:], looks[:]
    async with asyncio.TaskGroup() as group:
        end = time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            group.create_task(accept())
            group.create_task(look())
            await asyncio.sleep(chance.expovariate(RATE))
    reports = {}
    for name, by, days in (("user, 30 days", "user", 30), ("user, a year", "user", 366), ("day, a year", "day", 366)):
        begun = time.perf_counter()
        assert await store.usage(since=now - days * 86_400, until=now + 3600, by=by)
        reports[name] = time.perf_counter() - begun
    await database.close()
    accepted, looked = quantiles(accepts, n=100), quantiles(looks, n=100)
    return [
        Figure("accept, one after another, p99", in_a_row[0], "ms", aim=20.0),
        Figure("/quota (all limits of one person), one after another, p99", in_a_row[1], "ms", aim=20.0),
        Figure(f"accept at {RATE:.0f}/s beside as many looks, p50", accepted[49] * 1000, "ms"),
        Figure("accept, p99", accepted[98] * 1000, "ms", aim=20.0),
        Figure("/quota at the same time, p50", looked[49] * 1000, "ms"),
        Figure("/quota, p99", looked[98] * 1000, "ms", aim=20.0),
        *(Figure(f"usage by {name}", took, "s", aim=1.0) for name, took in reports.items()),
    ]


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, calm_collector():
        return asyncio.run(_measure(Path(folder) / "bench.db"))
