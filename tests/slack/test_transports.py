"""Socket Mode and HTTP: one app behind both; silence is noticed, forgeries are not taken."""

import io

import aiohttp
import pytest
from pydantic import SecretStr

from bot.settings import SettingsError
from bot.side import SideError
from tests.slack.conftest import Opener
from tests.slack.driver import HTTP, SOCKETS


async def test_two_sockets_are_open_and_healthy(open_bot: Opener) -> None:
    async with open_bot(transport=SOCKETS) as bot:
        await bot.until(lambda: len(bot.slack.sockets.connections) == 2)
        assert bot.side.healthy
    assert bot.slack.sockets.connections == []


@pytest.mark.slow
async def test_a_refresh_of_one_socket_loses_nothing(open_bot: Opener) -> None:
    async with open_bot(transport=SOCKETS) as bot:
        await bot.until(lambda: len(bot.slack.sockets.connections) == 2)
        await bot.slack.sockets.refresh(bot.slack.sockets.connections[0])
        await bot.anna.slash("/video", "a cat", bot.general)
        await bot.until(lambda: len(bot.slack.sockets.connections) == 2)
        await bot.result()


@pytest.mark.slow
async def test_silent_sockets_are_noticed_and_made_anew(open_bot: Opener) -> None:
    async with open_bot(transport=SOCKETS, ping_every=0.5) as bot:
        await bot.until(lambda: len(bot.slack.sockets.connections) == 2)
        before = bot.slack.sockets.opened
        bot.slack.sockets.go_silent()
        await bot.until(lambda: bot.slack.sockets.opened >= before + 2, 30)
        assert len([each for each in bot.slack.sockets.connections if not each.silent]) == 2
        await bot.anna.slash("/video", "a cat", bot.general)
        await bot.result()


@pytest.mark.slow
async def test_dropped_sockets_come_back(open_bot: Opener) -> None:
    async with open_bot(transport=SOCKETS, ping_every=0.5) as bot:
        await bot.until(lambda: len(bot.slack.sockets.connections) == 2)
        bot.slack.sockets.drop()
        await bot.until(lambda: len(bot.slack.sockets.connections) == 2, 30)
        await bot.anna.slash("/video", "quota", bot.general)
        await bot.told(bot.anna, "no limits")


async def test_both_transports_at_once(open_bot: Opener) -> None:
    async with open_bot(transport=SOCKETS, slack_signing_secret=SecretStr("fake-signing-secret"), slack_port=0) as bot:
        await bot.anna.slash("/video", "quota", bot.general)
        await bot.told(bot.anna, "no limits")
        bot.slack.deliver_over_http(f"{bot.url}/slack/events")
        await bot.ben.slash("/video", "quota", bot.general)
        await bot.told(bot.ben, "no limits")


async def test_a_bad_signature_and_an_old_timestamp_are_refused(open_bot: Opener) -> None:
    async with open_bot(transport=HTTP) as bot:
        assert bot.slack.http is not None
        bot.slack.http.wrong_signature = True
        message = await bot.anna.says(bot.general, "<@BOT> a boat")
        assert [ack.status for event in message.events for ack in event.acks] == [401]
        bot.slack.http.wrong_signature = False
        bot.slack.http.timestamp_shift_s = -301
        message = await bot.anna.says(bot.general, "<@BOT> a boat")
        assert [ack.status for event in message.events for ack in event.acks] == [401]
        assert await bot.open_events() == 0
        assert bot.general.from_bot == []
        assert (await bot.slack.verify_url()).error


async def test_slacks_handshake_and_the_health_page(open_bot: Opener) -> None:
    async with open_bot(transport=HTTP) as bot:
        ack = await bot.slack.verify_url()
        assert ack.body == {"challenge": "prove-it"}
        async with aiohttp.ClientSession() as session, session.get(f"{bot.url}/health") as answer:
            assert answer.status == 200


async def test_a_huge_body_is_not_read(open_bot: Opener) -> None:
    body = io.BytesIO(b"x" * (2 * 1024 * 1024))
    async with (
        open_bot(transport=HTTP) as bot,
        aiohttp.ClientSession() as session,
        session.post(f"{bot.url}/slack/events", data=body) as answer,
    ):
        assert answer.status == 413


async def test_events_nobody_asked_for_are_acknowledged(open_bot: Opener) -> None:
    async with open_bot(transport=HTTP) as bot:
        for kind in ("file_change", "channel_archive", "reaction_added"):
            bot.slack.subscriptions |= {kind}
            event = await bot.slack.events.send(bot.team, {"type": kind}, kind=kind)
            assert event.acked
        await bot.anna.message_shortcut("of_another_version", await bot.anna.says(bot.general, "hello"))
        await bot.anna.global_shortcut("of_another_version")


@pytest.mark.parametrize("which", ["slack_bot_token", "slack_app_token"])
async def test_a_token_slack_refuses_stops_the_start_with_a_sentence(open_bot: Opener, which: str) -> None:
    with pytest.raises(SideError, match="copy it once more"):
        async with open_bot(transport=SOCKETS, **{which: SecretStr("xoxb-wrong")}):
            pass


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"slack_signing_secret": None, "slack_app_token": None}, "no way in"),
        ({"slack_bot_token": None}, "SLACK_BOT_TOKEN is not set"),
        ({"slack_client_id": "1.2"}, "belong together"),
    ],
)
async def test_settings_that_cannot_be_meant_are_named(open_bot: Opener, options: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        async with open_bot(transport=HTTP, **options):
            pass


@pytest.mark.slow
async def test_429_on_every_second_call_ends_well(open_bot: Opener) -> None:
    async with open_bot(transport=HTTP) as bot:
        for method in ("chat.postMessage", "chat.update", "files.info", "conversations.info"):
            bot.slack.rate_limit(method, every=2)
        await bot.anna.slash("/video", "a cat", bot.general)
        await bot.result()
        assert len(bot.results()) == len(bot.statuses()) == 1


async def test_bodies_nobody_sends_are_turned_away(open_bot: Opener) -> None:
    async with open_bot(transport=HTTP) as bot, aiohttp.ClientSession() as http:
        for body, status in ((b"x" * (1024 * 1024 + 1), 413), (b"\xff\xfe", 400), (b"text=hello", 401)):
            async with http.post(f"{bot.url}/slack/events", data=io.BytesIO(body)) as answer:
                assert answer.status == status
        async with http.get(f"{bot.url}/slack/events") as answer:
            assert answer.status == 405
        async with http.get(f"{bot.url}/health") as answer:
            assert await answer.json() == {"ok": True}
