"""The gateway: sessions that identify, hear events, break off and resume.

https://docs.discord.com/developers/events/gateway
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from tests.fakes.discord.guilds import Guild
    from tests.fakes.discord.messages import FakeMessage
    from tests.fakes.discord.server import FakeDiscord

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT, REQUEST_MEMBERS, INVALID, HELLO, ACK = (
    0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11,
)  # fmt: skip
GUILDS, GUILD_MEMBERS, PRESENCES, GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = (
    1 << 0, 1 << 1, 1 << 8, 1 << 9, 1 << 12, 1 << 15,
)  # fmt: skip
PRIVILEGED = GUILD_MEMBERS | PRESENCES | MESSAGE_CONTENT
UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, BAD_TOKEN, ALREADY, BAD_SEQ = 4001, 4002, 4003, 4004, 4005, 4007
BAD_SHARD, BAD_INTENTS, DISALLOWED_INTENTS = 4010, 4013, 4014
KEPT_EVENTS = 10_000


class Connection:
    """One WebSocket; frames leave in order, one task writes them."""

    def __init__(self, ws: web.WebSocketResponse, request: web.Request) -> None:
        self.ws, self._request = ws, request
        self.closed_by_us = False
        self._outgoing: asyncio.Queue[str] = asyncio.Queue()

    def send(self, frame: dict[str, Any]) -> None:
        """Put one frame in line."""
        self._outgoing.put_nowait(json.dumps(frame))

    async def write(self) -> None:
        """Send what is in line until the connection ends."""
        with suppress(ConnectionError):
            while True:
                await self.ws.send_str(await self._outgoing.get())

    async def close(self, code: int) -> None:
        """Close with a code."""
        self.closed_by_us = True
        await self.ws.close(code=code)

    def cut(self) -> None:
        """Break off without a word, as a network does."""
        if self._request.transport is not None:
            self._request.transport.abort()


class Session:
    """One identified shard. It outlives its connection, so that it can be resumed."""

    def __init__(self, number: int, shard: tuple[int, int], intents: int) -> None:
        self.id, self.shard, self.intents = f"session-{number}", shard, intents
        self.connection: Connection | None = None
        self.seq = 0
        self.sent: list[tuple[int, dict[str, Any]]] = []
        self.resumable = True

    def hears(self, guild_id: int | None, intent: int) -> bool:
        """Whether an event of a server (None: direct messages, always the first shard) is for this session."""
        number, count = self.shard
        mine = number == 0 if guild_id is None else (guild_id >> 22) % count == number
        return mine and (intent == 0 or bool(self.intents & intent))

    def send(self, event: str, data: Any) -> None:
        """Dispatch an event now, and keep it for a resume."""
        self.seq += 1
        frame = {"op": DISPATCH, "t": event, "s": self.seq, "d": data}
        self.sent.append((self.seq, frame))
        del self.sent[:-KEPT_EVENTS]
        if self.connection is not None:
            self.connection.send(frame)


class Gateway:
    """All sessions. `identifies` and `resumes` count what clients did."""

    def __init__(self, discord: "FakeDiscord") -> None:
        self._discord = discord
        self.sessions: list[Session] = []
        self.connections: set[Connection] = set()
        self.heartbeat_interval_s = 41.25
        self.answers_heartbeats = True
        self.identifies = self.resumes = self.heartbeats = 0

    # -- events ------------------------------------------------------------------------------------------------------

    @property
    def connected(self) -> list[Session]:
        """The sessions with a living connection."""
        return [session for session in self.sessions if session.connection is not None]

    def reaches(self, guild_id: int | None) -> bool:
        """Whether an event would reach anybody, now or after a resume."""
        return any(session.resumable and session.hears(guild_id, 0) for session in self.sessions)

    def send(
        self, event: str, data: dict[str, Any] | Callable[[Session], Any], guild_id: int | None, *, intent: int = 0
    ) -> None:
        """An event for every session of the shard that asked for the intent."""
        for session in self.sessions:
            if session.resumable and session.hears(guild_id, intent):
                session.send(event, data(session) if callable(data) else data)

    def send_message(self, event: str, message: "FakeMessage") -> None:
        """MESSAGE_CREATE or MESSAGE_UPDATE, with the content each session may see."""
        guild = message.channel.guild
        intent = GUILD_MESSAGES if guild else DIRECT_MESSAGES

        def data(session: Session) -> dict[str, Any]:
            return message.event(privileged=bool(session.intents & MESSAGE_CONTENT))

        self.send(event, data, guild.id if guild else None, intent=intent)

    def introduce(self, guild: "Guild") -> None:
        """GUILD_CREATE."""
        guild.told_limits.add(guild.upload_limit)
        self.send(
            "GUILD_CREATE",
            lambda session: guild.create_payload(all_members=bool(session.intents & GUILD_MEMBERS)),
            guild.id,
            intent=GUILDS,
        )

    # -- troubles ----------------------------------------------------------------------------------------------------

    def drop(self, *, resumable: bool = True) -> None:
        """Every connection breaks; sessions that are not resumable are forgotten (op 9 on RESUME)."""
        self._forget(resumable)
        for connection in list(self.connections):
            connection.cut()

    def ask_to_reconnect(self) -> None:
        """Op 7 on every connection."""
        for connection in self.connections:
            connection.send({"op": RECONNECT, "d": None})

    def invalidate(self, *, resumable: bool = False) -> None:
        """Op 9 on every connection."""
        self._forget(resumable)
        for connection in self.connections:
            connection.send({"op": INVALID, "d": resumable})

    async def close(self, code: int = 1001) -> None:
        """Close every connection with a code such as 4004 or 1001."""
        for connection in list(self.connections):
            await connection.close(code)

    def _forget(self, resumable: bool) -> None:
        for session in self.sessions:
            session.resumable = session.resumable and resumable

    # -- connections -------------------------------------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """GET / with an upgrade."""
        ws = web.WebSocketResponse(autoping=True, max_msg_size=0)
        await ws.prepare(request)
        connection = Connection(ws, request)
        self.connections.add(connection)
        writer = asyncio.create_task(connection.write())
        connection.send({"op": HELLO, "d": {"heartbeat_interval": int(self.heartbeat_interval_s * 1000)}})
        try:
            await self._converse(connection)
        finally:
            writer.cancel()
            self.connections.discard(connection)
            for session in self.sessions:
                if session.connection is connection:
                    session.connection = None
                    if ws.close_code in (1000, 1001) and not connection.closed_by_us:
                        session.resumable = False  # a client that says goodbye ends its session
            self._discord.touch()
        return ws

    async def _converse(self, connection: Connection) -> None:
        session: Session | None = None
        async for frame in connection.ws:
            if frame.type is not WSMsgType.TEXT:
                continue
            try:
                message = json.loads(frame.data)
            except ValueError:
                await connection.close(DECODE_ERROR)
                return
            op, data = message.get("op"), message.get("d")
            if op == HEARTBEAT:
                self.heartbeats += 1
                if self.answers_heartbeats:
                    connection.send({"op": ACK, "d": None})
            elif op in (IDENTIFY, RESUME) and session is None:
                code, session = self._identify(data) if op == IDENTIFY else self._resume(data)
                if code is not None:
                    await connection.close(code)
                    return
                if session is None:
                    connection.send({"op": INVALID, "d": False})
                    continue
                if session.connection is not None:
                    session.connection.cut()
                session.connection = connection
                self._welcome(session, data["seq"] if op == RESUME else None)
            elif op in (IDENTIFY, RESUME):
                await connection.close(ALREADY)
                return
            elif session is None:
                await connection.close(NOT_AUTHENTICATED)
                return
            elif op == REQUEST_MEMBERS:
                self._members(session, data)
            elif op not in (PRESENCE, VOICE):
                await connection.close(UNKNOWN_OPCODE)
                return
            self._discord.touch()

    def _identify(self, data: dict[str, Any]) -> tuple[int | None, Session | None]:
        self.identifies += 1
        if data.get("token") not in (self._discord.token, f"Bot {self._discord.token}"):
            return BAD_TOKEN, None
        intents = data.get("intents")
        if not isinstance(intents, int):
            return BAD_INTENTS, None
        if intents & PRIVILEGED & ~self._discord.privileged_intents:
            return DISALLOWED_INTENTS, None
        number, count = data.get("shard") or (0, 1)
        if not 0 <= number < count:
            return BAD_SHARD, None
        session = Session(self._discord.ids.new(), (number, count), intents)
        self.sessions.append(session)
        return None, session

    def _resume(self, data: dict[str, Any]) -> tuple[int | None, Session | None]:
        if data.get("token") not in (self._discord.token, f"Bot {self._discord.token}"):
            return BAD_TOKEN, None
        found = [s for s in self.sessions if s.id == data.get("session_id") and s.resumable]
        if not found:
            return None, None
        return (None, found[0]) if data.get("seq", 0) <= found[0].seq else (BAD_SEQ, None)

    def _welcome(self, session: Session, resumed_from: int | None) -> None:
        """READY and the servers for a new session; what was missed and RESUMED for a resumed one."""
        if resumed_from is not None:
            self.resumes += 1
            assert session.connection is not None
            for seq, frame in session.sent:
                if seq > resumed_from:
                    session.connection.send(frame)
            session.send("RESUMED", {})
            return
        discord = self._discord
        guilds = [g for g in discord.guilds.values() if not g.bot_kicked and session.hears(g.id, 0)]
        ready = {
            "v": 10,
            "user": {**discord.bot.payload(), "verified": True, "mfa_enabled": False, "email": None},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": discord.gateway_url,
            "shard": list(session.shard),
            "application": {"id": str(discord.application_id), "flags": discord.application_flags},
            "private_channels": [],
            "relationships": [],
            "presences": [],
            "geo_ordered_rtc_regions": [],
        }
        session.send("READY", ready)
        for guild in guilds if session.intents & GUILDS else []:
            guild.told_limits.add(guild.upload_limit)
            session.send("GUILD_CREATE", guild.create_payload(all_members=bool(session.intents & GUILD_MEMBERS)))

    def _members(self, session: Session, data: dict[str, Any]) -> None:
        guild = self._discord.guilds.get(int(data["guild_id"]))
        if guild is None:
            return
        wanted = {int(user) for user in data.get("user_ids") or []}
        start = (data.get("query") or "").lower()
        members = [guild.bot_member_payload(), *(guild.member_payload(person) for person in guild.members)]
        found = [
            member
            for member in members
            if (int(member["user"]["id"]) in wanted if wanted else member["user"]["username"].startswith(start))
        ]
        answer = {"guild_id": str(guild.id), "members": found, "chunk_index": 0, "chunk_count": 1, "not_found": []}
        session.send("GUILD_MEMBERS_CHUNK", {**answer, "nonce": data.get("nonce")})

    def deleted(self, message: "FakeMessage") -> None:
        """MESSAGE_DELETE."""
        guild = message.channel.guild
        data = {"id": str(message.id), "channel_id": str(message.channel.id)}
        if guild is not None:
            data["guild_id"] = str(guild.id)
        intent = GUILD_MESSAGES if guild else DIRECT_MESSAGES
        self.send("MESSAGE_DELETE", data, guild.id if guild else None, intent=intent)
