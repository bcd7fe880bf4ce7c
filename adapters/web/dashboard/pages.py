"""The routes of the dashboard. Only admins see it; every act goes over the desk, which asks that again."""

from collections.abc import Callable, Mapping
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from jinja2 import Environment
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from adapters.cards.card import Verb
from adapters.cards.limits import whose
from adapters.charts.alt_text import alt_text
from adapters.charts.chart import Chart
from adapters.charts.drawing import ChartError, drawn
from adapters.desk import Desk, Reply
from adapters.web.dashboard.figures import DAYS, Figures
from adapters.web.dashboard.port import Numbers
from adapters.web.entrance import Entrance
from adapters.web.session import Session
from adapters.web.talking import decided
from adapters.web.templating import rendered
from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
from bot.generation.ports import Clock, Gateway, Resolution, Store
from bot.generation.prices import MICROS
from bot.generation.windows import WINDOWS

_UNIT_WORDS = {
    Unit.VIDEOS: "videos",
    Unit.SECONDS: "seconds of video",
    Unit.USD: "US dollars",
    Unit.JOBS: "unfinished videos",
    Unit.COOLDOWN: "seconds between two videos",
}
#: Units that are counted at this moment, whatever the window.
_AT_ONCE = frozenset({Unit.JOBS, Unit.COOLDOWN})
_MOST_TEXT = 200


class Dashboard:
    """The dashboard's routes."""

    def __init__(
        self,
        entrance: Entrance,
        environment: Environment,
        desk: Desk,
        store: Store,
        numbers: Numbers,
        gateways: Mapping[str, Gateway],
        clock: Clock,
        zone: tzinfo,
        step: Callable[[str], None],
    ) -> None:
        self._entrance, self._environment, self._desk, self._store = entrance, environment, desk, store
        self._step = step
        self._figures = Figures(desk.service, store, numbers, gateways, clock, zone)

    def routes(self) -> list[Route]:
        """The routes."""
        see, act = self._entrance.see, self._entrance.act
        return [
            Route("/dashboard", see(self._page)),
            Route("/dashboard/figures", see(self._refreshed)),
            Route("/dashboard/usage.png", see(self._usage_picture)),
            Route("/dashboard/limits", act(self._set_limit), methods=["POST"]),
            Route("/dashboard/limits/clear", act(self._clear_limit), methods=["POST"]),
            Route("/dashboard/resolve", act(self._resolve), methods=["POST"]),
            Route("/dashboard/pause", act(self._pause), methods=["POST"]),
        ]

    # ------------------------------------------------------------------------------------------------------ looking

    async def _page(self, request: Request, session: Session) -> Response:
        if not session.person.is_admin:
            response = self._entrance.page(request, session, "not_admin.html")
            response.status_code = 403
            return response
        values = {**await self._numbers_of(session), **await self._limits(), **await self._waiting(session)}
        values |= await self._usage(session)
        return self._entrance.page(request, session, "dashboard.html", answer=None, **values)

    async def _refreshed(self, _request: Request, session: Session) -> Response:
        self._admins_only(session)
        return self._html("figures.html", **await self._numbers_of(session))

    async def _usage_picture(self, _request: Request, session: Session) -> Response:
        self._admins_only(session)
        chart = await self._chart(session)
        if chart is None:
            raise HTTPException(404, f"Nothing was asked for in the last {DAYS} days: there is no chart.")
        try:
            picture = await drawn(chart)
        except ChartError as error:
            raise HTTPException(503, str(error)) from None
        return Response(picture.png, media_type="image/png")

    async def _usage(self, session: Session) -> dict[str, Any]:
        chart = await self._chart(session)
        return {"usage_alt": "" if chart is None else alt_text(chart), "usage_days": DAYS}

    async def _chart(self, session: Session) -> Chart | None:
        return (await self._desk.usage(session.person.actor, days=DAYS)).card.chart

    async def _numbers_of(self, session: Session) -> dict[str, Any]:
        return {
            "caps": await self._figures.caps(session.person.actor.requester),
            "sections": await self._figures.sections(),
            "balances": await self._figures.balances(),
        }

    # ------------------------------------------------------------------------------------------------------ acting

    async def _set_limit(self, _request: Request, session: Session, form: FormData) -> Response:
        scope, unit, window = _which(form)
        amount = str(form.get("amount", ""))[:_MOST_TEXT]
        return await self._limits_after(await self._desk.set_limit(session.person.actor, scope, unit, window, amount))

    async def _clear_limit(self, _request: Request, session: Session, form: FormData) -> Response:
        scope, unit, window = _which(form)
        return await self._limits_after(await self._desk.clear_limit(session.person.actor, scope, unit, window))

    async def _resolve(self, _request: Request, session: Session, form: FormData) -> Response:
        job_id, task_id = str(form.get("subject", ""))[:40], str(form.get("task_id", "")).strip()
        try:
            verb = Verb(str(form["verb"])) if form.get("verb") else None
            if verb is None:
                reply = await self._desk.resolve(session.person.actor, job_id, Resolution.TASK, task_id)
            else:
                reply = await decided(self._desk, session.person, verb, job_id)
        except (ValueError, KeyError):
            raise HTTPException(400, "This button is from another version of the bot: reload the page.") from None
        if reply.job is not None:
            self._step(reply.job.id)
        return self._html("uncertain.html", answer=reply.card, **await self._waiting(session))

    async def _pause(self, _request: Request, session: Session, form: FormData) -> Response:
        actor = session.person.actor
        if form.get("pause"):
            reply = await self._desk.pause(actor, str(form.get("reason", ""))[:_MOST_TEXT])
        else:
            reply = await self._desk.resume_all(actor)
        return self._html("pause.html", answer=reply.card, paused=await self._store.paused())

    # ------------------------------------------------------------------------------------------------------ small

    async def _limits(self) -> dict[str, Any]:
        return {
            "limits": [_shown(limit) for limit in await self._desk.service.limits()],
            "scopes": [kind.value for kind in ScopeKind],
            "units": [(unit.value, _UNIT_WORDS.get(unit, unit.value)) for unit in Unit],
            "windows": [window.value for window in WINDOWS] + ["24h"],
            "paused": await self._store.paused(),
        }

    async def _limits_after(self, reply: Reply) -> Response:
        return self._html("limits.html", answer=reply.card, **await self._limits())

    async def _waiting(self, session: Session) -> dict[str, Any]:
        self._admins_only(session)
        actor = session.person.actor
        return {
            "uncertain": (await self._desk.uncertain(actor)).card,
            "approvals": (await self._desk.approvals(actor)).card,
        }

    def _admins_only(self, session: Session) -> None:
        if not session.person.is_admin:
            raise HTTPException(403, "Only admins of this bot can see that.")

    def _html(self, template: str, **values: object) -> HTMLResponse:
        return HTMLResponse(rendered(self._environment, template, **values))


def _which(form: FormData) -> tuple[Scope, Unit, Window]:
    """The limit a form is about."""
    try:
        kind, unit = ScopeKind(str(form.get("scope", ""))), Unit(str(form.get("unit", "")))
    except ValueError:
        raise HTTPException(400, "This limit is not known here: reload the page.") from None
    try:
        window = Window(str(form.get("window", "")).strip())
    except ValueError as error:
        raise HTTPException(400, str(error)) from None
    return Scope(kind, str(form.get("scope_id", "")).strip()[:_MOST_TEXT] or "*"), unit, window


def _shown(limit: Limit) -> dict[str, Any]:
    is_money = limit.unit is Unit.USD
    return {
        "whose": whose(limit.scope),
        "scope": limit.scope.kind.value,
        "scope_id": limit.scope.id,
        "unit": limit.unit.value,
        "window": limit.window.value,
        "words": _words(limit),
        "amount": f"{Decimal(limit.amount) / MICROS:.2f}" if is_money else str(limit.amount),
        "is_money": is_money,
    }


def _words(limit: Limit) -> str:
    """What the number counts: "US dollars a day"."""
    unit = _UNIT_WORDS.get(limit.unit, limit.unit.value)
    if limit.unit in _AT_ONCE:
        return f"{unit}{' at once' if limit.unit is Unit.JOBS else ''}"
    window = limit.window.value
    return f"{unit} {'in any ' if window[0].isdecimal() else 'a ' if window != 'hour' else 'an '}{window}"
