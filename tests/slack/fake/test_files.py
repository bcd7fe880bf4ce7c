"""Files: three steps up, shares that come later or never, the file host that guards its bytes."""

import io

import aiohttp
import pytest

from tests.fakes.slack import Channel, Upload
from tests.slack.fake.conftest import World
from tests.slack.fake.errors import refusal

VIDEO = b"0000ftypmp42" * 50


async def upload(world: World, name: str = "video.mp4", data: bytes = VIDEO) -> str:
    """The first two steps: the file's id."""
    ticket = await world.client.files_getUploadURLExternal(filename=name, length=len(data), alt_txt="a cat")
    async with aiohttp.ClientSession() as session, session.post(ticket["upload_url"], data=data) as answer:
        assert (answer.status, await answer.text()) == (200, f"OK - {len(data)}")
    return str(ticket["file_id"])


async def complete(world: World, file_id: str, channel: Channel | None = None, thread_ts: str | None = None) -> None:
    files = [{"id": file_id, "title": "A cat"}]
    place = channel.id if channel else None
    await world.client.files_completeUploadExternal(files=files, channel_id=place, thread_ts=thread_ts)


async def fetch(url: str, token: str | None) -> tuple[int, str, bytes]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status, answer.content_type, await answer.read()


async def test_an_upload_shows_after_some_looks(world: World) -> None:
    root = await world.anna.says(world.general, "a cat please")
    file_id = await upload(world)
    assert await refusal(world.client.files_info(file=file_id)) == "file_not_found"
    await complete(world, file_id, world.general, root.ts)
    assert (await world.client.files_info(file=file_id))["file"]["shares"] == {}
    assert world.general.from_bot == []
    info = (await world.client.files_info(file=file_id))["file"]
    (message,) = world.general.from_bot
    (share,) = info["shares"]["public"][world.general.id]
    assert (share["ts"], share["thread_ts"]) == (message.ts, root.ts)
    assert (info["mimetype"], info["size"], info["title"]) == ("video/mp4", len(VIDEO), "A cat")
    assert message.files[0].data == VIDEO
    assert await refusal(complete_again(world, file_id)) == "file_not_found"
    assert world.slack.complaints == []


async def complete_again(world: World, file_id: str) -> None:
    await complete(world, file_id, world.general)


async def test_an_upload_may_never_show_or_show_when_told(world: World) -> None:
    world.slack.shares_after_looks = None
    world.slack.never_share()
    lost, late = await upload(world), await upload(world)
    await complete(world, lost, world.general)
    await complete(world, late, world.general)
    for _ in range(5):
        assert (await world.client.files_info(file=late))["file"]["shares"] == {}
    assert world.slack.share_files() == 1
    assert (await world.client.files_info(file=late))["file"]["shares"]
    assert (await world.client.files_info(file=lost))["file"]["shares"] == {}
    assert len(world.general.from_bot) == 1


async def test_the_upload_of_the_sdk(world: World) -> None:
    world.slack.shares_after_looks = 0
    done = await world.client.files_upload_v2(
        file=io.BytesIO(VIDEO), filename="video.mp4", channel=world.general.id, initial_comment="Here", title="A cat"
    )
    assert done["file"]["title"] == "A cat"
    (message,) = world.general.from_bot
    assert (message.text_read, message.files[0].data) == ("Here", VIDEO)
    assert world.slack.complaints == []


async def test_a_permalink_in_the_text_shares_the_file_with_buttons_and_metadata(world: World) -> None:
    file_id = await upload(world)
    await complete(world, file_id)
    link = (await world.client.files_info(file=file_id))["file"]["permalink"]
    metadata = {"event_type": "video_job", "event_payload": {"job_id": "j1"}}
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": link}}]
    await world.client.chat_postMessage(channel=world.general.id, text="no link up here", blocks=blocks)
    await world.client.chat_postMessage(channel=world.general.id, text=f"Done {link}", metadata=metadata)
    world.slack.share_files()
    in_blocks, in_text = world.general.from_bot
    assert in_blocks.files == []
    assert [file.id for file in in_text.files] == [file_id]
    info = (await world.client.files_info(file=file_id))["file"]
    assert info["shares"]["public"][world.general.id][0]["ts"] == in_text.ts


async def test_where_uploads_are_refused(world: World) -> None:
    team, client = world.team, world.client
    public = team.add_channel("public", bot_is_member=False)
    private = team.add_channel("private", private=True, bot_is_member=False)
    archived = team.add_channel("archived", archived=True)
    file_id = await upload(world)
    assert await refusal(complete_in(world, file_id, public)) == "not_in_channel"
    assert await refusal(complete_in(world, file_id, private)) == "channel_not_found"
    assert await refusal(complete_in(world, file_id, archived)) == "posting_to_channel_denied"
    team.upload_refusal = "file_uploads_except_images_disabled"
    assert await refusal(client.files_getUploadURLExternal(filename="a.mp4", length=5)) == team.upload_refusal
    await client.files_getUploadURLExternal(filename="a.png", length=5)
    team.upload_refusal = "storage_limit_reached"
    assert await refusal(client.files_getUploadURLExternal(filename="a.png", length=5)) == team.upload_refusal
    team.upload_refusal, team.largest_upload = None, 100
    assert await refusal(client.files_getUploadURLExternal(filename="a.mp4", length=101)) == (
        "file_upload_size_restricted"
    )
    never_uploaded = (await client.files_getUploadURLExternal(filename="a.mp4", length=5))["file_id"]
    assert await refusal(complete_in(world, never_uploaded, world.general)) == "file_not_found"


async def complete_in(world: World, file_id: str, channel: Channel) -> None:
    await complete(world, file_id, channel)


async def test_the_bytes_go_to_the_right_token_only(world: World) -> None:
    message = await world.anna.says(world.general, "look", files=[Upload("cat.png", b"\x89PNG")])
    url = message.to_api()["files"][0]["url_private"]
    assert await fetch(url, world.team.bot_token) == (200, "image/png", b"\x89PNG")
    other = world.slack.add_team("Other")
    for token in (None, "xoxb-wrong", other.bot_token):
        status, kind, body = await fetch(url, token)
        assert (status, kind) == (200, "text/html")
        assert b"Sign in" in body
    hidden = world.team.add_channel("hidden", private=True, bot_is_member=False)
    unseen = await world.anna.says(hidden, "look", files=[Upload("cat.png", b"\x89PNG")])
    assert (await fetch(unseen.files[0].url_private, world.team.bot_token))[1] == "text/html"
    world.team.scopes.remove("files:read")
    assert (await fetch(url, world.team.bot_token))[1] == "text/html"


async def test_a_download_redirected_to_another_host_must_not_carry_the_token(world: World) -> None:
    world.slack.redirect_downloads = True
    message = await world.anna.says(world.general, "look", files=[Upload("cat.png", b"\x89PNG")])
    assert (await fetch(message.files[0].url_private, world.team.bot_token))[2] == b"\x89PNG"
    assert world.slack.complaints == []
    await fetch(f"{world.slack.elsewhere_base}/{message.files[0].id}/cat.png", world.team.bot_token)
    assert "another host" in world.slack.complaints[0].problem


async def test_a_download_breaks_in_the_middle(world: World) -> None:
    message = await world.anna.says(world.general, "look", files=[Upload("cat.png", b"\x89PNG" * 100)])
    world.slack.fault("file.download", lose_answer=True)
    with pytest.raises(aiohttp.ClientPayloadError):
        await fetch(message.files[0].url_private, world.team.bot_token)
    world.slack.fault("file.download", status=503)
    assert (await fetch(message.files[0].url_private, world.team.bot_token))[0] == 503


async def test_unusual_files_look_unusual(world: World) -> None:
    uploads = [
        Upload("shared.png", b"\x89PNG", connect=True),
        Upload("sheet", mode="external"),
        Upload("gone.png", mode="tombstone"),
        Upload("old.png", mode="hidden_by_limit"),
    ]
    message = await world.anna.says(world.general, "look", files=uploads)
    stub, external, tombstone, hidden = message.to_api(in_event=True)["files"]
    assert (stub["file_access"], "url_private" in stub) == ("check_file_info", False)
    assert (await world.client.files_info(file=stub["id"]))["file"]["mimetype"] == "image/png"
    assert external["is_external"]
    assert (tombstone["mode"], hidden["mode"]) == ("tombstone", "hidden_by_limit")


async def test_files_are_deleted_by_their_owner(world: World) -> None:
    world.slack.shares_after_looks = 0
    file_id = await upload(world)
    await complete(world, file_id, world.general)
    await world.client.files_delete(file=file_id)
    assert await refusal(world.client.files_info(file=file_id)) == "file_deleted"
    assert world.general.from_bot == []
    message = await world.anna.says(world.general, "look", files=[Upload("cat.png", b"\x89PNG")])
    assert await refusal(world.client.files_delete(file=message.files[0].id)) == "cant_delete_file"


async def test_a_wrong_length_is_refused(world: World) -> None:
    ticket = await world.client.files_getUploadURLExternal(filename="a.mp4", length=5)
    async with aiohttp.ClientSession() as session, session.post(ticket["upload_url"], data=b"123") as answer:
        assert answer.status == 400
    assert world.slack.complaints
