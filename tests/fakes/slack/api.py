"""The door of the Web API: tokens, scopes, rate limits, ordered faults, schemas; then the method."""

from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.slack.arguments import read_arguments
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.methods import CHECKS, METHODS, Call
from tests.fakes.slack.schemas import wrong_by_schema
from tests.fakes.slack.scopes import SCOPES

if TYPE_CHECKING:
    from tests.fakes.slack.faults import Fault
    from tests.fakes.slack.server import FakeSlack
    from tests.fakes.slack.teams import Team

NO_TOKEN = ("oauth.v2.access", "api.test")
NO_SCHEMA = ("auth.test",)


class Api:
    """Answers /api/{method}."""

    def __init__(self, slack: "FakeSlack") -> None:
        self.slack = slack

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call, from its arguments to its answer."""
        name = request.match_info["method"]
        try:
            args = await read_arguments(request)
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_json"})
        header = request.headers.get("Authorization", "")
        token = header.removeprefix("Bearer ") if header.startswith("Bearer ") else str(args.get("token") or "")
        args.pop("token", None)
        team, state = self.slack.team_of_token(token)
        troubles = self.slack.troubles
        hold = troubles.next_hold(name, after=False)
        if hold is not None and not await hold.passes():
            return _cut(request)
        seconds = troubles.retry_after(name, team, str(args.get("channel", "")), self.slack.now())
        if seconds is not None:
            answer = {"ok": False, "error": "ratelimited"}
            self.slack.record(name, team, args, answer, 429)
            return web.json_response(answer, status=429, headers={"Retry-After": str(seconds)})
        fault = troubles.next_fault(name, team)
        if fault is not None and not fault.lose_answer:
            return self._spoil(request, name, team, args, fault)
        answer = self._answer(request, name, args, token, team, state)
        self.slack.record(name, team, args, answer, 200)
        hold = troubles.next_hold(name, after=True)
        is_dropped = hold is not None and not await hold.passes()
        if fault is not None or is_dropped:
            return _cut(request)
        headers = {"x-slack-req-id": f"req-{len(self.slack.requests)}"}
        if team is not None and state == "live":
            headers["x-oauth-scopes"] = ",".join(sorted(team.scopes))
            headers["x-accepted-oauth-scopes"] = ",".join(sorted(SCOPES.get(name, ())))
        return web.json_response(answer, headers=headers)

    def _spoil(
        self, request: web.Request, name: str, team: "Team | None", args: dict[str, Any], fault: "Fault"
    ) -> web.StreamResponse:
        if fault.lose_request:
            return _cut(request)
        if fault.error is not None:
            answer = {"ok": False, "error": fault.error, **fault.more}
            self.slack.record(name, team, args, answer, 200)
            return web.json_response(answer)
        status = fault.status or 200
        self.slack.record(name, team, args, {}, status)
        page = fault.body if fault.body is not None else "<html><body>Slack is having trouble</body></html>"
        return web.Response(status=status, text=page, content_type="text/html")

    def _answer(
        self, request: web.Request, name: str, args: dict[str, Any], token: str, team: "Team | None", state: str
    ) -> dict[str, Any]:
        try:
            if name == "oauth.v2.access":
                return {"ok": True, **self.slack.oauth.access(request, args)}
            if name == "apps.connections.open":
                return {"ok": True, **self._open_connection(token)}
            if name not in METHODS:
                self.slack.complain(name, "no such method here", args)
                raise SlackError("unknown_method", req_method=name)
            _check_token(token, self.slack.app_token, team, state)
            assert team is not None
            call = Call(self.slack, name, team, args)
            needed = SCOPES.get(name)
            if needed and not needed & team.scopes:
                wanted = ",".join(sorted(needed))
                raise SlackError("missing_scope", needed=wanted, provided=",".join(sorted(team.scopes)))
            if name in CHECKS:
                CHECKS[name](call)
            self._check_schema(call)
            return {"ok": True, **METHODS[name](call)}
        except SlackError as refusal:
            return refusal.body()

    def _check_schema(self, call: Call) -> None:
        if call.method in NO_SCHEMA or not self.slack.schemas:
            return
        args = {key: value for key, value in call.args.items() if key != "team_id"}  # Bolt sends it with every call
        if args.get("metadata") == {}:  # chat.update documents it, the types do not know it
            del args["metadata"]
        wrong = wrong_by_schema(call.method, args)
        if wrong:
            in_blocks = call.method.startswith("chat.") and "json-pointer:/blocks" in wrong
            call.refuse("invalid_blocks" if in_blocks else "invalid_arguments", [wrong])

    def _open_connection(self, token: str) -> dict[str, Any]:
        if not token:
            raise SlackError("not_authed")
        if token.startswith("xoxb-"):
            raise SlackError("not_allowed_token_type")
        if token != self.slack.app_token:
            raise SlackError("invalid_auth")
        ticket = self.slack.sockets.new_ticket()
        url = self.slack.root.replace("http://", "ws://")
        return {"url": f"{url}/link/?ticket={ticket}&app_id={self.slack.app_id}"}


def _check_token(token: str, app_token: str, team: "Team | None", state: str) -> None:
    if not token:
        raise SlackError("not_authed")
    if token == app_token:
        raise SlackError("not_allowed_token_type")
    if team is None:
        raise SlackError("invalid_auth")
    if state != "live":
        raise SlackError(state)


def _cut(request: web.Request) -> web.StreamResponse:
    """The connection goes without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
