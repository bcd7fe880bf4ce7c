"""docs/slack.md says what is so: its commands run, its settings exist, its permissions are those that are asked for."""

import json
import re
import shlex
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from adapters.cards.card import plain
from adapters.cards.help_card import help_card
from adapters.slack.manifest import manifest
from adapters.slack.scopes import NEEDED
from bot.cli import main
from bot.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "slack.md").read_text(encoding="utf-8")
COMMANDS = sorted({command.partition(" >")[0] for command in re.findall(r"`(videobot slack [^`]+)`", PAGE)})


def run(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What it prints."""
    assert main(shlex.split(command)[1:]) == 0
    return capsys.readouterr().out


def test_the_commands_that_need_no_slack_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert COMMANDS == [
        "videobot slack key",
        "videobot slack manifest",
        "videobot slack manifest --http https://bot.example.com",
    ]
    Fernet(run(COMMANDS[0], capsys).strip())
    assert json.loads(run(COMMANDS[1], capsys)) == manifest()
    assert json.loads(run(COMMANDS[2], capsys)) == manifest("https://bot.example.com")


def test_every_setting_it_names_is_one() -> None:
    known = {str(field.validation_alias or f"VIDEOBOT_{name.upper()}") for name, field in Settings.model_fields.items()}
    named = set(re.findall(r"\b(?:SLACK|VIDEOBOT)_[A-Z_]+\b", PAGE))
    assert named <= known
    assert {name for name in known if name.startswith("SLACK_")} <= named


def test_every_permission_is_there_with_what_it_is_for() -> None:
    assert dict(re.findall(r"^\| `([a-z._]+:?[a-z.]*)` \| (.+) \|$", PAGE, re.M)) == dict(NEEDED)


def test_help_names_the_commands_that_slack_knows() -> None:
    said = plain(help_card("slack"))
    assert "/video jobs" in said
    assert "/video quota" in said
