"""Signed HTTP delivery: signatures, old timestamps, handshakes, unreachable apps."""

from typing import Any

import pytest

from tests.fakes.slack import SlackSays
from tests.slack.fake.conftest import World, http_server


async def test_bolt_refuses_wrong_signatures_and_old_timestamps(world: World) -> None:
    app = world.app()

    @app.command("/video")
    async def video(ack: Any) -> None:
        await ack("fine")

    async with http_server(app) as url:
        http = world.slack.deliver_over_http(url)
        assert (await world.anna.slash("/video", "", world.general)).ack_body == {"text": "fine"}
        http.wrong_signature = True
        with pytest.raises(SlackSays, match="http_client_error"):
            await world.anna.slash("/video", "", world.general)
        http.wrong_signature, http.timestamp_shift_s = False, -301
        with pytest.raises(SlackSays, match="http_client_error"):
            await world.anna.slash("/video", "", world.general)
        http.timestamp_shift_s = 0
        challenge = await world.slack.verify_url()
        assert challenge.body == {"challenge": "prove-it"}


async def test_events_of_an_unreachable_app_are_tried_again_when_asked(world: World) -> None:
    app = world.app()
    seen: list[str] = []

    @app.event("app_mention")
    async def mention(body: Any) -> None:
        seen.append(body["event_id"])

    async with http_server(app) as url:
        world.slack.deliver_over_http(url)
    message = await world.anna.says(world.general, "<@BOT> hi")
    assert [ack.error for ack in message.events[0].acks] == ["dispatch_failed"]
    with pytest.raises(SlackSays, match="dispatch_failed"):
        await world.anna.slash("/video", "", world.general)
    async with http_server(app) as url:
        world.slack.deliver_over_http(url)
        await world.slack.retry_unacked()
        assert message.events[0].acked
        unhandled = await world.anna.says(world.team.im(world.anna), "nobody listens")
        assert [(ack.error, ack.status) for ack in unhandled.events[0].acks] == [("http_client_error", 404)]


async def test_what_the_bot_posts_comes_back_to_subscribers(world: World) -> None:
    app = world.app(ignoring_self_events_enabled=False)
    seen: list[str] = []

    @app.event("message")
    async def message(event: Any) -> None:
        seen.append(event.get("subtype") or event["text"])

    async with http_server(app) as url:
        world.slack.deliver_over_http(url)
        channel = world.team.im(world.anna).id
        posted = await world.client.chat_postMessage(channel=channel, text="hello")
        await world.slack.until(lambda: len(world.slack.events.sent) == 1)
        await world.client.chat_update(channel=channel, ts=posted["ts"], text="hello again")
        await world.slack.until(lambda: len(world.slack.events.sent) == 2)
        hers = await world.anna.says(world.team.im(world.anna), "hm")
        await world.anna.edits(hers, "hmm")
        await world.anna.deletes(hers)
        await world.slack.until(lambda: all(event.acked for event in world.slack.events.sent))
    assert sorted(seen) == sorted(["hello", "message_changed", "hm", "message_changed", "message_deleted"])
