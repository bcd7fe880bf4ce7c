"""Discord, or the way to it, is away for a long time: the bot comes back by itself, with nothing left over."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import discord
import pytest
import yarl
from pydantic import SecretStr

from adapters.discord.client import LAUNCHES, VideobotClient
from adapters.discord.trouble import Kind, Trouble, tried
from adapters.gateways.sandbox import SandboxGateway
from bot.app import App, open_app
from bot.discord_side import DiscordSide
from bot.side import SideError
from tests.discord.conftest import SPEED
from tests.discord.hardening.road import Road
from tests.fakes.clocks import FastClock
from tests.fakes.discord import FakeDiscord, Person, TextChannel
from tests.fakes.house import KEY, settings_for

PATIENCE = 20.0  # real seconds something may take to be seen


@dataclass
class Scene:
    """A bot that reaches the fake Discord over a road."""

    fake: FakeDiscord
    road: Road
    app: App
    side: DiscordSide
    anna: Person
    channel: TextChannel

    async def until_connected(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while not self.side.is_connected:
                await asyncio.sleep(0.01)

    async def until_identified(self, times: int = 1) -> None:
        await self.fake.until(lambda: self.fake.gateway.identifies >= times and self.fake.gateway.connected, PATIENCE)

    async def answers(self) -> bool:
        """Whether a command is answered."""
        used = await self.anna.slash("quota", self.channel)
        return used.message is not None


@asynccontextmanager
async def scene(folder: Path, *, broken: bool = False, gone_after: float = 60.0) -> AsyncIterator[Scene]:
    clock = FastClock(SPEED, time.time())
    async with (
        FakeDiscord(clock.now) as fake,
        Road(fake.root) as road,
        SandboxGateway(keys=(KEY,), speed=float("inf"), rate_limits=False, render=False, clock=clock.now) as sandbox,
    ):
        guild = fake.add_guild("Studio")
        channel, anna = guild.add_text_channel("general"), guild.add_member("anna")
        if broken:
            road.break_off()
        settings = settings_for(
            folder,
            sandbox,
            discord_token=SecretStr(fake.token),
            discord_api_base=fake.api_base.replace(fake.root, f"http://{road.place}"),
            discord_gateway_url=f"ws://{road.place}/",
            allow_private_links=True,
        )
        async with open_app(settings, run_jobs=False, clock=clock, begin=False) as app:
            side = DiscordSide(app, gone_after=gone_after)
            starting = asyncio.create_task(side.start())
            try:
                if not broken:
                    await starting
                yield Scene(fake, road, app, side, anna, channel)
            finally:
                await side.stop()
                starting.cancel()
                await asyncio.gather(starting, return_exceptions=True)
        assert fake.complaints == []


def living_clients() -> int:
    gc.collect()
    return sum(type(each) is VideobotClient for each in gc.get_objects())


def boards() -> int:
    """The boards that run."""
    return sum(task.get_name() == "board of discord" for task in asyncio.all_tasks())


@pytest.mark.slow
async def test_an_outage_at_the_start_leaves_nothing_behind_but_a_bot_that_works(tmp_path: Path) -> None:
    async with scene(tmp_path, broken=True) as s:
        async with asyncio.timeout(PATIENCE):
            while s.road.broken < 6:
                await asyncio.sleep(0.01)
        assert len(s.app.listeners) == 1
        s.road.mend()
        await s.until_identified()
        assert await s.answers()
        assert living_clients() == 1
        assert boards() == 1


@pytest.mark.slow
async def test_an_outage_in_the_middle_ends_soon_after_discord_is_back(tmp_path: Path) -> None:
    async with scene(tmp_path, gone_after=0.2) as s:
        await s.until_connected()
        before = s.side.client
        s.road.break_off()
        s.fake.drop_gateway(resumable=False)  # a session is resumed at an address of its own
        async with asyncio.timeout(PATIENCE):
            while s.side.client is before:
                await asyncio.sleep(0.01)
        s.road.mend()
        await s.until_connected()
        assert await s.answers()
        assert s.app.chats["discord"] is s.side.chat
        assert before.is_closed()
        assert boards() == 1


async def test_a_connection_that_only_stumbles_keeps_its_client(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        await s.until_identified()
        before = s.side.client
        s.fake.drop_gateway()
        await s.fake.until(lambda: s.fake.gateway.resumes)
        assert await s.answers()
        assert s.side.client is before


async def test_a_frame_that_discord_py_cannot_read_does_not_end_the_bot(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        await s.until_identified()
        before = s.side.client
        for connection in s.fake.gateway.connections:
            connection.send({"op": 0, "t": "GUILD_UPDATE", "s": 1_000, "d": None})
        await s.until_identified(2)
        assert s.side.client is not before
        assert await s.answers()


async def test_a_token_that_was_reset_meanwhile_ends_the_bot_with_a_sentence(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        await s.until_identified()
        s.fake.token = "another"
        await s.fake.close_gateway(4004)
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(SideError, match="Discord does not accept the token"):
                await s.side.wait()


async def test_shards_that_do_not_fit_end_the_bot_with_a_sentence(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        await s.until_identified()
        await s.fake.close_gateway(4011)
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(SideError, match="DISCORD_SHARD_COUNT"):
                await s.side.wait()


async def test_a_gateway_that_never_opens_does_not_nest_deeper_and_deeper(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        s.side.client._launches = LAUNCHES
        with pytest.raises(discord.GatewayNotFound):
            await s.side.client.launch_shard(yarl.URL(s.fake.gateway_url), 0)


async def test_a_post_over_a_client_that_was_closed_is_tried_again_later(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        client = s.side.client
        await client.close()
        with pytest.raises(Trouble) as met:
            await tried(client.get_partial_messageable(s.channel.id).send("late"))
        assert met.value.kind is Kind.LATER
        assert s.channel.messages == []
