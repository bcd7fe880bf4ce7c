"""Real `videobot run --only ...` processes on one PostgreSQL database, with a gateway and chats that outlive them."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from pydantic import SecretStr

from adapters.gateways.http import trusted
from adapters.gateways.sandbox import SandboxGateway
from bot.app import App, open_app
from bot.settings import Settings
from tests.fakes.discord import FakeDiscord
from tests.fakes.ports import free_port
from tests.fakes.slack import FakeSlack, Team
from tests.workers.town import KEY, NO_LIMITS

WAIT = 60.0  # seconds; a process starts in two or three


@dataclass
class Member:
    """One process, and where it tells how it is."""

    process: asyncio.subprocess.Process
    page: str
    said: Path

    async def ready(self) -> dict[str, bool]:
        """What it says about being ready: the name of each check, and whether it is good."""
        async with httpx.AsyncClient(verify=trusted()) as client:
            answer = await client.get(f"{self.page}/readyz")
        return {name: check["ok"] for name, check in answer.json()["checks"].items()}

    async def is_ready(self) -> None:
        """Wait for that."""
        async with httpx.AsyncClient(verify=trusted()) as client, asyncio.timeout(WAIT):
            while True:
                assert self.process.returncode is None, self.said.read_text()
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"{self.page}/readyz")).status_code == 200:
                        return
                await asyncio.sleep(0.1)

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), WAIT)


@dataclass
class Crew:
    """The processes and their common settings."""

    folder: Path
    url: str
    sandbox: SandboxGateway
    env: dict[str, str] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)

    def on_discord(self, discord: FakeDiscord) -> None:
        """From now on they know this Discord."""
        self.env |= {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_BASE": discord.api_base,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
        }

    def on_slack(self, slack: FakeSlack, team: Team) -> None:
        """From now on they know this Slack."""
        self.env |= {
            "SLACK_BOT_TOKEN": team.bot_token,
            "SLACK_API_BASE": slack.api_base,
            "SLACK_FILE_HOSTS": slack.files_base.removeprefix("http://"),
        }

    async def run(self, *only: str, **env: str) -> Member:
        """Start a process with these roles and settings of its own; it is not ready yet."""
        port = free_port()
        settings = {
            "VIDEOBOT_DATABASE_URL": self.url,
            "VIDEOBOT_DATA_DIR": str(self.folder),
            "VIDEOBOT_HTTP_PORT": str(port),
            "VIDEOBOT_ALLOW_PRIVATE_LINKS": "true",
            "TOAPIS_API_KEY": KEY,
            "TOAPIS_BASE_URL": self.sandbox.toapis_url,
            **NO_LIMITS,
            **self.env,
            **env,
        }
        said = self.folder / f"process-{len(self.members)}.log"
        with said.open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run", *(word for role in only for word in ("--only", role))),
                env={**os.environ, **settings},
                stdout=log,
                stderr=log,
            )
        member = Member(process, f"http://127.0.0.1:{port}", said)
        self.members.append(member)
        return member

    @asynccontextmanager
    async def office(self) -> AsyncIterator[App]:
        """What the test asks the database."""
        settings = Settings(
            database_url=SecretStr(self.url),
            data_dir=self.folder,
            toapis_api_key=SecretStr(KEY),
            toapis_base_url=self.sandbox.toapis_url,
        )
        async with open_app(settings, run_jobs=False, chats={}) as app:
            yield app

    def creates(self) -> list[str]:
        """The bodies of the creates that the gateway took."""
        return [
            json.dumps(request.body, sort_keys=True) if not isinstance(request.body, str) else request.body
            for request in self.sandbox.requests()
            if request.method == "POST" and request.path.endswith("/v1/videos/generations")
        ]

    async def end(self) -> None:
        """Nobody is left running."""
        for member in self.members:
            if member.process.returncode is None:
                await member.end(signal.SIGKILL)


@asynccontextmanager
async def crew(folder: Path, url: str) -> AsyncIterator[Crew]:
    """Nobody yet, and a gateway that renders in no time."""
    async with SandboxGateway(keys=(KEY,), speed=float("inf"), rate_limits=False, render=False) as sandbox:
        found = Crew(folder, url, sandbox)
        try:
            yield found
        finally:
            await found.end()
