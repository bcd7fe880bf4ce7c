"""The fake Discord itself: its server, its world, its clock, and what a test can order and look at."""

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.fakes.discord import limits, openapi, routes
from tests.fakes.discord.api import PREFIX, Api, Call, Request
from tests.fakes.discord.channels import Channel, DirectMessages
from tests.fakes.discord.commands import Commands
from tests.fakes.discord.faults import Fault, Hold, Storm, Troubles
from tests.fakes.discord.gateway import GUILD_MEMBERS, MESSAGE_CONTENT, PRESENCES, Gateway
from tests.fakes.discord.guilds import Guild
from tests.fakes.discord.ids import Ids
from tests.fakes.discord.interactions import PATIENCE_S, Interaction, Interactions
from tests.fakes.discord.messages import FakeMessage
from tests.fakes.discord.people import Person
from tests.fakes.discord.uploads import Attachment, Cdn

assert routes

ACK_TIMEOUT_S = 3.0
MIB = 1024 * 1024
LIMITED_INTENT_FLAGS = {PRESENCES: 1 << 13, GUILD_MEMBERS: 1 << 15, MESSAGE_CONTENT: 1 << 19}


class FakeDiscord:
    """`async with FakeDiscord() as discord`: REST v10 and gateway v10 on one loopback port.

    `clock` answers epoch seconds. `attachment_size_limit` is in bytes, for DMs and for servers that name no own limit.
    `schemas` False spares the milliseconds that Discord's OpenAPI document takes a request, for benchmarks.
    """

    def __init__(
        self,
        clock: Callable[[], float] | None = None,
        attachment_size_limit: int = 10 * MIB,
        *,
        schemas: bool = True,
    ) -> None:
        self.now = clock or time.time
        self.attachment_size_limit, self.schemas = attachment_size_limit, schemas
        self.told_limits = {attachment_size_limit}  # of direct messages, as the bot has heard
        self.token = "fake-bot-token.of.discord"
        self.bot_name = "videobot"
        self.ids = Ids(self.now)
        self.application_id = self.ids.new()
        # switches
        self.strips_replied_content = True
        self.privileged_intents = 0  # the privileged intents (bits) granted to the application
        self.rate_limits = False
        self.ack_timeout_s = ACK_TIMEOUT_S  # real seconds
        self.patience_s = PATIENCE_S  # real seconds until a person gives up
        self.shards = 1  # what /gateway/bot recommends
        self.bot_public = True
        # the world
        self.people: dict[int, Person] = {}
        self.bot = self.add_person(self.bot_name, bot=True)
        self.bot_user_id = self.bot.id
        self.owner = self.add_person("developer")
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, FakeMessage] = {}
        self.nonces: dict[str, tuple[float, FakeMessage]] = {}
        self.commands = Commands(self)
        self.cdn = Cdn(self)
        self.downloads: list[tuple[str, int]] = []  # path and status of each request for a file
        # what happened
        self.requests: list[Request] = []
        self.complaints: list[str] = []
        self.used: list[Interaction] = []
        self.interactions = Interactions(self)
        self.gateway = Gateway(self)
        self.troubles = Troubles(self)
        self.root = self.api_base = self.gateway_url = ""
        self._runner: web.AppRunner | None = None
        self._waiting: set[asyncio.Future[None]] = set()

    # -- life --------------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**30)
        app.router.add_get("/", self.gateway.handle)
        app.router.add_get("/cdn/{path:.*}", self._download)
        app.router.add_route("*", PREFIX + "/{path:.*}", Api(self).handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        place = f"127.0.0.1:{self._runner.addresses[0][1]}"
        self.root, self.gateway_url = f"http://{place}", f"ws://{place}/"
        self.api_base = self.root + PREFIX
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for hold in self.troubles.holds:
            hold.release()
        self.gateway.drop()
        assert self._runner is not None
        await self._runner.cleanup()

    async def _download(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        seen = Request("GET", f"/cdn/{path}", "/cdn/{path}", {}, None, {}, {}, self.now())
        if await self.troubles.wait(seen, after=False) and request.transport is not None:
            request.transport.abort()
        file = self.cdn.find(path, dict(request.query))
        self.downloads.append((path, 200 if file else 404))
        if file is None:
            return web.Response(text="This content is no longer available.", status=404)
        return web.Response(body=file.data, content_type=file.content_type)

    # -- the world ---------------------------------------------------------------------------------------------------

    def add_guild(
        self, name: str, *, upload_limit: int | None = None, locale: str = "en-US", permissions: int | None = None
    ) -> Guild:
        """A server the bot is a member of."""
        limit = self.attachment_size_limit if upload_limit is None else upload_limit
        guild = Guild(self, self.ids.of_guild(), name, limit, locale)
        if permissions is not None:
            guild.bot_permissions = permissions
        self.guilds[guild.id] = guild
        self.gateway.introduce(guild)
        return guild

    def add_person(self, name: str, *, locale: str = "en-US", bot: bool = False) -> Person:
        """Somebody who is in no server yet."""
        person = Person(self, self.ids.new(), name, locale=locale, bot=bot)
        self.people[person.id] = person
        return person

    def dm(self, person: Person) -> DirectMessages:
        """The direct messages of a person and the bot."""
        if person.dm is None:
            person.dm = DirectMessages(self, self.ids.new(), person)
            self.channels[person.dm.id] = person.dm
        return person.dm

    @property
    def application_flags(self) -> int:
        return sum(flag for intent, flag in LIMITED_INTENT_FLAGS.items() if self.privileged_intents & intent)

    def allow_message_content(self) -> None:
        """Grant the privileged message-content intent."""
        self.privileged_intents |= MESSAGE_CONTENT

    def post(self, message: FakeMessage) -> None:
        """A message appears where it belongs."""
        self.messages[message.id] = message
        message.channel.all_messages.append(message)
        if message.ephemeral_for is not None:
            message.ephemeral_for.private.append(message)
        else:
            self._announce("MESSAGE_CREATE", message)
        self.touch()

    def changed(self, message: FakeMessage) -> None:
        """A message says something else now."""
        if message.ephemeral_for is None:
            self._announce("MESSAGE_UPDATE", message)
        self.touch()

    def delete_message(self, message: FakeMessage) -> None:
        """A message goes away."""
        message.deleted = True
        if message.ephemeral_for is None and not (message.channel.guild and message.channel.guild.bot_kicked):
            self.gateway.deleted(message)
        self.touch()

    def _announce(self, event: str, message: FakeMessage) -> None:
        guild = message.channel.guild
        if guild is None or (not guild.bot_kicked and message.channel.bot_permissions & (1 << 10 | 1 << 3)):
            self.gateway.send_message(event, message)

    def expire_files(self, *, only_ephemeral: bool = False) -> None:
        """The addresses of all files so far stop working (404)."""
        for file in self.cdn.files.values():
            file.expired = file.expired or file.ephemeral or not only_ephemeral

    # -- troubles ----------------------------------------------------------------------------------------------------

    def fault(
        self,
        method: str,
        path_glob: str,
        *,
        status: int | None = None,
        code: int = 0,
        times: int = 1,
        lose_answer: bool = False,
        lose_request: bool = False,
        retry_after: float | None = None,
        message: str | None = None,
        via: bool = True,
        body: Any = None,
    ) -> Fault:
        """The next `times` calls go wrong. The glob is matched with the path after /api/v10 (`*` also takes slashes) or
        is a route's template such as `/channels/{channel_id}/messages`. `lose_answer`: it has its effect, then the
        connection is cut; `lose_request`: cut before any effect; `via` False: a 429 of the proxy in front."""
        if status is None and code == 0 and not (lose_answer or lose_request):
            raise ValueError("say what goes wrong: status, code, lose_answer or lose_request")
        fault = Fault(
            method, path_glob, status, code, times, message, lose_answer, lose_request, retry_after, via, body
        )
        self.troubles.faults.append(fault)
        return fault

    def hold(self, method: str, path_glob: str, *, after: bool = False) -> Hold:
        """The next call (or download, GET /cdn/...) waits until it is released: before its effect, or after it and
        before the answer."""
        hold = Hold(method, path_glob, after)
        self.troubles.holds.append(hold)
        return hold

    def storm(
        self, share: float, *, method: str = "*", path_glob: str = "*", retry_after: float = 0.05, via: bool = True
    ) -> Storm:
        """From now on a share (0 to 1) of the calls is answered with 429, until `end()` of what this returns."""
        storm = Storm(share, method, path_glob, retry_after, via)
        self.troubles.storms.append(storm)
        return storm

    def drop_gateway(self, *, resumable: bool = True) -> None:
        """The gateway's connections break."""
        self.gateway.drop(resumable=resumable)

    async def close_gateway(self, code: int = 1001) -> None:
        """The gateway closes its connections with a code."""
        await self.gateway.close(code)

    # -- looking -----------------------------------------------------------------------------------------------------

    def problems(self, call: Call) -> list[tuple[str, str]]:
        """What is wrong with a request, by place: Discord's OpenAPI where it is at hand, and the table of limits."""
        found = openapi.problems(call) if self.schemas else []
        try:
            return found + limits.problems(call)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            return [*found, ("", f"the body has not the documented shape: {error!r}")]

    def complain(self, method: str, path: str, place: str, wrong: str) -> None:
        """Note a rule that the bot broke."""
        self.complaints.append(f"{method} {path}: {place + ': ' if place else ''}{wrong}")

    def asked(self, method: str, path_glob: str) -> list[Request]:
        """The requests so far with this method and path (or route template)."""
        from tests.fakes.discord.faults import fits

        return [seen for seen in self.requests if fits(method, path_glob, seen)]

    def file(self, name: str) -> Attachment:
        """The newest kept file of this name."""
        return [file for file in self.cdn.files.values() if file.filename == name][-1]

    def touch(self) -> None:
        """Something changed: whoever waits looks again."""
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    async def until(self, condition: Callable[[], Any], timeout: float = 10) -> Any:
        """Wait until the condition holds, and return its value; AssertionError after `timeout` real seconds."""
        end = time.monotonic() + timeout
        while not (value := condition()):
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.add(waiter)
            try:
                await asyncio.wait_for(waiter, end - time.monotonic())
            except TimeoutError:
                self._waiting.discard(waiter)
                raise AssertionError(
                    f"it did not happen within {timeout:g} s; requests: {self.requests[-5:]}"
                ) from None
        return value
