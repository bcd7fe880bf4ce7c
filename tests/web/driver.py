"""A whole bot with the chat page on loopback, and a person at it who speaks HTTP as the page does."""

import asyncio
import contextlib
import html
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from adapters.gateways.http import trusted
from adapters.gateways.sandbox import SandboxGateway
from bot.app import App, open_app
from bot.generation.job import Job, JobState
from bot.web_side import WebSide
from tests.fakes.clocks import FastClock
from tests.fakes.house import settings_for

SPEED = 30.0
WITHIN = 60.0  # seconds something may take to be seen, on a machine that does much else


@dataclass
class PageBot:
    """The bot with its page. `options` are settings."""

    folder: Path
    sandbox: SandboxGateway
    options: dict[str, Any]
    run_jobs: bool = True
    clock: FastClock = field(default_factory=lambda: FastClock(SPEED, time.time()))
    port: int = 0
    _stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    async def open(self) -> None:
        """Start as `videobot run` does. A second time it is found at the same address."""
        settings = settings_for(self.folder, self.sandbox, web=True, web_port=self.port, **self.options)
        self._stack = contextlib.AsyncExitStack()
        self.app: App = await self._stack.enter_async_context(
            open_app(settings, run_jobs=self.run_jobs, clock=self.clock, begin=False)
        )
        self.side = WebSide(self.app)
        await self.side.start()
        self._stack.push_async_callback(self.side.stop)
        await self.app.take_over()
        if self.app.engine is not None:
            self._stack.push_async_callback(self.app.engine.stop)
        self.url = self.side.url.rstrip("/")
        self.port = int(self.url.rpartition(":")[2])

    async def shut(self) -> None:
        """Stop."""
        await self._stack.aclose()

    async def jobs(self) -> list[Job]:
        """All jobs, the newest first."""
        return list(await self.app.store.jobs())

    async def job(self, state: JobState = JobState.DELIVERED) -> Job:
        """The newest job, once it is in this state."""
        return await until(lambda: self._newest(state), f"a job that is {state}")

    async def _newest(self, state: JobState) -> Job | None:
        jobs = await self.jobs()
        return jobs[0] if jobs and jobs[0].state is state else None

    @contextlib.asynccontextmanager
    async def person(self, who: str = "anna") -> AsyncIterator["Person"]:
        """Somebody at the page."""
        headers = {"Origin": self.url}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20, verify=trusted()) as client:
            person = Person(client)
            await person.look()
            if who != "anna":
                await person.post("/who", person=who)
                await person.look()
            yield person


async def until(look: Any, what: str, within: float = WITHIN) -> Any:
    """What `look` finds, once it finds something."""
    async with asyncio.timeout(within):
        while True:
            found = await look()
            if found:
                return found
            await asyncio.sleep(0.02)
    raise AssertionError(what)


class Person:
    """A browser without eyes."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page = ""

    async def look(self, path: str = "/") -> str:
        """Load a page."""
        answer = await self.client.get(path)
        self.page = answer.text
        found = re.search(r'"x-csrf": "([a-z2-7]+)"', self.page)
        if found:
            self.client.headers["x-csrf"] = found[1]
        return self.page

    async def post(self, path: str, files: Any = None, **fields: Any) -> httpx.Response:
        """Send what the page would."""
        return await self.client.post(path, data=fields, files=files)

    async def composer_key(self) -> str:
        """What the composer on the page is sent under."""
        found = re.search(r'name="key" value="([0-9a-f]+)"', await self.look())
        assert found is not None
        return found[1]

    async def say(self, text: str, **fields: Any) -> httpx.Response:
        """Send a message."""
        return await self.post("/send", key=await self.composer_key(), text=text, **fields)

    async def sees(self, words: str) -> str:
        """The page, once these words are on it."""

        async def look() -> str | None:
            page = html.unescape(await self.look())
            return page if words in page else None

        return await until(look, words)

    async def press(self, verb: str, subject: str, at: str = "") -> httpx.Response:
        """Press a button."""
        return await self.post("/press", verb=verb, subject=subject, at=at)

    async def picture(self, data: bytes, name: str = "cat.png", **fields: Any) -> dict[str, list[str]]:
        """Add a picture to the composer; the fields it gives."""
        answer = await self.post("/composer/pictures", files=[("files", (name, data, "image/png"))], **fields)
        return {
            "picture": re.findall(r'name="picture" value="([^"]+)"', answer.text),
            "role": re.findall(r'<option value="([a-z_]+)" selected', answer.text),
        }
