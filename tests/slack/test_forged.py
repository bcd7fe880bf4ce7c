"""What an app of somebody else's, an old version, or a broken client could send does no harm."""

import json
from typing import Any

import pytest

from adapters.slack.files import SlackFiles
from adapters.slack.forms import Meta
from tests.slack.conftest import Opener


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        "form",
        {},
        {"kind": "another"},
        {"kind": "video", "unknown": 1},
        {"kind": "video", "channel": 5},
        {"kind": "video", "stamp": "1"},
        {"kind": "video", "is_direct": "yes"},
        {"kind": "edit", "kept": ["nobody"]},
        {"kind": "edit", "kept": 5},
    ],
)
def test_private_metadata_that_is_none_of_ours_is_no_form(found: Any) -> None:
    assert Meta.of(json.dumps(found)) is None


@pytest.mark.parametrize(
    ("url", "is_trusted"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.png", True),
        ("https://FILES.slack.com:443/files-pri/T1-F1/a.png", True),
        ("http://files.slack.com/files-pri/T1-F1/a.png", False),
        ("https://files.slack.com:8443/a.png", False),
        ("https://files.slack.com.evil.example/a.png", False),
        ("https://files.slack.com@evil.example/a.png", False),
        ("https://evil.example@files.slack.com/a.png", False),
        ("https://evil.example\\@files.slack.com/a.png", False),
        ("https://169.254.169.254/latest", False),
        ("https://[::1", False),
        ("file:///etc/passwd", False),
        ("//files.slack.com/a.png", False),
        ("", False),
    ],
)
def test_the_token_is_sent_to_slacks_file_host_and_no_other(url: str, is_trusted: bool) -> None:
    files = SlackFiles(None, None, None, ("files.slack.com",))  # type: ignore[arg-type] # it only looks at the address
    assert files._is_trusted(url) is is_trusted


@pytest.mark.parametrize("action_id", ["v1:again:", "v1:again:nothing", "v1:delete_sure:../../x", "v1::", "", "v1:x:y"])
async def test_a_button_with_a_made_up_id_changes_nothing(open_bot: Opener, action_id: str) -> None:
    async with open_bot(run_jobs=False) as bot:
        button = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "value": "x"}
        if action_id:
            button["action_id"] = action_id
        blocks = [{"type": "actions", "block_id": "b", "elements": [button]}]
        message = bot.team.post(bot.general, text="made up", blocks=blocks)
        await bot.anna.press(message, "Go")
        await bot.quiet()
        assert await bot.jobs() == []
        assert await bot.open_events() == 0
        assert not message.deleted
