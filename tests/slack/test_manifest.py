"""The manifest is one paste, Slack's own schema takes it; recorded payloads of real workspaces are taken, too."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from adapters.slack.manifest import COMMAND, EVENTS, manifest
from adapters.slack.scopes import NEEDED
from bot.cli import main
from tests.fakes.slack.scopes import BOT_SCOPES
from tests.slack.conftest import Opener

CONFORMANCE = Path(os.environ.get("VIDEOBOT_CONFORMANCE", Path(__file__).parents[3] / "shared" / "conformance"))
HTTP_URL = "https://bot.example.com"


def conformance(name: str) -> Any:
    """A file of Slack's own, if it is there."""
    path = CONFORMANCE / name
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    return json.loads(path.read_text())


@pytest.mark.parametrize("schema", ["slack-manifest-schema-1.0.0.json", "slack-manifest-schema-2.0.0.json"])
@pytest.mark.parametrize("http", [None, HTTP_URL])
def test_slacks_schema_takes_the_manifest(schema: str, http: str | None) -> None:
    jsonschema.Draft7Validator(conformance(schema)).validate(manifest(http))


def test_with_an_address_everything_comes_by_http() -> None:
    made = manifest(HTTP_URL)
    assert made["settings"]["socket_mode_enabled"] is False
    assert made["settings"]["event_subscriptions"]["request_url"] == f"{HTTP_URL}/slack/events"
    assert {command["url"] for command in made["features"]["slash_commands"]} == {f"{HTTP_URL}/slack/events"}
    assert made["oauth_config"]["redirect_urls"] == [f"{HTTP_URL}/slack/oauth_redirect"]
    assert manifest()["settings"]["socket_mode_enabled"] is True
    assert "url" not in manifest()["features"]["slash_commands"][0]


def test_the_scopes_are_those_that_slack_knows_for_what_the_bot_does() -> None:
    assert set(NEEDED) <= BOT_SCOPES
    assert {"app_mention", "message.im"} <= set(EVENTS)


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slack", "manifest"]) == 0
    assert json.loads(capsys.readouterr().out) == manifest()
    assert main(["slack", "manifest", "--http", HTTP_URL, "--name", "clips"]) == 0
    assert json.loads(capsys.readouterr().out) == manifest(HTTP_URL, name="clips")
    assert main(["slack", "manifest", "--http", "http://bot.example.com"]) == 2
    assert "https" in capsys.readouterr().err


def _recorded() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for source, recording in conformance("slack-replay-fixtures.json").items():
        if isinstance(recording, dict):
            yield from (
                (f"{source}:{name}", str(recording["botUserId"]), payload)
                for name, payload in recording.items()
                if isinstance(payload, dict) and ("event" in payload or "command" in payload or "user" in payload)
            )


@pytest.mark.slow
async def test_recorded_payloads_of_real_workspaces_are_acknowledged(open_bot: Opener) -> None:
    recorded = list(_recorded())
    async with open_bot(run_jobs=False) as bot:
        assert bot.slack.http is not None
        for name, their_bot, payload in recorded:
            text = json.dumps(payload).replace(their_bot, bot.team.bot_user_id)
            theirs = payload.get("team_id") or (payload.get("team") or {}).get("id")
            if theirs:
                text = text.replace(str(theirs), bot.team.id)
            body = json.loads(text)
            if "event" in body:
                ack = await bot.slack.http.send("events_api", body)
            elif "command" in body:
                ack = await bot.slack.http.send("slash_commands", {**body, "command": COMMAND})
            else:
                ack = await bot.slack.http.send("interactive", body)
            assert ack.status == 200, name
            assert ack.seconds < 2.0, name
        await bot.quiet()
        assert await bot.jobs() == []
        assert recorded
