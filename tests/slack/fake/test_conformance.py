"""The fake against Slack's own documents, where they are: scopes, tiers, payload types, recorded payloads."""

import json
from typing import Any

import pytest

from tests.fakes.slack import FakeSlack, Upload, payloads
from tests.fakes.slack.faults import TIERS
from tests.fakes.slack.methods import METHODS
from tests.fakes.slack.schemas import conformance, wrong_by_schema
from tests.fakes.slack.scopes import SCOPES
from tests.slack.fake.conftest import World


def document(name: str) -> dict[str, Any]:
    path = conformance(name)
    if path is None:
        pytest.skip(f"{name} is not here")
    return dict(json.loads(path.read_text()))


def test_methods_need_the_scopes_that_slack_documents() -> None:
    documented = document("slack-method-docs.json")
    for name in METHODS:
        bot = {scope["name"] for scope in documented[name]["scopes"].get("bot", [])}
        expected = SCOPES.get(name, frozenset())
        if name != "users.conversations":
            assert expected == bot, name


def test_methods_have_the_rate_tiers_that_slack_documents() -> None:
    documented = document("slack-method-docs.json")
    for name, tier in TIERS.items():
        assert f"Tier {tier}:" in documented[name]["rate_limit"]["label"], name


async def test_payloads_are_of_slacks_types(world: World) -> None:
    document("slack-types-jsonschema.json")
    anna, message = world.anna, await world.anna.says(world.general, "<@BOT> hi", files=[Upload("cat.png", b"x")])
    more = {"response_url": "https://hooks.slack.com/commands/1", "trigger_id": "1.2.3"}
    command = payloads.slash_command(anna, world.general, "/video", "a cat", more)
    assert wrong_by_schema("in.slash_command", command) is None
    action = payloads.interaction(anna, "message_action", "1.2.3") | {
        "callback_id": "animate_image",
        "action_ts": "1.1",
        "response_url": "https://hooks.slack.com/app/1",
        "message_ts": message.ts,
        "channel": {"id": world.general.id, "name": "general"},
        "message": message.to_api(in_event=True),
    }
    assert wrong_by_schema("in.message_action", action) is None
    shortcut = payloads.interaction(anna, "shortcut", "1.2.3") | {"callback_id": "make_video", "action_ts": "1.1"}
    assert wrong_by_schema("in.shortcut", shortcut) is None


def keys_of(recorded: Any, ours: Any, at: str = "") -> list[str]:
    """Fields of a recorded payload that ours does not have."""
    if not isinstance(recorded, dict) or not isinstance(ours, dict):
        return []
    missing = [f"{at}/{key}" for key in recorded if key not in ours]
    return missing + [m for key in recorded if key in ours for m in keys_of(recorded[key], ours[key], f"{at}/{key}")]


async def test_payloads_have_all_the_fields_of_recorded_ones(slack: FakeSlack) -> None:
    recorded = document("slack-replay-fixtures.json")
    team = slack.add_team("Acme")
    anna, general = team.add_user("anna"), team.add_channel("general")
    message = await anna.says(general, "<@BOT> hi")
    mention = message.events[0].payload
    rich_text = {"/event/blocks"}  # what people type comes as rich_text, too; nothing here reads it
    theirs = recorded["modals/slack.json"]["mention"]
    assert set(keys_of(theirs, mention)) - rich_text == set()
    more = {"response_url": "x", "trigger_id": "x"}
    command = payloads.slash_command(anna, general, "/video", "", more)
    assert keys_of(recorded["slash-commands/slack.json"]["slashCommand"], command) == []
    direct = await anna.says(team.im(anna), "hello")
    theirs = recorded["dm/slack-direct.json"]["directDM"]
    assert set(keys_of(theirs, direct.events[0].payload)) - rich_text == set()
    text = {"type": "plain_text", "text": "T", "emoji": True}
    body = {"type": "modal", "title": text, "close": text, "submit": text, "blocks": []}
    view = slack.view_stack.open(anna, slack.new_trigger(anna), body, push=False)
    submission = payloads.interaction(anna, "view_submission", "1") | {"view": view.to_api(), "response_urls": []}
    theirs = recorded["slash-commands/slack.json"]["viewSubmission"]
    assert [key for key in keys_of(theirs, submission) if not key.startswith("/view/state/values")] == []
