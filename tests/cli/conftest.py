"""A person at a terminal with a key for a gateway that runs here."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import certifi
import pytest
from PIL import Image

from adapters.shell.chat import shell_address
from bot.app import open_app
from bot.cli import main
from bot.cli.faster import FasterClock
from bot.generation.job import Job, Requester
from bot.generation.request import VideoRequest
from bot.settings import load_settings
from tests.cli.person import TIMES, Done, Sandbox, Videobot
from tests.fakes import folder_databases

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="session")
def one_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One authority instead of all: reading them takes most of a short command's time, and the sandbox has no TLS."""
    path = tmp_path_factory.mktemp("tls") / "one.pem"
    end = "-----END CERTIFICATE-----\n"
    path.write_text(Path(certifi.where()).read_text(encoding="utf-8").partition(end)[0] + end)
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, one_certificate: Path) -> Path:
    """The person's folder: settings in the environment, two pictures in it."""
    for name in list(os.environ):
        if name.startswith(("VIDEOBOT_", "TOAPIS_", "APIMART_")):
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(one_certificate))
    monkeypatch.setenv("LOGNAME", "anna")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("VIDEOBOT_DATA_DIR", str(tmp_path / "data"))
    database = folder_databases.url(tmp_path / "data")
    if database is not None:
        monkeypatch.setenv("VIDEOBOT_DATABASE_URL", database)
    monkeypatch.setenv("TOAPIS_API_KEY", "sandbox-key")
    monkeypatch.setenv("TOAPIS_BASE_URL", sandbox.gateway.toapis_url)
    for name, colour in (("a.png", (90, 140, 200)), ("b.png", (20, 20, 60))):
        Image.new("RGB", (640, 360), colour).save(folder / name)
    return folder


@pytest.fixture
def videobot(home: Path, capsys: pytest.CaptureFixture[str]) -> Videobot:
    """Run a command in this process."""

    def run(*args: str) -> Done:
        capsys.readouterr()
        code = main(list(args), clock=FasterClock(TIMES))
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return run


def command(*args: str, times: float = TIMES) -> list[str]:
    """The command line of a real process."""
    return [sys.executable, str(Path(__file__).with_name("fast_videobot.py")), str(times), *args]


@pytest.fixture
def start(home: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a command as a process of its own."""
    started: list[subprocess.Popen[str]] = []

    def run(*args: str, **options: Any) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
        pipes = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE) | {"stdin": subprocess.DEVNULL} | options
        process = subprocess.Popen(command(*args), cwd=home, env=environment, text=True, **pipes)
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def submit(home: Path) -> Callable[..., Job]:
    """Accept a job without running it, as another platform of the same bot would; of several users, the last one's."""

    async def accept(request: VideoRequest, users: tuple[str, ...]) -> Job:
        async with open_app(load_settings(), run_jobs=False) as app:
            where = shell_address(f"{home}/")
            return [await app.service.submit(request, Requester("shell", user), where) for user in users][-1]

    def run(prompt: str = "waves", *users: str, **options: Any) -> Job:
        return asyncio.run(accept(VideoRequest(prompt=prompt, **options), users or ("anna",)))

    return run
