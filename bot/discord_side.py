"""The Discord side of one process: client, board and chat, built together (and anew when Discord was out of reach)."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable
from functools import partial
from zoneinfo import ZoneInfo

import aiohttp
import discord

from adapters.desk import Desk
from adapters.desk.board import StatusBoard
from adapters.discord.chat import DiscordChat
from adapters.discord.client import DiscordSetupError, VideobotClient, make_client
from adapters.discord.inspection import logged_in
from adapters.discord.redirect import redirect
from adapters.discord.rules import DiscordRules
from adapters.discord.status_place import DiscordStatusPlace
from adapters.discord.sync import register
from adapters.discord.urls import message_url
from bot.app import App
from bot.clock import RandomIds
from bot.generation.pacing import backoff
from bot.settings import Settings
from bot.side import SideError

log = logging.getLogger("videobot.discord")

READY_WITHIN = 10.0  # seconds the jobs wait for the log-in, so that none finds a chat that is not there yet
#: What a start meets when Discord, or the way to it, is down: tried again until it works.
_PASSING = (aiohttp.ClientError, OSError, TimeoutError, discord.HTTPException, discord.GatewayNotFound)


class DiscordSide:
    """Discord for as long as the process runs (a `bot.serving.Side`)."""

    platform = "discord"
    title = "Discord"

    def __init__(self, app: App, *, witness: Callable[[str, str], None] = lambda _point, _job_id: None) -> None:
        """Call inside the event loop, before the jobs start."""
        self._app, self._witness = app, witness
        self._token = app.settings.discord_token
        self._rules = rules_of(app.settings)
        redirect(app.settings.discord_api_base, app.settings.discord_gateway_url)
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._build()
        app.listeners.append(self._step)

    def _build(self) -> None:
        app, settings = self._app, self._app.settings
        desk = Desk(
            app.service,
            app.store,
            app.media,
            app.clock,
            RandomIds(),
            zone=ZoneInfo(settings.time_zone),
            private_refusals=settings.private_refusals,
            gateways=app.gateways,
            message_url=partial(message_url, opens_threads=settings.thread_per_job),
        )
        self.client: VideobotClient = make_client(
            self._rules,
            desk=desk,
            store=app.store,
            catalog=app.catalog,
            media=app.media,
            clock=app.clock,
            ids=RandomIds(),
        )
        self.chat = DiscordChat(self.client, app.store, app.media, app.clock, thread_per_job=settings.thread_per_job)
        self.board = StatusBoard(
            self.platform,
            DiscordStatusPlace(self.client, self.chat),
            app.store,
            app.look_at,
            app.clock,
            witness=self._witness,
        )
        self.client.connect_rooms(self.board, self.chat)
        app.chats[self.platform] = self.chat

    def _step(self, job_id: str) -> None:
        self.board.step(job_id)

    async def start(self) -> None:
        """Log in and connect in the background; returns once logged in, or after ten seconds. Raises SideError."""
        self._task = asyncio.create_task(self._serve(), name="discord")
        logged_in = asyncio.create_task(self.client.logged_in.wait())
        await asyncio.wait({self._task, logged_in}, timeout=READY_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        logged_in.cancel()
        if self._task.done():
            self._task.result()

    async def wait(self) -> None:
        """Until it ends by itself, which it only does when Discord refuses the bot. Raises SideError."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def stop(self) -> None:
        """Finish the answers and messages under way, then leave. The jobs have stopped before."""
        self._stopping.set()
        await self.board.stop()
        await self.client.close()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _serve(self) -> None:
        chance, failures = random.Random(), 0
        while not self._stopping.is_set():
            board = asyncio.create_task(self._start_board(), name="discord-board")
            try:
                await self.client.serve(self._token.get_secret_value() if self._token else "")
            except DiscordSetupError as error:
                raise SideError(str(error)) from None
            except _PASSING as error:
                failures = 0 if self.client.logged_in.is_set() else failures + 1
                log.warning("Discord is out of reach (%s); trying again", type(error).__name__)
            finally:
                board.cancel()
                await asyncio.gather(board, return_exceptions=True)
            if self._stopping.is_set():
                return
            await self.board.stop()
            await self.client.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), backoff(failures + 1, chance, most=60.0))
            if not self._stopping.is_set():
                self._build()

    async def _start_board(self) -> None:
        await self.client.logged_in.wait()
        await self.board.start()


async def register_commands(app: App) -> int:
    """Register the commands, changed or not; how many there are. Raises DiscordRefusedError, StoreError."""
    side, token = DiscordSide(app), app.settings.discord_token
    # The bot's own client would take up its work at the log-in; a bare one only calls.
    bare = discord.Client(intents=discord.Intents.none())
    async with logged_in(bare, token.get_secret_value() if token else "") as client:
        return await register(side.client.tree, client, app.store)


def rules_of(settings: Settings) -> DiscordRules:
    """What the operator decided about Discord."""
    return DiscordRules(
        servers=frozenset(map(int, settings.discord_servers)),
        channels=frozenset(map(int, settings.discord_channels)),
        direct_messages=settings.discord_direct_messages,
        admin_roles=frozenset(map(int, settings.discord_admin_roles)),
        admins=frozenset(map(int, settings.discord_admins)),
        private_refusals=settings.private_refusals,
        message_content=settings.discord_message_content,
        shard_count=settings.discord_shard_count,
        shard_ids=settings.discord_shard_ids,
        default_model=settings.default_model,
    )
