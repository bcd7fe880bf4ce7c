"""Installing the bot in further workspaces by OAuth, over the project's own database."""

import logging
import secrets
from typing import Any

import aiohttp
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.manifest import INSTALL_PATH, REDIRECT_PATH
from adapters.slack.scopes import NEEDED
from adapters.slack.workspaces import InstalledWorkspaces, Installs
from bot.generation.ports import Clock, StoreError

log = logging.getLogger("videobot.slack.oauth")
log.setLevel(logging.INFO)

STATE_FOR = 600.0  # seconds from the install page to the way back


class _OAuthClient(AsyncWebClient):
    """The SDK's client; only that its own way to send the app's credentials is deprecated by its HTTP library."""

    async def oauth_v2_access(
        self, *, client_id: str, client_secret: str, code: str | None = None, redirect_uri: str | None = None, **_: Any
    ) -> AsyncSlackResponse:
        """https://docs.slack.dev/reference/methods/oauth.v2.access"""
        headers = {"Authorization": aiohttp.encode_basic_auth(client_id, client_secret)}
        arguments = {"code": code, "redirect_uri": redirect_uri}
        return await self.api_call(
            "oauth.v2.access", params={name: value for name, value in arguments.items() if value}, headers=headers
        )


class KeptInstallations(AsyncInstallationStore):
    """slack_sdk's door to the installations."""

    def __init__(self, installs: Installs, workspaces: InstalledWorkspaces, clock: Clock) -> None:
        self._installs, self._workspaces, self._clock = installs, workspaces, clock

    @property
    def logger(self) -> logging.Logger:
        """See AsyncInstallationStore."""
        return log

    async def async_save(self, installation: Installation) -> None:
        """Keep it. Raises BoltError, which the page shown to who installs it says in words."""
        is_org_wide = bool(installation.is_enterprise_install)
        try:
            await self._installs.save(
                team_id="" if is_org_wide else installation.team_id or "",
                enterprise_id=installation.enterprise_id or "",
                team_name=installation.team_name or installation.enterprise_name or "",
                bot_id=installation.bot_id or "",
                bot_user_id=installation.bot_user_id or "",
                scopes=",".join(installation.bot_scopes or ()),
                token=installation.bot_token or "",
                now=self._clock.now(),
            )
        except StoreError as error:
            raise BoltError("The bot's database does not answer at the moment; try again in a minute.") from error
        self._workspaces.forget()
        log.info("installed in Slack workspace %s", installation.team_id or installation.enterprise_id)

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """The bot of a workspace. Raises StoreError."""
        found = await self._installs.find("" if is_enterprise_install else team_id or "", enterprise_id or "")
        if found is None:
            return None
        return Bot(
            enterprise_id=found.enterprise_id or None,
            team_id=found.team_id or None,
            team_name=found.team_name,
            bot_token=found.token,
            bot_id=found.bot_id,
            bot_user_id=found.bot_user_id,
            bot_scopes=found.scopes,
            is_enterprise_install=not found.team_id,
            installed_at=self._clock.now(),
        )


class KeptStates(AsyncOAuthStateStore):
    """slack_sdk's door to the installations under way."""

    def __init__(self, installs: Installs, clock: Clock) -> None:
        self._installs, self._clock = installs, clock

    @property
    def logger(self) -> logging.Logger:
        """See AsyncOAuthStateStore."""
        return log

    async def async_issue(self, *_args: object, **_kwargs: object) -> str:
        """A new one. Raises StoreError."""
        state, now = secrets.token_urlsafe(24), self._clock.now()
        await self._installs.add_state(state, now + STATE_FOR, now)
        return state

    async def async_consume(self, state: str) -> bool:
        """Use it up; False when it is none of ours. Raises StoreError."""
        return await self._installs.use_state(state, self._clock.now())


def oauth_flow(
    installs: Installs,
    workspaces: InstalledWorkspaces,
    session: aiohttp.ClientSession,
    clock: Clock,
    *,
    base_url: str,
    client_id: str,
    client_secret: str,
    public_url: str | None,
    authorization_url: str | None = None,
) -> AsyncOAuthFlow:
    """The pages people install the bot by. `public_url`: the address they are reached under from outside."""
    return AsyncOAuthFlow(
        client=_OAuthClient(base_url=base_url, session=session, retry_handlers=[], logger=log),
        logger=log,
        settings=AsyncOAuthSettings(
            client_id=client_id,
            client_secret=client_secret,
            scopes=list(NEEDED),
            user_scopes=[],
            redirect_uri=None if public_url is None else public_url.rstrip("/") + REDIRECT_PATH,
            install_path=INSTALL_PATH,
            redirect_uri_path=REDIRECT_PATH,
            authorization_url=authorization_url,
            installation_store=KeptInstallations(installs, workspaces, clock),
            installation_store_bot_only=True,
            state_store=KeptStates(installs, clock),
            state_expiration_seconds=int(STATE_FOR),
            logger=log,
        ),
    )
