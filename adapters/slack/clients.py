"""Slack's Web API, one client for each workspace: paced, patient where that does no harm, over one session."""

import logging
from typing import Any, Protocol

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler, AsyncServerErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.pacing import Limiter
from adapters.slack.trouble import shut_out
from bot.generation.ports import Clock

BASE_URL = "https://slack.com/api/"
CALL_SECONDS = 30.0
RATE_LIMIT_TRIES = 3
LONGEST_RETRY_AFTER = 30.0  # seconds a call waits by itself when Slack says so; the core waits longer ones
SERVER_ERROR_TRIES = 1
SERVER_ERROR_PAUSE = 2.0  # seconds
#: After a server error nobody knows whether these were done: done twice, people would see it twice.
_SHOWS_SOMETHING = ("chat.postMessage", "chat.postEphemeral", "files.completeUploadExternal", "views.open")

#: A token that gets one of these answers never works again.
DEAD_TOKEN = frozenset({"token_revoked", "token_expired", "account_inactive", "invalid_auth", "app_uninstalled"})

log = logging.getLogger("videobot.slack")
#: The SDK writes whole messages, prompts among them, into its log at DEBUG (and takes NOTSET for DEBUG).
_sdk_log = logging.getLogger("videobot.slack.sdk")
_sdk_log.setLevel(logging.INFO)


class Tokens(Protocol):
    """Who knows the bot's tokens."""

    async def bot_token(self, team_id: str) -> str | None:
        """The bot token of a workspace; None when the bot is not installed there (any more)."""
        ...


class RateLimitRetry(AsyncRateLimitErrorRetryHandler):
    """Obeys a Retry-After, for this call and, through the limiter, for the others like it."""

    def __init__(self, limiter: Limiter, clock: Clock, team: str) -> None:
        super().__init__(max_retry_count=RATE_LIMIT_TRIES)
        self._limiter, self._clock, self._team = limiter, clock, team

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        del state, error
        if response is None or response.status_code != 429:
            return False
        wanted = retry_after(response)
        self._limiter.close(_method(request), self._team, wanted)
        return wanted <= LONGEST_RETRY_AFTER

    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        """Wait as long as Slack says."""
        del request, error
        state.next_attempt_requested = True
        if response is not None:
            await self._clock.sleep(retry_after(response))
        state.increment_current_attempt()


class ServerErrorRetry(AsyncServerErrorRetryHandler):
    """Repeats a call after a server error, unless people might see its effect twice."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(max_retry_count=SERVER_ERROR_TRIES)
        self._clock = clock

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if _method(request) in _SHOWS_SOMETHING:
            return False
        return await super()._can_retry_async(state=state, request=request, response=response, error=error)

    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        """Wait a moment."""
        del request, response, error
        state.next_attempt_requested = True
        await self._clock.sleep(SERVER_ERROR_PAUSE)
        state.increment_current_attempt()


def retry_after(response: HttpResponse) -> float:
    """Seconds Slack wants us to wait; 1 where it does not say."""
    for name, values in response.headers.items():
        if name.lower() == "retry-after":
            value = values[0] if isinstance(values, list) else values
            return float(value) if value.isdecimal() else 1.0
    return 1.0


def _method(request: HttpRequest) -> str:
    return request.url.partition("?")[0].rstrip("/").rpartition("/")[2]


class PacedClient(AsyncWebClient):
    """The SDK's client for one workspace; each of its calls waits for its turn first."""

    def __init__(
        self, token: str, team: str, session: aiohttp.ClientSession, limiter: Limiter, clock: Clock, base_url: str
    ) -> None:
        handlers: list[AsyncRetryHandler] = [RateLimitRetry(limiter, clock, team), ServerErrorRetry(clock)]
        # The SDK's own default repeats any call after a broken connection: a message could be posted twice.
        super().__init__(token=token, base_url=base_url, session=session, retry_handlers=handlers, logger=_sdk_log)
        self.team, self._limiter = team, limiter
        self._is_shut_out = False

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:
        """See AsyncWebClient. Raises TroubleError (LATER) when the turn is more than a minute away."""
        arguments = {**(options.get("params") or {}), **(options.get("json") or {})}
        await self._limiter.turn(api_method, self.team, str(arguments.get("channel") or ""))
        try:
            return await super().api_call(api_method, **options)
        except SlackApiError as error:
            self._note(str(error.response.get("error")) if isinstance(error.response, AsyncSlackResponse) else "")
            raise

    def _note(self, code: str) -> None:
        """Tell the operator, once, that nothing works there any more."""
        if code in DEAD_TOKEN and not self._is_shut_out:
            self._is_shut_out = True
            log.error(
                "Slack workspace %s does not take the bot's token any more (%s): install the bot there again; "
                "`videobot check` says more",
                self.team,
                code,
            )


def open_session() -> aiohttp.ClientSession:
    """The one session of all clients. The SDK sets no time-out on a session it was given: here it is."""
    timeout = aiohttp.ClientTimeout(total=CALL_SECONDS, connect=10.0)
    return aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=100, limit_per_host=30))


class SlackClients:
    """The clients of all workspaces, and the session they share (also for uploads, which set their own time-out)."""

    def __init__(
        self,
        tokens: Tokens,
        session: aiohttp.ClientSession,
        clock: Clock,
        *,
        limiter: Limiter | None = None,
        base_url: str = BASE_URL,
    ) -> None:
        self.session, self.clock = session, clock
        self._tokens, self._base_url = tokens, base_url
        self._limiter = limiter or Limiter(clock)
        self._clients: dict[str, PacedClient] = {}

    async def of(self, team: str) -> PacedClient:
        """The client of a workspace. Raises TroubleError (OUT) when the bot is not installed there."""
        token = await self._tokens.bot_token(team)
        if token is None:
            self._clients.pop(team, None)
            raise shut_out()
        client = self._clients.get(team)
        if client is None or client.token != token:
            client = PacedClient(token, team, self.session, self._limiter, self.clock, self._base_url)
            self._clients[team] = client
        return client
