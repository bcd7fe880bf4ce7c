"""trigger_ids live three seconds and once, views have hashes, a response_url has five uses in half an hour."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.fakes.clocks import ManualClock
from tests.fakes.slack import FakeSlack
from tests.slack.fake.conftest import World
from tests.slack.fake.errors import refusal

MODAL: dict[str, Any] = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "T"},
    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}],
}
HOME = {"type": "home", "blocks": MODAL["blocks"]}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def slack(clock: ManualClock) -> AsyncIterator[FakeSlack]:
    async with FakeSlack(clock.now) as slack:
        yield slack


async def test_a_trigger_is_used_once_and_within_three_seconds(world: World, clock: ManualClock) -> None:
    client, slack = world.client, world.slack
    first, late = slack.new_trigger(world.anna), slack.new_trigger(world.anna)
    await client.views_open(trigger_id=first, view=MODAL)
    assert await refusal(client.views_open(trigger_id=first, view=MODAL)) == "exchanged_trigger_id"
    clock.move(3.5)
    assert await refusal(client.views_open(trigger_id=late, view=MODAL)) == "expired_trigger_id"
    assert await refusal(client.views_open(trigger_id="1.2.x", view=MODAL)) == "invalid_trigger_id"
    stranger = slack.add_team("Other").add_user("sven")
    assert await refusal(client.views_open(trigger_id=slack.new_trigger(stranger), view=MODAL)) == "invalid_trigger_id"


async def test_at_most_three_views_lie_on_each_other(world: World) -> None:
    def trigger() -> str:
        return world.slack.new_trigger(world.anna)

    await world.client.views_open(trigger_id=trigger(), view=MODAL)
    for _ in range(2):
        await world.client.views_push(trigger_id=trigger(), view=MODAL)
    assert await refusal(world.client.views_push(trigger_id=trigger(), view=MODAL)) == "push_limit_reached"


async def test_an_old_hash_conflicts(world: World) -> None:
    opened = await world.client.views_open(trigger_id=world.slack.new_trigger(world.anna), view=MODAL)
    view_id, old = opened["view"]["id"], opened["view"]["hash"]
    await world.client.views_update(view_id=view_id, hash=old, view=MODAL)
    assert await refusal(world.client.views_update(view_id=view_id, hash=old, view=MODAL)) == "hash_conflict"
    await world.client.views_update(view_id=view_id, view=MODAL)
    published = await world.client.views_publish(user_id=world.anna.id, view=HOME)
    home = published["view"]["hash"]
    await world.client.views_publish(user_id=world.anna.id, view=HOME, hash=home)
    assert await refusal(world.client.views_publish(user_id=world.anna.id, view=HOME, hash=home)) == "hash_conflict"
    world.slack.home_enabled = False
    assert await refusal(world.client.views_publish(user_id=world.anna.id, view=HOME)) == "not_enabled"


async def test_a_form_with_a_file_needs_the_scope(world: World) -> None:
    element = {"type": "file_input", "action_id": "f"}
    block = {"type": "input", "label": {"type": "plain_text", "text": "F"}, "element": element}
    view = {**MODAL, "submit": MODAL["title"], "blocks": [block]}
    world.team.scopes.remove("files:read")
    trigger_id = world.slack.new_trigger(world.anna)
    assert await refusal(world.client.views_open(trigger_id=trigger_id, view=view)) == "invalid_arguments"


async def test_a_response_url_has_five_uses(world: World) -> None:
    hidden = world.team.add_channel("hidden", private=True, bot_is_member=False)
    hook = world.slack.hooks.new("commands", world.anna, hidden)
    sender = AsyncWebhookClient(hook.url)
    for number in range(5):
        assert (await sender.send(text=f"answer {number}")).status_code == 200
    refused = await sender.send(text="one too many")
    assert (refused.status_code, "used_url" in refused.body) == (404, True)
    assert len(world.anna.sees(hidden)) == 5


async def test_a_response_url_lives_half_an_hour(world: World, clock: ManualClock) -> None:
    hook = world.slack.hooks.new("commands", world.anna, world.general)
    clock.move(30 * 60 + 1)
    refused = await AsyncWebhookClient(hook.url).send(text="late")
    assert (refused.status_code, "expired_url" in refused.body) == (404, True)


async def test_a_response_url_refuses_what_slack_refuses(world: World) -> None:
    sender = AsyncWebhookClient(world.slack.hooks.new("commands", world.anna, world.general).url)
    assert "no_text" in (await sender.send(text="")).body
    assert "invalid_blocks" in (await sender.send(text="x", blocks=[{"type": "hologram"}])).body
    assert len(world.slack.complaints) == 2
    world.slack.fault("response_url", status=500)
    assert (await sender.send(text="x")).status_code == 500
    assert (await AsyncWebhookClient(f"{world.slack.root}/commands/T1/H1/secret").send(text="x")).status_code == 404


async def test_slacks_documented_rates_go_by_the_clock(world: World, clock: ManualClock) -> None:
    world.slack.documented_rate_limits()
    channel = world.general.id
    posted = await world.client.chat_postMessage(channel=channel, text="x")
    assert await refusal(world.client.chat_postMessage(channel=channel, text="x")) == "ratelimited"
    for _ in range(50):
        await world.client.chat_update(channel=channel, ts=posted["ts"], text="y")
    assert await refusal(world.client.chat_update(channel=channel, ts=posted["ts"], text="y")) == "ratelimited"
    clock.move(61)
    await world.client.chat_update(channel=channel, ts=posted["ts"], text="y")
    async with aiohttp.ClientSession() as session:
        other = world.slack.add_team("Other")
        general = other.add_channel("general")
        client = AsyncWebClient(other.bot_token, base_url=world.slack.api_base, session=session)
        await client.chat_postMessage(channel=general.id, text="its own allowance")
