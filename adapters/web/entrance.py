"""The way in: who may see a page, who may act, who one is, and the access token where one is set."""

from collections.abc import Awaitable, Callable

from jinja2 import Environment
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from adapters.web.people import PEOPLE
from adapters.web.session import CSRF_FIELD, CSRF_HEADER, Session, Sessions
from adapters.web.templating import rendered
from bot.generation.ports import Clock, StoreError

MOST_TRIES = 10  # wrong tokens in a minute, by all browsers together
_MINUTE = 60.0
_MOST_FIELDS, _MOST_FILES = 1000, 8
_MOST_FIELD = 512 * 1024  # bytes
_NO_DATABASE = "The bot's database cannot be used at the moment. Nothing was changed; try again in a minute."

See = Callable[[Request, Session], Awaitable[Response]]
Act = Callable[[Request, Session, FormData], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


class Entrance:
    """Lets browsers in. `note`: a line shown on top of every page."""

    def __init__(self, sessions: Sessions, environment: Environment, clock: Clock, *, note: str = "") -> None:
        self._sessions, self._environment, self._clock, self._note = sessions, environment, clock, note
        self._wrong: list[float] = []

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("/login", self._login_page),
            Route("/login", self._login, methods=["POST"]),
            Route("/who", self.act(self._who), methods=["POST"]),
        ]

    def see(self, page: See) -> Endpoint:
        """An endpoint that shows something to who may enter."""

        async def endpoint(request: Request) -> Response:
            session = self._sessions.of(request)
            if not self._sessions.may_enter(session):
                return RedirectResponse("/login", 303)
            try:
                return await page(request, session or Session())
            except StoreError:
                return PlainTextResponse(_NO_DATABASE, 503)

        return endpoint

    def act(self, act: Act) -> Endpoint:
        """An endpoint that does something for who may enter, and only when a page of ours asked for it."""

        async def endpoint(request: Request) -> Response:
            session = self._sessions.of(request)
            if session is None or not self._sessions.may_enter(session):
                raise HTTPException(403, "This page is not known here any more: reload it.")
            async with request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=_MOST_FIELD) as form:
                given = request.headers.get(CSRF_HEADER) or str(form.get(CSRF_FIELD, ""))
                if not self._sessions.is_ours(session, given):
                    raise HTTPException(403, "This page is not known here any more: reload it.")
                try:
                    return await act(request, session, form)
                except StoreError:
                    return PlainTextResponse(_NO_DATABASE, 503)

        return endpoint

    def page(self, request: Request, session: Session, template: str, **values: object) -> Response:
        """A whole page of this session."""
        html = rendered(
            self._environment,
            template,
            me=session.person,
            people=PEOPLE,
            csrf=self._sessions.csrf(session),
            path=request.url.path,
            note=self._note,
            **values,
        )
        return self._sessions.keep(HTMLResponse(html), session, is_secure=request.url.scheme == "https")

    # ------------------------------------------------------------------------------------------------------ routes

    async def _who(self, request: Request, session: Session, form: FormData) -> Response:
        """Another person at the same browser."""
        back = str(form.get("back", "/"))
        response = RedirectResponse(back if back in ("/", "/dashboard") else "/", 303)
        other = session.as_person(str(form.get("person", "")))
        return self._sessions.keep(response, other, is_secure=request.url.scheme == "https")

    async def _login_page(self, request: Request) -> Response:
        if self._sessions.may_enter(self._sessions.of(request)):
            return RedirectResponse("/", 303)
        return self._token_form("", 200)

    async def _login(self, request: Request) -> Response:
        now = self._clock.now()
        self._wrong = [at for at in self._wrong if now - at < _MINUTE]
        if len(self._wrong) >= MOST_TRIES:
            return self._token_form("Too many wrong tokens: wait a minute and try again.", 429)
        async with request.form(max_files=0, max_fields=5, max_part_size=4096) as form:
            given = str(form.get("token", ""))
        if not self._sessions.is_token(given):
            self._wrong.append(now)
            return self._token_form("That is not the token: copy VIDEOBOT_WEB_TOKEN once more.", 403)
        session = (self._sessions.of(request) or Session()).with_token()
        return self._sessions.keep(RedirectResponse("/", 303), session, is_secure=request.url.scheme == "https")

    def _token_form(self, wrong: str, status: int) -> Response:
        return HTMLResponse(rendered(self._environment, "login.html", wrong=wrong), status)
