"""Discord's REST calls about messages, threads and direct messages on loopback, for tests of posting and finding.

Written from Discord's documents (docs.discord.com/developers). A channel is what a test says it is: gone, archived,
locked, forbidden, small. There is no gateway and there are no interactions; the whole fake is tests/fakes/discord.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

BOT = 900000000000000001
EPOCH = 1420070400000
MB = 1024 * 1024


@dataclass
class Channel:
    """A channel, thread or direct message, and what is wrong with it."""

    id: int
    kind: int = 0
    gone: bool = False
    archived: bool = False
    locked: bool = False
    forbidden: bool = False  # may be read, may not be written in
    no_files: bool = False
    no_history: bool = False
    closed: bool = False  # direct messages that are not taken
    limit: int = 20 * MB
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)


class Refused(Exception):  # noqa: N818 - reads as what happened
    """An answer of Discord's that is an error."""

    def __init__(self, status: int, code: int = 0) -> None:
        super().__init__(status, code)
        self.status, self.code = status, code


class RestOnly:
    """`base` is the address of its API. `calls` are the requests that came, `queue` holds what the next ones meet."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.channels: dict[int, Channel] = {}
        self.calls: list[tuple[str, str, Any]] = []
        self.queue: list[Refused | str] = []  # a refusal, "lose" (done, no answer) or "reset" (neither)
        self.uploads: dict[int, tuple[str, int]] = {}  # message id -> file name and size
        self.base = ""
        self._count = 0
        self._nonces: dict[tuple[int, str], int] = {}
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=200 * MB)
        app.router.add_route("*", "/api/v10/{rest:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}/api/v10"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def add(self, channel_id: int, kind: int = 0, **wrong: Any) -> Channel:
        """A channel (kind 0), thread (11) or direct message (1)."""
        self.channels[channel_id] = Channel(channel_id, kind, **wrong)
        return self.channels[channel_id]

    def snowflake(self) -> int:
        """A new id of this moment."""
        self._count += 1
        return ((int(self._now() * 1000) - EPOCH) << 22) + self._count

    def put(self, channel: Channel, body: dict[str, Any], author: int = BOT, **more: Any) -> int:
        """A message that is there already."""
        message_id = self.snowflake()
        channel.messages[message_id] = {
            "id": str(message_id),
            "channel_id": str(channel.id),
            "author": _user(author),
            "content": "",
            "timestamp": "2026-11-21T00:00:00+00:00",
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "pinned": False,
            "type": 0,
            "flags": body.get("flags", 0),
            "components": body.get("components", []),
            "sent": body,
            **more,
        }
        return message_id

    def requests(self, method: str, part: str = "") -> list[Any]:
        """The bodies of the requests of a method whose path has this part."""
        return [body for had, path, body in self.calls if had == method and part in path]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["rest"]
        body, files = await _read(request)
        self.calls.append((request.method, path, body))
        meets = self.queue.pop(0) if self.queue and path.startswith("channels/") else None
        try:
            if isinstance(meets, Refused):
                raise meets
            if meets == "reset":
                return await _hang_up(request)
            answer = self._do(request.method, path.split("/"), dict(request.query), body, files)
        except Refused as refused:
            return _json({"code": refused.code, "message": "refused"}, refused.status)
        return await _hang_up(request) if meets == "lose" else answer

    def _do(
        self, method: str, path: list[str], query: dict[str, str], body: Any, files: dict[str, tuple[str, int]]
    ) -> web.Response:
        match (method, *path):
            case ("GET", "users", "@me"):
                return _json(_user(BOT))
            case ("GET", "oauth2", "applications", "@me"):
                return _json(_APPLICATION)
            case ("POST", "users", "@me", "channels"):
                return _json(self._direct(int(body["recipient_id"])))
            case (_, "channels", channel_id, *rest):
                return self._in(method, self._channel(int(channel_id)), rest, query, body, files)
            case _:
                raise Refused(404)

    def _channel(self, channel_id: int) -> Channel:
        channel = self.channels.get(channel_id)
        if channel is None or channel.gone:
            raise Refused(404, 10003)
        return channel

    def _direct(self, person: int) -> dict[str, Any]:
        channel = self.channels.get(person + 1) or self.add(person + 1, 1)
        return {"id": str(channel.id), "type": 1, "recipients": [_user(person)], "last_message_id": None}

    def _in(
        self,
        method: str,
        channel: Channel,
        rest: list[str],
        query: dict[str, str],
        body: Any,
        files: dict[str, tuple[str, int]],
    ) -> web.Response:
        match (method, *rest):
            case ("GET",):
                return _json(_thread(channel))
            case ("PATCH",):
                if channel.locked:
                    raise Refused(403, 50013)
                channel.archived = body["archived"]
                return _json(_thread(channel))
            case ("POST", "messages"):
                return self._post(channel, body, files)
            case ("GET", "messages"):
                return self._history(channel, query)
            case ("POST", "messages", message_id, "threads"):
                return self._open_thread(channel, int(message_id))
            case (_, "messages", message_id):
                return self._change(method, channel, int(message_id), body)
            case _:
                raise Refused(404)

    def _post(self, channel: Channel, body: Any, files: dict[str, tuple[str, int]]) -> web.Response:
        if channel.closed:
            raise Refused(403, 50007)
        if channel.locked:
            raise Refused(400, 160005)
        if channel.forbidden or (files and channel.no_files):
            raise Refused(403, 50013)
        if channel.no_history and "message_reference" in body:
            raise Refused(400, 160002)
        if any(size > channel.limit for _, size in files.values()):
            raise Refused(413, 40005)
        known = self._nonces.get((channel.id, body["nonce"])) if body.get("enforce_nonce") else None
        if known is None:
            known = self.put(channel, body)
            self._nonces[channel.id, body["nonce"]] = known
            for file in files.values():
                self.uploads[known] = file
        channel.archived = False
        return _json(channel.messages.get(known) or {**body, "id": str(known), "channel_id": str(channel.id)})

    def _history(self, channel: Channel, query: dict[str, str]) -> web.Response:
        after = int(query.get("after", 0))
        found = [m for key, m in sorted(channel.messages.items()) if key > after and not channel.no_history]
        return _json(found[: int(query["limit"])][::-1])

    def _open_thread(self, channel: Channel, message_id: int) -> web.Response:
        if channel.no_history or channel.kind != 0:
            raise Refused(400, 50024)
        if message_id not in channel.messages:
            raise Refused(404, 10008)
        if message_id in self.channels:
            raise Refused(400, 160004)
        return _json(_thread(self.add(message_id, 11)))

    def _change(self, method: str, channel: Channel, message_id: int, body: Any) -> web.Response:
        if message_id not in channel.messages:
            raise Refused(404, 10008)
        if channel.archived:
            raise Refused(400, 50083)
        if channel.forbidden:
            raise Refused(403, 50001)
        if method == "DELETE":
            del channel.messages[message_id]
            return web.Response(status=204)
        channel.messages[message_id].update({key: body[key] for key in ("components", "flags") if key in body})
        channel.messages[message_id]["sent"] = body
        return _json(channel.messages[message_id])


_APPLICATION = {
    "id": "900000000000000000",
    "name": "videobot",
    "icon": None,
    "description": "",
    "rpc_origins": [],
    "bot_public": True,
    "bot_require_code_grant": False,
    "verify_key": "00",
    "team": None,
    "summary": "",
    "flags": 0,
    "owner": {"id": "1", "username": "owner", "discriminator": "0", "avatar": None},
}


def _user(user_id: int) -> dict[str, Any]:
    return {"id": str(user_id), "username": f"u{user_id}", "discriminator": "0", "avatar": None, "bot": user_id == BOT}


def _thread(channel: Channel) -> dict[str, Any]:
    return {
        "id": str(channel.id),
        "type": channel.kind,
        "guild_id": "300000000000000000",
        "parent_id": "400000000000000000",
        "owner_id": str(BOT),
        "name": "a thread",
        "message_count": 0,
        "member_count": 1,
        "rate_limit_per_user": 0,
        "thread_metadata": {
            "archived": channel.archived,
            "locked": channel.locked,
            "auto_archive_duration": 1440,
            "archive_timestamp": "2026-11-21T00:00:00+00:00",
        },
    }


async def _read(request: web.Request) -> tuple[Any, dict[str, tuple[str, int]]]:
    files: dict[str, tuple[str, int]] = {}
    if not request.content_type.startswith("multipart/"):
        return (await request.json() if request.can_read_body else None), files
    body: Any = None
    async for part in await request.multipart():
        if part.name == "payload_json":
            body = json.loads(await part.text())
        else:
            files[part.name] = (part.filename, len(await part.read()))
    return body, files


async def _hang_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.close()
    await asyncio.sleep(0)
    return web.Response()


def _json(data: Any, status: int = 200) -> web.Response:
    # discord.py wants the Content-Type without a charset, and a 429 with `Via`.
    return web.Response(
        body=json.dumps(data).encode(), status=status, headers={"Content-Type": "application/json", "Via": "1.1 fake"}
    )
