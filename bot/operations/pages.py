"""The pages for machines: /healthz, /readyz, /metrics, and the gateways' webhooks."""

import json
from collections.abc import Sequence

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.operations.health import Check, Health
from bot.operations.hooks import Hooks
from bot.operations.observing import Observing


def make_pages(health: Health, observing: Observing, hooks: Hooks | None) -> Starlette:
    """The application; without `hooks` nothing is taken from outside."""

    async def healthz(_request: Request) -> Response:
        return _answer("ok", health.live())

    async def readyz(_request: Request) -> Response:
        return _answer("ready", await health.ready())

    async def metrics(_request: Request) -> Response:
        return Response(await observing.page(), media_type=CONTENT_TYPE_LATEST)

    routes: list[BaseRoute] = [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        *(hooks.routes() if hooks is not None else ()),
    ]
    return Starlette(routes=routes)


def _answer(word: str, checks: Sequence[Check]) -> Response:
    is_good = all(check.ok for check in checks)
    document = {
        word: is_good,
        "checks": {check.name: {"ok": check.ok, "reason": check.reason} for check in checks},
    }
    return Response(
        json.dumps(document, indent=2) + "\n",
        status_code=200 if is_good else 503,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
