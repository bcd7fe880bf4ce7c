"""The control endpoints, for tests in another process and for curl. They are listed in the package's text.

Writing needs `Content-Type: application/json`, so that a web page cannot do it from a browser without asking.
"""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.gateways.sandbox.dialects import Gateway
from adapters.gateways.sandbox.faults import FAULTS, UnknownFault

if TYPE_CHECKING:
    from adapters.gateways.sandbox.server import SandboxGateway

_Handler = Callable[[web.Request], Awaitable[web.Response]]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FaultForm(_Form):
    """POST /control/faults."""

    fault: str
    route: str | None = None
    gateway: Gateway | None = None
    argument: str | float | None = None
    times: Annotated[int, Field(ge=0)] | None = 1


class OutcomeForm(_Form):
    """POST /control/tasks/{id}."""

    outcome: Literal["finish", "fail", "stick"]
    message: str | None = None


class BalanceForm(_Form):
    """PUT /control/balance; "inf" is an account without a quota."""

    usd: float | Literal["inf"]
    gateway: Gateway | None = None


class SpeedForm(_Form):
    """PUT /control/speed; "inf" is done at the first look."""

    speed: float | Literal["inf"]


def register_control(app: web.Application, sandbox: SandboxGateway) -> None:
    """Adds /control and /healthz."""
    control = Control(sandbox)
    router = app.router
    router.add_get("/healthz", control.health)
    router.add_get("/control/requests", control.requests)
    router.add_delete("/control/requests", control.forget)
    router.add_get("/control/tasks", control.tasks)
    router.add_get("/control/tasks/{task}", control.task)
    router.add_post("/control/tasks/{task}", _guarded(control.outcome))
    router.add_get("/control/faults", control.faults)
    router.add_post("/control/faults", _guarded(control.inject))
    router.add_delete("/control/faults", control.clear)
    router.add_put("/control/balance", _guarded(control.balance))
    router.add_put("/control/speed", _guarded(control.speed))
    router.add_get("/control/counters", control.counters)


def _guarded(handler: _Handler) -> _Handler:
    async def handle(request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            return web.json_response({"error": "Content-Type must be application/json"}, status=415)
        try:
            return await handler(request)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            place = ".".join(str(step) for step in first["loc"])
            return web.json_response({"error": f"{place}: {first['msg']}"}, status=400)
        except (UnknownFault, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        except KeyError:
            return web.json_response({"error": "no such task"}, status=404)

    return handle


class Control:
    """Every endpoint calls the method of SandboxGateway of the same meaning."""

    def __init__(self, sandbox: SandboxGateway) -> None:
        self._sandbox = sandbox

    async def health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def requests(self, request: web.Request) -> web.Response:
        found = self._sandbox.requests(request.query.get("gateway"), request.query.get("route"))
        return web.json_response({"requests": [record.view() for record in found]})

    async def forget(self, _: web.Request) -> web.Response:
        self._sandbox.forget_requests()
        return web.json_response({"ok": True})

    async def tasks(self, request: web.Request) -> web.Response:
        return web.json_response({"tasks": self._sandbox.tasks(request.query.get("gateway"))})

    async def task(self, request: web.Request) -> web.Response:
        found = self._sandbox.task(request.match_info["task"])
        if found is None:
            return web.json_response({"error": "no such task"}, status=404)
        return web.json_response(found)

    async def outcome(self, request: web.Request) -> web.Response:
        form = OutcomeForm.model_validate(await _json(request))
        task_id = request.match_info["task"]
        self._sandbox.set_outcome(task_id, form.outcome, form.message)
        return web.json_response(self._sandbox.task(task_id))

    async def faults(self, _: web.Request) -> web.Response:
        table = [{**asdict(fault), "usage": fault.usage} for fault in FAULTS]
        return web.json_response({"programmed": self._sandbox.programmed_faults(), "table": table})

    async def inject(self, request: web.Request) -> web.Response:
        form = FaultForm.model_validate(await _json(request))
        self._sandbox.inject(**form.model_dump())
        return web.json_response({"programmed": self._sandbox.programmed_faults()})

    async def clear(self, _: web.Request) -> web.Response:
        self._sandbox.clear_faults()
        return web.json_response({"ok": True})

    async def balance(self, request: web.Request) -> web.Response:
        form = BalanceForm.model_validate(await _json(request))
        self._sandbox.set_balance(_number(form.usd), form.gateway)
        return web.json_response({"ok": True})

    async def speed(self, request: web.Request) -> web.Response:
        form = SpeedForm.model_validate(await _json(request))
        self._sandbox.set_speed(_number(form.speed))
        return web.json_response({"ok": True})

    async def counters(self, _: web.Request) -> web.Response:
        return web.json_response(self._sandbox.counters())


async def _json(request: web.Request) -> object:
    loaded: object = json.loads(await request.read())
    return loaded


def _number(value: float | str) -> float:
    return math.inf if value == "inf" else float(value)
