"""Channels, threads, direct messages, servers: what goes away, what is closed, what is forbidden."""

import discord as dpy
import pytest

from tests.discord.fake.conftest import World
from tests.fakes.discord import Channel, permissions


async def test_a_thread_begins_at_a_message_once(world: World) -> None:
    client = await world.start()
    message = await client.get_channel(world.general.id).send("status")
    thread = await message.create_thread(name="ideas", auto_archive_duration=60)
    assert thread.id == message.id
    assert world.general.messages[0].thread.auto_archive_minutes == 60
    with pytest.raises(dpy.HTTPException) as caught:
        await message.create_thread(name="again")
    assert caught.value.code == 160004
    await thread.send("inside")
    assert [m.text for m in world.general.messages[0].thread.messages] == ["inside"]
    assert await world.refused("POST", f"/channels/{thread.id}/threads", json={"name": "x"}) == (400, 50024)
    alone = await client.get_channel(world.general.id).create_thread(name="alone", type=dpy.ChannelType.public_thread)
    await thread.join()
    assert (await world.call("GET", f"/channels/{alone.id}"))["name"] == "alone"


async def test_an_archived_thread_takes_no_edits_until_somebody_writes(world: World) -> None:
    thread = world.general.add_thread("ideas")
    sent = await world.send({"content": "status"}, thread)
    place = f"/channels/{thread.id}/messages/{sent['id']}"
    thread.archive()
    assert await world.refused("PATCH", place, json={"content": "x"}) == (400, 50083)
    assert await world.refused("DELETE", place) == (400, 50083)
    await world.send({"content": "hello"}, thread)
    assert not thread.archived
    await world.call("PATCH", place, json={"content": "x"})
    thread.lock()
    assert await world.refused("POST", f"/channels/{thread.id}/messages", json={"content": "x"}) == (400, 160005)
    world.guild.bot_permissions |= permissions.MANAGE_THREADS
    await world.send({"content": "as a moderator"}, thread)


async def test_threads_can_be_renamed_and_archived_by_their_owner(world: World) -> None:
    client = await world.start()
    thread = await (await client.get_channel(world.general.id).send("x")).create_thread(name="one")
    await thread.edit(name="two")
    await thread.edit(archived=True)
    with pytest.raises(dpy.HTTPException, match="50083"):
        await thread.edit(name="three")
    await thread.edit(archived=False, name="three")
    assert world.fake.channels[thread.id].name == "three"


async def test_an_archived_thread_of_somebody_else_may_be_opened_and_no_more(world: World) -> None:
    client = await world.start()
    thread = world.general.add_thread("ideas", owner_id=world.anna.id)
    thread.archive()
    found = await client.fetch_channel(thread.id)
    with pytest.raises(dpy.Forbidden):
        await found.edit(archived=False, name="other")
    await found.edit(archived=False)
    assert not thread.archived
    thread.lock()
    with pytest.raises(dpy.Forbidden):
        await found.edit(archived=False)


async def test_what_is_deleted_is_unknown(world: World) -> None:
    client = await world.start()
    thread = world.general.add_thread("ideas")
    thread.delete()
    world.general.delete()
    for place in (thread, world.general):
        assert await world.refused("POST", f"/channels/{place.id}/messages", json={"content": "x"}) == (404, 10003)
        assert await world.refused("GET", f"/channels/{place.id}") == (404, 10003)
    assert await world.refused("GET", "/channels/1") == (404, 10003)
    await world.anna.says(world.guild.add_text_channel("last"), "x")
    await client.hears(1)
    assert [channel.name for channel in client.get_guild(world.guild.id).text_channels] == ["last"]


async def test_a_thread_goes_with_its_channel(world: World) -> None:
    thread = world.general.add_thread("ideas")
    world.general.delete()
    assert await world.refused("POST", f"/channels/{thread.id}/messages", json={"content": "x"}) == (404, 10003)


@pytest.mark.parametrize(
    ("lost", "code"),
    [(permissions.VIEW_CHANNEL, 50001), (permissions.SEND_MESSAGES, 50013)],
)
async def test_lost_permissions(world: World, lost: int, code: int) -> None:
    client = await world.start()
    world.general.bot_permissions = world.guild.bot_permissions & ~lost
    assert await world.refused("POST", f"/channels/{world.general.id}/messages", json={"content": "x"}) == (403, code)
    thread = world.general.add_thread("ideas")
    if lost == permissions.SEND_MESSAGES:
        await world.send({"content": "threads have their own permission"}, thread)
        await client.hears(1)
        channel = client.get_channel(world.general.id)
        assert not channel.permissions_for(channel.guild.me).send_messages
    world.general.bot_permissions = None
    await world.send({"content": "back"})


async def test_the_servers_permissions_as_the_client_adds_them_up(world: World) -> None:
    client = await world.start()
    changed = world.guild.bot_permissions & ~permissions.ATTACH_FILES & ~permissions.SEND_MESSAGES_IN_THREADS
    world.guild.bot_permissions = changed
    await world.anna.says(world.general, "x")
    await client.hears(1)
    assert client.get_guild(world.guild.id).me.guild_permissions.value == changed
    with pytest.raises(dpy.Forbidden, match="50013"):
        await client.get_channel(world.general.id).send(file=dpy.File(__file__))
    thread = world.general.add_thread("ideas")
    assert await world.refused("POST", f"/channels/{thread.id}/messages", json={"content": "x"}) == (403, 50013)


async def test_replies_and_history_need_a_permission_of_their_own(world: World) -> None:
    asked = await world.anna.says(world.general, "?")
    world.guild.bot_permissions &= ~permissions.READ_MESSAGE_HISTORY
    place = f"/channels/{world.general.id}/messages"
    body = {"content": "x", "message_reference": {"message_id": str(asked.id)}}
    assert await world.refused("POST", place, json=body) == (400, 160002)
    assert await world.call("GET", place) == []
    assert await world.refused("GET", f"{place}/{asked.id}") == (403, 50013)


async def test_a_kicked_bot_reaches_nothing(world: World) -> None:
    client = await world.start()
    removed = []

    @client.event
    async def on_guild_remove(guild: dpy.Guild) -> None:
        removed.append(guild.id)
        world.fake.touch()

    world.guild.kick_bot()
    await world.fake.until(lambda: removed)
    assert await world.refused("POST", f"/channels/{world.general.id}/messages", json={"content": "x"}) == (403, 50001)
    assert await world.refused("GET", f"/guilds/{world.guild.id}") == (403, 50001)
    world.guild.invite_bot()
    await world.send({"content": "back"})


async def test_direct_messages_open_and_close(world: World) -> None:
    opened = await world.call("POST", "/users/@me/channels", json={"recipient_id": str(world.anna.id)})
    direct: Channel = world.fake.dm(world.anna)
    assert opened["id"] == str(direct.id)
    await world.send({"content": "psst"}, direct)
    world.anna.close_dms()
    assert await world.refused("POST", f"/channels/{direct.id}/messages", json={"content": "x"}) == (403, 50007)
    world.anna.open_dms()
    await world.send({"content": "again"}, direct)
    assert [message.text for message in direct.messages] == ["psst", "again"]


async def test_members_and_roles(world: World) -> None:
    client = await world.start()
    ben = world.guild.add_member("ben", roles=["mods"], permissions=permissions.MANAGE_MESSAGES)
    guild = client.get_guild(world.guild.id)
    member = await guild.fetch_member(ben.id)
    assert [role.name for role in member.roles] == ["@everyone", "mods", "ben's permissions"]
    assert member.guild_permissions.manage_messages
    assert [role.name for role in await guild.fetch_roles()] == [role.name for role in world.guild.roles]
    assert await world.refused("GET", f"/guilds/{guild.id}/members/{world.fake.owner.id}") == (404, 10007)
    assert await world.refused("GET", f"/guilds/{guild.id}/members/1") == (404, 10013)
    world.guild.remove_member(ben)
    assert await world.refused("GET", f"/guilds/{guild.id}/members/{ben.id}") == (404, 10007)
    assert [one.id async for one in client.fetch_guilds()] == [guild.id]
    assert (await client.application_info()).owner.name == "developer"


async def test_members_are_looked_up_over_the_gateway(world: World) -> None:
    client = await world.start()
    found = await client.get_guild(world.guild.id).query_members(user_ids=[world.anna.id])
    assert [member.name for member in found] == ["anna"]


async def test_typing_is_seen(world: World) -> None:
    client = await world.start()
    await client.get_channel(world.general.id).typing()
    assert world.general.typing == [world.clock.now()]
