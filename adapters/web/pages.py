"""The routes of the chat: the page, its stream, and everything a person does on it."""

from typing import Any

from jinja2 import Environment
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from adapters.cards.card import Verb
from adapters.web.channel import Channel
from adapters.web.composing import Composing, Preview, Typed, wrong_lines
from adapters.web.entrance import Entrance
from adapters.web.feed import Feed
from adapters.web.forms import Filled, Forms, Subject
from adapters.web.media import MediaNames
from adapters.web.messages import Kind, Message
from adapters.web.pictures import ROLE_WORDS, Pictures
from adapters.web.session import Session
from adapters.web.stream import THREADS, Streams
from adapters.web.talking import Talking, fresh_key
from adapters.web.templating import rendered
from bot.generation.request import FrameRole

UPLOAD_PATHS = ("/composer/pictures", "/form")


class Pages:
    """The chat's routes."""

    def __init__(
        self,
        entrance: Entrance,
        environment: Environment,
        channel: Channel,
        feed: Feed,
        streams: Streams,
        pictures: Pictures,
        names: MediaNames,
        composing: Composing,
        forms: Forms,
        talking: Talking,
    ) -> None:
        self._entrance, self._environment = entrance, environment
        self._channel, self._feed, self._streams = channel, feed, streams
        self._pictures, self._names, self._composing = pictures, names, composing
        self._forms, self._talking = forms, talking

    def routes(self) -> list[Route]:
        """The routes."""
        see, act = self._entrance.see, self._entrance.act
        return [
            Route("/", see(self._page)),
            Route("/earlier", see(self._earlier)),
            Route("/events", see(self._events)),
            Route("/known", act(self._known), methods=["POST"]),
            Route("/composer", act(self._composer), methods=["POST"]),
            Route("/composer/pictures", act(self._add_pictures), methods=["POST"]),
            Route("/preview", act(self._preview), methods=["POST"]),
            Route("/send", act(self._send), methods=["POST"]),
            Route("/press", act(self._press), methods=["POST"]),
            Route("/dismiss", act(self._dismiss), methods=["POST"]),
            Route("/form/open", act(self._open_form), methods=["POST"]),
            Route("/form", act(self._change_form), methods=["POST"]),
            Route("/form/send", act(self._send_form), methods=["POST"]),
        ]

    # ------------------------------------------------------------------------------------------------------ looking

    async def _page(self, request: Request, session: Session) -> Response:
        messages = await self._channel.latest(session.person, THREADS)
        values = {
            "threads": await self._feed.threads(messages),
            "earlier": _earliest(messages) if len(_roots(messages)) >= THREADS else None,
            **self._composer_values("", None, [], ()),
        }
        return self._entrance.page(request, session, "chat.html", **values)

    async def _earlier(self, request: Request, session: Session) -> Response:
        before = request.query_params.get("before", "")
        if not before.isdecimal() or len(before) > 18:
            raise HTTPException(400, "There is nothing earlier than that.")
        messages = await self._channel.latest(session.person, THREADS, int(before))
        return self._html(
            "earlier.html",
            threads=await self._feed.threads(messages),
            earlier=_earliest(messages) if len(_roots(messages)) >= THREADS else None,
        )

    async def _events(self, _request: Request, session: Session) -> Response:
        return self._streams.open(session.person)

    async def _known(self, _request: Request, _session: Session, form: FormData) -> Response:
        self._streams.says(str(form.get("connection", "")), [str(one) for one in form.getlist("have")])
        return Response(status_code=204)

    # ------------------------------------------------------------------------------------------------- the composer

    async def _composer(self, _request: Request, _session: Session, form: FormData) -> Response:
        """The composer anew: answering another message, or without a picture."""
        reply = await self._reply_to(form)
        return self._composer_html(str(form.get("text", "")), reply, form)

    async def _add_pictures(self, _request: Request, _session: Session, form: FormData) -> Response:
        chosen, wrong = await self._pictures.taken(form, self._pictures.chosen(form))
        html = rendered(
            self._environment,
            "pictures.html",
            pictures=self._pictures.shown(chosen),
            roles=_ROLES,
            wrong=wrong_lines(wrong),
        )
        return HTMLResponse(html, headers={"HX-Trigger-After-Swap": "composer-changed"})

    async def _preview(self, _request: Request, session: Session, form: FormData) -> Response:
        typed = await self._typed(form)
        preview = await self._composing.preview(session.person, typed)
        return self._html("preview.html", preview=preview)

    async def _send(self, _request: Request, session: Session, form: FormData) -> Response:
        typed = await self._typed(form)
        try:
            sent = await self._talking.send(session.person, typed, str(form.get("key", "")))
        except ValueError as error:
            raise HTTPException(400, "This page is too old: reload it.") from error
        if not sent.is_taken:
            return Response(status_code=204)
        composer = self._composer_html("", None, None)
        if sent.form is not None:
            drawer = rendered(
                self._environment, "drawer_beside.html", **self._forms.shown(self._forms.opened(sent.form))
            )
            return HTMLResponse(bytes(composer.body) + drawer.encode())
        return composer

    async def _typed(self, form: FormData) -> Typed:
        reply = await self._reply_to(form)
        return Typed(str(form.get("text", "")), tuple(self._pictures.chosen(form)), reply)

    async def _reply_to(self, form: FormData) -> Message | None:
        name = str(form.get("reply_to", ""))
        return await self._channel.named(name) if name else None

    def _composer_html(self, text: str, reply: Message | None, form: FormData | None) -> HTMLResponse:
        pictures = [] if form is None else self._pictures.shown(self._pictures.chosen(form))
        return self._html("composer.html", **self._composer_values(text, reply, pictures, ()))

    def _composer_values(
        self, text: str, reply: Message | None, pictures: list[dict[str, object]], wrong: tuple[object, ...]
    ) -> dict[str, Any]:
        return {
            "key": fresh_key(),
            "text": text,
            "reply": None if reply is None else self._shown_reply(reply),
            "pictures": pictures,
            "roles": _ROLES,
            "wrong": wrong,
            "preview": Preview(),
        }

    def _shown_reply(self, reply: Message) -> dict[str, Any]:
        picture = self._names.input(reply.pictures[0].key) if reply.pictures else None
        is_video = reply.kind is Kind.RESULT
        return {"name": reply.name, "author": reply.author, "picture": picture, "is_video": is_video}

    # ------------------------------------------------------------------------------------------ buttons and the form

    async def _press(self, _request: Request, session: Session, form: FormData) -> Response:
        try:
            verb = Verb(str(form.get("verb", "")))
        except ValueError:
            raise HTTPException(400, "This button is from another version of the bot: reload the page.") from None
        name = str(form.get("at", ""))
        at = await self._channel.named(name) if name else None
        if at is not None and at.only_for not in ("", session.person.id):
            at = None
        subject = await self._talking.press(session.person, verb, str(form.get("subject", ""))[:40], at)
        return Response(status_code=204) if subject is None else self._drawer(subject)

    async def _dismiss(self, _request: Request, session: Session, form: FormData) -> Response:
        await self._channel.dismiss(session.person, str(form.get("name", "")))
        return Response(status_code=204)

    async def _open_form(self, _request: Request, _session: Session, form: FormData) -> Response:
        """The form, with what stands in the composer."""
        typed = await self._typed(form)
        return self._drawer(self._talking.form_of(typed))

    async def _change_form(self, _request: Request, _session: Session, form: FormData) -> Response:
        return self._html("form_options.html", **self._forms.shown(await self._filled(form)))

    async def _send_form(self, _request: Request, session: Session, form: FormData) -> Response:
        filled = await self._filled(form)
        shown = self._forms.shown(filled)
        if shown["wrong"] or not filled.request.prompt.strip():
            return self._html("form_options.html", **shown)
        sent = await self._talking.send_form(session.person, filled)
        if not sent.is_taken:
            return self._html("form_options.html", **shown)
        return self._html("drawer_closed.html")

    async def _filled(self, form: FormData) -> Filled:
        filled = await self._forms.read(form)
        if filled is None:
            raise HTTPException(400, "This form is from another version of the bot: close it and open it again.")
        return filled

    def _drawer(self, subject: Subject) -> HTMLResponse:
        return self._html("drawer.html", **self._forms.shown(self._forms.opened(subject)))

    def _html(self, template: str, **values: object) -> HTMLResponse:
        return HTMLResponse(rendered(self._environment, template, **values))


_ROLES = [(role.value, ROLE_WORDS[role]) for role in FrameRole if role is not FrameRole.ELEMENT]


def _roots(messages: list[Message]) -> list[Message]:
    return [message for message in messages if message.is_root]


def _earliest(messages: list[Message]) -> int:
    return min(message.id for message in _roots(messages))
