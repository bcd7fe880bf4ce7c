"""Installing, refusing, removing and installing again, with Bolt's own OAuth flow."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store import FileInstallationStore
from slack_sdk.oauth.state_store import FileOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import FakeSlack
from tests.slack.fake.conftest import World
from tests.slack.fake.errors import refusal

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")  # inside slack_sdk

SCOPES = ["commands", "chat:write"]


@asynccontextmanager
async def installable(slack: FakeSlack, client: AsyncWebClient, folder: Path) -> AsyncIterator[str]:
    """A Bolt app with OAuth: the URL of its install page."""
    settings = AsyncOAuthSettings(
        client_id=slack.client_id,
        client_secret=slack.client_secret,
        scopes=SCOPES,
        authorization_url=slack.authorize_url,
        installation_store=FileInstallationStore(base_dir=str(folder / "installs")),
        state_store=FileOAuthStateStore(expiration_seconds=60, base_dir=str(folder / "states")),
    )
    app = AsyncApp(client=client, signing_secret=slack.signing_secret, oauth_settings=settings)
    flow = app.oauth_flow
    assert flow is not None

    @app.command("/video")
    async def video(ack: Any, client: Any) -> None:
        await ack((await client.auth_test())["team"])

    async def install(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await flow.handle_installation(await to_bolt_request(request)))

    async def callback(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await flow.handle_callback(await to_bolt_request(request)))

    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    server = web.Application()
    server.router.add_get("/slack/install", install)
    server.router.add_get("/slack/oauth_redirect", callback)
    server.router.add_post("/slack/events", events)
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    slack.redirect_uri = f"{base}/slack/oauth_redirect"
    slack.deliver_over_http(f"{base}/slack/events")
    try:
        yield f"{base}/slack/install"
    finally:
        await runner.cleanup()


async def test_two_workspaces_install_the_app_and_one_removes_it(world: World, tmp_path: Path) -> None:
    slack = world.slack
    first, second = slack.add_team("First", installed=False), slack.add_team("Second", installed=False)
    anna, bob = first.add_user("anna"), second.add_user("bob")
    client = AsyncWebClient(base_url=slack.api_base, session=world.client.session)
    async with installable(slack, client, tmp_path) as url:
        _, page = await anna.installs(url, allow=False)
        assert "access_denied" in page or "cancel" in page.lower()
        assert first.bot_token == ""
        assert (await anna.installs(url))[0] == 200
        assert (await bob.installs(url))[0] == 200
        assert first.scopes == set(SCOPES)
        for team, person in ((first, anna), (second, bob)):
            used = await person.slash("/video", "", team.add_channel("general"))
            assert used.ack_body == {"text": team.name}
        old = first.bot_token
        gone, revoked = await first.uninstall()
        assert len(gone.acks) == len(revoked.acks) == 1
        assert await refusal(client.auth_test(token=old)) == "account_inactive"
        assert (await anna.installs(url))[0] == 200
        assert first.bot_token != old
        assert await refusal(client.auth_test(token=old)) == "account_inactive"


async def test_a_code_is_used_once_and_with_the_right_secret(world: World) -> None:
    client, slack = world.client, world.slack
    access = {"client_id": slack.client_id, "client_secret": slack.client_secret}
    assert await refusal(client.oauth_v2_access(**access, code="wrong")) == "invalid_code"
    assert await refusal(client.oauth_v2_access(**(access | {"client_secret": "x"}), code="c")) == "bad_client_secret"
    assert await refusal(client.oauth_v2_access(**(access | {"client_id": "x"}), code="c")) == "invalid_client_id"
