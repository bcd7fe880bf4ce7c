"""The least of Discord that the scenarios need, on loopback: REST v10 and gateway v10 for one bot in a few channels.

Written from Discord's documents. Every body the bot sends is held against Discord's own OpenAPI description where that
is at hand; what does not fit is in `complaints`.
"""

import asyncio
import functools
import itertools
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from aiohttp import WSMsgType, web
from jsonschema import Draft202012Validator

BOT = 111111111111111111
CHANNEL = 222222222222222222
OTHER_CHANNEL = 222222222222222223
DIRECT = "777777777777777777"
EPHEMERAL = 1 << 6
DISCORD_EPOCH = 1_420_070_400_000  # milliseconds
_numbers = itertools.count(1)

_FOLDER = Path(os.environ.get("VIDEOBOT_CONFORMANCE", Path(__file__).parents[3] / "shared" / "conformance"))


def snowflake() -> str:
    """A fresh id, as Discord makes them: it tells the time."""
    return str(((int(time.time() * 1000) - DISCORD_EPOCH) << 22) + next(_numbers) % 4096)


def person(user_id: int) -> dict[str, Any]:
    """A user as Discord shows one."""
    return {
        "id": str(user_id),
        "username": f"user{user_id % 10}",
        "discriminator": "0",
        "avatar": None,
        "global_name": None,
    }


def parts_of(components: Any) -> Iterator[Mapping[str, Any]]:
    """Every component, with those inside."""
    for part in components or ():
        yield part
        yield from parts_of(part.get("components"))
        if "component" in part:
            yield from parts_of([part["component"]])


class Wire:
    """One Discord. `servers`: the first one has the channels. With `is_deaf` no interaction can be answered."""

    def __init__(self, servers: list[str]) -> None:
        self.servers = servers
        self.messages: dict[str, dict[str, Any]] = {}
        self.hidden: set[str] = set()  # messages whose contents the bot may not see
        self.callbacks: dict[str, dict[str, Any]] = {}  # interaction id -> its first answer
        self.interactions: dict[str, dict[str, Any]] = {}  # token -> interaction
        self.followups: dict[str, list[dict[str, Any]]] = {}  # interaction id -> messages
        self.edited: set[str] = set()  # ids of interactions whose first answer was edited
        self.files: dict[str, bytes] = {}  # path -> content
        self.registrations = 0
        self.complaints: list[str] = []
        self.is_deaf = False
        self.ready = asyncio.Event()
        self.files_flow = asyncio.Event()  # cleared: every download hangs
        self.files_flow.set()
        self._sequence = 0
        self._sockets: list[web.WebSocketResponse] = []

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=60 * 2**20)
        app.router.add_get("/gateway/", self._gateway)
        app.router.add_get("/gateway", self._gateway)
        app.router.add_get("/files/{tail:.*}", self._file)
        app.router.add_route("*", "/api/v10/{tail:.*}", self._call)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        for socket in self._sockets:
            await socket.close()
        await self._runner.cleanup()

    @property
    def api_base(self) -> str:
        return f"http://127.0.0.1:{self._port}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/gateway"

    # -------------------------------------------------------------------------------------------- what is there

    def store_file(self, name: str, content: bytes) -> str:
        """Keep a file; returns its link."""
        path = f"/files/{snowflake()}/{name}"
        self.files[path] = content
        return f"http://127.0.0.1:{self._port}{path}"

    def posts(self, channel: int = CHANNEL) -> list[dict[str, Any]]:
        """The bot's messages in a channel that everybody sees, oldest first."""
        return [
            message
            for message in self.messages.values()
            if message["channel_id"] == str(channel)
            and message["author"]["id"] == str(BOT)
            and not message["flags"] & EPHEMERAL
        ]

    def channel(self, channel_id: int | str) -> dict[str, Any]:
        """A text channel of the first server."""
        return {
            "id": str(channel_id),
            "type": 0,
            "guild_id": self.servers[0],
            "name": f"videos-{str(channel_id)[-1]}",
            "position": 0,
            "permission_overwrites": [],
            "nsfw": False,
            "parent_id": None,
        }

    def message(self, channel_id: int | str, sent: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """A new message."""
        author = {**person(BOT), "username": "videobot", "bot": True}
        mentioned = (sent.get("allowed_mentions") or {}).get("users") or []
        message: dict[str, Any] = {
            "id": snowflake(),
            "channel_id": str(channel_id),
            "author": author,
            "content": sent.get("content") or "",
            "timestamp": "2026-11-21T00:00:00+00:00",
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [person(int(user)) for user in mentioned],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "pinned": False,
            "type": 0,
            "flags": sent.get("flags") or 0,
            "components": sent.get("components") or [],
            "nonce": sent.get("nonce"),
            **more,
        }
        known = self._same_nonce(message) if sent.get("enforce_nonce") else None
        if known is not None:
            return known
        self._resolve_files(message)
        self.messages[message["id"]] = message
        return message

    def seen_by_bot(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """The message without what only the Message Content Intent shows."""
        if message["id"] not in self.hidden:
            return dict(message)
        return {**message, "content": "", "attachments": [], "embeds": [], "components": []}

    async def dispatch(self, event: str, data: Mapping[str, Any]) -> None:
        """Tell the bot of an event."""
        self._sequence += 1
        for socket in self._sockets:
            if not socket.closed:
                await socket.send_json({"op": 0, "t": event, "s": self._sequence, "d": data})

    # -------------------------------------------------------------------------------------------- the gateway

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41250}})
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            payload = json.loads(frame.data)
            if payload["op"] == 1:
                await socket.send_json({"op": 11})
            elif payload["op"] == 2:
                await self._welcome(payload["d"])
        return socket

    async def _welcome(self, identify: Mapping[str, Any]) -> None:
        if identify["intents"] & ((1 << 1) | (1 << 8) | (1 << 15)):
            self.complaints.append("a privileged intent was asked for")
        await self.dispatch(
            "READY",
            {
                "v": 10,
                "user": {**person(BOT), "username": "videobot", "bot": True},
                "guilds": [{"id": server, "unavailable": True} for server in self.servers],
                "session_id": "session",
                "shard": [0, 1],
                "resume_gateway_url": self.gateway_url,
                "application": {"id": str(BOT), "flags": 0},
            },
        )
        for server in self.servers:
            await self.dispatch("GUILD_CREATE", self._server(server))
        self.ready.set()

    def _server(self, server: str) -> dict[str, Any]:
        everyone = {"id": server, "name": "@everyone", "permissions": "0", "position": 0, "color": 0}
        colours = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
        flags = {"hoist": False, "managed": False, "mentionable": False, "colors": colours}
        empty = ("threads", "members", "stickers", "emojis", "features", "voice_states", "presences")
        levels = ("verification_level", "default_message_notifications", "explicit_content_filter", "mfa_level")
        none = ("icon", "splash", "banner", "afk_channel_id", "system_channel_id", "description", "application_id")
        return {
            "id": server,
            "name": "a server",
            "owner_id": "5",
            "roles": [{**everyone, **flags}],
            "channels": [self.channel(each) for each in (CHANNEL, OTHER_CHANNEL)] if server == self.servers[0] else [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
            "preferred_locale": "en-US",
            "member_count": 2,
            "premium_tier": 0,
            "nsfw_level": 0,
            "afk_timeout": 0,
            "system_channel_flags": 0,
            "joined_at": "2026-01-01T00:00:00+00:00",
            "large": False,
            **{name: [] for name in empty},
            **dict.fromkeys(levels, 0),
            **dict.fromkeys(none),
            "rules_channel_id": None,
            "public_updates_channel_id": None,
            "premium_progress_bar_enabled": False,
        }

    # -------------------------------------------------------------------------------------------- REST

    async def _file(self, request: web.Request) -> web.Response:
        await self.files_flow.wait()
        return web.Response(body=self.files[request.path], headers={"Content-Type": "application/octet-stream"})

    async def _call(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix("/api/v10")
        sent = await self._body(request)
        if sent is not None:
            self.complaints += complaints_about(request.method, path, sent)
        match request.method, path.strip("/").split("/"):
            case "GET", ["users", "@me"]:
                return _json({**person(BOT), "username": "videobot", "bot": True})
            case "GET", ["oauth2", "applications", "@me"]:
                return _json(_APPLICATION)
            case "GET", ["gateway", "bot"]:
                limit = {"total": 1000, "remaining": 1000, "reset_after": 1, "max_concurrency": 1}
                return _json({"url": self.gateway_url, "shards": 1, "session_start_limit": limit})
            case "PUT", ["applications", _, "commands"]:
                self.registrations += 1
                common = {"description": "", "default_member_permissions": None}
                ids = {"application_id": str(BOT), "version": "1"}
                return _json([{**common, **command, "id": snowflake(), **ids} for command in sent])
            case "POST", ["interactions", interaction_id, token, "callback"]:
                return self._answered(interaction_id, token, sent)
            case method, ["webhooks", _, token, *rest]:
                return self._webhook(method, token, rest, sent)
            case "POST", ["users", "@me", "channels"]:
                who = person(int(sent["recipient_id"]))
                return _json({"id": DIRECT, "type": 1, "recipients": [who], "last_message_id": None})
            case method, ["channels", channel_id, *rest]:
                return self._in_channel(method, channel_id, rest, sent)
        return _refused(404, 0)

    async def _body(self, request: web.Request) -> Any:
        if request.content_type == "application/json":
            return await request.json()
        if not request.content_type.startswith("multipart"):
            return None
        form = await request.post()
        for name, value in form.items():
            if name.startswith("files") and isinstance(value, web.FileField):
                self.files[f"/files/sent/{value.filename}"] = value.file.read()
        return json.loads(str(form["payload_json"]))

    def _answered(self, interaction_id: str, token: str, sent: Mapping[str, Any]) -> web.Response:
        interaction = self.interactions.get(token)
        if self.is_deaf or interaction is None:
            return _refused(404, 10062)
        if interaction_id in self.callbacks:
            return _refused(400, 40060)
        kind, data, message = sent["type"], sent.get("data") or {}, None
        if kind in (4, 5):
            message = self.message(interaction["channel_id"], data, interaction_metadata=_asked(interaction))
        elif kind in (6, 7):
            message = self.messages[interaction["message"]["id"]]
            self._change(message, data)
        self.callbacks[interaction_id] = {"type": kind, "data": data, "message": message}
        told: dict[str, Any] = {"interaction": {"id": interaction_id, "type": interaction["type"]}}
        if message is not None:
            told["interaction"]["response_message_id"] = message["id"]
            told["resource"] = {"type": kind, "message": message}
        return _json(told)

    def _webhook(self, method: str, token: str, rest: list[str], sent: Any) -> web.Response:
        interaction = self.interactions.get(token)
        if interaction is None or interaction["id"] not in self.callbacks:
            return _refused(404, 10015)
        if method == "POST":
            message = self.message(interaction["channel_id"], sent, interaction_metadata=_asked(interaction))
            self.followups.setdefault(interaction["id"], []).append(message)
            return _json(message)
        found = self.callbacks[interaction["id"]]["message"] if rest[1] == "@original" else self.messages.get(rest[1])
        if found is None or method != "PATCH":
            return _refused(404, 10008)
        self._change(found, sent)
        self.edited.add(interaction["id"])
        return _json(found)

    def _in_channel(self, method: str, channel_id: str, rest: list[str], sent: Any) -> web.Response:
        match method, rest:
            case "GET", []:
                return _json(self.channel(channel_id))
            case "POST", ["messages"]:
                return _json(self.message(channel_id, sent))
            case "GET", ["messages"]:
                return _json([self.seen_by_bot(each) for each in reversed(self.posts(int(channel_id)))])
        message = self.messages.get(rest[1]) if len(rest) == 2 and rest[0] == "messages" else None
        if message is None:
            return _refused(404, 10008)
        match method:
            case "GET":
                return _json(self.seen_by_bot(message))
            case "PATCH":
                self._change(message, sent)
                return _json(message)
            case "DELETE":
                del self.messages[message["id"]]
                return web.Response(status=204)
        return _refused(404, 0)

    # -------------------------------------------------------------------------------------------- small

    def _change(self, message: dict[str, Any], sent: Mapping[str, Any]) -> None:
        if "components" in sent:
            message["components"] = sent["components"]
        message["flags"] |= sent.get("flags") or 0
        self._resolve_files(message)

    def _resolve_files(self, message: Mapping[str, Any]) -> None:
        for part in parts_of(message["components"]):
            for item in part.get("items", ()):
                name = item["media"]["url"].removeprefix("attachment://")
                if name != item["media"]["url"]:
                    link = f"http://127.0.0.1:{self._port}/files/sent/{name}"
                    mime = "video/mp4" if name.endswith(".mp4") else "image/png"
                    item["media"] = {"url": link, "proxy_url": link, "content_type": mime}

    def _same_nonce(self, message: Mapping[str, Any]) -> dict[str, Any] | None:
        same = (m for m in self.posts(int(message["channel_id"])) if m["nonce"] == message["nonce"])
        return next(same, None)


_APPLICATION = {
    "id": str(BOT),
    "name": "videobot",
    "icon": None,
    "description": "",
    "summary": "",
    "bot_public": True,
    "bot_require_code_grant": False,
    "verify_key": "key",
    "flags": 0,
    "owner": person(5),
    "team": None,
}


def _asked(interaction: Mapping[str, Any]) -> dict[str, Any]:
    who = interaction["member"]["user"] if "member" in interaction else interaction["user"]
    return {
        "id": interaction["id"],
        "type": interaction["type"],
        "user": who,
        "authorizing_integration_owners": {},
    }


def _json(data: Any) -> web.Response:
    # Exactly this type: with a charset behind it discord.py does not read the answer as JSON.
    return web.Response(body=json.dumps(data).encode(), headers={"Content-Type": "application/json"})


def _refused(status: int, code: int) -> web.Response:
    body = json.dumps({"message": "refused", "code": code}).encode()
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json"})


# ------------------------------------------------------------------------------------------------ Discord's description


def complaints_about(method: str, path: str, sent: Any) -> list[str]:
    """What Discord's own description has against this body; nothing where the description is not at hand."""
    validator = _validator(method, re.sub(r"/tok\d+", "/TOKEN", re.sub(r"\d{15,}", "1", path)))
    if validator is None:
        return []
    body = _with_text_ids(sent)
    return [f"{method} {path}: {error.message[:200]}" for error in itertools.islice(validator.iter_errors(body), 3)]


@functools.cache
def _description() -> dict[str, Any] | None:
    file = _FOLDER / "discord-openapi.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


@functools.cache
def _validator(method: str, path: str) -> Draft202012Validator | None:
    description = _description()
    if description is None:
        return None
    for template, operations in sorted(description["paths"].items(), key=lambda entry: entry[0].count("{")):
        pattern = re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(template))
        content = operations.get(method.lower(), {}).get("requestBody", {}).get("content", {})
        if "application/json" in content and re.fullmatch(pattern, path):
            schema = content["application/json"]["schema"]
            return Draft202012Validator({**schema, "components": description["components"]})
    return None


def _with_text_ids(value: Any) -> Any:
    """Ids as texts: Discord takes them as numbers, too, its description does not say so."""
    if isinstance(value, dict):
        texts = {name: _with_text_ids(each) for name, each in value.items()}
        return {**texts, "id": str(value["id"])} if "filename" in value else texts
    if isinstance(value, list):
        return [_with_text_ids(each) for each in value]
    return str(value) if isinstance(value, int) and value > 10**15 else value
