"""No token and nothing people said is in a log line, also when every logger says all it can."""

import logging

import pytest

from tests.slack.conftest import Opener
from tests.slack.driver import HTTP, SOCKETS, picture

CANARY = "zebra-canary-prompt"


async def test_bolt_leaves_the_bots_own_log_alone(open_bot: Opener) -> None:
    async with open_bot(run_jobs=False) as bot:
        await bot.anna.slash("/video", "quota", bot.general)
        await bot.quiet()
        assert logging.getLogger("videobot").level == logging.NOTSET
        assert logging.getLogger("videobot.slack").isEnabledFor(logging.WARNING)


@pytest.mark.slow
@pytest.mark.parametrize("transport", [HTTP, SOCKETS])
async def test_the_log_tells_nothing_of_people(
    open_bot: Opener, transport: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with open_bot(transport=transport) as bot:
            await bot.anna.slash("/video", f"{CANARY} --v3 --7s", bot.general)
            await bot.told(bot.anna, "cannot be made as asked")
            await bot.anna.says(bot.general, f"<@BOT> {CANARY}", files=[picture()])
            offer = await bot.posted("Press Start")
            await bot.anna.press(offer, offer.button_texts[0])
            result = await bot.result()
            bot.slack.fault("conversations.info", status=500)
            bot.slack.fault("response_url", status=500)
            bot.slack.fault("views.open", error="internal_error")
            await bot.anna.press(result, "Edit")
            await bot.anna.slash("/video", CANARY, bot.team.add_channel("more"))
            await bot.quiet()
            token = bot.team.bot_token
    told = [record for record in caplog.records if not record.name.startswith("aiosqlite")]
    said = "\n".join(f"{record.name} {record.getMessage()} {record.exc_text or ''}" for record in told)
    for secret in (CANARY, token, "xapp-1-A0FAKEAPP-1-fake", "fake-signing-secret", "ticket-"):
        where = next((line for line in said.splitlines() if secret in line), "")
        assert not where, f"{secret} in: {where[:200]}"
