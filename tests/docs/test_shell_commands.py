"""Every command for the shell that the pages name does what it is named for."""

import asyncio
import importlib.util
import itertools
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import yaml

from bot.settings import Settings, env_name
from tests.cli.conftest import command
from tests.cli.test_discord_commands import Thread
from tests.docs.collecting import Found, Kind, collected
from tests.docs.installation import Installation, run
from tests.docs.pages import ROOT
from tests.docs.shell import SERVING, before, is_whole, meant, path_of, words_of
from tests.fakes.ports import free_port
from tests.fakes.postgres import PostgresServer, server_programs

pytestmark = pytest.mark.slow

SHELL = [found for found in collected() if found.kind is Kind.SHELL]
#: How those end that are shown because of how they end.
ENDS = {"videobot make waves --mode std --audio --duration 7 --image a.png --last-frame b.png": 2}
DEPLOY = ROOT / "docs" / "deploy"
#: What `export` may name beside the settings.
OTHERS = {"POSTGRES_PASSWORD"}
POSTGRES_TOOLS = ("pg_dump", "pg_restore", "psql")


@pytest.mark.parametrize("found", SHELL, ids=str)
def test_the_command_works(found: Found, request: pytest.FixtureRequest) -> None:
    program = found.text.split()[0].rpartition("/")[2]
    rule = RULES.get(program)
    assert rule is not None, f"no rule knows {program}"
    rule(found, request)


# ---------------------------------------------------------------------------------------------------- videobot


def _videobot(found: Found, request: pytest.FixtureRequest) -> None:
    words = words_of(found.text)
    if not is_whole(words):
        assert found.is_mention, "something is missing that the command needs"
        assert run(*path_of(words).split(), "--help").code == 0
        return
    installation: Installation = request.getfixturevalue("installation")
    words = meant(words, installation)
    special = SPECIAL.get(path_of(words))
    if special is not None:
        special(words, request)
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIDEOBOT_CONFIRM_ABOVE_USD", "100")  # the person at the terminal would say yes
        for typed in before(words):
            assert run(*typed).code == 0, typed
        if path_of(words) == "restore":
            shutil.move(installation.folder / "data", installation.folder / "away")
        done = run(*words)
    assert done.code == ENDS.get(found.text, 0), done
    if found.output:
        assert found.output.split() == (done.out + done.err).split()


def _serves(words: list[str], request: pytest.FixtureRequest) -> None:
    """It says that it is ready, and ends well when it is told to."""
    port = str(free_port())
    words = [port if word.isdigit() else word for word in words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "VIDEOBOT_HTTP_PORT": "0"}
    environment |= {"VIDEOBOT_DATA_DIR": str(request.getfixturevalue("tmp_path") / "own")}
    process = subprocess.Popen(
        command(*words), env=environment, text=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    with process:
        assert process.stdout is not None
        assert SERVING[path_of(words)] in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 0


def _demo(words: list[str], request: pytest.FixtureRequest) -> None:
    """Where nobody sits at the terminal it ends by itself, with two videos."""
    port = str(free_port())
    words = [port if word.isdigit() else word for word in words]
    done = subprocess.run(
        command(*words),
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    assert all(Path(line).stat().st_size for line in done.stdout.splitlines()[-2:])


def _beside_a_running_bot(words: list[str], request: pytest.FixtureRequest) -> None:
    """A bot runs, whose pages for machines are asked."""
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIDEOBOT_HTTP_PORT", str(port))
        process = subprocess.Popen(
            command("run"), env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True, stdout=subprocess.PIPE
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("Running.")
            try:
                if words[0] == "curl":
                    address = re.sub(r":\d+/", f":{port}/", words[-1])
                    assert httpx.get(address if "//" in address else f"http://{address}").status_code == 200
                else:
                    assert run(*words).code == 0
            finally:
                process.terminate()
                process.communicate(timeout=60)


def _with_discord(words: list[str], request: pytest.FixtureRequest) -> None:
    """There is a Discord."""
    with Thread() as fake, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISCORD_TOKEN", fake.token)
        patch.setenv("DISCORD_API_BASE", fake.api_base)
        patch.setenv("DISCORD_GATEWAY_URL", fake.gateway_url)
        assert run(*words).code == 0


def _copy(words: list[str], request: pytest.FixtureRequest) -> None:
    """There is an empty PostgreSQL."""
    installation: Installation = request.getfixturevalue("installation")
    postgres: PostgresServer = request.getfixturevalue("postgres")
    url = asyncio.run(postgres.empty())
    assert words[-1].startswith("postgresql://")
    done = run("db", "copy", str(installation.folder / "data" / "videobot.db"), url)
    assert done.code == 0, done


SPECIAL = {
    "run": _serves,
    "sandbox": _serves,
    "demo": _demo,
    "health": _beside_a_running_bot,
    "discord sync": _with_discord,
    "discord invite": _with_discord,
    "db copy": _copy,
}


# ---------------------------------------------------------------------------------------------------- the others


def _make(found: Found, _request: pytest.FixtureRequest) -> None:
    words = shlex.split(found.text)
    done = subprocess.run(["make", "-n", *words[1:]], check=False, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _docker(found: Found, request: pytest.FixtureRequest) -> None:
    """There is no engine here: the file and the service exist, and what would run inside does."""
    words = shlex.split(found.text)
    words = words[: min(words.index(end) if end in words else len(words) for end in "|<>")]
    if words[1] == "build":
        assert (ROOT / words[-1] / "Dockerfile").is_file()
        return
    assert words[1] == "compose"
    rest, file = words[2:], DEPLOY / "compose.yaml"
    if rest[0] in ("--file", "-f"):
        named, rest = rest[1], rest[2:]
        file = ROOT / named if "/" in named else DEPLOY / named  # typed in the project's folder, or in that one
    services = yaml.safe_load(file.read_text(encoding="utf-8"))["services"]
    verb, rest = rest[0], list(itertools.dropwhile(lambda word: word.startswith("-"), rest[1:]))
    assert verb in ("up", "down", "stop", "start", "restart", "build", "pull", "logs", "ps", "exec", "run", "cp")
    if verb in ("exec", "run"):
        _inside(found, services, rest, request)
        return
    for word in rest if verb != "cp" else [word.partition(":")[0] for word in rest if ":" in word]:
        assert word in services, f"{word} is no service of {file.name}"


def _inside(found: Found, services: dict[str, object], words: list[str], request: pytest.FixtureRequest) -> None:
    """A service, and what runs in it: a tool of PostgreSQL beside the database, elsewhere a command of videobot."""
    service, *typed = words
    assert service in services, f"{service} is no service"
    if service == "postgres":
        assert typed[0] in POSTGRES_TOOLS
        _postgres_tool(Found(shlex.join(typed), Kind.SHELL, found.at), request)
        return
    typed = typed if typed[0] == "videobot" else ["videobot", *typed]  # `run` goes through the image's entrypoint
    _videobot(Found(shlex.join(typed), Kind.SHELL, found.at, is_mention=found.is_mention), request)


def _sudo(found: Found, request: pytest.FixtureRequest) -> None:
    """Another user types it: a command of videobot with a file of settings (ours come from the environment), make, or a
    tool of the system about the unit or the user of the page."""
    words = shlex.split(found.text)[1:]
    words = words[2:] if words[0] == "-u" else words
    typed = Found(shlex.join(word for word in words if not word.startswith("--config=")), Kind.SHELL, found.at)
    match words[0].rpartition("/")[2]:
        case "videobot":
            _videobot(typed, request)
        case "make":
            _make(typed, request)
        case "systemctl":
            assert words[1] in ("daemon-reload", "enable", "start", "stop", "restart")
            assert [word for word in words[2:] if not word.startswith("--")] in ([], ["videobot"])
        case tool:
            assert tool == "useradd"
            assert words[-1] == "videobot"


def _python(found: Found, _request: pytest.FixtureRequest) -> None:
    words = shlex.split(found.text)
    assert words[1] == "-m"
    assert importlib.util.find_spec(words[2]) is not None, f"there is no module {words[2]}"


def _pytest(found: Found, _request: pytest.FixtureRequest) -> None:
    """The tests it names can be collected."""
    more = [word for word in shlex.split(found.text)[1:] if not re.fullmatch(r"-n|\d+", word)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n", "0", *more],
        check=False,
        cwd=ROOT,
        capture_output=True,
    )
    assert done.returncode == 0, done.stdout


def _export(found: Found, _request: pytest.FixtureRequest) -> None:
    known = {env_name(field) for field in Settings.model_fields} | OTHERS
    named = {word.partition("=")[0] for word in shlex.split(found.text)[1:]}
    assert named
    assert named <= known


def _postgres_tool(found: Found, _request: pytest.FixtureRequest) -> None:
    words = shlex.split(found.text)
    programs = server_programs()
    assert programs is not None
    said = subprocess.run([programs / words[0], "--help"], capture_output=True, text=True, check=True).stdout
    for option in (word.partition("=")[0] for word in words[1:] if word.startswith("--")):
        assert option in said, f"{words[0]} knows no {option}"


def _curl(found: Found, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("installation")
    _beside_a_running_bot(shlex.split(found.text), request)


RULES = {
    "videobot": _videobot,
    "make": _make,
    "docker": _docker,
    "python": _python,
    "pytest": _pytest,
    "export": _export,
    **dict.fromkeys(POSTGRES_TOOLS, _postgres_tool),
    "curl": _curl,
    "sudo": _sudo,
}
