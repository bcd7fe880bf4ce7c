"""The server: one aiohttp application on loopback that is both gateways."""

from __future__ import annotations

import asyncio
import math
import shutil
import tempfile
import time
from collections.abc import Callable, Collection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from adapters.gateways.sandbox.apimart import APIMartWire
from adapters.gateways.sandbox.book import Book, Outcome
from adapters.gateways.sandbox.control import register_control
from adapters.gateways.sandbox.dialects import Accepts
from adapters.gateways.sandbox.faults import FaultBox, make_trigger
from adapters.gateways.sandbox.file_routes import register_files
from adapters.gateways.sandbox.gateway_routes import MAX_BODY, GatewayRoutes
from adapters.gateways.sandbox.hub import Hub
from adapters.gateways.sandbox.recorder import RecordedRequest, Recorder
from adapters.gateways.sandbox.studio import Studio
from adapters.gateways.sandbox.toapis import ToAPIsWire
from adapters.gateways.sandbox.uploads import UploadStore
from adapters.gateways.sandbox.webhooks import Sent, Webhooks
from adapters.gateways.sandbox.wire import Wire


class SandboxGateway:
    """A gateway that runs here and speaks ToAPIs and APIMart. An async context manager, or `start()` and `stop()`.

    host, port: where it listens; port 0 takes a free one. Only loopback is meant.
    keys: the API keys it knows; each sees only its own tasks, all share one account per gateway.
    speed: render times are divided by it; `math.inf` is done at the first look.
    seed: makes render times and task ids repeatable.
    render: False serves one tiny MP4 for all tasks.
    balance_usd: of each of the two accounts, USD; `math.inf` is an account without a quota.
    clock: epoch seconds; everything the sandbox dates comes from it.
    accepts: which vendor pages' bodies are taken: "all", "seed" (the pages in reference/seeds) or "later".
    business_ids: ToAPIs' `client_business_id` replays a task and finds it; False takes the field and ignores it.
    idempotency_keys: APIMart's `Idempotency-Key` replays; False ignores it.
    rate_limits: ToAPIs' documented buckets, per key.
    webhook_origin: the URL configured in both accounts; webhooks go to its origin and nowhere else. None: they are off.
    webhook_secret: what ToAPIs signs them with.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        keys: Collection[str] = ("sandbox-key",),
        speed: float = 1.0,
        seed: int | None = None,
        render: bool = True,
        balance_usd: float = 100.0,
        clock: Callable[[], float] = time.time,
        accepts: Accepts = "all",
        business_ids: bool = True,
        idempotency_keys: bool = True,
        rate_limits: bool = True,
        webhook_origin: str | None = None,
        webhook_secret: str = "sandbox-webhook-secret",  # noqa: S107 - of a gateway that runs here
    ) -> None:
        if not speed > 0:
            raise ValueError("speed must be above 0")
        self._host, self._port, self._keys = host, port, frozenset(keys)
        self._render, self._clock, self._accepts = render, clock, accepts
        self._business_ids, self._idempotency_keys, self._rate_limits = business_ids, idempotency_keys, rate_limits
        # the state outlives stop(), so that tests can look at it afterwards
        self._book = Book(balance_usd=balance_usd, speed=speed, seed=seed, clock=clock)
        self._faults = FaultBox()
        self._recorder = Recorder()
        self._webhooks = None if webhook_origin is None else Webhooks(webhook_origin, webhook_secret, clock)
        self._sender: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None
        self._hub: Hub | None = None
        self._folder: Path | None = None
        self.url = ""
        self.toapis_url = ""
        self.apimart_url = ""
        self.control_url = ""

    async def start(self) -> None:
        """Listens; the URLs are known afterwards. Raises OSError when the port is taken."""
        if self._runner is not None:
            raise RuntimeError("the sandbox gateway is already running")
        app = web.Application(client_max_size=MAX_BODY)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="videobot-sandbox-"))
        try:
            # the port is needed for the URLs of files, so the socket comes before the routes
            server_socket = await asyncio.to_thread(_listen, self._host, self._port)
            port: int = server_socket.getsockname()[1]
            shown = "127.0.0.1" if self._host in ("0.0.0.0", "") else self._host  # noqa: S104
            self.url = f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
            self.toapis_url, self.apimart_url = f"{self.url}/toapis", f"{self.url}/apimart"
            self.control_url = f"{self.url}/control"
            uploads = UploadStore(folder, self.url)
            self._hub = Hub(
                keys=self._keys,
                clock=self._clock,
                book=self._book,
                faults=self._faults,
                recorder=self._recorder,
                uploads=uploads,
                studio=Studio(folder, uploads, render=self._render),
                origin=self.url,
                accepts=self._accepts,
                business_ids=self._business_ids,
                idempotency_keys=self._idempotency_keys,
                rate_limits=self._rate_limits,
                webhooks=self._webhooks,
            )
            wires: dict[str, Wire] = {"toapis": ToAPIsWire(), "apimart": APIMartWire()}
            for wire in wires.values():
                GatewayRoutes(self._hub, wire).register(app)
            register_files(app, self._hub, wires)
            register_control(app, self)
            await runner.setup()
            await web.SockSite(runner, server_socket).start()
        except BaseException:
            await runner.cleanup()
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            raise
        self._runner, self._folder = runner, folder
        if self._webhooks is not None:
            self._sender = asyncio.create_task(self._webhooks.run(), name="sandbox-webhooks")

    async def stop(self) -> None:
        """Stops listening, ends held answers and renders, removes the files. Harmless when it does not run."""
        runner, hub, folder = self._runner, self._hub, self._folder
        self._runner = self._hub = self._folder = None
        if runner is None or hub is None or folder is None:
            return
        hub.closing.set()
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)
        await hub.studio.close()
        await runner.cleanup()
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def requests(self, gateway: str | None = None, route: str | None = None) -> list[RecordedRequest]:
        """The requests the gateways got, oldest first; routes are create, status, upload, balance, models."""
        return self._recorder.find(gateway, route)

    def tasks(self, gateway: str | None = None) -> list[dict[str, Any]]:
        """The tasks made, oldest first: id, gateway, model, body, created_at, due_at, state, progress ..."""
        self._book.settle()
        now = self._clock()
        return [task.view(now) for task in self._book.all() if gateway in (None, task.gateway)]

    def task(self, task_id: str) -> dict[str, Any] | None:
        """One task, None when there is none of this id."""
        self._book.settle()
        found = self._book.get(task_id)
        return None if found is None else found.view(self._clock())

    def counters(self) -> dict[str, dict[str, int]]:
        """Requests and tasks per gateway: {"toapis": {"create": 2, "status": 9, "tasks": 2}, "apimart": {...}}."""
        counts = self._recorder.counters()
        for gateway, count in counts.items():
            count["tasks"] = sum(1 for task in self._book.all() if task.gateway == gateway)
        return counts

    def webhooks_sent(self) -> list[Sent]:
        """The webhooks that were sent, oldest first."""
        return [] if self._webhooks is None else list(self._webhooks.sent)

    def forget_requests(self) -> None:
        """Empties the record and the request counters; tasks stay."""
        self._recorder.clear()

    def inject(
        self,
        fault: str,
        *,
        route: str | None = None,
        gateway: str | None = None,
        argument: str | float | None = None,
        times: int | None = 1,
    ) -> None:
        """Plays a fault of FAULTS on the next `times` requests; 0 is for ever, None the fault's own number.

        `route` is the fault's first when not given; `gateway` both. Answer faults play one after the other in the order
        they were injected. Raises UnknownFault (a ValueError).
        """
        if gateway not in (None, "toapis", "apimart"):
            raise ValueError(f"no gateway is called {gateway!r}")
        text = f"{argument:g}" if isinstance(argument, float | int) else argument
        self._faults.add(make_trigger(fault, route=route, argument=text, times=times, gateway=gateway))

    def clear_faults(self) -> None:
        """Forgets programmed faults; those that tasks already carry stay."""
        self._faults.clear()

    def programmed_faults(self) -> list[dict[str, Any]]:
        """The programmed faults that have not played out."""
        return [
            {
                "fault": trigger.name,
                "route": trigger.route,
                "gateway": trigger.gateway,
                "argument": trigger.argument or None,
                "left": None if trigger.lasting else trigger.left,
            }
            for trigger in self._faults.waiting()
        ]

    def set_outcome(self, task_id: str, outcome: Outcome, message: str | None = None) -> None:
        """Finishes, fails or sticks a task now, whatever it was before. Raises KeyError."""
        task = self._book.get(task_id)
        if task is None:
            raise KeyError(task_id)
        self._book.decide(task, outcome, message)

    def set_balance(self, usd: float, gateway: str | None = None) -> None:
        """USD left from now on, of one gateway's account or both."""
        self._book.settle()
        for name, account in self._book.accounts.items():
            if gateway in (None, name):
                account.remaining = usd

    def set_keys(self, keys: Collection[str]) -> None:
        """The API keys it knows from now on; what others made stays, out of their reach."""
        self._keys = frozenset(keys)
        if self._hub is not None:
            self._hub.keys = self._keys

    def balance(self, gateway: str) -> float:
        """USD left."""
        self._book.settle()
        return self._book.accounts[gateway].remaining

    def set_speed(self, speed: float) -> None:
        """For tasks made from now on. Raises ValueError unless above 0."""
        if not speed > 0 or math.isnan(speed):
            raise ValueError("speed must be above 0")
        self._book.speed = speed


def _listen(host: str, port: int) -> Any:
    """A listening socket, so that the port is known before the application is built."""
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, reuse_port=False, backlog=512)
