"""A little chat platform on loopback: it keeps what was posted, so that a test can count it after any crash.

Written for the job machine's tests; the fakes of Discord and Slack speak those platforms' own protocols.
"""

import asyncio
from types import TracebackType
from typing import Self

from aiohttp import web


class ChatServer:
    """POST /post {"job", "purpose", "text"} -> {"id"}; GET /find?job=&purpose= -> {"id": ... or null}."""

    def __init__(self) -> None:
        self.posts: list[dict[str, str]] = []
        self.refuse_with: list[int] = []  # HTTP statuses to answer the next posts with
        self.lose_answers = 0  # so many posts are kept, but their answer never leaves
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/post", self._post)
        app.router.add_get("/find", self._find)
        app.router.add_get("/posts", self._all)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _post(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.refuse_with:
            return web.json_response({"error": "refused"}, status=self.refuse_with.pop(0))
        self.posts.append({"id": f"m{len(self.posts)}", **body})
        if self.lose_answers:
            self.lose_answers -= 1
            assert request.transport is not None
            request.transport.close()
            await asyncio.sleep(0)
        return web.json_response({"id": self.posts[-1]["id"]})

    async def _find(self, request: web.Request) -> web.Response:
        wanted = (request.query["job"], request.query["purpose"])
        found = [p["id"] for p in self.posts if (p["job"], p["purpose"]) == wanted]
        return web.json_response({"id": found[0] if found else None})

    async def _all(self, _request: web.Request) -> web.Response:
        return web.json_response(self.posts)
