"""Socket Mode, https://docs.slack.dev/apis/events-api/using-socket-mode."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.slack.delivery import Ack, Kind

MOST_CONNECTIONS = 10
TICKET_LIFE_S = 30


class Connection:
    """One WebSocket of the app. `silent`: it looks open, but nothing goes in or out any more."""

    def __init__(self, number: int, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.number, self.socket, self.request = number, socket, request
        self.silent = False
        self.waiting: dict[str, asyncio.Future[dict[str, Any] | None]] = {}
        self.received: list[dict[str, Any]] = []
        self.pings = 0

    async def say(self, message: dict[str, Any]) -> None:
        if not self.silent and not self.socket.closed:
            await self.socket.send_str(json.dumps(message))


class SocketMode:
    """All connections of one app; each envelope goes to one of them, in turn."""

    def __init__(self, app_id: str, ack_timeout_s: float, now: Callable[[], float], touch: Callable[[], None]) -> None:
        self.app_id, self.ack_timeout_s, self.now, self.touch = app_id, ack_timeout_s, now, touch
        self.connections: list[Connection] = []
        self.opened = 0  # connections ever
        self.wrong: list[str] = []  # what the app did that the protocol does not know
        self._tickets: dict[str, float] = {}
        self._turn = 0
        self._envelopes = 0

    def new_ticket(self) -> str:
        """A single-use ticket for the URL that apps.connections.open answers."""
        ticket = f"ticket-{len(self._tickets) + 1}-{self.opened}"
        self._tickets[ticket] = self.now() + TICKET_LIFE_S
        return ticket

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The WebSocket endpoint."""
        if self._tickets.pop(request.query.get("ticket", ""), 0) < self.now():
            return web.Response(status=403, text="invalid or used ticket")
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if len(self.connections) >= MOST_CONNECTIONS:
            await socket.send_str(json.dumps({"type": "disconnect", "reason": "too_many_websockets"}))
            await socket.close()
            return socket
        self.opened += 1
        connection = Connection(self.opened, socket, request)
        self.connections.append(connection)
        try:
            await connection.say(
                {
                    "type": "hello",
                    "num_connections": len(self.connections),
                    "connection_info": {"app_id": self.app_id},
                    "debug_info": {"host": "applink-1", "build_number": 1, "approximate_connection_time": 18060},
                }
            )
            self.touch()
            await self._read(connection)
        finally:
            self._forget(connection)
        return socket

    async def _read(self, connection: Connection) -> None:
        async for message in connection.socket:
            if connection.silent:
                continue
            if message.type is WSMsgType.PING:
                connection.pings += 1
                await connection.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._acknowledge(connection, json.loads(message.data))
            self.touch()

    def _acknowledge(self, connection: Connection, said: dict[str, Any]) -> None:
        connection.received.append(said)
        waiting = connection.waiting.pop(said.get("envelope_id", ""), None)
        if waiting is None:
            self.wrong.append(f"an acknowledgement of an unknown envelope: {said.get('envelope_id')}")
        elif not waiting.done():
            waiting.set_result(said.get("payload") or None)

    def _forget(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        for waiting in connection.waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError("the connection closed"))
        self.touch()

    async def send(self, kind: Kind, payload: dict[str, Any], *, retry_num: int = 0, retry_reason: str = "") -> Ack:
        begun = time.perf_counter()
        if not self.connections:
            return Ack("dispatch_failed", 0.0)
        self._turn += 1
        connection = self.connections[self._turn % len(self.connections)]
        self._envelopes += 1
        envelope = {
            "envelope_id": f"00000000-0000-4000-8000-{self._envelopes:012x}",
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry_num, "retry_reason": retry_reason}
        waiting: asyncio.Future[dict[str, Any] | None] = asyncio.get_running_loop().create_future()
        connection.waiting[str(envelope["envelope_id"])] = waiting
        try:
            await connection.say(envelope)
            body = await asyncio.wait_for(waiting, self.ack_timeout_s)
        except (TimeoutError, ConnectionError):
            return Ack("operation_timeout", time.perf_counter() - begun)
        finally:
            connection.waiting.pop(str(envelope["envelope_id"]), None)
        if body and kind == "events_api":
            self.wrong.append("a payload in the acknowledgement of an event")
        return Ack("", time.perf_counter() - begun, body)

    async def warn(self) -> None:
        """Announce that the connections will be refreshed in about ten seconds."""
        for connection in list(self.connections):
            await connection.say({"type": "disconnect", "reason": "warning", "debug_info": {"host": "applink-1"}})

    async def refresh(self, connection: Connection | None = None) -> None:
        """Ask for a reconnection and close, as Slack does every few hours; one connection, or all."""
        for each in [connection] if connection else list(self.connections):
            await each.say({"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "applink-1"}})
            await each.socket.close()
            self._forget(each)

    async def switch_off(self) -> None:
        """Socket Mode is switched off in the app's settings: link_disabled."""
        for each in list(self.connections):
            await each.say({"type": "disconnect", "reason": "link_disabled", "debug_info": {"host": "applink-1"}})
            await each.socket.close()
            self._forget(each)

    def go_silent(self, connection: Connection | None = None) -> None:
        """The connection looks open, but is dead: no pong, no envelope, no acknowledgement. One, or all."""
        for each in [connection] if connection else self.connections:
            each.silent = True

    def drop(self, connection: Connection | None = None) -> None:
        """Cut the TCP connection without a word. One, or all."""
        for each in [connection] if connection else list(self.connections):
            if each.request.transport is not None:
                each.request.transport.abort()
            self._forget(each)

    async def close(self) -> None:
        """The end of the test."""
        for each in list(self.connections):
            if each.silent and each.request.transport is not None:
                each.request.transport.abort()
            else:
                await each.socket.close()
