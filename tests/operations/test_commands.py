"""`videobot gateways` and `videobot health` as a person types them."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.cli import main
from tests.operations.stage import Stage, stage


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOGNAME", "root")
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


async def command(bot: Stage, monkeypatch: pytest.MonkeyPatch, *args: str) -> int:
    """A command with the settings of this bot, in a thread, as if it were another process."""
    settings, port = bot.app.settings, str(bot.server.address).rpartition(":")[2]
    for name, value in {
        "VIDEOBOT_DATA_DIR": str(settings.data_dir),
        "VIDEOBOT_HTTP_PORT": port,
        "TOAPIS_API_KEY": "sandbox-key",
        "TOAPIS_BASE_URL": settings.toapis_base_url,
        "APIMART_API_KEY": "sandbox-key",
        "APIMART_BASE_URL": settings.apimart_base_url,
        "VIDEOBOT_DATABASE_URL": settings.database,
    }.items():
        monkeypatch.setenv(name, value)
    return await asyncio.to_thread(main, list(args))


async def test_health_is_asked_from_the_command_line(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stage(here) as bot:
        assert await command(bot, monkeypatch, "health") == 0
        assert capsys.readouterr().out == "ok    engine: It turns.\n"
        assert await command(bot, monkeypatch, "health", "--ready", "--json") == 0
        assert set(json.loads(capsys.readouterr().out)["checks"]) == {"database", "engine", "gateways"}
        assert bot.app.engine is not None
        await bot.app.engine.stop()
        assert await command(bot, monkeypatch, "health") == 1
        assert "FAIL  engine" in capsys.readouterr().out
    assert main(["health"]) == 1
    assert "No bot answers" in capsys.readouterr().err
    monkeypatch.delenv("VIDEOBOT_HTTP_PORT")
    assert main(["health"]) == 2
    assert "VIDEOBOT_HTTP_PORT is not set" in capsys.readouterr().err


async def test_gateways_are_shown_and_switched(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stage(here) as bot:
        assert await command(bot, monkeypatch, "gateways") == 0
        shown = capsys.readouterr().out
        assert "ToAPIs" in shown
        assert "it works" in shown
        assert "$100" in shown
        assert await command(bot, monkeypatch, "gateways", "prefer", "apimart") == 0
        assert capsys.readouterr().out == "New jobs go to APIMart, then ToAPIs.\n"
        assert await command(bot, monkeypatch, "gateways", "off", "toapis", "--json") == 0
        assert json.loads(capsys.readouterr().out) == {
            "ok": True,
            "order": ["apimart"],
            "off": ["toapis"],
            "models_off": ["v3", "o1"],
        }
        assert await command(bot, monkeypatch, "gateways", "off", "apimart") == 1
        assert "only gateway" in capsys.readouterr().err
        assert await command(bot, monkeypatch, "gateways", "on", "nowhere") == 2
        assert 'There is no gateway "nowhere"; the gateways here are toapis and apimart.' in capsys.readouterr().err
        assert await command(bot, monkeypatch, "gateways", "--json") == 0
        rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["gateways"]}
        assert rows["toapis"]["off"]
        assert rows["apimart"]["place"] == 1
        assert rows["apimart"]["running_bot"]["failed"] == 0
