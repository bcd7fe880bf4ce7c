"""The Discord side of one process: client, board and chat, built together (and anew when Discord was out of reach)."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from functools import partial
from zoneinfo import ZoneInfo

import aiohttp
import discord

from adapters.cards.card import Card
from adapters.desk import Desk
from adapters.discord.admin_channels import AdminChannels
from adapters.discord.chat import DiscordChat
from adapters.discord.client import DiscordSetupError, VideobotClient, make_client, note_defect
from adapters.discord.inspection import logged_in
from adapters.discord.redirect import redirect
from adapters.discord.rules import DiscordRules
from adapters.discord.status_place import DiscordStatusPlace
from adapters.discord.sync import register
from adapters.discord.urls import message_url
from bot.app import App
from bot.boards import KeptBoard
from bot.clock import RandomIds
from bot.generation.pacing import backoff
from bot.generation.ports import StoreError
from bot.settings import Settings
from bot.side import SideError

log = logging.getLogger("videobot.discord")

READY_WITHIN = 10.0  # seconds the jobs wait for the log-in, so that none finds a chat that is not there yet
GONE_AFTER = 60.0  # seconds without any connection until the client is built anew
LEAVE_WITHIN = 1.0  # seconds a closed client has to end by itself
LOOKS = 12  # looks at the connections in that time
#: What is met when Discord, or the way to it, is down: tried again until it works.
_PASSING = (
    aiohttp.ClientError,
    OSError,
    TimeoutError,
    discord.HTTPException,
    discord.RateLimited,
    discord.GatewayNotFound,
    discord.ConnectionClosed,
)


class DiscordSide:
    """Discord for as long as the process runs (a `bot.serving.Side`)."""

    platform = "discord"
    title = "Discord"

    def __init__(
        self,
        app: App,
        *,
        witness: Callable[[str, str], None] = lambda _point, _job_id: None,
        gone_after: float = GONE_AFTER,
        listens: bool = True,
    ) -> None:
        """Call inside the event loop, before the jobs start. `gone_after`: seconds, see `_until_gone`. Without
        `listens` it only sends messages, by Discord's API; another process is connected to the gateway."""
        self.listens = listens
        self._app, self._witness, self._gone_after = app, witness, gone_after
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
            panel=app.operations.panel(app.store),
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
            answered=partial(app.operations.meters.answered, self.platform),
        )
        self.chat = DiscordChat(self.client, app.store, app.media, app.clock, thread_per_job=settings.thread_per_job)
        self.board = KeptBoard(app, self.platform, DiscordStatusPlace(self.client, self.chat), witness=self._witness)
        self.client.connect_rooms(self.board, self.chat)
        self._admin_channels = AdminChannels(self.client, self._rules)
        app.chats[self.platform] = self.chat

    def _step(self, job_id: str) -> None:
        self.board.step(job_id)

    async def announce(self, card: Card, workspace: str, key: str = "") -> Sequence[str]:
        """See bot.announcing.Announces."""
        return await self._admin_channels.announce(card, workspace, key)

    async def amend(self, reference: str, card: Card) -> None:
        """See bot.announcing.Announces."""
        await self._admin_channels.amend(reference, card)

    @property
    def is_connected(self) -> bool:
        """Whether every shard of this process is connected and has said so; logged in, where it only sends."""
        if not self.listens:
            return self.client.logged_in.is_set() and not self.client.is_closed()
        shards = self.client.shards.values()
        return self.client.is_ready() and bool(shards) and not any(shard.is_closed() for shard in shards)

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
            await asyncio.wait({self._task}, timeout=LEAVE_WITHIN)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _serve(self) -> None:
        chance, failures = random.Random(), 0
        while not self._stopping.is_set():
            await self._live(chance)
            if self._stopping.is_set():
                return
            failures = 0 if self.client.was_ready else failures + 1
            await self.board.stop()
            await self.client.close()
            await self._rest(backoff(failures + 1, chance, most=60.0))
            if not self._stopping.is_set():
                self._build()

    async def _live(self, chance: random.Random) -> None:
        """As long as this client lives. Raises SideError."""
        beside = [
            asyncio.create_task(self._start_board(chance), name="discord-board"),
            asyncio.create_task(self._until_gone(), name="discord-watch"),
        ]
        try:
            await self.client.serve(self._token.get_secret_value() if self._token else "", listens=self.listens)
        except DiscordSetupError as error:
            raise SideError(str(error)) from None
        except _PASSING as error:
            log.warning("Discord is out of reach (%s); trying again", type(error).__name__)
        except Exception as error:  # noqa: BLE001 - the bot goes on, whatever discord.py stumbles over
            note_defect("the connection to Discord", error)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _rest(self, seconds: float) -> None:
        """For so long, or until the process ends."""
        waits = {asyncio.create_task(self._stopping.wait()), asyncio.create_task(self._app.clock.sleep(seconds))}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _start_board(self, chance: random.Random) -> None:
        """Without its board the bot would answer and never move a message: tried until the database can be read."""
        await self.client.logged_in.wait()
        failures = 0
        while True:
            try:
                return await self.board.start()
            except StoreError as error:
                failures += 1
                log.warning("the status messages cannot be read: %s", error)
                await self._app.clock.sleep(backoff(failures, chance))

    async def _until_gone(self) -> None:
        """End a client that has had no connection for `gone_after` seconds, so that a new one is built: discord.py
        itself waits up to 17 minutes between two tries, in which nobody would be answered."""
        client, now = self.client, asyncio.get_running_loop().time
        seen = now()
        while now() - seen < self._gone_after:
            await asyncio.sleep(self._gone_after / LOOKS)
            if not client.was_ready or any(not shard.is_closed() for shard in client.shards.values()):
                seen = now()
        log.warning("no connection to Discord for %.0f seconds; beginning anew", self._gone_after)
        await client.close()


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
        admin_channels=tuple(map(int, settings.discord_admin_channels)),
        private_refusals=settings.private_refusals,
        message_content=settings.discord_message_content,
        shard_count=settings.discord_shard_count,
        shard_ids=settings.discord_shard_ids,
        gateway_url=settings.discord_gateway_url,
        default_model=settings.default_model,
    )
