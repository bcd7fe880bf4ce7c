"""Socket Mode: several connections, refreshes, dead ones, tickets, retries."""

from typing import Any

import aiohttp
import pytest

from tests.fakes.slack import SlackSays
from tests.slack.fake.conftest import World, socket_mode


async def test_each_envelope_goes_to_one_of_the_connections(world: World) -> None:
    app = world.app()
    used: list[str] = []

    @app.command("/video")
    async def video(ack: Any, command: Any) -> None:
        used.append(command["text"])
        await ack()

    async with socket_mode(world.slack, app), socket_mode(world.slack, app):
        await world.slack.until(lambda: len(world.slack.sockets.connections) == 2)
        for number in range(4):
            await world.anna.slash("/video", str(number), world.general)
        assert used == ["0", "1", "2", "3"]
        assert [len(c.received) for c in world.slack.sockets.connections] == [2, 2]
    await world.slack.until(lambda: not world.slack.sockets.connections)
    with pytest.raises(SlackSays, match="dispatch_failed"):
        await world.anna.slash("/video", "nobody there", world.general)


async def test_a_refresh_and_a_cut_are_followed_by_a_new_connection(world: World) -> None:
    sockets = world.slack.sockets
    await world.start(world.app())
    await sockets.warn()
    await sockets.refresh()
    await world.slack.until(lambda: sockets.connections and sockets.opened == 2)
    sockets.drop()
    assert sockets.connections == []
    await world.slack.until(lambda: sockets.connections and sockets.opened == 3)
    assert world.slack.complaints == []


async def test_a_silent_connection_looks_open_until_the_app_notices(world: World) -> None:
    sockets = world.slack.sockets
    sockets.ack_timeout_s = 0.1
    app = world.app()

    @app.event("app_mention")
    async def mention() -> None:
        pass

    handler = await world.start(app)
    await world.slack.until(lambda: sockets.connections[0].pings)
    sockets.go_silent()
    message = await world.anna.says(world.general, "<@BOT> hello?")
    (event,) = message.events
    assert [ack.error for ack in event.acks] == ["operation_timeout"]
    await world.slack.until(lambda: sockets.opened == 2)  # four missed pongs: the SDK connects anew
    await world.slack.until(lambda: any(not connection.silent for connection in sockets.connections))
    for connection in [c for c in sockets.connections if c.silent]:
        sockets.drop(connection)
    assert await world.slack.retry_unacked() == [event]
    assert event.acked
    assert await world.slack.retry_unacked() == []
    assert await handler.client.is_connected()


async def test_a_ticket_opens_one_connection(world: World) -> None:
    url = (await world.client.apps_connections_open(app_token=world.slack.app_token))["url"]
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            assert (await socket.receive_json())["type"] == "hello"
            await socket.send_json({"envelope_id": "nobody knows it"})
            await world.slack.until(lambda: world.slack.sockets.wrong)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_there_are_at_most_ten_connections(world: World) -> None:
    async with aiohttp.ClientSession() as session:
        opened, said = [], []
        for _ in range(11):
            url = (await world.client.apps_connections_open(app_token=world.slack.app_token))["url"]
            socket = await session.ws_connect(url)
            opened.append(socket)
            said.append(await socket.receive_json())
        assert [hello["type"] for hello in said] == ["hello"] * 10 + ["disconnect"]
        assert said[-1]["reason"] == "too_many_websockets"
