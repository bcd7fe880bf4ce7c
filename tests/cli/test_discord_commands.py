"""`videobot check` about Discord, `videobot discord sync` and `videobot discord invite`, against a fake Discord."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cli.person import Sandbox, Videobot
from tests.fakes.discord import FakeDiscord, permissions

NEEDED = (
    permissions.VIEW_CHANNEL
    | permissions.SEND_MESSAGES
    | permissions.SEND_MESSAGES_IN_THREADS
    | permissions.ATTACH_FILES
    | permissions.READ_MESSAGE_HISTORY
)
GUILD_COMMANDS = "/applications/{application_id}/guilds/{guild_id}/commands"


class Thread:
    """A fake Discord in a thread of its own, beside a command that runs in the test's."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> FakeDiscord:
        self._thread.start()
        self.discord = FakeDiscord()
        return self._in_it(self.discord.__aenter__())

    def __exit__(self, *_: object) -> None:
        self._in_it(self.discord.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _in_it(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


@pytest.fixture
def discord(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDiscord]:
    """The bot's Discord, and the settings that lead there."""
    with Thread() as fake:
        monkeypatch.setenv("DISCORD_TOKEN", fake.token)
        monkeypatch.setenv("DISCORD_API_BASE", fake.api_base)
        monkeypatch.setenv("DISCORD_GATEWAY_URL", fake.gateway_url)
        yield fake
        assert fake.complaints == []


@pytest.fixture
def check(videobot: Videobot, discord: FakeDiscord) -> Callable[[], tuple[int, list[str]]]:
    """Run the check: its exit code and its lines about Discord. The token is in none of them."""

    def run() -> tuple[int, list[str]]:
        done = videobot("check")
        assert discord.token not in done.out + done.err
        words = " ".join(done.out.split())
        starts = ("ok ", "warn ", "FAIL ")
        for start in starts:
            words = words.replace(f" {start}", f"\n{start}")
        return done.code, [line for line in words.splitlines() if " Discord: " in line]

    return run


def test_all_is_well(videobot: Videobot, check: Callable[[], tuple[int, list[str]]], discord: FakeDiscord) -> None:
    discord.add_guild("Studio")
    assert videobot("discord", "sync").code == 0
    code, lines = check()
    assert code == 0
    assert all(line.startswith("ok ") for line in lines), lines
    said = "\n".join(lines)
    assert "the token works; the bot is videobot" in said
    assert "/video" in said
    assert 'in "Studio" it has every permission it needs' in said
    assert "no privileged intent is needed" in said
    assert f"client_id={discord.application_id}" in said
    assert discord.gateway.identifies == 0, "no connection is made"


def test_without_a_token_discord_is_not_asked(
    videobot: Videobot, discord: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISCORD_TOKEN")
    done = videobot("check")
    assert done.code == 0
    assert "Discord: not set up (DISCORD_TOKEN is not set)." in done.out
    assert discord.requests == []
    for command in ("sync", "invite"):
        refused = videobot("discord", command)
        assert refused.code == 2
        assert "DISCORD_TOKEN is not set" in refused.err


def test_a_wrong_token_fails_in_one_sentence(
    videobot: Videobot, discord: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "wrong-token-canary-4711")
    for command in (("check",), ("discord", "sync"), ("discord", "invite")):
        done = videobot(*command)
        said = " ".join((done.out + done.err).split())
        assert done.code == 1, command
        assert "Discord does not accept the token" in said
        assert "canary" not in said
        assert "Traceback" not in said


def test_out_of_reach_it_says_where_to_look(videobot: Videobot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a-token")
    monkeypatch.setenv("DISCORD_API_BASE", "http://127.0.0.1:9/api/v10")
    done = videobot("check")
    assert done.code == 1
    assert "Discord cannot be reached" in " ".join(done.out.split())
    assert "DISCORD_API_BASE" in done.out


def test_missing_permissions_are_named_as_discord_names_them(
    check: Callable[[], tuple[int, list[str]]], discord: FakeDiscord
) -> None:
    discord.add_guild("Poor", permissions=NEEDED & ~permissions.ATTACH_FILES & ~permissions.READ_MESSAGE_HISTORY)
    discord.add_guild("Rich", permissions=permissions.ADMINISTRATOR)
    code, lines = check()
    assert code == 1
    [failed] = [line for line in lines if line.startswith("FAIL")]
    assert 'in "Poor" the bot lacks Attach Files and Read Message History' in failed
    assert any('in "Rich" it has every permission' in line for line in lines)


def test_threads_need_a_permission_of_their_own(
    check: Callable[[], tuple[int, list[str]]], discord: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    discord.add_guild("Studio", permissions=NEEDED)
    assert check()[0] == 0
    monkeypatch.setenv("VIDEOBOT_THREAD_PER_JOB", "true")
    code, lines = check()
    assert code == 1
    assert any("lacks Create Public Threads" in line for line in lines)


def test_a_missing_scope_is_named(check: Callable[[], tuple[int, list[str]]], discord: FakeDiscord) -> None:
    discord.add_guild("Studio")
    discord.fault("GET", GUILD_COMMANDS, status=403, code=50001)
    code, lines = check()
    assert code == 1
    assert any('in "Studio" the scope applications.commands is missing' in line for line in lines)


def test_the_message_content_intent_is_asked_for_only_where_it_is_set(
    check: Callable[[], tuple[int, list[str]]], discord: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    discord.add_guild("Studio")
    monkeypatch.setenv("DISCORD_MESSAGE_CONTENT", "true")
    code, lines = check()
    assert code == 1
    assert any("the Message Content Intent is off" in line for line in lines)
    discord.allow_message_content()
    code, lines = check()
    assert code == 0
    assert any("it sees the images of messages that people reply to" in line for line in lines)


def test_servers_that_are_set_and_not_there_are_named(
    check: Callable[[], tuple[int, list[str]]], discord: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = discord.add_guild("Studio", permissions=0)
    monkeypatch.setenv("DISCORD_SERVERS", "999999999999999999")
    code, lines = check()
    assert code == 0
    assert any('"Studio" is not in DISCORD_SERVERS' in line for line in lines)
    assert any("not in the server 999999999999999999 of DISCORD_SERVERS" in line for line in lines)
    monkeypatch.setenv("DISCORD_SERVERS", str(known.id))
    assert check()[0] == 1


def test_in_no_server_and_without_commands_it_warns(
    check: Callable[[], tuple[int, list[str]]], discord: FakeDiscord
) -> None:
    code, lines = check()
    assert code == 0
    warned = "\n".join(line for line in lines if line.startswith("warn"))
    assert "in no server yet" in warned
    assert "no command is registered yet" in warned


def test_sync_registers_the_commands_each_time_and_connects_to_nothing(
    videobot: Videobot, discord: FakeDiscord, sandbox: Sandbox
) -> None:
    for _ in range(2):
        done = videobot("discord", "sync")
        assert done.code == 0, done.err
        assert "Registered" in done.out
    names = {command["name"] for command in discord.commands.of(None)}
    assert {"video", "quota", "jobs", "help", "Animate", "video-admin"} <= names
    assert len(discord.asked("PUT", "/applications/{application_id}/commands")) == 2
    assert discord.gateway.identifies == 0
    assert sandbox.creates() == 0


def test_sync_tells_what_discord_refuses(videobot: Videobot, discord: FakeDiscord) -> None:
    discord.fault("PUT", "/applications/{application_id}/commands", status=403, code=50001)
    done = videobot("discord", "sync")
    assert done.code == 1
    assert "Discord answered with status 403" in " ".join(done.err.split())
    assert "Traceback" not in done.err


@pytest.mark.parametrize("threads", [False, True])
def test_invite_prints_the_link_and_nothing_else(
    videobot: Videobot, discord: FakeDiscord, monkeypatch: pytest.MonkeyPatch, threads: bool
) -> None:
    monkeypatch.setenv("VIDEOBOT_THREAD_PER_JOB", str(threads).lower())
    done = videobot("discord", "invite")
    assert done.code == 0
    [link] = done.out.split()
    asked = parse_qs(urlsplit(link).query)
    assert link.startswith("https://discord.com/oauth2/authorize?")
    assert asked["client_id"] == [str(discord.application_id)]
    assert set(asked["scope"][0].split()) == {"bot", "applications.commands"}
    more = permissions.CREATE_PUBLIC_THREADS if threads else 0
    assert int(asked["permissions"][0]) == NEEDED | more
