"""The acknowledgement of `/video` while thousands of jobs are in flight, each with a status message that moves."""

import asyncio
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import quantiles

from pydantic import SecretStr

from bot.app import App
from bot.clock import RandomIds
from bot.generation.job import Address, Job, Purpose, Requester
from bot.operations.collector import calm_collector
from bot.serving import Serving, serving
from bot.settings import Settings
from bot.slack_side import SlackSide
from tests.bench.accept import ROOMY, USERS, new_job
from tests.bench.report import Figure
from tests.bench.sandbox_process import sandbox_process
from tests.bench.slack_process import SlackProcess, slack_process

IN_FLIGHT = 5_000
COMMANDS = 100
SECONDS = 1.0
ROUNDS = 5
AIM_MS = 250.0
WAYS = {"sockets": "Socket Mode", "http": "HTTP"}


async def _measure() -> list[Figure]:
    with sandbox_process(0.1) as urls, slack_process() as slack, tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data_dir=Path(folder),
            toapis_api_key=SecretStr("sandbox-key"),
            toapis_base_url=urls["toapis"],
            max_running=100_000,
            creates_per_second=1e6,  # to get there; looks stay within ToAPIs' default budget
            slack_bot_token=SecretStr(slack.at["bot_token"]),
            slack_app_token=SecretStr(slack.at["app_token"]),
            slack_signing_secret=SecretStr(slack.at["signing_secret"]),
            slack_port=0,
            slack_api_base=slack.at["api"],
            slack_file_hosts=(slack.at["files"],),
        )
        async with serving(settings) as server:
            await slack.ask(url=_url(server))
            for limit in ROOMY:
                await server.app.store.set_limit(limit, "bench", time.time())
            with calm_collector():
                quiet = {way: await _rounds(slack, way) for way in WAYS}
            await _fill(server.app, slack)
            assert server.app.engine is not None
            with calm_collector():
                busy = {way: await _rounds(slack, way) for way in WAYS}
            in_flight = sum(server.app.engine.counts().values())
    figures = [Figure("jobs in flight", in_flight, "jobs", aim=IN_FLIGHT, more_is_better=True)]
    for way, name in WAYS.items():
        figures += [
            Figure(f"{name}: acknowledgement, nothing else in flight, p99", quiet[way][98], "ms"),
            Figure(f"{name}: acknowledgement, p50", busy[way][49], "ms", beside=quiet[way][49]),
            Figure(f"{name}: acknowledgement, p99", busy[way][98], "ms", aim=AIM_MS, beside=quiet[way][98]),
        ]
    return figures


def _url(server: Serving) -> str:
    (side,) = [side for side in server.sides if isinstance(side, SlackSide)]
    assert side.web is not None
    return f"{side.web.urls[0]}/slack/events"


async def _rounds(slack: SlackProcess, way: str) -> list[float]:
    """Percentiles in milliseconds over some rounds of 100 commands within one second."""
    took: list[float] = []
    for _ in range(ROUNDS):
        took += await slack.ask(commands=COMMANDS, seconds=SECONDS, words="waves at night", way=way)
        await asyncio.sleep(2.0)
    return [second * 1000 for second in quantiles(took, n=100)]


async def _fill(app: App, slack: SlackProcess) -> None:
    """Jobs that render for a long time, each with its status message noted as posted."""
    ids, team = RandomIds(), slack.at["team"]
    for number, reference in enumerate(await slack.ask(statuses=IN_FLIGHT)):
        channel = reference.partition("/")[0]
        new = replace(
            new_job(ids, number % USERS),
            requester=Requester("slack", f"{team}:U{number % USERS}", workspace=team, channel=channel),
            address=Address("slack", workspace=team, channel=channel),
        )
        job = await app.store.accept(new, "UTC", time.time())
        assert isinstance(job, Job)
        await app.store.sent(job.id, Purpose.STATUS, reference, time.time())
        app.service.wake(job)
    async with asyncio.timeout(120):
        while sum(1 for job in await app.store.jobs(limit=100_000) if job.task_id) < IN_FLIGHT:
            await asyncio.sleep(1.0)


def run() -> list[Figure]:
    return asyncio.run(_measure())
