"""Installing by OAuth, https://docs.slack.dev/authentication/installing-with-oauth."""

import base64
import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web
from yarl import URL

from tests.fakes.slack.errors import SlackError

if TYPE_CHECKING:
    from tests.fakes.slack.people import Person
    from tests.fakes.slack.server import FakeSlack

CODE_LIFE_S = 600


@dataclass
class Code:
    """A code that was handed out: who allowed what, when, and where it was sent."""

    person: "Person"
    scopes: set[str]
    redirect_uri: str
    at: float


class OAuth:
    """The page where people allow an app, and the exchange of its code for a token."""

    def __init__(self, slack: "FakeSlack") -> None:
        self.slack = slack
        self.codes: dict[str, Code] = {}
        self._visitor: tuple[Person, bool] | None = None

    async def page(self, request: web.Request) -> web.StreamResponse:
        """/oauth/v2/authorize: the person who walks through allows or cancels at once."""
        if request.query.get("client_id") != self.slack.client_id:
            return web.Response(status=400, text="Invalid client_id parameter")
        redirect = request.query.get("redirect_uri") or self.slack.redirect_uri
        if not redirect or self._visitor is None:
            return web.Response(status=400, text="redirect_uri did not match any configured URIs")
        person, allow = self._visitor
        answer = {"state": request.query.get("state", "")}
        if allow:
            code = f"code-{len(self.codes) + 1}"
            scopes = {scope for scope in re.split(r"[, ]", request.query.get("scope", "")) if scope}
            self.codes[code] = Code(person, scopes, request.query.get("redirect_uri", ""), self.slack.now())
            answer["code"] = code
        else:
            answer["error"] = "access_denied"
        raise web.HTTPFound(f"{redirect}{'&' if '?' in redirect else '?'}{urlencode(answer)}")

    def access(self, request: web.Request, args: dict[str, Any]) -> dict[str, Any]:
        """https://docs.slack.dev/reference/methods/oauth.v2.access"""
        client_id, secret = args.get("client_id"), args.get("client_secret")
        header = request.headers.get("Authorization", "")
        if header.startswith("Basic "):
            client_id, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
        if client_id != self.slack.client_id:
            raise SlackError("invalid_client_id")
        if secret != self.slack.client_secret:
            raise SlackError("bad_client_secret")
        code = self.codes.pop(str(args.get("code")), None)
        if code is None or self.slack.now() - code.at > CODE_LIFE_S:
            raise SlackError("invalid_code")
        if (args.get("redirect_uri") or "") != code.redirect_uri:
            raise SlackError("bad_redirect_uri")
        if not code.scopes:
            raise SlackError("no_scopes")
        team = code.person.team
        team.scopes = team.scopes | code.scopes if team.installed else set(code.scopes)
        team.reinstall()
        self.slack.touch()
        return {
            "access_token": team.bot_token,
            "token_type": "bot",
            "scope": ",".join(sorted(team.scopes)),
            "bot_user_id": team.bot_user_id,
            "app_id": self.slack.app_id,
            "team": {"id": team.id, "name": team.name},
            "enterprise": {"id": team.enterprise_id, "name": "Enterprise"} if team.enterprise_id else None,
            "authed_user": {"id": code.person.id},
            "is_enterprise_install": False,
        }

    async def walk_through(self, person: "Person", url: str, *, allow: bool) -> tuple[int, str]:
        """The app's install page, Slack's page, back to the app with its cookie: (status, text) of the last page."""
        session = self.slack.session
        async with session.get(url, allow_redirects=False) as answer:
            text = await answer.text()
            cookie = answer.headers.get("Set-Cookie", "").split(";")[0]
            location = answer.headers.get("Location", "")
        if not location:
            link = re.search(r'href="([^"]*oauth/v2/authorize[^"]*)"', text)
            assert link is not None, f"no link to Slack's page in {text[:300]!r}"
            location = unescape(link.group(1))
        parts = urlsplit(location)
        self._visitor = (person, allow)
        try:
            page = URL(f"{self.slack.root}{parts.path}?{parts.query}", encoded=True)
            async with session.get(page, allow_redirects=False) as answer:
                back = answer.headers.get("Location")
                assert back, await answer.text()
        finally:
            self._visitor = None
        headers = {"Cookie": cookie} if cookie else {}
        async with session.get(URL(back, encoded=True), headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.text()
