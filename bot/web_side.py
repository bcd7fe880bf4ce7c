"""The chat page of one process: its channel, board and server."""

import asyncio
import secrets
from collections.abc import Callable, Collection, Sequence
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from starlette.routing import BaseRoute

from adapters.cards.card import Card
from adapters.desk import Desk
from adapters.web.app import Rooms, Rules, build_app
from adapters.web.channel import Channel, names_of_job, url_of_message
from adapters.web.chat import WebChat
from adapters.web.hub import Hub
from adapters.web.people import PEOPLE, PLATFORM
from adapters.web.status_place import WebStatusPlace
from bot.app import App
from bot.boards import KeptBoard
from bot.clock import RandomIds
from bot.generation.ports import ChatError, Store, StoreError
from bot.http_server import AddressError, HttpServer, Listening
from bot.settings import Settings
from bot.side import SideError
from storage.web_messages import WebMessages
from storage.web_numbers import WebNumbers

_SECRET = "web_secret"  # noqa: S105 - the name it is remembered under
_SECRET_BYTES = 32
_SANDBOX = "Videos are made by the built-in sandbox: test pictures, faster than life, at no cost."
_LANE_EVERY = 0.2  # seconds between two changes of one thread


class WebSide:
    """The chat page for as long as the process runs (a `bot.serving.Side`)."""

    platform = PLATFORM

    def __init__(
        self,
        app: App,
        *,
        witness: Callable[[str, str], None] = lambda _point, _job_id: None,
        more: Collection[BaseRoute] = (),
        listens: bool = True,
    ) -> None:
        """Call inside the event loop, before the jobs start. `more`: routes that others serve at the same address.
        Without `listens` it only adds messages; another process shows the page."""
        self._app, self._more, self.listens = app, more, listens
        self._has_begun = False
        self._hub = Hub()
        self.channel = Channel(WebMessages(app.database), self._hub, app.clock, RandomIds())
        self.chat = WebChat(self.channel)
        self.board = KeptBoard(
            app, self.platform, WebStatusPlace(self.channel, self.chat), lane_every=_LANE_EVERY, witness=witness
        )
        self.desk = Desk(
            app.service,
            app.store,
            app.media,
            app.clock,
            RandomIds(),
            zone=ZoneInfo(app.settings.time_zone),
            private_refusals=app.settings.private_refusals,
            message_url=url_of_message,
            gateways=app.gateways,
            panel=app.operations.panel(app.store),
        )
        self._server: HttpServer | None = None
        self._stopping = asyncio.Event()
        app.chats[self.platform] = self.chat
        app.listeners.append(self.board.step)
        if app.duties is not None and listens:  # what other processes did shows on the pages of this one
            app.listeners.append(self._look_again)

    @property
    def title(self) -> str:
        """See Side."""
        return f"the chat page at {self.url}" if self._server is not None else "the chat page"

    @property
    def url(self) -> str:
        """Where the page is found, once it is served."""
        return "" if self._server is None else f"{self._server.urls[0]}/"

    @property
    def is_connected(self) -> bool:
        """Whether the page is served, where this process is to."""
        return self._server is not None or (self._has_begun and not self.listens)

    async def start(self) -> None:
        """Serve the page. Raises SideError, StoreError."""
        settings = self._app.settings
        if not self.listens:
            await self.board.start()
            self._has_begun = True
            return
        page = build_app(self._rooms(), _rules_of(settings), await _secret(self._app.store), more=self._more)
        server = HttpServer([Listening(settings.web_host, settings.web_port, page)])
        await self.board.start()
        try:
            await server.start()
        except AddressError as error:
            raise SideError(
                f"The chat page: {error} The settings are VIDEOBOT_WEB_HOST and VIDEOBOT_WEB_PORT."
            ) from None
        self._server = server

    async def announce(self, card: Card, workspace: str, key: str = "") -> Sequence[str]:
        """See bot.announcing.Announces: each admin of the page is told what is not about a workspace elsewhere."""
        if workspace:
            return ()
        try:
            return [await self.channel.tell_news(person, card, key) for person in PEOPLE if person.is_admin]
        except StoreError as error:
            raise ChatError("The page's messages cannot be written at the moment.") from error

    async def amend(self, reference: str, card: Card) -> None:
        """See bot.announcing.Announces."""
        try:
            if not await self.channel.change_news(reference, card):
                raise ChatError("That message was dismissed.", gone=True)
        except StoreError as error:
            raise ChatError("The page's messages cannot be written at the moment.") from error

    async def wait(self) -> None:
        """Until it is stopped."""
        await self._stopping.wait()

    async def stop(self) -> None:
        """Finish what is under way; the pages connect again by themselves when it is back."""
        self._stopping.set()
        await self.board.stop()
        self._hub.close()
        if self._server is not None:
            await self._server.stop()

    def _look_again(self, job_id: str) -> None:
        self._hub.tell(*names_of_job(job_id))

    def _rooms(self) -> Rooms:
        app = self._app
        return Rooms(
            desk=self.desk,
            store=app.store,
            media=app.media,
            clock=app.clock,
            channel=self.channel,
            chat=self.chat,
            numbers=WebNumbers(app.database),
            gateways=app.gateways,
            look_at=app.look_at,
            step=app.tell,
        )


async def _secret(store: Store) -> bytes:
    """What this installation seals with; the same after a restart, so that open pages go on. Raises StoreError."""
    kept = await store.remembered(_SECRET)
    if kept is None:
        kept = secrets.token_hex(_SECRET_BYTES)
        await store.remember(_SECRET, kept)
    return bytes.fromhex(kept)


def _rules_of(settings: Settings) -> Rules:
    public = urlsplit(settings.public_url or "").hostname
    token = settings.web_token
    return Rules(
        zone=ZoneInfo(settings.time_zone),
        token=None if token is None else token.get_secret_value(),
        hosts=tuple(host for host in (settings.web_host, public) if host),
        note=_SANDBOX if "sandbox" in settings.gateways else "",
    )
