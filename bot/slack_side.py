"""The Slack side of one process: workspaces, app, board and chat, and the ways events come in."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from zoneinfo import ZoneInfo

from slack_sdk.web.async_client import AsyncWebClient

from adapters.cards.card import Card
from adapters.desk import Desk
from adapters.slack.admin_channels import AdminChannels
from adapters.slack.app import SlackApp
from adapters.slack.chat import SlackChat
from adapters.slack.clients import SlackClients, open_session
from adapters.slack.oauth import oauth_flow
from adapters.slack.pacing import Limiter
from adapters.slack.place import SlackStatusPlace
from adapters.slack.rules import SlackRules
from adapters.slack.sockets import Sockets
from adapters.slack.trouble import TroubleError
from adapters.slack.web import slack_pages
from adapters.slack.workspaces import InstalledWorkspaces, OneWorkspace
from bot.app import App
from bot.boards import KeptBoard
from bot.clock import RandomIds
from bot.generation.pacing import backoff
from bot.generation.ports import StoreError
from bot.http_server import AddressError, HttpServer, Listening
from bot.settings import Settings, SettingsError
from bot.side import SideError
from bot.slack_settings import api_base, is_for_several
from storage.slack_installs import SlackInstalls

log = logging.getLogger("videobot.slack")
#: The SDK writes tokens and whole messages into its log at DEBUG.
_sdk_log = logging.getLogger("videobot.slack.sdk")
_sdk_log.setLevel(logging.INFO)

READY_WITHIN = 10.0  # seconds the jobs wait for Slack
BAD_TOKEN = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "not_allowed_token_type"})


class SlackSide:
    """Slack for as long as the process runs (a `bot.serving.Side`)."""

    platform = "slack"
    title = "Slack"

    def __init__(
        self,
        app: App,
        *,
        witness: Callable[[str, str], None] = lambda _point, _job_id: None,
        ping_every: float | None = None,
        authorization_url: str | None = None,
        listens: bool = True,
    ) -> None:
        """Call inside the event loop, before the jobs start. `ping_every` (seconds) and `authorization_url` (of Slack's
        install page) are for tests. Without `listens` it only sends messages; another process takes the events in.
        Raises SettingsError."""
        settings = app.settings
        self._app, self._ping_every, self.listens = app, ping_every, listens
        self._has_several = is_for_several(settings, listens=listens)
        if self._has_several and any(":" not in name for name in settings.slack_admin_channels):
            raise SettingsError(
                "SLACK_ADMIN_CHANNELS names a channel without its workspace; where there are several write T0123:C0123."
            )
        self._session = open_session()
        limiter = Limiter(app.clock, distributed=self._has_several)
        base_url = api_base(settings)
        # Who is not paced by a workspace: it asks who we are, and for connections.
        self._client = AsyncWebClient(base_url=base_url, session=self._session, retry_handlers=[], logger=_sdk_log)
        self.workspaces: OneWorkspace | InstalledWorkspaces
        flow = None
        if self._has_several:
            installs = SlackInstalls(app.database, [key.get_secret_value() for key in settings.slack_token_keys])
            self.workspaces = InstalledWorkspaces(installs, app.clock)
            secret = settings.slack_client_secret
            flow = oauth_flow(
                installs,
                self.workspaces,
                self._session,
                app.clock,
                base_url=base_url,
                client_id=settings.slack_client_id or "",
                client_secret=secret.get_secret_value() if secret else "",
                public_url=settings.public_url,
                authorization_url=authorization_url,
            )
        else:
            token = settings.slack_bot_token
            self.workspaces = OneWorkspace(token.get_secret_value() if token else "", self._client)
        self.clients = SlackClients(self.workspaces, self._session, app.clock, limiter=limiter, base_url=base_url)
        self.chat = SlackChat(self.clients, app.store, app.media, join=settings.slack_join_channels)
        self.board = KeptBoard(app, self.platform, SlackStatusPlace(self.clients, self.chat), witness=witness)
        desk = Desk(
            app.service,
            app.store,
            app.media,
            app.clock,
            RandomIds(),
            zone=ZoneInfo(settings.time_zone),
            private_refusals=settings.private_refusals,
            message_url=self.workspaces.message_url if isinstance(self.workspaces, OneWorkspace) else None,
            gateways=app.gateways,
            panel=app.operations.panel(app.store),
        )
        signing = settings.slack_signing_secret
        self.slack = SlackApp(
            rules_of(settings),
            self.workspaces,
            desk=desk,
            store=app.store,
            catalog=app.catalog,
            media=app.media,
            clock=app.clock,
            clients=self.clients,
            client=self._client,
            board=self.board,
            chat=self.chat,
            signing_secret=signing.get_secret_value() if signing else "",
            oauth=flow,
            answered=partial(app.operations.meters.answered, self.platform),
        )
        self._admin_channels = AdminChannels(
            self.clients, self.workspaces, self.slack.named, settings.slack_admin_channels
        )
        pages = Listening(settings.slack_host, settings.slack_port, slack_pages(self.slack.bolt))
        self.web = HttpServer([pages]) if signing and listens else None
        self.sockets = self._make_sockets(settings) if listens else None
        self._stopping = asyncio.Event()
        self._connected = asyncio.Event()
        self._has_begun = False
        self._task: asyncio.Task[None] | None = None
        app.chats[self.platform] = self.chat
        app.listeners.append(self.board.step)

    async def announce(self, card: Card, workspace: str, key: str = "") -> Sequence[str]:
        """See bot.announcing.Announces."""
        return await self._admin_channels.announce(card, workspace, key)

    async def amend(self, reference: str, card: Card) -> None:
        """See bot.announcing.Announces."""
        await self._admin_channels.amend(reference, card)

    @property
    def healthy(self) -> bool:
        """Whether every way events come in works."""
        by_http = [self.web.is_listening] if self.web is not None else []
        by_sockets = [self.sockets.healthy] if self.sockets is not None else []
        ways = by_http + by_sockets
        return all(ways) and (bool(ways) or not self.listens)

    @property
    def is_connected(self) -> bool:
        """Whether Slack lets the bot in, and every way events come in works."""
        return self._connected.is_set() and self.healthy

    async def start(self) -> None:
        """Connect in the background; returns once connected, or after ten seconds. Raises SideError."""
        self._task = asyncio.create_task(self._serve(), name="slack")
        connected = asyncio.create_task(self._connected.wait())
        await asyncio.wait({self._task, connected}, timeout=READY_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        connected.cancel()
        if self._task.done():
            self._task.result()

    async def wait(self) -> None:
        """Until it ends by itself, which it only does when Slack refuses the bot. Raises SideError."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def stop(self) -> None:
        """Take nothing more in, finish the answers and messages under way, then leave. The jobs have stopped before."""
        self._stopping.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        for way in (self.web, self.sockets):
            if way is not None:
                await way.stop()
        await self.slack.finish()
        await self.board.stop()
        await self._session.close()

    # ------------------------------------------------------------------------------------------------- small

    async def _serve(self) -> None:
        """Connect, again and again until it works; then wait for the end."""
        chance, failures = random.Random(), 0
        while not self._stopping.is_set():
            try:
                await self._connect()
            except TroubleError as trouble:
                failures += 1
                log.warning("Slack is out of reach (%s); trying again", trouble)
            except StoreError as error:
                failures += 1
                log.warning("the messages on Slack cannot be gone on with: %s", error)
            else:
                self._connected.set()
                await self._stopping.wait()
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), backoff(failures, chance, most=60.0))

    async def _connect(self) -> None:
        if isinstance(self.workspaces, OneWorkspace):
            with _refusing("SLACK_BOT_TOKEN (xoxb-, from the app's page OAuth & Permissions)"):
                await self.workspaces.identity()
        if not self._has_begun:
            await self.board.start()
            if self.listens:
                await self.slack.settle()
            self._has_begun = True
        if self.web is not None and not self.web.is_listening:
            try:
                await self.web.start()
            except AddressError as error:
                raise SideError(f"Slack's events cannot be taken at SLACK_HOST and SLACK_PORT: {error}") from None
        if self.sockets is not None and not self.sockets.healthy:
            with _refusing("SLACK_APP_TOKEN (xapp-, from the app's page Basic Information, App-Level Tokens)"):
                await self.sockets.start()

    def _make_sockets(self, settings: Settings) -> Sockets | None:
        token = settings.slack_app_token
        if token is None:
            return None
        sockets = Sockets(self.slack.bolt, token.get_secret_value(), self._client, self._app.clock)
        if self._ping_every is not None:
            sockets.ping_every = sockets.look_every = self._ping_every
            sockets.patience = 40 * self._ping_every
        return sockets


@contextlib.contextmanager
def _refusing(what: str) -> Iterator[None]:
    """Where Slack refuses a token no waiting helps."""
    try:
        yield
    except TroubleError as trouble:
        if trouble.code in BAD_TOKEN:
            raise SideError(f"Slack does not accept {what}: copy it once more.") from None
        raise


def rules_of(settings: Settings) -> SlackRules:
    """What the operator decided about Slack."""
    return SlackRules(
        channels=frozenset(settings.slack_channels),
        admins=frozenset(settings.slack_admins),
        workspace_admins=settings.slack_workspace_admins,
        join=settings.slack_join_channels,
        private_refusals=settings.private_refusals,
        default_model=settings.default_model,
        file_hosts=settings.slack_file_hosts,
    )
