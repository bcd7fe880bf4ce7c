"""Slack workspaces the bot was installed in by OAuth. Their tokens lie here encrypted, and nowhere else."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Connection, bindparam, delete, select

from storage.database import Database
from storage.statements import PerDialect, fetch_one
from storage.tables import slack_installs, slack_org_teams, slack_states

log = logging.getLogger("videobot.storage")

_COLUMNS = ("team_name", "enterprise_id", "bot_id", "bot_user_id", "scopes", "token", "installed_at")
_PUT = PerDialect(
    lambda insert_: (made := insert_(slack_installs)).on_conflict_do_update(
        index_elements=[slack_installs.c.id], set_={name: made.excluded[name] for name in _COLUMNS}
    )
)
_PUT_TEAM = PerDialect(
    lambda insert_: (made := insert_(slack_org_teams)).on_conflict_do_update(
        index_elements=[slack_org_teams.c.team_id], set_={"enterprise_id": made.excluded.enterprise_id}
    )
)
_PUT_STATE = PerDialect(lambda insert_: insert_(slack_states))
_INSTALL = select(slack_installs).where(slack_installs.c.id == bindparam("install_id"))
_ORG_OF = select(slack_org_teams.c.enterprise_id).where(slack_org_teams.c.team_id == bindparam("of_team"))
_REMOVE = delete(slack_installs).where(slack_installs.c.id == bindparam("install_id"))
_REMOVE_TEAMS = delete(slack_org_teams).where(slack_org_teams.c.enterprise_id == bindparam("install_id"))
_USE_STATE = delete(slack_states).where(
    slack_states.c.state == bindparam("used"), slack_states.c.expires_at >= bindparam("now")
)
_OLD_STATES = delete(slack_states).where(slack_states.c.expires_at < bindparam("now"))


@dataclass(frozen=True, slots=True)
class SlackInstall:
    """The bot in one workspace, or (without a `team_id`) in all workspaces of an organisation that admit it."""

    team_id: str
    enterprise_id: str
    team_name: str
    bot_id: str
    bot_user_id: str
    scopes: str  # separated by commas
    token: str
    installed_at: float

    @property
    def id(self) -> str:
        """What it is kept under."""
        return self.team_id or self.enterprise_id


class SlackInstalls:
    """The installations. Every method is one transaction and raises StoreError when the database cannot be used.

    `keys`: Fernet keys, the newest first; it encrypts, all of them decrypt. Raises ValueError for what is no key.
    """

    def __init__(self, database: Database, keys: Sequence[str]) -> None:
        self._db = database
        self._cipher = MultiFernet([Fernet(key) for key in keys])

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
    ) -> None:
        """Keep an installation in place of the one before."""
        install = SlackInstall(team_id, enterprise_id, team_name, bot_id, bot_user_id, scopes, token, now)
        await self._db.write(_save, install, self._cipher.encrypt(token.encode()).decode())

    async def find(self, team_id: str, enterprise_id: str = "") -> SlackInstall | None:
        """The installation a workspace is served by: its own, else its organisation's. Where the organisation is
        named, the workspace is known to belong to it from then on."""
        row = await self._db.look(_find, team_id, "")
        if row is None and enterprise_id:
            row = await self._db.write(_find_in, team_id, enterprise_id)
        if row is None:
            return None
        try:
            token = self._cipher.decrypt(row.pop("token").encode()).decode()
        except InvalidToken:
            log.warning("the token of Slack workspace %s cannot be decrypted: none of SLACK_TOKEN_KEYS fits", row["id"])
            return None
        return SlackInstall(**{name: value for name, value in row.items() if name != "id"}, token=token)

    async def remove(self, install_id: str) -> bool:
        """Forget an installation by its team or enterprise id; False when there was none."""
        return await self._db.write(_remove, install_id)

    async def add_state(self, state: str, expires_at: float, now: float) -> None:
        """Keep what an installation that begins now has to come back with."""
        await self._db.write(_add_state, state, expires_at, now)

    async def use_state(self, state: str, now: float) -> bool:
        """Use it up; False when it was never given out, was used, or is too old."""
        return await self._db.write(_use_state, state, now)


def check_keys(keys: Sequence[str]) -> None:
    """Raises ValueError when one of them is no key."""
    for key in keys:
        Fernet(key)


def new_key() -> str:
    """A key for SLACK_TOKEN_KEYS."""
    return Fernet.generate_key().decode()


def _save(conn: Connection, install: SlackInstall, encrypted: str) -> None:
    row = {name: getattr(install, name) for name in ("team_id", *_COLUMNS)}
    conn.execute(_PUT.on(conn), {**row, "id": install.id, "token": encrypted})


def _find(conn: Connection, team_id: str, enterprise_id: str) -> dict[str, Any] | None:
    row = fetch_one(conn, _INSTALL, {"install_id": team_id}) if team_id else None
    if row is not None:
        return row
    org = enterprise_id or conn.execute(_ORG_OF, {"of_team": team_id}).scalar_one_or_none()
    return fetch_one(conn, _INSTALL, {"install_id": org}) if org else None


def _find_in(conn: Connection, team_id: str, enterprise_id: str) -> dict[str, Any] | None:
    row = _find(conn, team_id, enterprise_id)
    if row is not None and team_id and row["id"] == enterprise_id:
        conn.execute(_PUT_TEAM.on(conn), {"team_id": team_id, "enterprise_id": enterprise_id})
    return row


def _remove(conn: Connection, install_id: str) -> bool:
    conn.execute(_REMOVE_TEAMS, {"install_id": install_id})
    return conn.execute(_REMOVE, {"install_id": install_id}).rowcount > 0


def _add_state(conn: Connection, state: str, expires_at: float, now: float) -> None:
    conn.execute(_OLD_STATES, {"now": now})
    conn.execute(_PUT_STATE.on(conn), {"state": state, "expires_at": expires_at})


def _use_state(conn: Connection, state: str, now: float) -> bool:
    return conn.execute(_USE_STATE, {"used": state, "now": now}).rowcount > 0
