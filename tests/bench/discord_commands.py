"""The first response to `/video` while thousands of jobs are in flight, each with a status message that moves."""

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
from bot.serving import serving
from bot.settings import Settings
from tests.bench.accept import ROOMY, USERS, new_job
from tests.bench.discord_process import DiscordProcess, discord_process
from tests.bench.report import Figure
from tests.bench.sandbox_process import sandbox_process

IN_FLIGHT = 5_000
COMMANDS = 200
SECONDS = 1.0
ROUNDS = 5
AIM_MS = 250.0


async def _measure() -> list[Figure]:
    with sandbox_process(0.1) as urls, discord_process() as discord, tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data_dir=Path(folder),
            toapis_api_key=SecretStr("sandbox-key"),
            toapis_base_url=urls["toapis"],
            max_running=100_000,
            creates_per_second=1e6,  # to get there; looks stay within ToAPIs' default budget
            discord_token=SecretStr(discord.at["token"]),
            discord_api_base=discord.at["api"],
            discord_gateway_url=discord.at["gateway"],
        )
        async with serving(settings) as server:
            await discord.ask(ready=True)
            for limit in ROOMY:
                await server.app.store.set_limit(limit, "bench", time.time())
            with calm_collector():
                quiet = await _rounds(discord)
            await _fill(server.app, discord)
            assert server.app.engine is not None
            with calm_collector():
                busy = await _rounds(discord)
            in_flight = sum(server.app.engine.counts().values())
    return [
        Figure("first response, nothing else in flight, p99", quiet[98], "ms"),
        Figure("jobs in flight", in_flight, "jobs", aim=IN_FLIGHT, more_is_better=True),
        Figure("first response, p50", busy[49], "ms", beside=quiet[49]),
        Figure("first response, p99", busy[98], "ms", aim=AIM_MS, beside=quiet[98]),
    ]


async def _rounds(discord: DiscordProcess) -> list[float]:
    """Percentiles in milliseconds over some rounds of 200 commands within one second."""
    took: list[float] = []
    for _ in range(ROUNDS):
        took += await discord.ask(commands=COMMANDS, seconds=SECONDS, words="waves at night")
        await asyncio.sleep(2.0)
    return [second * 1000 for second in quantiles(took, n=100)]


async def _fill(app: App, discord: DiscordProcess) -> None:
    """Jobs that render for a long time, each with its status message noted as posted."""
    ids = RandomIds()
    for number, reference in enumerate(await discord.ask(statuses=IN_FLIGHT)):
        channel = reference.partition("/")[0]
        new = replace(
            new_job(ids, number % USERS),
            requester=Requester("discord", str(number % USERS), workspace=discord.at["server"], channel=channel),
            address=Address("discord", workspace=discord.at["server"], channel=channel),
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
