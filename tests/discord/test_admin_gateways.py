"""The gateways on Discord: how they stand, switched by buttons and options, and what admins are told by themselves."""

from adapters.cards.card import Verb
from tests.discord.conftest import Opener
from tests.discord.driver import OpenBot, jump

GATEWAYS = "video-admin gateways"


async def test_an_admin_sees_and_switches_by_buttons(bot: OpenBot) -> None:
    shown = await bot.slash(GATEWAYS, user=bot.admin)
    assert shown.private
    assert "**ToAPIs**: takes new videos; it works" in shown.text
    assert "**APIMart**: number 2 for new videos" in shown.text
    used = await bot.press(shown, Verb.GATEWAY_USE, user=bot.admin)
    assert "New videos go to APIMart, then ToAPIs." in used.text
    stopped = await bot.press_raw("v1:gateway-stop:toapis", user=bot.admin)
    assert "New videos go to APIMart. Stopped: ToAPIs." in stopped.text
    assert "APIMart is the only gateway that is on" in (
        await bot.press_raw("v1:gateway-stop:apimart", user=bot.admin)
    ).text.replace("apimart", "APIMart")
    again = await bot.press_raw("v1:gateway-stop:toapis", user=bot.admin)
    await bot.press(again, Verb.GATEWAY_START, user=bot.admin)
    acts = [(row.act, row.subject) for row in await bot.app.service.audit_rows() if "gateway" in row.act]
    assert sorted(acts) == [("gateway off", "toapis"), ("gateway on", "toapis"), ("prefer gateway", "apimart")]


async def test_and_by_options(bot: OpenBot) -> None:
    assert await bot.complete(GATEWAYS, "gateway", user=bot.admin) == ["apimart", "toapis"]
    answer = await bot.slash(GATEWAYS, user=bot.admin, gateway="ToAPIs", act="stop")
    assert "New videos go to APIMart. Stopped: ToAPIs." in answer.text
    assert (
        'There is no gateway "bananas"'
        in (await bot.slash(GATEWAYS, user=bot.admin, gateway="bananas", act="use")).text
    )


async def test_a_member_is_refused_and_audited(bot: OpenBot) -> None:
    for answer in (
        await bot.slash(GATEWAYS, forced=True),
        await bot.slash(GATEWAYS, forced=True, gateway="toapis", act="stop"),
        await bot.press_raw("v1:gateway-stop:toapis"),
    ):
        assert answer.private
        assert answer.text == "Only admins of this bot can do that."
    acts = [row.act for row in await bot.app.service.audit_rows() if "gateway" in row.act]
    assert sorted(acts) == ["refused: gateway stop", "refused: gateway stop", "refused: gateways"]
    assert not bot.app.operations.steering.is_off("toapis")


async def test_admins_are_told_before_an_account_runs_dry_and_see_what_was_taken(open_bot: Opener) -> None:
    async with open_bot(admin_channels=["other"]) as bot:
        balances = bot.app.operations.balances

        async def is_read(times: int) -> bool:
            return len(await balances.series("toapis", 0.0, 1e12)) >= times

        await bot.until_async(lambda: is_read(1))
        bot.sandbox.set_balance(3.5, "toapis")
        jump(bot, 901)
        await bot.until(lambda: bot.posts(bot.other_channel))
        (told,) = bot.posts(bot.other_channel)
        assert told.text == "ToAPIs: the account runs dry, $3.50 is left. Add money there."
        assert "APIMart: the account" not in told.text
        usage = await bot.slash("video-admin usage", user=bot.admin, by="model")
        assert "ToAPIs took $96.50; videobot booked $0.00, which is $96.50 less." in usage.text
