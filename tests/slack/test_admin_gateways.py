"""The gateways on Slack: how they stand, switched by words and buttons, and what admins are told by themselves."""

import pytest

from bot.balance_news import watch_of
from tests.slack.conftest import Opener
from tests.slack.driver import SlackBot

pytestmark = pytest.mark.slow


async def test_an_admin_sees_and_switches(bot: SlackBot) -> None:
    await bot.root.slash("/video-admin", "gateways", bot.general)
    shown = await bot.told(bot.root, "number 2 for new videos")
    assert "ToAPIs: takes new videos" in shown.text_read
    await bot.root.press(shown, "Use APIMart")
    await bot.told(bot.root, "New videos go to APIMart, then ToAPIs.")
    await bot.root.slash("/video-admin", "gateways stop toapis", bot.general)
    await bot.told(bot.root, "New videos go to APIMart. Stopped: ToAPIs.")
    await bot.root.slash("/video-admin", "gateways stop", bot.general)
    await bot.told(bot.root, "After gateways comes use, start or stop")
    acts = [(row.act, row.subject) for row in await bot.app.service.audit_rows() if "gateway" in row.act]
    assert sorted(acts) == [("gateway off", "toapis"), ("prefer gateway", "apimart")]


async def test_a_member_is_refused_and_audited(bot: SlackBot) -> None:
    await bot.ben.slash("/video-admin", "gateways", bot.general)
    await bot.told(bot.ben, "Only admins of this bot can do that.")
    await bot.anna.slash("/video-admin", "gateways stop toapis", bot.general)
    await bot.told(bot.anna, "Only admins of this bot can do that.")
    acts = [row.act for row in await bot.app.service.audit_rows() if "gateway" in row.act]
    assert sorted(acts) == ["refused: gateway stop", "refused: gateways"]


async def test_admins_are_told_before_an_account_runs_dry(open_bot: Opener) -> None:
    async with open_bot(slack_admin_channels=("admins",)) as bot:
        bot.sandbox.set_balance(0.0, "apimart")
        await watch_of(bot.app, bot.announcing).look()
        room = bot.team.channel_named("admins")
        told = await bot.posted("out of credit", room)
        assert told.text_read.startswith("APIMart: the account is out of credit")
