"""Socket Mode: two connections, and a watch over both, because one can look open and be dead."""

import asyncio
import logging
from dataclasses import dataclass, field

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.trouble import tried
from bot.generation.ports import Clock

log = logging.getLogger("videobot.slack")
#: The SDK writes addresses with their tickets and whole messages into its log; what matters is noted here.
_socket_log = logging.getLogger("videobot.slack.socket")
_socket_log.setLevel(logging.CRITICAL)

CONNECTIONS = 2  # Slack closes one before the other is refreshed; commands meanwhile go to the other
PING_EVERY = 10.0  # seconds; the SDK takes four missing pongs for silence and connects anew
LOOK_EVERY = 5.0  # seconds between two looks at the connections
CLOSE_WITHIN = 3.0  # seconds; a dead connection answers nothing
PATIENCE = 30.0  # seconds the SDK has to connect anew before the watch begins from nothing


@dataclass(eq=False)
class _Slot:
    """One of the connections."""

    handler: AsyncSocketModeHandler
    connecting: asyncio.Task[None]
    lost_since: float | None = None


@dataclass
class Sockets:
    """Events by Socket Mode, from `start` to `stop`. `client` has no token."""

    app: AsyncApp
    app_token: str
    client: AsyncWebClient
    clock: Clock
    connections: int = CONNECTIONS
    ping_every: float = PING_EVERY
    look_every: float = LOOK_EVERY
    patience: float = PATIENCE
    _slots: list[_Slot] = field(default_factory=list)
    _watch: asyncio.Task[None] | None = None
    _is_connected: bool = False

    @property
    def healthy(self) -> bool:
        """Whether at least one connection worked at the last look."""
        return self._is_connected

    async def start(self) -> None:
        """Connect; returns when the first connection is there, or after `patience`. Raises TroubleError when Slack does
        not accept the app-level token, or cannot be reached."""
        await tried(self.client.apps_connections_open(app_token=self.app_token))
        self._slots = [self._slot() for _ in range(self.connections)]
        await asyncio.wait(
            [slot.connecting for slot in self._slots], timeout=self.patience, return_when=asyncio.FIRST_COMPLETED
        )
        await self._look()
        self._watch = asyncio.create_task(self._run(), name="watch over Slack's sockets")

    async def stop(self) -> None:
        """Close the connections."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            self._watch = None
        slots, self._slots = self._slots, []
        for slot in slots:
            await _close(slot)
        self._is_connected = False

    def _slot(self) -> _Slot:
        handler = AsyncSocketModeHandler(
            self.app,
            self.app_token,
            logger=_socket_log,
            web_client=self.client,
            ping_interval=self.ping_every,
        )
        return _Slot(handler, asyncio.create_task(_connect(handler), name="a Slack socket"))

    async def _run(self) -> None:
        while True:
            await self.clock.sleep(self.look_every)
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001 - the watch is what must never end by itself
                log.warning("the watch over Slack's sockets breaks off (%s); it goes on", type(error).__name__)

    async def _look(self) -> None:
        now, alive = self.clock.now(), 0
        for number, slot in enumerate(self._slots):
            if await slot.handler.client.is_connected():
                slot.lost_since = None
                alive += 1
                continue
            slot.lost_since = now if slot.lost_since is None else slot.lost_since
            if now - slot.lost_since >= self.patience:
                log.warning("a connection to Slack stays silent; it is made anew")
                self._slots[number] = self._slot()
                await _close(slot)
        if self._is_connected and not alive:
            log.warning("no connection to Slack is alive")
        elif alive and not self._is_connected:
            log.info("connected to Slack by %d sockets", alive)
        self._is_connected = alive > 0


async def _connect(handler: AsyncSocketModeHandler) -> None:
    await handler.connect_async()  # type: ignore[no-untyped-call] # of Bolt


async def _close(slot: _Slot) -> None:
    client = slot.handler.client
    client.closed, client.auto_reconnect_enabled = True, False
    slot.connecting.cancel()
    await asyncio.gather(slot.connecting, return_exceptions=True)
    try:
        async with asyncio.timeout(CLOSE_WITHIN):
            await slot.handler.close_async()  # type: ignore[no-untyped-call] # of Bolt
    except Exception as error:  # noqa: BLE001 - it is given up anyway
        log.info("a Slack socket did not close: %s", type(error).__name__)
    await client.aiohttp_client_session.close()
    ends = [
        task for task in (client.message_processor, client.current_session_monitor, client.message_receiver) if task
    ]
    for task in ends:
        task.cancel()
    await asyncio.gather(*ends, return_exceptions=True)
