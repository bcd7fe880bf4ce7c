"""The systemd unit of docs/operations.md starts what is installed, with settings that can be read."""

import re
import shlex
import tomllib
from configparser import RawConfigParser
from pathlib import Path

import pytest

from bot.distributed import SENDING_GRACE
from bot.settings import load_settings
from tests.docs.collecting import Kind, collected
from tests.docs.pages import ROOT, page_of
from tests.docs.shell import is_whole, path_of

PAGE = page_of(ROOT / "docs" / "operations.md")
BLOCKS = {block.language: "\n".join(block.lines) for block in PAGE.blocks if block.at.heading == "Without a container"}


@pytest.fixture
def unit() -> RawConfigParser:
    found = RawConfigParser(comment_prefixes="#", delimiters="=")
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string(BLOCKS["systemd"])
    return found


def test_it_starts_a_command_that_there_is_where_make_puts_it(unit: RawConfigParser) -> None:
    program, config, *words = shlex.split(unit["Service"]["ExecStart"])
    assert program == "/opt/videobot/.venv/bin/videobot"
    assert "`/opt/videobot`" in (ROOT / PAGE.path).read_text(encoding="utf-8")
    assert re.search(r"^VENV \?= \.venv$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert path_of(words) == "run"
    assert is_whole(words)
    typed = [found.text for found in collected() if found.kind is Kind.SHELL and found.text.startswith("sudo -u")]
    assert any(f"{program} {config} check" in text for text in typed)


def test_its_settings_are_settings_and_its_data_lie_where_it_may_write(
    unit: RawConfigParser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("VIDEOBOT_DATA_DIR", "VIDEOBOT_HTTP_PORT", "DISCORD_TOKEN", "TOAPIS_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    written = tomllib.loads(BLOCKS["toml"])
    config = tmp_path / "videobot.toml"
    config.write_text(BLOCKS["toml"].replace('"..."', '"a-token-of-somebody"'), encoding="utf-8")
    settings = load_settings(config)
    assert settings.http_port == written["http_port"]
    assert settings.discord_token is not None
    assert settings.discord_token.get_secret_value() == "a-token-of-somebody"
    service = unit["Service"]
    assert str(settings.data_dir) == service["ReadWritePaths"] == service["WorkingDirectory"]


def test_it_is_not_root_and_its_stop_waits_for_a_create_in_the_air(unit: RawConfigParser) -> None:
    assert unit["Service"]["User"] == "videobot"
    assert int(unit["Service"]["TimeoutStopSec"]) >= SENDING_GRACE + 30
    assert unit["Service"]["Restart"] == "always"
