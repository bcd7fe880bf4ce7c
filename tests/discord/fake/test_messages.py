"""Messages by bot token: what is kept, who is notified, what is refused."""

import asyncio
from pathlib import Path
from typing import Any

import discord as dpy
import pytest

from tests.discord.fake.conftest import World
from tests.fakes.discord import Upload, transcript

V2 = 1 << 15


def text(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


async def test_a_message_can_be_sent_read_edited_and_deleted(world: World) -> None:
    sent = await world.send({"content": "one"})
    place = f"/channels/{world.general.id}/messages/{sent['id']}"
    assert (await world.call("GET", place))["content"] == "one"
    world.clock.move(5)
    edited = await world.call("PATCH", place, json={"content": "two"})
    assert edited["edited_timestamp"] > edited["timestamp"]
    message = world.general.messages[0]
    assert [(edit.at, edit.text) for edit in message.edits] == [(world.clock.now(), "two")]
    await world.call("DELETE", place)
    assert world.general.messages == []
    assert await world.refused("GET", place) == (404, 10008)
    assert await world.refused("PATCH", place, json={"content": "three"}) == (404, 10008)


async def test_events_follow_edits_and_deletions(world: World) -> None:
    client = await world.start()
    heard = []

    @client.event
    async def on_raw_message_edit(event: dpy.RawMessageUpdateEvent) -> None:
        heard.append(event.data["content"])
        world.fake.touch()

    @client.event
    async def on_raw_message_delete(event: dpy.RawMessageDeleteEvent) -> None:
        heard.append(event.message_id)
        world.fake.touch()

    message = await client.get_channel(world.general.id).send("one")
    await message.edit(content="two")
    world.fake.delete_message(world.general.messages[0])
    await world.fake.until(lambda: len(heard) == 2)
    assert heard == ["two", message.id]


async def test_only_own_messages_can_be_edited_and_deleted(world: World) -> None:
    message = await world.anna.says(world.general, "mine")
    place = f"/channels/{world.general.id}/messages/{message.id}"
    assert await world.refused("PATCH", place, json={"content": "x"}) == (403, 50005)
    assert await world.refused("DELETE", place) == (403, 50013)


async def test_an_empty_message_is_refused(world: World) -> None:
    assert await world.refused("POST", f"/channels/{world.general.id}/messages", json={"content": ""}) == (400, 50006)
    assert world.complained("empty")


async def test_the_same_nonce_posts_once_within_minutes(world: World) -> None:
    first = await world.send({"content": "one", "nonce": "job-1", "enforce_nonce": True})
    assert await world.send({"content": "again", "nonce": "job-1", "enforce_nonce": True}) == first
    other = world.guild.add_text_channel("other")
    assert await world.send({"content": "elsewhere", "nonce": "job-1", "enforce_nonce": True}, other) == first
    loose = await world.send({"content": "not enforced", "nonce": "job-1"})
    world.clock.move(301)
    later = await world.send({"content": "much later", "nonce": "job-1", "enforce_nonce": True})
    assert len({first["id"], loose["id"], later["id"]}) == 3
    assert first["nonce"] == "job-1"


async def test_replies_name_their_message_unless_it_is_gone(world: World) -> None:
    asked = await world.anna.says(world.general, "waves, please")
    answer = {"content": "here", "message_reference": {"message_id": str(asked.id)}}
    await world.send(answer)
    reply = world.general.messages[-1]
    assert (reply.reply_to, reply.mentions) == (asked, [world.anna])
    assert transcript(world.general).endswith("> anna: waves, please\nvideobot:\nhere")
    world.anna.deletes(asked)
    place = f"/channels/{world.general.id}/messages"
    assert await world.refused("POST", place, json=answer) == (400, 50035)
    assert world.fake.complaints == []
    answer["message_reference"]["fail_if_not_exists"] = False
    await world.send(answer)
    assert world.general.messages[-1].reply_to is None


@pytest.mark.parametrize(
    ("content", "allowed", "notified"),
    [
        ("{anna} {ben} @everyone", None, ["anna", "ben"]),
        ("{anna} {ben}", {"parse": []}, []),
        ("{anna} {ben}", {"parse": [], "users": ["{anna_id}"]}, ["anna"]),
        ("{mods}", {"parse": ["roles"]}, ["ben"]),
        ("{mods} `{anna}` \\\\{anna}", {"parse": ["users"]}, []),
        ("nobody named", {"parse": [], "replied_user": True}, ["anna"]),
        ("nobody named", {"parse": ["users"]}, []),
    ],
)
async def test_people_are_notified_only_as_allowed(
    world: World, content: str, allowed: dict[str, Any] | None, notified: list[str]
) -> None:
    mods = world.guild.add_role("mods", mentionable=True)
    ben = world.guild.add_member("ben", roles=[mods])
    words = {"anna": world.anna.mention, "ben": ben.mention, "mods": f"<@&{mods.id}>"}
    if allowed and "users" in allowed:
        allowed = {**allowed, "users": [str(world.anna.id)]}
    body: dict[str, Any] = {"content": content.format(**words).replace("\\\\", "\\")}
    if allowed is not None:
        body["allowed_mentions"] = allowed
    if "nobody" in content:
        asked = await world.anna.says(world.general, "?")
        body["message_reference"] = {"message_id": str(asked.id)}
    sent = await world.send(body)
    message = world.fake.messages[int(sent["id"])]
    assert [person.name for person in message.mentions] == notified
    assert not message.mention_everyone
    await world.call("PATCH", f"/channels/{world.general.id}/messages/{message.id}", json={"content": ben.mention})
    assert [person.name for person in message.mentions] == notified  # an edit notifies nobody


async def test_everyone_is_notified_only_with_the_permission(world: World) -> None:
    world.guild.bot_permissions |= dpy.Permissions(mention_everyone=True).value
    await world.send({"content": "@everyone"})
    assert world.anna in world.general.messages[0].mentions
    await world.send({"content": "@everyone", "flags": 1 << 12})
    assert world.general.messages[1].mentions == []


async def test_text_is_read_as_people_see_it(world: World) -> None:
    await world.send({"content": f"\\*not bold\\* a\\_b {world.anna.mention} <#{world.general.id}> `\\*`"})
    assert world.general.messages[0].text == "*not bold* a_b @anna #general `\\*`"


async def test_history_is_listed_newest_first_and_in_pages(world: World) -> None:
    ids = [(await world.send({"content": str(number)}))["id"] for number in range(5)]
    place = f"/channels/{world.general.id}/messages"

    async def listed(**query: Any) -> list[str]:
        return [message["id"] for message in await world.call("GET", place, params=query)]

    assert await listed(limit=2) == [ids[4], ids[3]]
    assert await listed(before=ids[2], limit=1) == [ids[1]]
    assert await listed(after=ids[1], limit=2) == [ids[3], ids[2]]
    assert await listed(around=ids[2], limit=3) == [ids[3], ids[2], ids[1]]
    assert await world.refused("GET", place, params={"limit": 101}) == (400, 50035)


async def test_components_v2_show_their_files(world: World) -> None:
    client = await world.start()
    view = dpy.ui.LayoutView(timeout=None)
    row = dpy.ui.ActionRow(dpy.ui.Button(label="Again", custom_id="again"))
    gallery = dpy.ui.MediaGallery(dpy.MediaGalleryItem("attachment://v.mp4", description="waves", spoiler=True))
    view.add_item(dpy.ui.Container(dpy.ui.TextDisplay("**Done**"), gallery, row))
    view.add_item(dpy.ui.Separator())
    view.add_item(dpy.ui.File("attachment://SPOILER_a.txt"))
    upload = [dpy.File(__file__, "v.mp4"), dpy.File(__file__, "SPOILER_a.txt", description="text")]
    sent = await client.get_channel(world.general.id).send(view=view, files=upload)
    fetched = await client.get_channel(world.general.id).fetch_message(sent.id)
    assert fetched.attachments == []
    item = fetched.components[0].children[1].items[0]
    assert (item.description, item.media.content_type, item.spoiler) == ("waves", "video/mp4", True)
    async with world.rest.http._HTTPClient__session.get(item.media.url) as response:
        assert await response.read() == world.fake.file("v.mp4").data
    message = world.general.messages[0]
    assert [file.filename for file in message.attachments] == ["v.mp4", "SPOILER_a.txt"]
    assert (message.text, message.labels, message.spoiler) == ("**Done**", ["Again"], True)
    assert message.alt_texts == ["waves", "text"]
    size = world.fake.file("v.mp4").size
    lines = transcript(world.general).splitlines()
    assert lines[1:4] == ["**Done**", f'<video v.mp4 {size} bytes alt="waves" spoiler>', "[Again]"]
    # An edit that keeps quiet about attachments keeps them; one that lists none drops them.
    place = f"/channels/{world.general.id}/messages/{sent.id}"
    item = {"media": {"url": "attachment://v.mp4"}}
    again = {"components": [{"type": 12, "items": [item]}], "flags": V2}
    await world.call("PATCH", place, json=again)
    assert len(message.attachments) == 2
    assert await world.refused("PATCH", place, json={**again, "attachments": []}) == (400, 50035)
    assert world.complained("refers to no attachment")
    await world.call("PATCH", place, json={"components": [text("no file")], "flags": V2, "attachments": []})
    assert (message.text, message.attachments) == ("no file", [])


async def test_the_v2_flag_cannot_be_taken_back_or_mixed(world: World) -> None:
    plain = await world.send({"content": "old"})
    place = f"/channels/{world.general.id}/messages/"
    body = {"components": [text("new")], "flags": V2}
    assert await world.refused("PATCH", place + plain["id"], json=body) == (400, 50035)
    await world.call("PATCH", place + plain["id"], json={**body, "content": None})
    assert world.general.messages[0].text == "new"
    assert await world.refused("PATCH", place + plain["id"], json={"content": "back"}) == (400, 50035)
    assert world.complained("IS_COMPONENTS_V2")


async def test_attachments_of_people_and_bots(world: World) -> None:
    client = await world.start()
    channel = client.get_channel(world.general.id)
    sent = await channel.send(file=dpy.File(__file__, "clip.mp4", description="alt", spoiler=True))
    assert [file.filename for file in sent.attachments] == ["SPOILER_clip.mp4"]
    assert world.general.messages[0].alt_texts == ["alt"]
    assert world.general.messages[0].spoiler
    message = await world.anna.says(world.general, "@videobot this", attachments=[Upload("a.gif", b"GIF", "image/gif")])
    got = await channel.fetch_message(message.id)
    assert await got.attachments[0].read() == b"GIF"
    world.clock.move(24 * 3600 + 1)
    with pytest.raises(dpy.NotFound):
        await got.attachments[0].read()
    assert await (await channel.fetch_message(message.id)).attachments[0].read() == b"GIF"
    world.fake.expire_files()
    with pytest.raises(dpy.NotFound):
        await (await channel.fetch_message(message.id)).attachments[0].read()
    assert [status for _path, status in world.fake.downloads] == [200, 404, 200, 404]


async def test_stickers_forwards_and_messages_of_others(world: World) -> None:
    client = await world.start()
    channel = client.get_channel(world.general.id)
    picture = await world.anna.says(world.general, "@videobot this", attachments=[Upload("a.png", b"PNG")])
    forward = await channel.fetch_message((await world.anna.says(world.general, "@videobot", forwards=picture)).id)
    [snapshot] = forward.message_snapshots
    assert [file.filename for file in snapshot.attachments] == ["a.png"]
    assert forward.reference.message_id == picture.id
    sticker = await channel.fetch_message((await world.anna.says(world.general, "@videobot", stickers=["wave"])).id)
    assert [(one.name, one.format) for one in sticker.stickers] == [("wave", dpy.StickerFormatType.png)]
    hook = await channel.fetch_message((await world.anna.says(world.general, "@videobot", webhook=True)).id)
    assert hook.webhook_id is not None
    other = world.fake.add_person("other", bot=True)
    world.guild.add_member(other)
    media = {"url": "https://example.com/a.png"}
    parts = [text(f"<@{world.fake.bot_user_id}>"), {"type": 12, "items": [{"media": media}]}]
    shown = await channel.fetch_message((await other.says(world.general, components=parts)).id)
    assert shown.flags.components_v2
    assert shown.author.bot


async def test_a_download_can_be_held(world: World) -> None:
    client = await world.start()
    message = await world.anna.says(world.general, "@videobot this", attachments=[Upload("a.gif", b"GIF")])
    got = await client.get_channel(world.general.id).fetch_message(message.id)
    hold = world.fake.hold("GET", "/cdn/*")
    reading = asyncio.create_task(got.attachments[0].read())
    await hold.wait_reached()
    assert not reading.done()
    hold.release()
    assert await reading == b"GIF"


async def test_files_above_the_servers_limit_are_refused(world: World) -> None:
    client = await world.start()
    channel = client.get_channel(world.general.id)
    size = Path(__file__).stat().st_size  # noqa: ASYNC240
    world.guild.upload_limit = size - 1  # nobody told the bot
    with pytest.raises(dpy.HTTPException) as caught:
        await channel.send(file=dpy.File(__file__))
    assert (caught.value.status, caught.value.code) == (413, 40005)
    assert world.fake.complaints == []
    world.guild.told_limits = {size - 1}
    with pytest.raises(dpy.HTTPException):
        await channel.send(file=dpy.File(__file__))
    assert world.complained("bytes")
    world.guild.upload_limit = size
    await channel.send(file=dpy.File(__file__))
