"""Discord or Slack is dead for ten minutes: the bot says so, the videos are made meanwhile, and come out afterwards."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from adapters.gateways.sandbox import SandboxGateway
from bot.generation.job import JobState
from bot.serving import Serving, serving
from tests.discord.hardening.road import Road
from tests.fakes.clocks import FastClock
from tests.fakes.discord import FakeDiscord
from tests.fakes.house import KEY, settings_for
from tests.fakes.slack import FakeSlack
from tests.operations.stage import until
from tests.outages.conftest import AskHealth

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SPEED = 60.0
TEN_MINUTES = 600.0
VIDEOS = 3


@dataclass
class Scene:
    """A bot that reaches its platform over a road, and the gateway it reaches without."""

    server: Serving
    clock: FastClock
    sandbox: SandboxGateway

    async def survives(
        self, die: Callable[[], None], live: Callable[[], None], tell: Callable[[], Any], who: str
    ) -> None:
        """The platform dies now, while the videos are made, and lives again ten minutes later."""
        async with httpx.AsyncClient(base_url=self.server.address or "", trust_env=False) as pages:

            async def all_run() -> bool:
                return len(self.sandbox.tasks()) == VIDEOS

            await until(all_run, 30)
            die()
            died = self.clock.now()

            async def is_told() -> bool:
                return (await pages.get("/readyz")).status_code == 503

            await until(is_told, 60)
            assert f"FAIL  {who}: Not connected" in await tell()
            assert (await pages.get("/healthz")).status_code == 200
            await self.clock.sleep(died + TEN_MINUTES - self.clock.now())
            assert {job.state for job in await self.server.app.store.jobs()} == {JobState.DELIVERING}
            live()

            async def all_delivered() -> bool:
                return {job.state for job in await self.server.app.store.jobs()} == {JobState.DELIVERED}

            await until(all_delivered, 90)

            async def is_ready() -> bool:
                return (await pages.get("/readyz")).status_code == 200

            await until(is_ready, 60)
        assert len(self.sandbox.tasks()) == VIDEOS
        assert list(await self.server.app.store.check_ledger()) == []


@asynccontextmanager
async def scene(folder: Path, clock: FastClock, **settings: Any) -> AsyncIterator[Scene]:
    async with SandboxGateway(keys=(KEY,), speed=0.5, rate_limits=False, render=False, clock=clock.now) as sandbox:
        chosen = settings_for(folder, sandbox, http_port=0, allow_private_links=True, **settings)
        async with serving(chosen, clock=clock) as server:
            yield Scene(server, clock, sandbox)


async def test_discord_is_dead_for_ten_minutes(tmp_path: Path, ask_health: AskHealth) -> None:
    clock = FastClock(SPEED, time.time())
    async with FakeDiscord(clock.now) as fake, Road(fake.root) as road:
        guild = fake.add_guild("Studio")
        channel, anna = guild.add_text_channel("general"), guild.add_member("anna")

        def die() -> None:
            road.break_off()
            fake.drop_gateway(resumable=False)

        async with scene(
            tmp_path,
            clock,
            discord_token=SecretStr(fake.token),
            discord_api_base=fake.api_base.replace(fake.root, f"http://{road.place}"),
            discord_gateway_url=f"ws://{road.place}/",
        ) as s:
            await fake.until(lambda: fake.gateway.connected, 30)
            for number in range(VIDEOS):
                await anna.slash("video", channel, {"prompt": f"wave {number}"})
            await s.survives(die, road.mend, lambda: ask_health(s.server), "discord")
        videos = [file for message in channel.messages for file in message.attachments if file.filename.endswith("mp4")]
        assert len(videos) == VIDEOS


async def test_slack_is_dead_for_ten_minutes(tmp_path: Path, ask_health: AskHealth) -> None:
    clock = FastClock(SPEED, time.time())
    async with FakeSlack(clock.now) as fake, Road(fake.api_base) as road:
        team = fake.add_team("Acme")
        anna, channel = team.add_user("anna"), team.add_channel("general")

        def die() -> None:
            road.break_off()
            fake.sockets.drop()

        async with scene(
            tmp_path,
            clock,
            slack_app_token=SecretStr(fake.app_token),
            slack_bot_token=SecretStr(team.bot_token),
            slack_api_base=fake.api_base.replace(fake.root, f"http://{road.place}"),
            slack_file_hosts=fake.files_base.removeprefix("http://"),
        ) as s:
            await fake.until(lambda: fake.sockets.connections, 30)
            for number in range(VIDEOS):
                await anna.slash("/video", f"wave {number}", channel)
            await s.survives(die, road.mend, lambda: ask_health(s.server), "slack")
        results = [message for message in channel.from_bot if message.files]
        assert [len(message.files) for message in results] == [1] * VIDEOS
