"""A plain Bolt app against the fake Slack, over Socket Mode and over signed HTTP."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import Channel, FakeSlack, Person, Team


@dataclass
class World:
    """One workspace, one person, one channel, and a client with the bot's token."""

    slack: FakeSlack
    team: Team
    anna: Person
    general: Channel
    client: AsyncWebClient
    start: Callable[[AsyncApp], Awaitable[Any]]

    def app(self, **more: Any) -> AsyncApp:
        """An unmodified Bolt app that knows this Slack only by its base URL."""
        return AsyncApp(client=self.client, signing_secret=self.slack.signing_secret, **more)


@asynccontextmanager
async def http_server(app: AsyncApp) -> AsyncIterator[str]:
    """The app's Request URL."""

    async def dispatch(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    server = web.Application()
    server.router.add_post("/slack/events", dispatch)
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def socket_mode(slack: FakeSlack, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    """One Socket Mode connection of the app."""
    handler = AsyncSocketModeHandler(app, slack.app_token, ping_interval=0.2)
    await handler.connect_async()
    try:
        yield handler
    finally:
        await handler.close_async()


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        yield slack


@pytest.fixture(params=["sockets", "http"])
async def transport(request: pytest.FixtureRequest) -> str:
    """The way to the app; a test that does not ask for it has Socket Mode."""
    return str(request.param)


@pytest.fixture
async def world(slack: FakeSlack, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    over_http = "transport" in request.fixturenames and request.getfixturevalue("transport") == "http"
    team = slack.add_team("Acme")
    anna = team.add_user("anna")
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        # Without the SDK's default retry of connection errors, so that a test sees each one.
        client = AsyncWebClient(team.bot_token, base_url=slack.api_base, session=session, retry_handlers=[])

        async def start(app: AsyncApp) -> Any:
            if over_http:
                return slack.deliver_over_http(await stack.enter_async_context(http_server(app)))
            handler = await stack.enter_async_context(socket_mode(slack, app))
            await slack.until(lambda: slack.sockets.connections)
            return handler

        yield World(slack, team, anna, team.add_channel("general"), client, start)
