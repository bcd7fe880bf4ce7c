"""A whole bot on the fake Discord and the sandbox, and what people do with it: commands, forms, presses, messages."""

import asyncio
import contextlib
import io
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import SecretStr

from adapters.cards.card import Verb
from adapters.desk import Actor
from adapters.discord.order import Order, interaction_key
from adapters.gateways.sandbox import SandboxGateway
from bot.app import App, open_app
from bot.discord_side import DiscordSide
from bot.generation.job import Address, Job, JobState, Requester
from bot.generation.ports import Intake
from bot.generation.request import Frame, FrameRole, VideoRequest
from tests.discord.wire import BOT, CHANNEL, DIRECT, EPHEMERAL, OTHER_CHANNEL, Wire, parts_of, person, snowflake
from tests.fakes.clocks import FastClock
from tests.fakes.house import settings_for

__all__ = ["CHANNEL", "OTHER_CHANNEL", "Answer", "OpenBot", "png"]

SERVER, OTHER_SERVER = 333333333333333333, 444444444444444444
ANNA, BEN, ADMIN, MODERATOR = 500000000000000001, 500000000000000002, 500000000000000003, 500000000000000004
ADMIN_ROLE = 600000000000000001
_MEMBER = (1 << 10) | (1 << 11) | (1 << 15) | (1 << 16)  # view, send, attach, read history
_MAY = {ADMIN: _MEMBER | (1 << 5), MODERATOR: _MEMBER | (1 << 13)}  # manage the server, manage messages
_EVERYTHING = (1 << 50) - 1
_WITHIN = 10.0  # seconds something may take to be seen

_SETTINGS = {
    "servers": "discord_servers",
    "channels": "discord_channels",
    "admin_roles": "discord_admin_roles",
    "admins": "discord_admins",
}
_MEMBERSHIP = {"joined_at": "2026-01-01T00:00:00+00:00", "deaf": False, "mute": False, "flags": 0}

Message = Mapping[str, Any]


def png(colour: str = "green", side: int = 320) -> bytes:
    """The bytes of a picture."""
    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "PNG")
    return out.getvalue()


def text_of(message: Message) -> str:
    """What people read: without the marks that keep their own text from formatting."""
    texts = [part["content"] for part in parts_of(message["components"]) if part["type"] == 10]
    return re.sub(r"\\([^A-Za-z0-9\s])", r"\1", "\n".join([message["content"], *texts]))


def buttons_of(message: Message) -> list[str]:
    """The custom ids of its buttons."""
    return [part["custom_id"] for part in parts_of(message["components"]) if part["type"] == 2 and "custom_id" in part]


@dataclass
class Answer:
    """What an interaction was answered with, as it is now."""

    id: str
    wire: Wire

    @property
    def _first(self) -> Message:
        return self.wire.callbacks[self.id]

    @property
    def message(self) -> Message:
        """The message of the answer."""
        followups = self.wire.followups.get(self.id, [])
        found: Message = followups[0] if self._first["type"] == 6 and followups else self._first["message"]
        return found

    @property
    def private(self) -> bool:
        return bool(self.message["flags"] & EPHEMERAL)

    @property
    def text(self) -> str:
        """The answer and what followed it."""
        return "\n".join(text_of(message) for message in [self.message, *self.wire.followups.get(self.id, [])])

    def button(self, verb: Verb) -> str | None:
        """The custom id of the button with this verb."""
        return next((each for each in buttons_of(self.message) if each.startswith(f"v1:{verb}:")), None)

    @property
    def modal(self) -> Message | None:
        """The form that opened."""
        return self._first["data"] if self._first["type"] == 9 else None

    @property
    def fields(self) -> dict[str, Message]:
        """The form's fields by custom id."""
        assert self.modal is not None, self.text
        return {part["custom_id"]: part for part in parts_of(self.modal["components"]) if "custom_id" in part}

    def chosen(self, name: str) -> list[str]:
        """What a choice of the form is filled in with."""
        return [option["value"] for option in self.fields[name]["options"] if option.get("default")]

    def value(self, name: str) -> str:
        """What a text field of the form is filled in with."""
        return str(self.fields[name].get("value", ""))


@dataclass
class OpenBot:
    """The bot, and people in front of it. `options`: settings, with short names for the ids of Discord."""

    folder: Path
    wire: Wire
    sandbox: SandboxGateway
    clock: FastClock
    options: dict[str, Any]
    run_jobs: bool = True
    anna: int = ANNA
    mention: str = f"<@{BOT}>"
    last_answer: Answer | None = None
    _stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    # -------------------------------------------------------------------------------------------- the process

    async def open(self) -> None:
        """Start as `videobot run` does."""
        more = {
            _SETTINGS.get(name, name): tuple(map(str, value)) if name in _SETTINGS else value
            for name, value in self.options.items()
        }
        settings = settings_for(
            self.folder,
            self.sandbox,
            discord_token=SecretStr("token"),
            discord_api_base=self.wire.api_base,
            allow_private_links=True,
            **more,
        )
        self.wire.ready.clear()
        opening = open_app(settings, run_jobs=self.run_jobs, clock=self.clock, begin=False)
        self.app: App = await self._stack.enter_async_context(opening)
        self.side = DiscordSide(self.app)
        await self.side.start()
        await self.app.take_over()
        await asyncio.wait_for(self.wire.ready.wait(), _WITHIN)

    async def shut(self) -> None:
        """Stop as on SIGTERM."""
        if self.app.engine is not None:
            await self.app.engine.stop()
        await self.side.stop()
        await self._stack.aclose()
        self._stack = contextlib.AsyncExitStack()

    async def restart(self) -> None:
        await self.shut()
        await self.open()

    # -------------------------------------------------------------------------------------------- interactions

    async def slash(
        self,
        name: str,
        *,
        user: int = ANNA,
        roles: Sequence[int] = (),
        dm: bool = False,
        app_permissions: int = _EVERYTHING,
        expect: bool = True,
        twice: bool = False,
        **given: Any,
    ) -> Any:
        """A slash command; `to_user` is its option user. None without `expect`."""
        data = _command(name, given)
        interaction = self._interaction(2, data, user, roles=roles, dm=dm, app_permissions=app_permissions)
        return await self._send(interaction, expect=expect, twice=twice)

    async def complete(self, name: str, focused: str, *, user: int = ANNA, **given: Any) -> list[Any]:
        """What autocomplete offers."""
        data = _command(name, given, focused)
        del data["resolved"]
        interaction = self._interaction(4, data, user)
        await self._send(interaction)
        return [choice["value"] for choice in self.wire.callbacks[interaction["id"]]["data"]["choices"]]

    async def menu(self, name: str, message: Message, *, user: int = ANNA) -> Answer:
        """A command of a message's menu. It shows the bot everything in the message."""
        resolved = {"messages": {message["id"]: message}}
        data = {"id": "9", "name": name, "type": 3, "target_id": message["id"], "resolved": resolved}
        return await self._answer(self._interaction(2, data, user))

    async def press(self, on: Answer | Message | None, verb: Verb, *, user: int = ANNA) -> Answer:
        """Press the button with this verb."""
        assert on is not None
        message = on.message if isinstance(on, Answer) else on
        custom_id = next(each for each in buttons_of(message) if each.startswith(f"v1:{verb}:"))
        data = {"custom_id": custom_id, "component_type": 2, "id": 5}
        return await self._answer(self._interaction(3, data, user, message=message))

    async def press_raw(self, custom_id: str, *, user: int = ANNA) -> Answer:
        """Press a button that nobody posted in this test."""
        button = {"type": 2, "id": 2, "style": 1, "label": "x", "custom_id": custom_id}
        sent = {"flags": 1 << 15, "components": [{"type": 1, "id": 1, "components": [button]}]}
        message = self.wire.message(CHANNEL, sent)
        data = {"custom_id": custom_id, "component_type": 2, "id": 2}
        return await self._answer(self._interaction(3, data, user, message=message))

    async def submit(self, opened: Answer, *, user: int = ANNA, image: Message | None = None, **typed: str) -> Answer:
        """Send a form: filled in as it opened, but for what is `typed`."""
        assert opened.modal is not None
        fields = []
        for name, component in opened.fields.items():
            given: dict[str, Any] = {"type": component["type"], "id": 1, "custom_id": name}
            if component["type"] == 4:
                given["value"] = typed.get(name, component.get("value") or "")
            elif component["type"] == 19:
                given["values"] = [image["id"]] if image else []
            else:
                given["values"] = opened.chosen(name)
            fields.append(given)
        resolved = {"attachments": {image["id"]: image}} if image else {}
        return await self._form(opened.modal["custom_id"], fields, resolved, user)

    async def submit_raw(self, custom_id: str, *, prompt: str) -> Answer:
        """Send a form that nobody opened in this test."""
        return await self._form(custom_id, [{"type": 4, "id": 2, "custom_id": "prompt", "value": prompt}], {}, ANNA)

    async def _form(self, custom_id: str, fields: Sequence[Message], resolved: Mapping[str, Any], user: int) -> Answer:
        components = [{"type": 18, "id": 1, "component": each} for each in fields]
        data = {"custom_id": custom_id, "components": components, "resolved": resolved}
        return await self._answer(self._interaction(5, data, user))

    def _interaction(
        self,
        kind: int,
        data: Mapping[str, Any],
        user: int,
        *,
        roles: Sequence[int] = (),
        dm: bool = False,
        app_permissions: int = _EVERYTHING,
        message: Message | None = None,
    ) -> dict[str, Any]:
        interaction: dict[str, Any] = {
            "id": snowflake(),
            "application_id": str(BOT),
            "type": kind,
            "token": f"tok{snowflake()}",
            "version": 1,
            "data": data,
            "attachment_size_limit": 10 * 2**20,
            "entitlements": [],
            "authorizing_integration_owners": {},
            "context": 1 if dm else 0,
            "locale": "en-US",
            "app_permissions": str(app_permissions),
        }
        if dm:
            channel = {"id": DIRECT, "type": 1, "recipients": [person(user)], "last_message_id": None}
            interaction |= {"user": person(user), "channel": channel, "channel_id": DIRECT}
        else:
            member = {
                "user": person(user),
                "roles": [str(role) for role in roles],
                "permissions": str(_MAY.get(user, _MEMBER)),
                **_MEMBERSHIP,
            }
            channel = self.wire.channel(CHANNEL)
            interaction |= {"guild_id": str(SERVER), "channel": channel, "channel_id": str(CHANNEL), "member": member}
        if message is not None:
            interaction["message"] = message
        self.wire.interactions[interaction["token"]] = interaction
        return interaction

    async def _answer(self, interaction: Mapping[str, Any]) -> Answer:
        answer = await self._send(interaction)
        assert answer is not None
        return answer

    async def _send(self, interaction: Mapping[str, Any], *, expect: bool = True, twice: bool = False) -> Answer | None:
        """Deliver it, and wait until it is answered completely."""
        for _ in range(2 if twice else 1):
            await self.wire.dispatch("INTERACTION_CREATE", interaction)
        if not expect:
            return None
        wire, interaction_id = self.wire, interaction["id"]
        await self.until(lambda: interaction_id in wire.callbacks)
        if wire.callbacks[interaction_id]["type"] in (5, 6):
            await self.until(lambda: interaction_id in wire.edited or interaction_id in wire.followups)
        await self.until(lambda: not self.side.client.is_answering)
        self.last_answer = Answer(interaction_id, wire)
        return self.last_answer

    # -------------------------------------------------------------------------------------------- messages

    def file(self, name: str, content: bytes, mime: str = "image/png") -> dict[str, Any]:
        """An attachment."""
        link = self.wire.store_file(name, content)
        size = len(content)
        return {
            "id": snowflake(),
            "filename": name,
            "size": size,
            "url": link,
            "proxy_url": link,
            "content_type": mime,
        }

    def message_with(
        self, kind: str, file: Mapping[str, Any] | None, *, author: int, hidden: bool = False
    ) -> dict[str, Any]:
        """A person's message with an image in it: attachment, embed, gallery, forward, sticker; or only text."""
        more: dict[str, Any] = {}
        sent: dict[str, Any] = {}
        link = file["url"] if file else ""
        match kind:
            case "attachment":
                more["attachments"] = [file]
            case "embed":
                more["embeds"] = [{"type": "image", "image": {"url": link}}]
            case "gallery":
                media = {"url": link, "proxy_url": link, "content_type": "image/png"}
                sent = {"flags": 1 << 15, "components": [{"type": 12, "id": 1, "items": [{"media": media}]}]}
            case "sticker":
                more["sticker_items"] = [{"id": "5", "name": "s", "format_type": 1}]
            case "forward":
                inner = {key: value for key, value in self.wire.message(CHANNEL, {}).items() if key != "author"}
                more["message_snapshots"] = [{"message": {**inner, "attachments": [file]}}]
            case "text":
                more["content"] = "hello"
        message = self.wire.message(CHANNEL, sent, author=person(author), **more)
        if hidden:
            self.wire.hidden.add(message["id"])
        return message

    async def say(
        self,
        content: str,
        *,
        user: int = ANNA,
        reply_to: Message | None = None,
        image: Mapping[str, Any] | None = None,
        by_bot: bool = False,
        webhook: bool = False,
        pings_bot: bool = False,
        expect: bool = True,
    ) -> Any:
        """Somebody writes a message; returns the bot's answer, None without `expect`."""
        more: dict[str, Any] = {
            "author": {**person(user), "bot": by_bot},
            "content": content,
            "attachments": [image] if image else [],
            "guild_id": str(SERVER),
            "member": {"roles": [], **_MEMBERSHIP},
        }
        if webhook:
            more["webhook_id"] = snowflake()
        if reply_to is not None:
            reference = {"message_id": reply_to["id"], "channel_id": str(CHANNEL), "guild_id": str(SERVER)}
            above = self.wire.seen_by_bot(reply_to)
            more |= {"type": 19, "message_reference": reference, "referenced_message": above}
        if pings_bot:
            more["mentions"] = [person(BOT)]
        message = self.wire.message(CHANNEL, {}, **more)
        before = len(self.posts())
        await self.wire.dispatch("MESSAGE_CREATE", message)
        if not expect:
            await self.complete("video", "mode")  # what came later is answered, so this was passed over
            assert len(self.posts()) == before
            return None
        await self.until(lambda: len(self.posts()) > before)
        await self.until(lambda: not self.side.client.is_answering)
        return self.posts()[-1]

    def posts(self) -> list[dict[str, Any]]:
        """The bot's messages in the channel, oldest first."""
        return self.wire.posts()

    def has_button(self, message: Message, verb: Verb) -> bool:
        return any(each.startswith(f"v1:{verb}:") for each in buttons_of(message))

    # -------------------------------------------------------------------------------------------- what is stored

    async def jobs(self) -> list[Job]:
        """All jobs, newest first."""
        return list(await self.app.store.jobs())

    async def job(self, job_id: str) -> Job:
        job = await self.app.store.job(job_id)
        assert job is not None
        return job

    async def only_job(self) -> Job:
        (job,) = await self.jobs()
        return job

    async def started_job(self) -> Job:
        """The only job; when its price asked first, after a press on Start."""
        if not await self.jobs():
            await self.press(self.last_answer, Verb.START)
        return await self.only_job()

    async def ended(self, job: Job) -> Job:
        """The job when nothing more happens by itself, its messages posted."""
        async with asyncio.timeout(_WITHIN * 2):
            async for view in self.app.follow(job.id):
                job = view.job
        await self.until_async(lambda: self._is_posted(job.id))
        return job

    async def uncertain_job(self) -> Job:
        """A job whose create was answered by nobody."""
        await self.slash("video", prompt="waves [[sandbox:lost_answer]]")
        job = await self.ended(await self.only_job())
        assert job.state is JobState.UNCERTAIN
        return job

    async def open_events(self) -> list[Intake]:
        """Events that were written down and not answered."""
        return list(await self.app.store.open_intakes("discord"))

    async def no_open_events(self) -> bool:
        return not await self.open_events()

    def order(self, *, prompt: str, image: Mapping[str, Any] | None = None) -> Order:
        """What a command of Anna's is on its way to the desk. With an image it was answered with "thinking"."""
        interaction = self._interaction(2, {}, ANNA)
        extra = {} if image else {"response": interaction["id"]}
        frames = (Frame(role=FrameRole.FIRST_FRAME, source=image["url"]),) if image else ()
        if image:
            thinking = self.wire.message(CHANNEL, {"flags": EPHEMERAL | 1 << 7})
            self.wire.callbacks[interaction["id"]] = {"type": 5, "data": {}, "message": thinking}
        return Order(
            key=interaction_key(int(interaction["id"])),
            actor=Actor(Requester("discord", str(ANNA), str(SERVER), str(CHANNEL)), "Anna"),
            address=Address("discord", str(SERVER), str(CHANNEL), size_limit=10 * 2**20, extra=extra),
            request=VideoRequest(prompt=prompt, frames=frames),
            token=interaction["token"],
        )

    @asynccontextmanager
    async def database_locked(self) -> AsyncIterator[None]:
        """Another program holds the database."""
        other = sqlite3.connect(self.folder / "videobot.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
            other.close()

    async def _is_posted(self, job_id: str) -> bool:
        return all(delivery.reference for delivery in await self.app.store.deliveries(job_id))

    # -------------------------------------------------------------------------------------------- waiting

    async def until(self, seen: Callable[[], Any]) -> None:
        """Wait for something that the wire shows."""

        async def look() -> Any:
            return seen()

        await self.until_async(look)

    async def until_async(self, seen: Callable[[], Awaitable[Any]]) -> None:
        async with asyncio.timeout(_WITHIN):
            while not await seen():
                await asyncio.sleep(0.02)


def _command(name: str, given: Mapping[str, Any], focused: str | None = None) -> dict[str, Any]:
    """The data of a command with its options; "video-admin quota set" is one of a group's."""
    top, *below = name.split()
    resolved: dict[str, dict[str, Any]] = {}
    options = [_option(option, value, resolved) for option, value in given.items()]
    if focused is not None:
        options.append({"name": focused, "type": 3, "value": "", "focused": True})
    for depth, sub in enumerate(reversed(below)):
        options = [{"name": sub, "type": 1 if depth == 0 else 2, "options": options}]
    return {"id": "9", "name": top, "type": 1, "options": options, "resolved": json.loads(json.dumps(resolved))}


def _option(name: str, value: Any, resolved: dict[str, dict[str, Any]]) -> dict[str, Any]:
    if name == "to_user":
        resolved.setdefault("users", {})[str(value)] = person(value)
        return {"name": "user", "type": 6, "value": str(value)}
    if isinstance(value, Mapping):
        resolved.setdefault("attachments", {})[value["id"]] = value
        return {"name": name, "type": 11, "value": value["id"]}
    number = 10 if name == "amount" else 4
    kind = 5 if isinstance(value, bool) else 3 if isinstance(value, str) else number
    return {"name": name, "type": kind, "value": value}
