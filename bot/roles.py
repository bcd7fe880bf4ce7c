"""What one process does of all there is to do: serve a chat, or run the jobs."""

from collections.abc import Collection
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings import Settings


class Role(StrEnum):
    """One thing a process can be there for."""

    DISCORD = "discord"
    SLACK = "slack"
    WEB = "web"
    WORKER = "worker"


CHATS = (Role.DISCORD, Role.SLACK, Role.WEB)


def roles(settings: "Settings", only: Collection[Role] = ()) -> frozenset[Role]:
    """The roles of a process that is to have `only` these (none: all). Raises SettingsError when these settings do not
    let it."""
    from bot.settings import SettingsError
    from bot.slack_settings import is_set_up as slack_is_set_up

    chosen = frozenset(only or Role)
    if not only:
        return chosen
    missing = {
        Role.DISCORD: "" if settings.discord_token is not None else "DISCORD_TOKEN is not set",
        Role.SLACK: "" if slack_is_set_up(settings) else "SLACK_BOT_TOKEN is not set",
        Role.WEB: "" if settings.web else "VIDEOBOT_WEB is not true",
    }
    for role in CHATS:
        if role in chosen and missing[role]:
            raise SettingsError(f"This process is to serve {role}, but {missing[role]}: set it, or take --only away.")
    if Role.WORKER not in chosen and settings.database.startswith("sqlite"):
        raise SettingsError(
            "On SQLite one process does everything: add --only worker, or give all processes a PostgreSQL database "
            "(VIDEOBOT_DATABASE_URL)."
        )
    return chosen
