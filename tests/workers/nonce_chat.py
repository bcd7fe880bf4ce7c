"""A chat platform that, as Discord does with its nonce, takes a message that it has already only once."""

from types import TracebackType
from typing import Self

import httpx
from aiohttp import web

from adapters.gateways.http import trusted
from bot.generation.job import Job, Purpose
from bot.generation.ports import ChatError, JobView
from tests.fakes.chat_server import ChatServer


class NonceChatServer(ChatServer):
    """Posts of one job and purpose after the first are answered with the first one's id, and counted."""

    def __init__(self) -> None:
        super().__init__()
        self.repeated = 0

    async def _post(self, request: web.Request) -> web.Response:
        body = await request.json()
        wanted = (body["job"], body["purpose"])
        for post in self.posts:
            if (post["job"], post["purpose"]) == wanted:
                self.repeated += 1
                return web.json_response({"id": post["id"]})
        return await super()._post(request)


class NonceChat:
    """The Chat port over it, with one client for all posts."""

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, verify=trusted())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def find(self, job: Job, purpose: Purpose) -> str | None:
        try:
            answer = await self._client.get("/find", params={"job": job.id, "purpose": purpose})
        except httpx.TransportError:
            raise ChatError("The chat did not answer.") from None
        found: str | None = answer.json()["id"]
        return found

    async def deliver(self, view: JobView) -> str:
        job = view.job
        text = job.video.path if job.video else (job.output.url if job.output else "")
        try:
            answer = await self._client.post("/post", json={"job": job.id, "purpose": Purpose.RESULT, "text": text})
        except httpx.TransportError:
            raise ChatError("The answer of the chat was lost.", ambiguous=True) from None
        posted: str = answer.json()["id"]
        return posted
