"""The fake Slack itself: its servers, its workspaces, its clock, and what a test can order and look at."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web

from tests.fakes.slack.api import Api
from tests.fakes.slack.delivery import Ack, Event, HttpDelivery, Kind
from tests.fakes.slack.events import Events
from tests.fakes.slack.faults import Fault, Hold, RateLimit, Troubles
from tests.fakes.slack.file_host import FileHost
from tests.fakes.slack.files import File, Share
from tests.fakes.slack.hooks import Hooks
from tests.fakes.slack.messages import Edit, Message
from tests.fakes.slack.oauth import OAuth
from tests.fakes.slack.people import Person
from tests.fakes.slack.reading import transcript
from tests.fakes.slack.sockets import SocketMode
from tests.fakes.slack.teams import Team
from tests.fakes.slack.view_stack import TRIGGER_LIFE_S, Trigger, ViewStack

ACK_TIMEOUT_S = 3.0
SUBSCRIPTIONS = frozenset({"app_home_opened", "app_mention", "app_uninstalled", "message.im", "tokens_revoked"})


@dataclass(frozen=True)
class Request:
    """One call the app made; `at` is the fake's clock (epoch seconds)."""

    method: str
    team: Team | None
    args: dict[str, Any]
    answer: dict[str, Any]
    status: int
    at: float


@dataclass(frozen=True)
class Complaint:
    """A rule the app broke."""

    method: str
    problem: str
    args: dict[str, Any]


class FakeSlack:
    """`async with FakeSlack() as slack`: servers on loopback. `clock` answers epoch seconds; `schemas` False spares the
    3 ms a call that Slack's JSON Schemas take, for benchmarks. `trigger_life_s` is by the clock: beside one that runs
    fast the app's own work does not run fast."""

    def __init__(
        self,
        clock: Callable[[], float] | None = None,
        *,
        ack_timeout_s: float = ACK_TIMEOUT_S,
        trigger_life_s: float = TRIGGER_LIFE_S,
        schemas: bool = True,
    ) -> None:
        self.schemas = schemas
        self.now = clock or time.time
        self.ack_timeout_s, self.trigger_life_s = ack_timeout_s, trigger_life_s
        self.app_id, self.app_token = "A0FAKEAPP", "xapp-1-A0FAKEAPP-1-fake"
        self.signing_secret = "fake-signing-secret"
        self.client_id, self.client_secret = "111.222", "fake-client-secret"
        self.redirect_uri = ""  # the app's configured Redirect URL, when the authorize link names none
        self.subscriptions = set(SUBSCRIPTIONS)
        self.home_enabled = True
        self.shares_after_looks: int | None = 2  # files.info calls until a share shows; 0 at once; None by share_files
        self.replies_always_hold_the_root = False
        self.redirect_downloads = False
        self.teams: dict[str, Team] = {}
        self.requests: list[Request] = []
        self.complaints: list[Complaint] = []
        self.troubles = Troubles()
        self.hooks = Hooks(self)
        self.view_stack = ViewStack(self)
        self.oauth = OAuth(self)
        self.events = Events(self)
        self.sockets = SocketMode(self.app_id, ack_timeout_s, self.now, self.touch)
        self.http: HttpDelivery | None = None
        self.root = self.files_base = self.elsewhere_base = ""
        self._api, self._files = Api(self), FileHost(self)
        self._session: aiohttp.ClientSession | None = None
        self._runners: list[web.AppRunner] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._waiting: set[asyncio.Future[None]] = set()
        self._ids = 0
        self._never_share = 0

    # -- life --------------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/api/{method}", self._api.handle)
        app.router.add_get("/link/", self.sockets.handle)
        app.router.add_get("/oauth/v2/authorize", self.oauth.page)
        app.router.add_post("/{kind:commands|actions|app}/{team}/{hook}/{secret}", self.hooks.handle)
        self.root = await self._serve(app)
        self.files_base = await self._serve(self._files.app())
        self.elsewhere_base = await self._serve(self._files.elsewhere())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for hold in self.troubles.holds:
            hold.drop()
        await self.sockets.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for runner in self._runners:
            await runner.cleanup()
        await self.session.close()

    async def _serve(self, app: web.Application) -> str:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    @property
    def session(self) -> aiohttp.ClientSession:
        assert self._session is not None
        return self._session

    @property
    def api_base(self) -> str:
        """For AsyncWebClient(base_url=...)."""
        return f"{self.root}/api/"

    @property
    def authorize_url(self) -> str:
        """For AsyncOAuthSettings(authorization_url=...)."""
        return f"{self.root}/oauth/v2/authorize"

    # -- workspaces --------------------------------------------------------------------------------------------------

    def add_team(
        self,
        name: str,
        *,
        installed: bool = True,
        scopes: Iterable[str] | None = None,
        enterprise_id: str | None = None,
    ) -> Team:
        """A workspace; with the app installed it has a token at once."""
        team = Team(self, self.new_id("T"), name, enterprise_id, installed=installed)
        team.bot_user_id, team.bot_id = self.new_id("U"), self.new_id("B")
        if scopes is not None:
            team.scopes = set(scopes)
        if installed:
            team.bot_token = self.new_token(team)
        self.teams[team.id] = team
        return team

    def team_of_token(self, token: str) -> tuple[Team | None, str]:
        """Whose bot token it is, and its state: live, token_revoked, account_inactive."""
        for team in self.teams.values():
            if token and token == team.bot_token:
                return team, team.token_state
            if token in team.old_tokens:
                return team, team.old_tokens[token]
        return None, ""

    def new_id(self, prefix: str) -> str:
        self._ids += 1
        return f"{prefix}0FAKE{self._ids:05d}"

    def new_block_id(self) -> str:
        return self.new_id("b")

    def new_token(self, team: Team) -> str:
        return f"xoxb-{team.id}-{self.new_id('t')}"

    def new_ts(self) -> str:
        """The next message timestamp: unique, ascending with the clock."""
        self._ids += 1
        return f"{int(self.now())}.{self._ids:06d}"

    def new_trigger(self, person: Person) -> str:
        self._ids += 1
        trigger_id = f"{self._ids}.{self._ids * 7}.{self._ids:032x}"
        self.view_stack.triggers[trigger_id] = Trigger(person, self.now())
        return trigger_id

    # -- what a test orders ------------------------------------------------------------------------------------------

    def deliver_over_http(self, url: str) -> HttpDelivery:
        """Send everything to this Request URL from now on, signed; else Socket Mode. The answer spoils signatures."""
        self.http = HttpDelivery(url, self.signing_secret, self.session, self.ack_timeout_s)
        return self.http

    def deliver_over_sockets(self) -> None:
        """Socket Mode again."""
        self.http = None

    def fault(self, method: str, **how: Any) -> Fault:
        """The next calls go wrong; fields of `Fault`. Also for file.upload, file.download and response_url."""
        fault = Fault(method, **how)
        self.troubles.faults.append(fault)
        return fault

    def hold(self, method: str, *, after: bool = False) -> Hold:
        """The next call waits before its effect, or `after` it and before the answer, until release or drop."""
        hold = Hold(method, after)
        self.troubles.holds.append(hold)
        return hold

    def rate_limit(self, method: str, **how: Any) -> RateLimit:
        """429 for a method; fields of `RateLimit`: every, times, per_minute, retry_after_s, team."""
        limit = RateLimit(**how)
        self.troubles.rate_limits.setdefault(method, []).append(limit)
        return limit

    def no_rate_limits(self) -> None:
        """Take all ordered rate limits back."""
        self.troubles.rate_limits.clear()
        self.troubles.tiers = False

    def documented_rate_limits(self) -> None:
        """Slack's own tiers by the fake's clock; one post a second and channel."""
        self.troubles.tiers = True

    def never_share(self, times: int = 1) -> None:
        """The next shares of uploaded files say ok and never happen."""
        self._never_share += times

    def share_files(self) -> int:
        """All pending shares happen now; how many."""
        pending = [
            (file, share)
            for team in self.teams.values()
            for file in team.files.values()
            for share in file.shares
            if share.message is None and not share.never
        ]
        for file, share in pending:
            file.team.share_now(file, share)
        return len(pending)

    async def redeliver(self, event: Event | Message, times: int = 1) -> list[Ack]:
        """The same event again (all events of a message), with X-Slack-Retry-Num."""
        events = event.events if isinstance(event, Message) else [event]
        return [await self.events.send_again(each) for _ in range(times) for each in events]

    async def retry_unacked(self) -> list[Event]:
        """Slack's retry of everything that was not acknowledged (at once, after 1 min, after 5 min); at most three."""
        due = [event for event in self.events.sent if not event.acked and 1 <= len(event.acks) <= 3]
        for event in due:
            await self.events.send_again(event)
        return due

    async def verify_url(self) -> Ack:
        """The url_verification handshake of the Request URL."""
        return await self.deliver("events_api", {"type": "url_verification", "token": "x", "challenge": "prove-it"})

    # -- what a test looks at ----------------------------------------------------------------------------------------

    def calls(self, method: str, team: Team | None = None) -> list[Request]:
        """The calls of one method, refused ones too."""
        return [r for r in self.requests if r.method == method and team in (None, r.team)]

    async def until(self, condition: Callable[[], Any], timeout: float = 10) -> Any:
        """Wait until the condition holds (looked at whenever something happens here): its value."""
        deadline = asyncio.get_running_loop().time() + timeout
        while not (value := condition()):
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(waiting)
            left = deadline - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(waiting, max(0.0, left))
            except TimeoutError:
                raise AssertionError(f"not within {timeout} s\n{self.everything_said()}") from None
            finally:
                self._waiting.discard(waiting)
        return value

    def everything_said(self) -> str:
        """All conversations as text."""
        channels = [c for team in self.teams.values() for c in team.channels.values() if c.messages]
        return "\n\n".join(transcript(channel) for channel in channels)

    # -- what its rooms use ------------------------------------------------------------------------------------------

    def touch(self) -> None:
        """Something changed: wake who waits."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    def record(self, method: str, team: Team | None, args: dict[str, Any], answer: dict[str, Any], status: int) -> None:
        self.requests.append(Request(method, team, args, answer, status, self.now()))
        self.touch()

    def complain(self, method: str, problem: str, args: dict[str, Any]) -> None:
        self.complaints.append(Complaint(method, problem, args))

    async def deliver(self, kind: Kind, payload: dict[str, Any], **retry: Any) -> Ack:
        transport = self.http or self.sockets
        ack = await transport.send(kind, payload, **retry)
        for problem in self.sockets.wrong:
            self.complain("socket mode", problem, {})
        self.sockets.wrong.clear()
        self.touch()
        return ack

    def in_background(self, doing: Any) -> None:
        task = asyncio.get_running_loop().create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def tell_subscribers(self, message: Message) -> None:
        """A new message of the bot; nobody waits for the events."""
        self.in_background(self.events.of_message(message))

    def tell_change(self, message: Message, subtype: str) -> None:
        """message_changed or message_deleted of the bot's own message."""
        self.in_background(self.events.of_change(message, subtype))

    def edit(self, message: Message, *, text: str, blocks: list[dict[str, Any]]) -> None:
        message.edits.append(Edit(self.now(), message.text, message.blocks))
        message.text, message.blocks, message.edited_text = text, blocks, not blocks
        self.touch()

    def share_later(self, file: File, share: Share) -> None:
        share.looks_left = self.shares_after_looks
        if self._never_share:
            self._never_share -= 1
            share.never = True
        file.shares.append(share)
        if share.looks_left == 0 and not share.never:
            file.team.share_now(file, share)

    def look_at_shares(self, file: File) -> None:
        """One files.info call."""
        for share in file.shares:
            if share.message is None and not share.never and share.looks_left is not None:
                share.looks_left -= 1
                if share.looks_left <= 0:
                    file.team.share_now(file, share)

    def wrong_slack_files(self, team: Team, blocks: list[dict[str, Any]]) -> list[str]:
        """image blocks of Slack files must name an image the bot may see."""
        wrong = []
        for number, block in enumerate(blocks):
            named = block.get("slack_file") if block.get("type") == "image" else None
            if not isinstance(named, dict):
                continue
            found = [f for f in team.files.values() if named.get("id") == f.id or named.get("url") in _urls(f)]
            if not found or not found[0].bot_sees() or not found[0].mimetype.startswith("image/"):
                wrong.append(f"invalid slack file [json-pointer:/blocks/{number}/slack_file]")
        return wrong


def _urls(file: File) -> tuple[str, str]:
    return file.url_private, file.permalink
