"""Sessions: who may identify, what they hear, and what happens when the line breaks."""

import asyncio

import aiohttp
import discord as dpy
import pytest

from tests.discord.fake.conftest import PlainClient, World
from tests.fakes.clocks import ManualClock
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.gateway import MESSAGE_CONTENT


async def test_a_client_gets_ready_and_knows_its_servers(world: World) -> None:
    thread = world.general.add_thread("ideas")
    client = await world.start()
    guild = client.get_guild(world.guild.id)
    assert guild is not None
    assert guild.name == "Studio"
    assert guild.me.id == client.user.id == world.fake.bot_user_id
    assert [channel.name for channel in guild.text_channels] == ["general"]
    assert guild.get_thread(thread.id).name == "ideas"
    assert client.application_id == world.fake.application_id
    permissions = guild.get_channel(world.general.id).permissions_for(guild.me)
    assert permissions.value == world.guild.bot_permissions


async def test_heartbeats_are_acknowledged(world: World) -> None:
    world.fake.gateway.heartbeat_interval_s = 0.05
    client = await world.start()
    await world.fake.until(lambda: world.fake.gateway.heartbeats >= 3)
    assert client.latency < 5


async def test_a_broken_line_is_resumed_and_missed_events_come_once(world: World) -> None:
    client = await world.start()
    session = world.fake.gateway.sessions[0]
    world.fake.drop_gateway()
    await world.fake.until(lambda: not world.fake.gateway.connected)
    await world.anna.says(world.general, "while you were away")
    await world.fake.until(lambda: world.fake.gateway.resumes == 1)
    await world.anna.says(world.general, "and back")
    await client.hears(2)
    assert world.fake.gateway.connected == [session]
    assert world.fake.gateway.identifies == 1


async def test_a_session_that_is_gone_is_invalid_on_resume(world: World) -> None:
    await world.start()
    old = world.fake.gateway.sessions[0].id
    world.fake.gateway.invalidate()
    async with aiohttp.ClientSession() as http, http.ws_connect(world.fake.gateway_url) as ws:
        assert (await ws.receive_json())["op"] == 10
        await ws.send_json({"op": 6, "d": {"token": world.fake.token, "session_id": old, "seq": 1}})
        assert await ws.receive_json() == {"op": 9, "d": False}


async def test_op_7_makes_the_client_reconnect_and_resume(world: World) -> None:
    await world.start()
    world.fake.gateway.ask_to_reconnect()
    await world.fake.until(lambda: world.fake.gateway.resumes == 1)


async def test_a_close_code_reaches_the_client(world: World) -> None:
    client = await world.start()
    closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @client.event
    async def on_disconnect() -> None:
        if not closed.done():
            closed.set_result(None)

    await world.fake.close_gateway(1001)
    await asyncio.wait_for(closed, 5)
    await world.fake.until(lambda: world.fake.gateway.resumes == 1)


async def test_a_wrong_token_is_refused_by_both_doors(world: World) -> None:
    client = PlainClient()
    with pytest.raises(dpy.LoginFailure):
        await client.login("wrong")
    await client.http.connector.close()  # which discord.py forgets after a refused login
    async with aiohttp.ClientSession() as http, http.ws_connect(world.fake.gateway_url) as ws:
        await ws.receive_json()
        await ws.send_json({"op": 2, "d": {"token": "wrong", "intents": 1, "properties": {}}})
        await ws.receive()
        assert ws.close_code == 4004


async def test_privileged_intents_must_be_granted(world: World) -> None:
    intents = dpy.Intents.default()
    intents.message_content = True
    with pytest.raises(dpy.PrivilegedIntentsRequired):
        await world.start(intents=intents)
    world.fake.allow_message_content()
    assert (await world.start(intents=intents)).application_flags.gateway_message_content_limited


async def test_events_go_to_the_shard_of_their_server(world: World) -> None:
    other = world.fake.add_guild("Second")
    elsewhere = other.add_text_channel("elsewhere")
    first = await world.start(shard_id=0, shard_count=2)
    second = await world.start(shard_id=1, shard_count=2)
    shards = {guild.id: (guild.id >> 22) % 2 for guild in (world.guild, other)}
    assert set(shards.values()) == {0, 1}
    for client, number in ((first, 0), (second, 1)):
        assert [guild.id for guild in client.guilds] == [one for one, shard in shards.items() if shard == number]
    await world.anna.says(world.general, "one")
    await world.anna.says(elsewhere, "two")
    await world.anna.says(world.fake.dm(world.anna), "direct")
    for client, number in ((first, 0), (second, 1)):
        await client.hears(list(shards.values()).count(number) + (number == 0))
    for client, number in ((first, 0), (second, 1)):
        for message in client.said:
            assert (shards[message.guild.id] if message.guild else 0) == number


class EagerShards(dpy.AutoShardedClient):
    """Without the pause of five seconds between two shards."""

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        pass


async def test_an_auto_sharded_client_takes_the_recommended_shards(world: World) -> None:
    world.fake.shards = 3
    others = [world.fake.add_guild(name) for name in ("Second", "Third")]
    client = await world.start(EagerShards(intents=dpy.Intents.default(), guild_ready_timeout=0.05))
    assert sorted(session.shard for session in world.fake.gateway.connected) == [(0, 3), (1, 3), (2, 3)]
    assert {guild.id for guild in client.guilds} == {world.guild.id, *(guild.id for guild in others)}


@pytest.mark.slow
async def test_a_client_that_died_can_identify_again_and_finds_the_same_world(world: World) -> None:
    client = await world.start()
    await client.get_channel(world.general.id).send("before")
    world.fake.drop_gateway(resumable=False)
    again = await world.start()
    assert [m.content async for m in again.get_channel(world.general.id).history()] == ["before"]
    assert world.fake.gateway.identifies >= 2


async def test_gateway_bot_recommends_shards(world: World) -> None:
    world.fake.shards = 3
    shards, url, limit = await world.rest.http.get_bot_gateway()
    assert (shards, url, limit["remaining"]) == (3, world.fake.gateway_url, 1000)


async def test_content_is_there_only_where_documented(world: World) -> None:
    client = await world.start()
    bot = f"<@{world.fake.bot_user_id}>"
    own = await client.get_channel(world.general.id).send("mine")
    for text in ("secret", f"{bot} hello", "@videobot hi"):
        await world.anna.says(world.general, text)
    await world.anna.says(world.general, "to you", reply_to=world.fake.messages[own.id])
    await world.anna.says(world.general, "quietly", reply_to=world.fake.messages[own.id], ping=False)
    await world.anna.says(world.fake.dm(world.anna), "direct")
    await client.hears(7)
    assert [m.content for m in client.said] == ["mine", "", f"{bot} hello", f"{bot} hi", "to you", "", "direct"]


@pytest.mark.parametrize("strips", [True, False])
async def test_what_somebody_else_said_is_stripped_from_a_reply(world: World, strips: bool) -> None:
    world.fake.strips_replied_content = strips
    client = await world.start()
    first = await world.anna.says(world.general, "the original")
    await world.anna.says(world.general, "@videobot what was that?", reply_to=first)
    await client.hears(2)
    assert client.said[1].reference.resolved.content == ("" if strips else "the original")
    assert (await client.get_channel(world.general.id).fetch_message(first.id)).content == ""
    world.fake.privileged_intents = MESSAGE_CONTENT
    assert (await client.get_channel(world.general.id).fetch_message(first.id)).content == "the original"


async def test_without_the_intent_nothing_is_heard(world: World) -> None:
    client = await world.start(intents=dpy.Intents(guilds=True, dm_messages=True))
    await world.anna.says(world.general, "unheard")
    await world.anna.says(world.fake.dm(world.anna), "heard")
    await client.hears(1)
    assert [m.content for m in client.said] == ["heard"]


async def test_until_says_what_did_not_happen() -> None:
    async with FakeDiscord() as fake:
        with pytest.raises(AssertionError, match="did not happen"):
            await fake.until(lambda: False, timeout=0.01)


async def test_servers_fall_on_different_shards_however_time_goes() -> None:
    clock = ManualClock()
    async with FakeDiscord(clock.now) as fake:
        for count in (2, 3, 4):
            shards = set()
            for number in range(count):
                clock.move(0.001 * (7 * number + 1))
                shards.add((fake.add_guild("Next").id >> 22) % count)
            assert len(shards) == count
