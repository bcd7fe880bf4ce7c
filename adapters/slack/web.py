"""Events by HTTP (ASGI): one address Slack calls, signed, and the pages that install the bot in further workspaces."""

import logging
from collections.abc import Awaitable, Callable

from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from adapters.slack.manifest import EVENTS_PATH, INSTALL_PATH, REDIRECT_PATH
from adapters.slack.trouble import TroubleError, tried
from bot.generation.ports import StoreError

log = logging.getLogger("videobot.slack")

Answer = Callable[[AsyncOAuthFlow, AsyncBoltRequest], Awaitable[BoltResponse]]

MOST_BYTES = 1024 * 1024  # of a body; Slack's own are far smaller
HEALTH_PATH = "/health"


def slack_pages(app: AsyncApp) -> Starlette:
    """What Slack and those who install the bot reach. The signature is checked by `app`."""
    pages = _Pages(app)
    routes = [
        Route(EVENTS_PATH, pages.event, methods=["POST"]),
        Route(HEALTH_PATH, pages.health, methods=["GET"]),
    ]
    if app.oauth_flow is not None:
        routes += [
            Route(INSTALL_PATH, pages.install, methods=["GET"]),
            Route(REDIRECT_PATH, pages.come_back, methods=["GET"]),
        ]
    return Starlette(routes=routes)


class _Pages:
    def __init__(self, app: AsyncApp) -> None:
        self._app = app

    async def event(self, request: Request) -> Response:
        asked = await _read(request)
        if isinstance(asked, Response):
            return asked
        return to_starlette_response(await self._app.async_dispatch(asked))

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"ok": True})

    async def install(self, request: Request) -> Response:
        return await self._page(request, lambda flow, asked: flow.handle_installation(asked))

    async def come_back(self, request: Request) -> Response:
        return await self._page(request, lambda flow, asked: flow.handle_callback(asked))

    async def _page(self, request: Request, answer: Answer) -> Response:
        flow, asked = self._app.oauth_flow, to_async_bolt_request(request, b"")
        if flow is None:
            return PlainTextResponse("There is nothing here.", 404)
        try:
            return to_starlette_response(await tried(answer(flow, asked)))
        except (TroubleError, StoreError) as error:
            log.warning("the bot could not be installed in a workspace: %s", error)
            return PlainTextResponse("That did not work now. Try again in a minute.", 503)


async def _read(request: Request) -> AsyncBoltRequest | Response:
    """The request with its body, read no further than it may be long."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                return PlainTextResponse(f"A body may have {MOST_BYTES:,} bytes.", 413)
        return to_async_bolt_request(request, bytes(body))
    except UnicodeDecodeError:
        return PlainTextResponse("The body is not UTF-8.", 400)
    except ClientDisconnect:
        return Response(status_code=400)
