"""Which part of the work a process takes, and what is said when it cannot."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.roles import Role, roles
from bot.settings import Settings, SettingsError

POSTGRES = SecretStr("postgresql://videobot@127.0.0.1/videobot")


def test_without_a_word_a_process_does_everything(tmp_path: Path) -> None:
    assert roles(Settings(data_dir=tmp_path)) == frozenset(Role)


def test_on_postgresql_a_process_may_do_a_part(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=POSTGRES, discord_token=SecretStr("x" * 20), web=True)
    assert roles(settings, [Role.DISCORD, Role.WEB]) == {Role.DISCORD, Role.WEB}
    assert roles(settings, [Role.WORKER]) == {Role.WORKER}


def test_on_sqlite_a_process_has_to_run_the_jobs_too(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, web=True)
    with pytest.raises(SettingsError, match="add --only worker, or give all processes a PostgreSQL database"):
        roles(settings, [Role.WEB])
    assert roles(settings, [Role.WEB, Role.WORKER]) == {Role.WEB, Role.WORKER}


@pytest.mark.parametrize(
    ("role", "words"),
    [
        (Role.DISCORD, "DISCORD_TOKEN is not set"),
        (Role.SLACK, "SLACK_BOT_TOKEN is not set"),
        (Role.WEB, "VIDEOBOT_WEB is not true"),
    ],
)
def test_a_chat_that_is_not_set_up_cannot_be_served(tmp_path: Path, role: Role, words: str) -> None:
    with pytest.raises(SettingsError, match=f"to serve {role}, but {words}: set it, or take --only away"):
        roles(Settings(data_dir=tmp_path, database_url=POSTGRES), [role])
