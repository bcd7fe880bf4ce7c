"""The workspaces the bot serves: one whose token is in the settings, or those that installed it by OAuth."""

import logging
from dataclasses import dataclass
from typing import Protocol

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.trouble import Kind, TroubleError, tried
from bot.generation.job import Job
from bot.generation.ports import Clock, StoreError

log = logging.getLogger("videobot.slack")

BELIEVED = 60.0  # seconds an installation is believed without a look; another process may have removed it
_MOST = 5000


@dataclass(frozen=True, slots=True)
class Identity:
    """The bot in one workspace. `scopes` as Slack granted them, separated by commas; "" where nobody said."""

    team_id: str
    enterprise_id: str
    bot_id: str
    bot_user_id: str
    token: str
    scopes: str = ""
    team_name: str = ""
    url: str = ""  # the workspace's web address, where it is known
    is_org_wide: bool = False


class Workspaces(Protocol):
    """Who the bot is, workspace by workspace; also the clients' `Tokens`."""

    @property
    def is_one(self) -> bool:
        """Whether there is one workspace only, which is the operator's own."""
        ...

    async def bot_token(self, team_id: str) -> str | None:
        """The bot's token there; None when it is not installed there (any more). Raises TroubleError."""
        ...

    async def identity(self, team_id: str, enterprise_id: str = "") -> Identity | None:
        """Who the bot is there; None when it is not installed there (any more). Raises TroubleError."""
        ...

    async def remove(self, team_id: str, enterprise_id: str) -> None:
        """The workspace removed the bot, or took its token back; with an `enterprise_id` its whole organisation did.
        Raises StoreError."""
        ...


class OneWorkspace:
    """The workspace of the token in the settings; auth.test is asked once."""

    is_one = True

    def __init__(self, token: str, client: AsyncWebClient) -> None:
        self._token, self._client = token, client
        self._identity: Identity | None = None

    async def bot_token(self, team_id: str) -> str | None:
        """See Workspaces."""
        found = await self.identity(team_id)
        return None if found is None else found.token

    async def identity(self, team_id: str = "", enterprise_id: str = "") -> Identity | None:
        """See Workspaces; without a `team_id` the only one there is."""
        if self._identity is None:
            self._identity = await self._ask()
        known = self._identity
        is_it = not team_id or team_id == known.team_id
        return known if is_it or (known.is_org_wide and known.enterprise_id in ("", enterprise_id)) else None

    def message_url(self, job: Job, reference: str) -> str | None:
        """The web address of a message of a job, as far as it can be told without asking."""
        known = self._identity
        if known is None or not known.url or job.address.workspace != known.team_id:
            return None
        channel, _, ts = reference.partition("/")
        return f"{known.url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"

    async def remove(self, team_id: str, enterprise_id: str) -> None:  # noqa: ARG002 - there is only one
        """See Workspaces. The token stays in the settings, and does not work."""
        log.error("Slack workspace %s removed the bot or took its token back: install it again", team_id)

    async def _ask(self) -> Identity:
        answer = await tried(self._client.auth_test(token=self._token))
        return Identity(
            team_id=str(answer.get("team_id") or ""),
            enterprise_id=str(answer.get("enterprise_id") or ""),
            bot_id=str(answer.get("bot_id") or ""),
            bot_user_id=str(answer.get("user_id") or ""),
            token=self._token,
            scopes=str(answer.headers.get("x-oauth-scopes") or ""),
            team_name=str(answer.get("team") or ""),
            url=str(answer.get("url") or ""),
            is_org_wide=bool(answer.get("is_enterprise_install")),
        )


class Install(Protocol):
    """One kept installation; without a `team_id` an organisation's."""

    @property
    def team_id(self) -> str: ...
    @property
    def enterprise_id(self) -> str: ...
    @property
    def team_name(self) -> str: ...
    @property
    def bot_id(self) -> str: ...
    @property
    def bot_user_id(self) -> str: ...
    @property
    def scopes(self) -> str: ...
    @property
    def token(self) -> str: ...


class Installs(Protocol):
    """Where installations are kept. Every method raises StoreError."""

    async def save(
        self,
        *,
        team_id: str,
        enterprise_id: str,
        team_name: str,
        bot_id: str,
        bot_user_id: str,
        scopes: str,
        token: str,
        now: float,
    ) -> None: ...
    async def find(self, team_id: str, enterprise_id: str = "", /) -> Install | None: ...
    async def remove(self, install_id: str, /) -> bool: ...
    async def add_state(self, state: str, expires_at: float, now: float, /) -> None: ...
    async def use_state(self, state: str, now: float, /) -> bool: ...


class InstalledWorkspaces:
    """The workspaces that installed the bot by OAuth. Who the bot is there was asked at the installation."""

    is_one = False

    def __init__(self, installs: Installs, clock: Clock) -> None:
        self._installs, self._clock = installs, clock
        self._known: dict[str, tuple[Identity | None, float]] = {}

    async def bot_token(self, team_id: str) -> str | None:
        """See Workspaces."""
        found = await self.identity(team_id)
        return None if found is None else found.token

    async def identity(self, team_id: str, enterprise_id: str = "") -> Identity | None:
        """See Workspaces. While the database does not answer, what was known last is believed."""
        key, now = team_id or enterprise_id, self._clock.now()
        known = self._known.get(key)
        if known is not None and known[0] is not None and now - known[1] < BELIEVED:
            return known[0]
        try:
            found = await self._installs.find(team_id, enterprise_id)
        except StoreError as error:
            if known is not None:
                return known[0]
            raise TroubleError(Kind.LATER, "The bot's database does not answer at the moment.") from error
        if len(self._known) >= _MOST:
            self._known.clear()
        identity = None if found is None else _identity(team_id, found)
        self._known[key] = (identity, now)
        return identity

    async def remove(self, team_id: str, enterprise_id: str) -> None:
        """See Workspaces."""
        try:
            for install_id in filter(None, (team_id, enterprise_id)):
                await self._installs.remove(install_id)
        finally:
            self.forget()
        log.warning("Slack workspace %s removed the bot or took its token back", team_id or enterprise_id)

    def forget(self) -> None:
        """Look again from now on."""
        self._known.clear()


def _identity(team_id: str, found: Install) -> Identity:
    return Identity(
        team_id=found.team_id or team_id,
        enterprise_id=found.enterprise_id,
        bot_id=found.bot_id,
        bot_user_id=found.bot_user_id,
        token=found.token,
        scopes=found.scopes,
        team_name=found.team_name,
        is_org_wide=not found.team_id,
    )


class Authorize(AsyncAuthorize):
    """Bolt's question which token an event is answered with."""

    def __init__(self, workspaces: Workspaces) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # of Bolt
        self._workspaces = workspaces

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,  # noqa: ARG002 - Bolt's signature
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        actor_enterprise_id: str | None = None,  # noqa: ARG002
        actor_team_id: str | None = None,  # noqa: ARG002
        actor_user_id: str | None = None,  # noqa: ARG002
    ) -> AuthorizeResult | None:
        """None: the bot is not installed there."""
        found = await self._workspaces.identity(team_id or "", enterprise_id or "")
        if found is None:
            return None
        return AuthorizeResult(
            enterprise_id=found.enterprise_id or enterprise_id,
            team_id=team_id or found.team_id,
            bot_id=found.bot_id,
            bot_user_id=found.bot_user_id,
            bot_token=found.token,
            bot_scopes=found.scopes or None,
            user_id=user_id,
        )
