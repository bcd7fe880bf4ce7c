"""The page as one ASGI application, and the rooms behind it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from adapters.desk import Desk
from adapters.media.library import LocalMedia
from adapters.web.channel import Channel
from adapters.web.chat import WebChat
from adapters.web.composing import Composing
from adapters.web.dashboard.pages import Dashboard
from adapters.web.dashboard.port import Numbers
from adapters.web.entrance import Entrance
from adapters.web.feed import Feed
from adapters.web.forms import Forms
from adapters.web.guard import Guard
from adapters.web.media import MediaNames, MediaRoutes
from adapters.web.pages import UPLOAD_PATHS, Pages
from adapters.web.pictures import Pictures
from adapters.web.seals import Seals
from adapters.web.session import Sessions
from adapters.web.stream import Streams
from adapters.web.talking import Talking
from adapters.web.templating import make_environment
from bot.generation.job import Job
from bot.generation.ports import Clock, Gateway, JobView, Store

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator decided about the page. `token`: the access token; `hosts`: names it is reached under beside
    loopback's; `note`: a line on top of every page."""

    zone: tzinfo
    token: str | None = None
    hosts: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the page works with. `step` is told the id of each job that changed."""

    desk: Desk
    store: Store
    media: LocalMedia
    clock: Clock
    channel: Channel
    chat: WebChat
    numbers: Numbers
    gateways: Mapping[str, Gateway]
    look_at: Callable[[Job], JobView]
    step: Callable[[str], None]


def build_app(rooms: Rooms, rules: Rules, secret: bytes, *, more: Collection[BaseRoute] = ()) -> Starlette:
    """The page. `secret`: at least 32 random bytes that stay the same over restarts, or every open page has to be
    loaded anew. `more`: routes of others on the same server; the guard stands in front of them, too."""
    seals = Seals(secret)
    environment = make_environment(rules.zone)
    names = MediaNames(seals, rooms.media)
    pictures = Pictures(rooms.media, names, seals)
    feed = Feed(rooms.store, rooms.media, names, rooms.look_at, environment)
    composing = Composing(rooms.desk, rules.zone)
    talking = Talking(rooms.desk, rooms.store, composing, rooms.channel, rooms.chat, rooms.step)
    entrance = Entrance(Sessions(seals, rules.token), environment, rooms.clock, note=rules.note)
    forms = Forms(rooms.desk.service, pictures, seals)
    streams = Streams(rooms.channel, feed, rooms.channel.hub, environment)
    pages = Pages(entrance, environment, rooms.channel, feed, streams, pictures, names, composing, forms, talking)
    dashboard = Dashboard(
        entrance,
        environment,
        rooms.desk,
        rooms.store,
        rooms.numbers,
        rooms.gateways,
        rooms.clock,
        rules.zone,
        rooms.step,
    )
    return Starlette(
        routes=[
            *pages.routes(),
            *entrance.routes(),
            *dashboard.routes(),
            *MediaRoutes(names, rooms.media, rooms.store).routes(),
            Mount("/static", StaticFiles(directory=STATIC)),
            *more,
        ],
        middleware=[Middleware(Guard, hosts=rules.hosts, upload_paths=UPLOAD_PATHS)],
        exception_handlers={HTTPException: _told},
    )


async def _told(_request: Request, error: Exception) -> Response:
    """One plain sentence."""
    if not isinstance(error, HTTPException):
        raise error
    return PlainTextResponse(error.detail, error.status_code, headers=error.headers)
