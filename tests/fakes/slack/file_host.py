"""Slack's file host (files.slack.com): uploads come in, url_private goes out to who may see it."""

from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes.slack.faults import Fault

if TYPE_CHECKING:
    from tests.fakes.slack.files import File
    from tests.fakes.slack.server import FakeSlack

LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in to Slack</body></html>"


class FileHost:
    """/upload/v1/... and /files-pri/...; `elsewhere` is another host that downloads may be sent to."""

    def __init__(self, slack: "FakeSlack") -> None:
        self.slack = slack

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**31)
        app.router.add_post("/upload/v1/{file}", self.upload)
        app.router.add_get("/files-pri/{file}/{name}", self.download)
        app.router.add_get("/files-pri/{file}/download/{name}", self.download)
        return app

    def elsewhere(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/{anything:.*}", self._other_host)
        return app

    def _file(self, request: web.Request) -> "File | None":
        team_id, _, file_id = request.match_info["file"].partition("-")
        team = self.slack.teams.get(team_id)
        return team.files.get(file_id) if team else None

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """The bytes, raw or as a form; 200 text/plain `OK - length`."""
        file = self._file(request)
        if file is None or file.uploaded:
            return web.Response(status=404, text="not found")
        hold = self.slack.troubles.next_hold("file.upload", after=False)
        is_dropped = hold is not None and not await hold.passes()
        fault = self.slack.troubles.next_fault("file.upload", file.team)
        if is_dropped:
            fault = Fault("file.upload", lose_request=True)
        if fault is not None and not fault.lose_answer:
            if fault.lose_request and request.transport is not None:
                request.transport.abort()
            return web.Response(status=fault.status or 500, text="error")
        if request.content_type == "multipart/form-data":
            parts = [part for part in (await request.post()).values() if isinstance(part, web.FileField)]
            data = parts[0].file.read() if parts else b""
        else:
            data = await request.read()
        self.slack.record("file.upload", file.team, {"file": file.id, "length": len(data)}, {}, 200)
        if len(data) != file.declared:
            self.slack.complain("file.upload", f"{len(data)} bytes, but {file.declared} were declared", {"id": file.id})
            return web.Response(status=400, text="length mismatch")
        file.data, file.uploaded = data, True
        self.slack.touch()
        hold = self.slack.troubles.next_hold("file.upload", after=True)
        is_dropped = hold is not None and not await hold.passes()
        if (fault is not None or is_dropped) and request.transport is not None:
            request.transport.abort()
        return web.Response(text=f"OK - {len(data)}")

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The bytes for the right token; for anybody else the sign-in page with status 200."""
        file = self._file(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        team, state = self.slack.team_of_token(token)
        args = {"file": request.match_info["file"]}
        fault = self.slack.troubles.next_fault("file.download", team)
        if fault is not None and not fault.lose_answer:
            self.slack.record("file.download", team, args, {}, fault.status or 200)
            return web.Response(status=fault.status or 200, text=fault.body or LOGIN_PAGE, content_type="text/html")
        allowed = (
            file is not None
            and team is file.team
            and state == "live"
            and "files:read" in file.team.scopes
            and file.bot_sees()
        )
        self.slack.record("file.download", team, args, {"allowed": allowed}, 200)
        if not allowed:
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        assert file is not None
        if file.deleted or file.mode != "hosted":
            return web.Response(status=404, text=LOGIN_PAGE, content_type="text/html")
        if self.slack.redirect_downloads:
            raise web.HTTPFound(f"{self.slack.elsewhere_base}/{file.id}/{file.name}")
        if fault is not None:
            return await _half(request, file)
        return web.Response(body=file.data, content_type=file.mimetype)

    async def _other_host(self, request: web.Request) -> web.StreamResponse:
        if "Authorization" in request.headers:
            self.slack.complain("file.download", "the token was sent to another host", {"path": request.path})
        file_id = request.path.split("/")[1]
        for team in self.slack.teams.values():
            if file_id in team.files:
                return web.Response(body=team.files[file_id].data, content_type=team.files[file_id].mimetype)
        return web.Response(status=404)


async def _half(request: web.Request, file: "File") -> web.StreamResponse:
    """The connection breaks in the middle of the bytes."""
    answer = web.StreamResponse(headers={"Content-Length": str(len(file.data)), "Content-Type": file.mimetype})
    await answer.prepare(request)
    await answer.write(file.data[: len(file.data) // 2])
    if request.transport is not None:
        request.transport.abort()
    return answer
