"""The REST API: finds the route, checks the request, meets the troubles a test ordered, answers as Discord does."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, web

from tests.fakes.discord.errors import UNAUTHORIZED, DiscordError
from tests.fakes.discord.uploads import Upload

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

PREFIX = "/api/v10"


@dataclass
class Call:
    """One request as a route gets it: `args` from the path, `body` the JSON (or payload_json), `files` by number."""

    discord: "FakeDiscord"
    method: str
    path: str
    route: str
    args: dict[str, str]
    query: dict[str, str]
    body: Any
    files: dict[int, Upload]

    def number(self, name: str, unknown: int) -> int:
        """A snowflake of the path; raises the `unknown` code for anything else."""
        value = self.args[name]
        if not value.isdigit():
            raise DiscordError(unknown)
        return int(value)


@dataclass
class Answer:
    """What goes back."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Request:
    """One REST request of the bot, as a test looks at it. `at` is the fake's clock; `answer` the JSON sent back; `lost`
    when the connection was cut instead."""

    method: str
    path: str
    route: str
    query: dict[str, str]
    json: Any
    files: dict[int, Upload]
    headers: dict[str, str]
    at: float
    status: int | None = None
    answer: Any = None
    lost: bool = False

    def __repr__(self) -> str:
        return f"<{self.method} {self.path} -> {'lost' if self.lost else self.status}>"


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True)
class Route:
    """A path template and what serves it; `open` needs no bot token."""

    method: str
    template: str
    handler: Handler
    open: bool
    pattern: re.Pattern[str]


ROUTES: list[Route] = []


def route(method: str, template: str, *, open: bool = False) -> Callable[[Handler], Handler]:  # noqa: A002
    """Serve `method` on a path template as in Discord's OpenAPI document."""
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))

    def register(handler: Handler) -> Handler:
        ROUTES.append(Route(method, template, handler, open, pattern))
        ROUTES.sort(key=lambda one: one.template.count("{"))
        return handler

    return register


class Api:
    """Serves /api/v10/."""

    def __init__(self, discord: "FakeDiscord") -> None:
        self._discord = discord

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Any request below /api/v10."""
        discord = self._discord
        path = request.path.removeprefix(PREFIX)
        found, args = self._find(request.method, path)
        try:
            body, files = await self._read(request)
            unreadable = None
        except ValueError:
            body, files, unreadable = None, {}, DiscordError(50109)
        headers = {name: value for name, value in request.headers.items() if name != "Authorization"}
        if "Authorization" in request.headers:
            headers["Authorization"] = "redacted"
        template = found.template if found else path
        seen = Request(request.method, path, template, dict(request.query), body, files, headers, discord.now())
        discord.requests.append(seen)
        call = Call(discord, request.method, path, template, args, dict(request.query), body, files)
        if await discord.troubles.wait(seen, after=False):
            return self._cut(request, seen)
        fault = discord.troubles.next_fault(seen)
        try:
            if fault is not None and fault.lose_request:
                return self._cut(request, seen)
            if fault is not None and not fault.lose_answer:
                answer = fault.answer()
            else:
                answer = await self._serve(call, found, unreadable, request.headers.get("Authorization"))
        except DiscordError as error:
            for place, wrong in error.broken:
                discord.complain(call.method, path, place, wrong)
            answer = Answer(error.body(), error.status)
        except Exception as error:
            discord.complain(seen.method, path, "", f"the fake itself failed: {error!r}")
            raise
        dropped = await discord.troubles.wait(seen, after=True)
        if dropped or (fault is not None and fault.lose_answer):
            return self._cut(request, seen)
        seen.status, seen.answer = answer.status, answer.body
        discord.touch()
        headers = {**discord.troubles.bucket_headers(seen), **answer.headers}
        if answer.body is None:
            return web.Response(status=answer.status, headers=headers)
        text = json.dumps(answer.body).encode()
        return web.Response(body=text, status=answer.status, headers={**headers, "Content-Type": "application/json"})

    async def _serve(
        self, call: Call, found: Route | None, unreadable: DiscordError | None, auth: str | None
    ) -> Answer:
        discord = self._discord
        if found is None:
            raise DiscordError(0, broken=[("", "no such route, or the fake does not serve it")])
        if not found.open and auth != f"Bot {discord.token}":
            return Answer(UNAUTHORIZED, 401)
        if (limited := discord.troubles.rate_limited(call)) is not None:
            return limited
        if unreadable is not None:
            raise unreadable
        problems = discord.problems(call)
        if problems:
            raise DiscordError(50035, broken=problems)
        answer = await found.handler(call)
        if isinstance(answer, Answer):
            return answer
        return Answer(None, 204) if answer is None else Answer(answer)

    def _cut(self, request: web.Request, seen: Request) -> web.StreamResponse:
        seen.lost = True
        if request.transport is not None:
            request.transport.abort()
        self._discord.touch()
        return web.Response()

    def _find(self, method: str, path: str) -> tuple[Route | None, dict[str, str]]:
        for one in ROUTES:
            if one.method == method and (match := one.pattern.fullmatch(path)):
                return one, match.groupdict()
        return None, {}

    async def _read(self, request: web.Request) -> tuple[Any, dict[int, Upload]]:
        if not request.content_type.startswith("multipart/"):
            text = await request.read()
            return (json.loads(text) if text else None), {}
        body: Any = None
        files: dict[int, Upload] = {}
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            data = bytes(await part.read())
            if part.name == "payload_json":
                body = json.loads(data)
            elif match := re.fullmatch(r"files?\[?(\d+)\]?", part.name or ""):
                files[int(match[1])] = Upload(part.filename or "file", data)
        return body, files
