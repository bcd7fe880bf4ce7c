"""A bot that serves while what it needs goes away and comes back, and somebody who asks it how it is."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from bot.cli import main
from bot.serving import Serving

AskHealth = Callable[[Serving], Coroutine[Any, Any, str]]


@pytest.fixture
def ask_health(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> AskHealth:
    """What `videobot health --ready` prints about this bot."""

    async def ask(server: Serving) -> str:
        assert server.address is not None
        monkeypatch.setenv("VIDEOBOT_HTTP_PORT", server.address.rpartition(":")[2])
        await asyncio.to_thread(main, ["health", "--ready"])
        return capsys.readouterr().out

    return ask
