"""Slack workspaces in the database: their own installation, their organisation's, states used once."""

import pytest
from cryptography.fernet import Fernet

from storage.database import Database
from storage.slack_installs import SlackInstalls, check_keys, new_key

NOW = 1_795_000_000.0


@pytest.fixture
def installs(database: Database) -> SlackInstalls:
    return SlackInstalls(database, [new_key()])


async def save(installs: SlackInstalls, team: str, enterprise: str = "", token: str = "xoxb-1") -> None:
    await installs.save(
        team_id=team,
        enterprise_id=enterprise,
        team_name="Acme",
        bot_id="B1",
        bot_user_id="U1",
        scopes="commands,chat:write",
        token=token,
        now=NOW,
    )


async def test_the_newest_installation_of_a_workspace_counts(installs: SlackInstalls) -> None:
    await save(installs, "T1")
    await save(installs, "T1", token="xoxb-2")
    found = await installs.find("T1")
    assert found is not None
    assert (found.token, found.bot_user_id, found.scopes) == ("xoxb-2", "U1", "commands,chat:write")
    assert await installs.find("T2") is None


async def test_an_organisations_installation_serves_its_workspaces(installs: SlackInstalls) -> None:
    await save(installs, "", "E1", "xoxb-org")
    await save(installs, "T2", "E1", "xoxb-own")
    assert await installs.find("T1") is None
    found = await installs.find("T1", "E1")
    assert found is not None
    assert found.token == "xoxb-org"
    later = await installs.find("T1")  # its organisation is known from now on
    own = await installs.find("T2", "E1")
    assert later is not None
    assert own is not None
    assert (later.token, own.token) == ("xoxb-org", "xoxb-own")
    assert await installs.remove("E1")
    assert await installs.find("T1") is None
    assert await installs.find("T2") is not None


async def test_what_is_removed_is_gone_once(installs: SlackInstalls) -> None:
    await save(installs, "T1")
    assert await installs.remove("T1")
    assert not await installs.remove("T1")
    assert await installs.find("T1") is None


async def test_a_state_is_good_once_and_for_its_time(installs: SlackInstalls) -> None:
    await installs.add_state("a", NOW + 600, NOW)
    await installs.add_state("b", NOW + 600, NOW)
    assert await installs.use_state("a", NOW + 1)
    assert not await installs.use_state("a", NOW + 1)
    assert not await installs.use_state("b", NOW + 601)
    assert not await installs.use_state("never", NOW)


def test_keys_are_looked_at() -> None:
    check_keys([new_key(), Fernet.generate_key().decode()])
    with pytest.raises(ValueError):
        check_keys(["no key"])
