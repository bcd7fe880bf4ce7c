"""Messages through the Web API: where the bot may speak, threads, metadata, edits, mentions, people."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.clocks import ManualClock
from tests.fakes.slack import FakeSlack, transcript
from tests.slack.fake.conftest import World
from tests.slack.fake.errors import refusal

JOB = {"event_type": "video_job", "event_payload": {"job_id": "j1"}}


async def test_a_thread_is_found_again_by_its_metadata(world: World) -> None:
    client, channel = world.client, world.general.id
    root = await client.chat_postMessage(channel=channel, text="Working", metadata=JOB)
    reply = await client.chat_postMessage(channel=channel, text="Done", thread_ts=root["ts"], metadata=JOB)
    found = await client.conversations_replies(channel=channel, ts=root["ts"], include_all_metadata=True)
    assert [m["metadata"]["event_payload"]["job_id"] for m in found["messages"]] == ["j1", "j1"]
    assert found["messages"][1]["thread_ts"] == root["ts"]
    plain = await client.conversations_replies(channel=channel, ts=root["ts"])
    assert "metadata" not in plain["messages"][0]
    one = await client.conversations_replies(
        channel=channel, ts=root["ts"], oldest=reply["ts"], inclusive=True, limit=1
    )
    assert [m["text"] for m in one["messages"]] == ["Done"]
    page = await client.conversations_replies(channel=channel, ts=root["ts"], limit=1)
    assert page["has_more"]
    rest = await client.conversations_replies(
        channel=channel, ts=root["ts"], limit=1, cursor=page["response_metadata"]["next_cursor"]
    )
    assert [m["text"] for m in rest["messages"]] == ["Done"]
    history = await client.conversations_history(channel=channel)
    assert [m["text"] for m in history["messages"]] == ["Working"]
    assert await refusal(client.conversations_replies(channel=channel, ts="1.1")) == "thread_not_found"
    link = await client.chat_getPermalink(channel=channel, message_ts=reply["ts"])
    assert f"thread_ts={root['ts']}" in link["permalink"]
    assert world.slack.complaints == []


async def test_an_edit_keeps_the_metadata_and_a_text_alone_removes_the_blocks(world: World) -> None:
    client, channel = world.client, world.general.id
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "50 %"}}]
    posted = await client.chat_postMessage(channel=channel, text="50 %", blocks=blocks, metadata=JOB)
    await client.chat_update(channel=channel, ts=posted["ts"], text="Done")
    (message,) = world.general.messages
    assert (message.blocks, message.text_read, len(message.edits)) == ([], "Done", 1)
    assert message.metadata == JOB
    await client.chat_update(channel=channel, ts=posted["ts"], text="Done", metadata={})
    assert message.metadata is None
    await client.chat_delete(channel=channel, ts=posted["ts"])
    assert message.deleted
    assert await refusal(client.chat_update(channel=channel, ts=posted["ts"], text="x")) == "message_not_found"
    hers = await world.anna.says(world.general, "mine")
    assert await refusal(client.chat_update(channel=channel, ts=hers.ts, text="x")) == "cant_update_message"
    assert await refusal(client.chat_delete(channel=channel, ts=hers.ts)) == "cant_delete_message"


async def test_a_deleted_root_leaves_a_tombstone_with_its_thread(world: World) -> None:
    root = await world.anna.says(world.general, "a cat please")
    reply = await world.client.chat_postMessage(channel=world.general.id, text="Done", thread_ts=root.ts)
    await world.anna.deletes(root)
    found = await world.client.conversations_replies(channel=world.general.id, ts=reply["ts"])
    assert [m.get("subtype", m["text"]) for m in found["messages"]] == ["tombstone", "Done"]
    await world.client.chat_postMessage(channel=world.general.id, text="Again", thread_ts=root.ts)
    assert world.slack.complaints == []


async def test_the_edit_window_closes() -> None:
    clock = ManualClock()
    async with FakeSlack(clock.now) as slack, aiohttp.ClientSession() as session:
        team = slack.add_team("Acme")
        general = team.add_channel("general")
        team.edit_window_s = 60
        client = AsyncWebClient(team.bot_token, base_url=slack.api_base, session=session)
        posted = await client.chat_postMessage(channel=general.id, text="a")
        await client.chat_update(channel=general.id, ts=posted["ts"], text="b")
        clock.move(61)
        assert await refusal(client.chat_update(channel=general.id, ts=posted["ts"], text="c")) == "edit_window_closed"


async def test_where_the_bot_may_speak(world: World) -> None:
    client, team = world.client, world.team
    public = team.add_channel("public", bot_is_member=False)
    private = team.add_channel("private", private=True, bot_is_member=False)
    archived = team.add_channel("archived", archived=True)
    locked = team.add_channel("locked", read_only=True)
    other = team.dm(world.anna, team.add_user("bob"))
    await client.chat_postMessage(channel=public.id, text="allowed by chat:write.public")
    assert await refusal(client.chat_postEphemeral(channel=public.id, user=world.anna.id, text="x")) == "not_in_channel"
    assert await refusal(client.chat_postMessage(channel=private.id, text="x")) == "channel_not_found"
    assert await refusal(client.conversations_info(channel=private.id)) == "channel_not_found"
    assert await refusal(client.chat_postMessage(channel=other.id, text="x")) == "channel_not_found"
    assert await refusal(client.chat_postMessage(channel=archived.id, text="x")) == "is_archived"
    assert await refusal(client.chat_postMessage(channel=locked.id, text="x")) == "restricted_action"
    team.scopes.remove("chat:write.public")
    assert await refusal(client.chat_postMessage(channel=public.id, text="x")) == "not_in_channel"
    await client.conversations_join(channel=public.id)
    await client.chat_postMessage(channel=public.id, text="joined")
    assert await refusal(client.conversations_join(channel=archived.id)) == "is_archived"
    assert await refusal(client.conversations_join(channel=private.id)) == "channel_not_found"
    await client.chat_postMessage(channel=world.anna.id, text="a DM by user id")
    opened = await client.conversations_open(users=world.anna.id)
    assert opened["channel"]["id"] == team.im(world.anna).id
    assert world.anna.reads(team.im(world.anna)) == "a DM by user id"


async def test_a_private_message_is_seen_by_one_person(world: World) -> None:
    bob = world.team.add_user("bob")
    secret = world.team.add_channel("secret", private=True, members=[world.anna])
    posted = await world.client.chat_postEphemeral(channel=world.general.id, user=world.anna.id, text="psst")
    assert posted["message_ts"]
    assert world.anna.reads(world.general) == "psst"
    assert bob.sees(world.general) == []
    assert (await world.client.conversations_history(channel=world.general.id))["messages"] == []
    hidden = world.client.chat_postEphemeral(channel=secret.id, user=bob.id, text="psst")
    assert await refusal(hidden) == "user_not_in_channel"


async def test_whom_a_message_notifies(world: World) -> None:
    text = "<!channel> <@U123> &lt;!here&gt; a &amp; b <https://example.com|link>"
    blocks = [
        {"type": "section", "text": {"type": "plain_text", "text": "<!everyone>"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": f"{world.anna.mention} &lt;!here&gt;"}},
    ]
    await world.client.chat_postMessage(channel=world.general.id, text=text)
    await world.client.chat_postMessage(channel=world.general.id, text="fallback", blocks=blocks)
    loud, quiet = world.general.messages
    assert loud.mentions == {"!channel", "U123"}
    assert loud.text_read == "@channel @U123 <!here> a & b link (https://example.com)"
    assert quiet.mentions == {world.anna.id}
    assert quiet.text_read == "<!everyone>\n@anna <!here>"
    assert "videobot: @channel" in transcript(world.general)


async def test_people_groups_and_lists(world: World) -> None:
    client, team = world.client, world.team
    boss = team.add_user("boss", owner=True, tz="America/New_York")
    user = (await client.users_info(user=boss.id))["user"]
    assert (user["is_admin"], user["is_owner"], user["tz"]) == (True, True, "America/New_York")
    assert user["tz_offset"] in (-18000, -14400)
    assert await refusal(client.users_info(user="U404")) == "user_not_found"
    group = team.add_usergroup("video-admins", [boss])
    assert (await client.usergroups_list())["usergroups"][0]["handle"] == "video-admins"
    assert (await client.usergroups_users_list(usergroup=group.id))["users"] == [boss.id]
    members = await client.conversations_members(channel=world.general.id)
    assert members["members"] == [world.anna.id, boss.id, team.bot_user_id]
    assert (await client.bots_info(bot=team.bot_id))["bot"]["user_id"] == team.bot_user_id
    assert [c["name"] for c in (await client.conversations_list())["channels"]] == ["general"]
    test = await client.auth_test()
    assert (test["team_id"], test["bot_id"]) == (team.id, team.bot_id)
    assert "chat:write" in test.headers["x-oauth-scopes"].split(",")
    assert world.slack.complaints == []


async def test_reactions(world: World) -> None:
    message = await world.anna.says(world.general, "hi")
    item: dict[str, Any] = {"channel": world.general.id, "timestamp": message.ts, "name": "eyes"}
    await world.client.reactions_add(**item)
    assert message.reactions == {"eyes": [world.team.bot_user_id]}
    assert await refusal(world.client.reactions_add(**item)) == "already_reacted"
    await world.client.reactions_remove(**item)
    assert await refusal(world.client.reactions_remove(**item)) == "no_reaction"


async def test_tokens_and_scopes(world: World) -> None:
    slack, client = world.slack, world.client
    nobody = AsyncWebClient("", base_url=slack.api_base, session=client.session)
    assert await refusal(nobody.auth_test()) == "not_authed"
    assert await refusal(client.auth_test(token="xoxb-wrong")) == "invalid_auth"
    assert await refusal(client.apps_connections_open(app_token=world.team.bot_token)) == "not_allowed_token_type"
    assert await refusal(client.chat_postMessage(token=slack.app_token, channel="C", text="x")) == (
        "not_allowed_token_type"
    )
    world.team.scopes.remove("chat:write")
    assert await refusal(client.chat_postMessage(channel=world.general.id, text="x")) == "missing_scope"
    world.team.scopes.remove("groups:read")
    private = world.team.add_channel("private", private=True)
    assert await refusal(client.conversations_info(channel=private.id)) == "missing_scope"
    assert await refusal(client.api_call("no.such.method")) == "unknown_method"
    await client.auth_revoke(test=True)
    await client.auth_revoke()
    assert await refusal(client.auth_test()) == "token_revoked"


async def test_two_workspaces_never_see_each_other(world: World) -> None:
    other = world.slack.add_team("Other")
    theirs = other.add_channel("general")
    stranger = other.add_user("sven")
    message = await stranger.says(theirs, "ours")
    assert await refusal(world.client.chat_postMessage(channel=theirs.id, text="x")) == "channel_not_found"
    assert await refusal(world.client.conversations_replies(channel=theirs.id, ts=message.ts)) == "channel_not_found"
    assert await refusal(world.client.users_info(user=stranger.id)) == "user_not_found"
    mine = AsyncWebClient(other.bot_token, base_url=world.slack.api_base, session=world.client.session)
    await mine.chat_postMessage(channel=theirs.id, text="x")
    assert [r.team for r in world.slack.calls("chat.postMessage")] == [world.team, other]


async def test_until_gives_up_with_what_was_said(world: World) -> None:
    await world.anna.says(world.general, "hello")
    with pytest.raises(AssertionError, match="anna: hello"):
        await world.slack.until(lambda: False, timeout=0.02)
