"""One gateway's endpoints: authorization, limits, faults, then the work. The shapes come from its Wire."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from adapters.gateways.sandbox.answer import Answer
from adapters.gateways.sandbox.book import IMAGE_REJECTED
from adapters.gateways.sandbox.dialects import InvalidBody, UnknownModel, models, read_order
from adapters.gateways.sandbox.disturb import Dropped, play
from adapters.gateways.sandbox.faults import Route, Trigger, pick
from adapters.gateways.sandbox.hub import Hub
from adapters.gateways.sandbox.idempotency import Replays
from adapters.gateways.sandbox.order import Order
from adapters.gateways.sandbox.prices import price_usd
from adapters.gateways.sandbox.receive import Refused, receive
from adapters.gateways.sandbox.recorder import RecordedRequest
from adapters.gateways.sandbox.task import Task
from adapters.gateways.sandbox.wire import Look, ResultUrls, Wire

#: a create body is small: the longest prompt and a handful of URLs
MAX_BODY = 1024 * 1024
_VISIBLE = re.compile(r"^[!-~]{1,191}$")


class Call:
    """One request on its way: who asks, and its line in the record."""

    def __init__(self, request: web.Request, route: Route, key: str, record: RecordedRequest) -> None:
        self.request, self.route, self.key, self.record = request, route, key, record
        self.rate_headers: dict[str, str] = {}


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


class GatewayRoutes:
    """The routes of one gateway below `/{name}`."""

    def __init__(self, hub: Hub, wire: Wire) -> None:
        self._hub, self._wire = hub, wire
        self._replays = Replays()

    def register(self, app: web.Application) -> None:
        """Adds the endpoints to the application."""
        base = f"/{self._wire.name}/v1"
        router = app.router
        router.add_post(f"{base}/videos/generations", self._wrap("create", self._create))
        if self._wire.name == "toapis":
            router.add_get(f"{base}/videos/generations/{{task}}", self._wrap("status", self._status))
        else:
            router.add_get(f"{base}/tasks/{{task}}", self._wrap("status", self._status))
        for kind in self._wire.upload_limits:
            router.add_post(f"{base}/uploads/{kind}", self._wrap("upload", self._upload))
        router.add_get(f"{base}/balance", self._wrap("balance", self._balance))
        router.add_get(f"{base}/models", self._wrap("models", self._models))
        router.add_route("*", f"/{self._wire.name}/{{rest:.*}}", self._unknown)

    def _wrap(self, route: Route, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            call = Call(request, route, _key(request), self._record(request, route))
            try:
                if route != "upload":
                    # read before anything is answered, as the real gateways do
                    call.record.body = await _read_json(request)
                refused = self._refuse(call)
                response = refused.response() if refused else await handler(call)
            except Dropped:
                return web.Response()  # nobody reads it: the connection is gone
            except web.HTTPRequestEntityTooLarge:
                response = self._wire.error(413, "invalid_request", f"body larger than {MAX_BODY} bytes").response()
            call.record.status = response.status
            return response

        return handle

    async def _unknown(self, request: web.Request) -> web.Response:
        """A path or method the gateway does not have; recorded, so that a misspelt path is seen."""
        record = self._record(request, "unknown")
        record.status = 404
        what = f"Invalid URL ({request.method} {request.path.removeprefix(f'/{self._wire.name}')})"
        return self._wire.error(404, "invalid_url", what).response()

    def _record(self, request: web.Request, route: str) -> RecordedRequest:
        headers = {name: value for name, value in request.headers.items() if name.lower() != "authorization"}
        record = RecordedRequest(
            gateway=self._wire.name,
            route=route,
            method=request.method,
            path=request.path_qs.removeprefix(f"/{self._wire.name}"),
            body=None,
            received_at=self._hub.clock(),
            headers=headers,
        )
        self._hub.recorder.add(record)
        return record

    def _refuse(self, call: Call) -> Answer | None:
        """What is wrong before the work: the key, the rate, the money."""
        hub, wire = self._hub, self._wire
        if call.key not in hub.keys:
            return wire.unauthorized()
        if hub.rate_limits and wire.name == "toapis":
            verdict = hub.buckets.take(call.key, call.route, hub.clock())
            if not verdict.allowed:
                return wire.rate_limited(verdict.headers)
            call.rate_headers = verdict.headers
        hub.book.settle()
        # "Zero balance answers 402 on every call"; the balance itself can still be read
        if call.route != "balance" and hub.book.accounts[wire.name].remaining <= 0:
            return wire.no_money(call.route)
        return None

    async def _answer(self, call: Call, triggers: list[Trigger], work: Callable[[], Answer]) -> web.StreamResponse:
        disturbing = next((trigger for trigger in triggers if trigger.fault.kind == "answer"), None)
        if disturbing is not None:
            return await play(disturbing, call.request, self._hub, self._wire, work)
        response = work().response()
        response.headers.update(call.rate_headers)
        return response

    async def _create(self, call: Call) -> web.StreamResponse:
        body = call.record.body
        if not isinstance(body, dict):
            return self._wire.invalid("the request body must be a JSON object").response()
        prompt = body.get("prompt")
        triggers = self._hub.faults.pick(self._wire.name, "create")
        if isinstance(prompt, str):
            triggers += self._hub.faults.pick_create(self._wire.name, prompt)

        def work() -> Answer:
            return self._work_create(call, body, triggers)

        return await self._answer(call, triggers, work)

    def _work_create(self, call: Call, body: dict[str, Any], triggers: list[Trigger]) -> Answer:
        if self._wire.name == "apimart" and self._hub.idempotency_keys:
            key = call.request.headers.get("Idempotency-Key")
            if key is not None:
                return self._idempotent(call, key, body, triggers)
        return self._make(call, body, triggers)

    def _idempotent(self, call: Call, key: str, body: dict[str, Any], triggers: list[Trigger]) -> Answer:
        """gateways.md section 2: same key and body replay; a refused create may be sent again with the same key."""
        if not _VISIBLE.match(key):
            return self._wire.error(400, "invalid_idempotency_key", "Idempotency-Key must be 1-191 visible characters")
        place = (call.key, key)
        known = self._replays.get(place)
        if known is None:
            answer = self._make(call, body, triggers)
            if answer.status == 200:
                self._replays.keep(place, body, answer, call.record.task_id)
            return answer
        if known.body != body:
            return self._wire.error(409, "idempotency_key_reused", "Idempotency-Key was used with another body")
        call.record.task_id = known.task_id
        return known.answer

    def _make(self, call: Call, body: dict[str, Any], triggers: list[Trigger]) -> Answer:
        hub, wire = self._hub, self._wire
        replayed = self._replay_business_id(call, body)
        if replayed is not None:
            call.record.task_id = replayed.id
            return wire.created(replayed, None, hub.clock())
        callback = str(body.get("callback_url") or body.get("webhook") or "")
        hears = hub.webhooks is not None and hub.webhooks.takes(callback)
        if body.get("callback_url") and not hears:
            # gateways.md section 6: another origin than that of the account's URL, or there is none
            return wire.error(400, "webhook_not_configured", "callback_url: no webhook is configured for this account")
        try:
            order = read_order(wire.name, body, hub.accepts)
        except UnknownModel as error:
            return wire.error(400, "model_not_found" if wire.name == "apimart" else "invalid_request", str(error))
        except InvalidBody as error:
            return wire.invalid(str(error))
        if hub.book.accounts[wire.name].remaining < price_usd(order):
            return wire.no_money("create")
        task = hub.book.add(wire.name, call.key, body, order, triggers)
        self._judge_images(task, order)
        call.record.task_id = task.id
        if hub.webhooks is not None and hears:
            hub.webhooks.watch(task, callback, lambda: self._look(task, []).text())
        faults = {trigger.name: trigger for trigger in triggers}
        if "no_id" in faults:
            return wire.without_id(task)
        word = faults["create_word"].argument if "create_word" in faults else None
        return wire.created(task, word, None)

    def _replay_business_id(self, call: Call, body: dict[str, Any]) -> Task | None:
        business_id = body.get("client_business_id")
        if self._wire.name != "toapis" or not self._hub.business_ids or not isinstance(business_id, str):
            return None
        return self._hub.book.by_business_id(call.key, business_id)

    def _judge_images(self, task: Task, order: Order) -> None:
        """Kling refuses a bad image only when it renders (gateways.md section 5); other people's URLs are not read."""
        for url in order.images:
            upload = self._hub.uploads.find(url)
            if upload is not None and upload.unfit:
                task.ending, task.error_message = "failed", IMAGE_REJECTED

    async def _status(self, call: Call) -> web.StreamResponse:
        hub, wire = self._hub, self._wire
        wanted = call.request.match_info["task"]
        task = hub.book.get(wanted)
        if task is None and wire.name == "toapis" and hub.business_ids:
            task = hub.book.by_business_id(call.key, wanted)
        if task is None or task.gateway != wire.name or task.key != call.key:
            triggers = hub.faults.pick(wire.name, "status")
            return await self._answer(call, triggers, lambda: wire.not_found(wanted))
        call.record.task_id = task.id
        task.looks += 1
        found = task

        def means_something(trigger: Trigger) -> bool:
            if trigger.name == "vanish":
                return found.looks > trigger.number()
            return trigger.name != "no_url" or found.state(hub.clock()) == "completed"

        triggers = hub.faults.pick(wire.name, "status", means_something)
        triggers += pick(task.triggers, wire.name, "status", means_something)
        if any(trigger.name == "vanish" for trigger in triggers):
            task.vanished = True
        gone = task.vanished or any(trigger.name == "not_found" for trigger in triggers)
        if gone:
            return wire.not_found(wanted).response()
        return await self._answer(call, triggers, lambda: self._look(found, triggers))

    def _look(self, task: Task, triggers: list[Trigger]) -> Answer:
        hub = self._hub
        now = hub.clock()
        faults = {trigger.name: trigger for trigger in triggers}
        folder = "images" if "images_path" in faults else "videos"
        urls = ResultUrls(
            video=f"{hub.origin}/files/{folder}/{task.id}.mp4", thumbnail=f"{hub.origin}/files/thumbnails/{task.id}.jpg"
        )
        if task.state(now) == "running" and task.progress(now) >= 40:
            hub.studio.prepare(task)  # so that the download does not wait
        answer = self._wire.status(task, Look(now=now, faults=faults, urls=urls))
        if "concatenated" in faults:
            panic = {"error": {"message": "Panic detected, error: EOF", "type": "new_api_panic"}}
            return Answer(answer.text() + json.dumps(panic), status=answer.status)
        return answer

    async def _upload(self, call: Call) -> web.StreamResponse:
        hub, wire = self._hub, self._wire
        kind = call.request.path.rpartition("/")[2]
        received: Answer
        try:
            upload = await receive(call.request, hub.uploads, wire, kind, hub.clock())
        except Refused as refused:
            received = refused.answer
        else:
            call.record.body = {"filename": upload.filename, "mime_type": upload.mime_type, "size": upload.size}
            received = wire.uploaded(upload)
        return await self._answer(call, hub.faults.pick(wire.name, "upload"), lambda: received)

    async def _balance(self, call: Call) -> web.StreamResponse:
        hub, name = self._hub, self._wire.name
        triggers = hub.faults.pick(name, "balance")
        return await self._answer(call, triggers, lambda: Answer(hub.book.accounts[name].body()))

    async def _models(self, call: Call) -> web.StreamResponse:
        name = self._wire.name
        query = call.request.query.get("type" if name == "toapis" else "category", "video")
        ids = models(name) if query == "video" else []
        return await self._answer(call, self._hub.faults.pick(name, "models"), lambda: self._wire.models(ids))


def _key(request: web.Request) -> str:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


async def _read_json(request: web.Request) -> Any:
    """The body, None when there is none or it is not JSON. Raises HTTPRequestEntityTooLarge past MAX_BODY."""
    data = await request.read()
    try:
        return json.loads(data) if data else None
    except (ValueError, RecursionError):
        return None
