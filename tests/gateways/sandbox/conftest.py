"""A started sandbox, a clock that only moves when told, and a client with the right key."""

from __future__ import annotations

import io
import math
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from PIL import Image

from adapters.gateways.sandbox import SandboxGateway

AUTH = {"Authorization": "Bearer sandbox-key"}


class Clock:
    """Epoch seconds that stand still."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Client:
    """The shortest way to ask both gateways."""

    def __init__(self, sandbox: SandboxGateway, http: httpx.AsyncClient) -> None:
        self.sandbox, self.http = sandbox, http
        self.base = {"toapis": sandbox.toapis_url, "apimart": sandbox.apimart_url}

    async def create(self, gateway: str = "toapis", *, headers: dict[str, str] | None = None, **body: Any) -> Any:
        body = {"model": "kling-2-6" if gateway == "toapis" else "kling-v2-6", "prompt": "A golden cat"} | body
        return await self.http.post(f"{self.base[gateway]}/v1/videos/generations", json=body, headers=headers)

    async def make(self, gateway: str = "toapis", **body: Any) -> str:
        """A task that must be taken; its id."""
        answer = await self.create(gateway, **body)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        task_id: str = found["id"] if gateway == "toapis" else found["data"][0]["task_id"]
        return task_id

    async def status(self, task_id: str, gateway: str = "toapis") -> httpx.Response:
        path = f"/v1/videos/generations/{task_id}" if gateway == "toapis" else f"/v1/tasks/{task_id}?language=en"
        return await self.http.get(self.base[gateway] + path)

    async def video_url(self, task_id: str) -> str:
        url: str = (await self.status(task_id)).json()["result"]["data"][0]["url"]
        return url

    async def upload(
        self, data: bytes, gateway: str = "toapis", *, name: str = "x.png", kind: str = "images"
    ) -> httpx.Response:
        return await self.http.post(
            f"{self.base[gateway]}/v1/uploads/{kind}", files={"file": (name, data, "application/octet-stream")}
        )

    async def upload_url(self, data: bytes, *, kind: str = "images") -> str:
        answer = await self.upload(data, kind=kind)
        assert answer.status_code == 200, answer.text
        url: str = answer.json()["data"]["url"]
        return url


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def start(clock: Clock) -> AsyncIterator[Callable[..., Any]]:
    """Starts a sandbox with other options than `client`'s."""
    opened: list[tuple[SandboxGateway, httpx.AsyncClient]] = []

    async def starter(**options: Any) -> Client:
        options = {"render": False, "speed": math.inf, "seed": 7, "clock": clock} | options
        sandbox = SandboxGateway(**options)
        await sandbox.start()
        http = httpx.AsyncClient(headers=AUTH, timeout=20, verify=False)  # no certificates to load: loopback
        opened.append((sandbox, http))
        return Client(sandbox, http)

    yield starter
    for sandbox, http in opened:
        await http.aclose()
        await sandbox.stop()


@pytest.fixture
async def client(start: Callable[..., Any]) -> Client:
    """Instant tasks, a frozen clock, one tiny video."""
    made: Client = await start()
    return made


def png(width: int = 640, height: int = 360, *, colour: tuple[int, int, int] = (200, 60, 40)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return out.getvalue()
