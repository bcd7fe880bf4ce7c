"""Events by HTTP: one address Slack calls, signed, and the pages that install the bot in further workspaces."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.slack.manifest import EVENTS_PATH, INSTALL_PATH, REDIRECT_PATH
from adapters.slack.trouble import TroubleError, tried
from bot.generation.ports import StoreError

log = logging.getLogger("videobot.slack")

Answer = Callable[[AsyncOAuthFlow, AsyncBoltRequest], Awaitable[BoltResponse]]

MOST_BYTES = 1024 * 1024  # of a body; Slack's own are far smaller
ENDS_WITHIN = 5.0  # seconds requests under way have at the end
HEALTH_PATH = "/health"


@dataclass
class SlackWeb:
    """The server, from `start` to `stop`. Port 0 takes any that is free."""

    app: AsyncApp
    host: str
    port: int
    _runner: web.AppRunner | None = None

    @property
    def healthy(self) -> bool:
        """Whether it listens."""
        return self._runner is not None and bool(self._runner.addresses)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens. Raises RuntimeError before `start`."""
        if self._runner is None or not self._runner.addresses:
            raise RuntimeError("the server was not started")
        host, port = self._runner.addresses[0][:2]
        return str(host), int(port)

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        server = web.Application(client_max_size=MOST_BYTES)
        server.router.add_post(EVENTS_PATH, self._event)
        server.router.add_get(HEALTH_PATH, self._health)
        if self.app.oauth_flow is not None:
            server.router.add_get(INSTALL_PATH, self._install)
            server.router.add_get(REDIRECT_PATH, self._come_back)
        runner = web.AppRunner(server, access_log=None, shutdown_timeout=ENDS_WITHIN)
        await runner.setup()
        try:
            await web.TCPSite(runner, self.host, self.port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner

    async def stop(self) -> None:
        """Finish the requests under way."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _event(self, request: web.Request) -> web.Response:
        return await to_aiohttp_response(await self.app.async_dispatch(await to_bolt_request(request)))

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def _install(self, request: web.Request) -> web.Response:
        return await self._page(request, lambda flow, asked: flow.handle_installation(asked))

    async def _come_back(self, request: web.Request) -> web.Response:
        return await self._page(request, lambda flow, asked: flow.handle_callback(asked))

    async def _page(self, request: web.Request, answer: Answer) -> web.Response:
        flow = self.app.oauth_flow
        if flow is None:
            raise web.HTTPNotFound
        try:
            return await to_aiohttp_response(await tried(answer(flow, await to_bolt_request(request))))
        except (TroubleError, StoreError) as error:
            log.warning("the bot could not be installed in a workspace: %s", error)
            raise web.HTTPServiceUnavailable(text="That did not work now. Try again in a minute.") from None
