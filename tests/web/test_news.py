"""What admins are told without asking: a nearly full limit, a video that waits for them."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.gateways.sandbox import SandboxGateway
from bot.app import App
from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
from bot.generation.prompt_rules import RuleAction, RuleKind
from bot.serving import serving
from bot.web_side import WebSide
from tests.fakes.clocks import FastClock
from tests.fakes.house import settings_for
from tests.web.driver import SPEED, PageBot


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[PageBot]:
    """Everything that `videobot run` starts, with the page."""
    clock = FastClock(SPEED, time.time())
    async with SandboxGateway(speed=float("inf"), rate_limits=False, render=False, clock=clock.now) as sandbox:
        bot = PageBot(tmp_path, sandbox, {}, clock=clock)
        settings = settings_for(tmp_path, sandbox, web=True, web_port=0)
        async with serving(settings, clock=clock) as server:
            (side,) = server.sides
            assert isinstance(side, WebSide)
            bot.app, bot.side, bot.url = server.app, side, side.url.rstrip("/")
            yield bot


async def _limited(app: App) -> None:
    one = Limit(Scope(ScopeKind.EVERYONE, "*"), Unit.VIDEOS, Window.DAY, 1)
    await app.service.set_limit(one, "test")


async def test_the_admin_sees_a_nearly_full_limit_and_members_do_not(served: PageBot) -> None:
    await _limited(served.app)
    async with served.person("anna") as anna, served.person("ada") as ada:
        await anna.say("/video waves")
        await ada.sees("1 video a day")
        assert 'id="news-' not in await anna.look()
        await ada.say("/quota")
        assert 'id="news-' in await ada.look()


async def test_a_video_that_waits_is_approved_where_it_is_told(served: PageBot) -> None:
    await served.app.service.add_prompt_rule("*", RuleKind.WORDS, "waves", RuleAction.APPROVE, "test")
    async with served.person("anna") as anna, served.person("ada") as ada:
        await anna.say("/video waves")
        await ada.sees("Approve")
        (job,) = await served.jobs()
        await ada.press("approve", job.id, f"news-ada-{job.id}")
        await served.job()
        await anna.sees("Again")


async def test_the_page_names_no_command_it_does_not_have(served: PageBot) -> None:
    async with served.person("ada") as ada:
        await ada.say("/help")
        page = await ada.sees("The dashboard")
        assert "Drop a picture" in page
        assert "/video-admin" not in page
