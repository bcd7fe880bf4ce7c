"""Calls that break one of Slack's rules are refused with Slack's error and noted."""

from typing import Any

import pytest

from tests.fakes.slack.schemas import conformance
from tests.slack.fake.conftest import World
from tests.slack.fake.errors import refusal


def plain(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": words}


def section(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": words}, **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def button(words: str = "Go", **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(words), "action_id": "go", **more}


def select(count: int, **more: Any) -> dict[str, Any]:
    options = [{"text": plain(f"o{n}"), "value": f"o{n}"} for n in range(count)]
    return {"type": "static_select", "action_id": "s", "options": options, **more}


BAD_BLOCKS = {
    "51 blocks": [{"type": "divider"}] * 51,
    "header 151": [{"type": "header", "text": plain("x" * 151)}],
    "header mrkdwn": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
    "section 3001": [section("x" * 3001)],
    "section empty": [section("")],
    "field 2001": [{"type": "section", "fields": [plain("x" * 2001)]}],
    "button text 76": [actions(button("x" * 76))],
    "button value 2001": [actions(button(value="x" * 2001))],
    "button style": [actions(button(style="loud"))],
    "26 elements": [actions(*(button(action_id=f"a{n}") for n in range(26)))],
    "no elements": [actions()],
    "same action_id": [actions(button(), button())],
    "action_id 256": [actions(button(action_id="x" * 256))],
    "block_id 256": [{"type": "divider", "block_id": "x" * 256}],
    "same block_id": [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}],
    "101 options": [section("x", accessory=select(101))],
    "no options": [section("x", accessory=select(0))],
    "initial not offered": [
        section("x", accessory=select(2, initial_option={"text": plain("z"), "value": "z"})),
    ],
    "placeholder 151": [section("x", accessory=select(1, placeholder=plain("x" * 151)))],
    "unknown block": [{"type": "hologram"}],
    "image without alt text": [{"type": "image", "image_url": "https://example.com/a.png"}],
    "unknown slack file": [{"type": "image", "slack_file": {"id": "F404"}, "alt_text": "x"}],
    "input in a message": [{"type": "input", "label": plain("x"), "element": {"type": "plain_text_input"}}],
    "11 context elements": [{"type": "context", "elements": [plain("x")] * 11}],
    "not a list": {"type": "divider"},
}


@pytest.mark.parametrize("name", BAD_BLOCKS)
async def test_blocks_that_slack_refuses(world: World, name: str) -> None:
    call = world.client.chat_postMessage(channel=world.general.id, text="x", blocks=BAD_BLOCKS[name])
    assert await refusal(call) == "invalid_blocks"
    assert world.slack.complaints[-1].method == "chat.postMessage"
    assert world.general.messages == []


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    view = {"type": "modal", "title": plain("T"), "submit": plain("S"), "blocks": list(blocks) or [section("x")]}
    return {**view, **more}


def field(**more: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": "p"}
    return {"type": "input", "block_id": "p", "label": plain("Prompt"), "element": element, **more}


BAD_VIEWS = {
    "title 25": modal(title=plain("x" * 25)),
    "no title": modal(title=None),
    "submit 25": modal(submit=plain("x" * 25)),
    "101 blocks": modal(*[{"type": "divider"}] * 101),
    "private_metadata 3001": modal(private_metadata="x" * 3001),
    "callback_id 256": modal(callback_id="x" * 256),
    "input without submit": modal(field(), submit=None),
    "label 2001": modal(field(label=plain("x" * 2001))),
    "unknown element": modal(field(element={"type": "telepathy", "action_id": "x"})),
    "max_length 3001": modal(field(element={"type": "plain_text_input", "action_id": "p", "max_length": 3001})),
    "11 files": modal(field(element={"type": "file_input", "action_id": "f", "max_files": 11})),
    "a home tab": {"type": "home", "blocks": []},
}
NEEDS_SCHEMA = {"unknown element"}


@pytest.mark.parametrize("name", BAD_VIEWS)
async def test_views_that_slack_refuses(world: World, name: str) -> None:
    if name in NEEDS_SCHEMA and conformance("slack-types-jsonschema.json") is None:
        pytest.skip("Slack's JSON Schemas are not here")
    trigger_id = world.slack.new_trigger(world.anna)
    assert await refusal(world.client.views_open(trigger_id=trigger_id, view=BAD_VIEWS[name])) == "invalid_arguments"
    assert world.slack.complaints[-1].method == "views.open"
    await world.client.views_open(trigger_id=trigger_id, view=modal(field()))


@pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing:UserWarning")
async def test_texts_and_metadata_that_slack_refuses(world: World) -> None:
    client, channel = world.client, world.general.id
    assert await refusal(client.chat_postMessage(channel=channel, text=" ")) == "no_text"
    long = [section("x" * 2900) for _ in range(5)]
    assert await refusal(client.chat_postMessage(channel=channel, text="x", blocks=long)) == "msg_blocks_too_long"
    big = {"event_type": "video_job", "event_payload": {"job_id": "x" * 17_000}}
    assert await refusal(client.chat_postMessage(channel=channel, text="x", metadata=big)) == "metadata_too_large"
    odd = {"event_type": "video_job"}
    assert await refusal(client.chat_postMessage(channel=channel, text="x", metadata=odd)) == "invalid_metadata_format"
    posted = await client.chat_postMessage(channel=channel, text="x")
    assert await refusal(client.chat_update(channel=channel, ts=posted["ts"], text="x" * 4001)) == "msg_too_long"
    before = len(world.slack.complaints)
    await client.chat_postMessage(channel=channel, text="x" * 40_001)
    await client.chat_postMessage(channel=channel, blocks=[section("x")])
    await client.chat_postMessage(channel=channel, text="x", thread_ts="1.1")
    problems = [complaint.problem for complaint in world.slack.complaints[before:]]
    assert ["is cut" in problems[0], "without a text" in problems[1], "thread_ts" in problems[2]] == [True] * 3


async def test_arguments_that_slack_does_not_know(world: World) -> None:
    if conformance("slack-types-jsonschema.json") is None:
        pytest.skip("Slack's JSON Schemas are not here")
    odd = world.client.chat_postMessage(channel=world.general.id, text="x", colour="red")
    assert await refusal(odd) == "invalid_arguments"
    assert world.slack.complaints


async def test_blocks_at_the_limits_are_fine(world: World) -> None:
    blocks = [
        {"type": "header", "text": plain("x" * 150)},
        section("x" * 3000),
        actions(*(button("x" * 75, action_id=f"a{n}", value="x" * 2000) for n in range(25))),
        section("x", accessory=select(100)),
        *[{"type": "divider"}] * 46,
    ]
    await world.client.chat_postMessage(channel=world.general.id, text="x", blocks=blocks)
    trigger_id = world.slack.new_trigger(world.anna)
    view = modal(*[{"type": "divider"}] * 100, title=plain("x" * 24), private_metadata="x" * 3000)
    await world.client.views_open(trigger_id=trigger_id, view=view)
    assert world.slack.complaints == []
