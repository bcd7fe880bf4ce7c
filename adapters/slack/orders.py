"""From a command, a form or a mention to an answer. What is kept is what was typed, so a crash changes nothing."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from adapters.cards.card import Tone
from adapters.cards.understood import understood_line
from adapters.desk import Actor, Ask, Desk, Reply
from adapters.slack.actors import Actors
from adapters.slack.answers import Answers
from adapters.slack.clients import SlackClients
from adapters.slack.defaults import DefaultsBook
from adapters.slack.files import SlackFiles
from adapters.slack.forms import Filled, FormKind, Meta, offer_of
from adapters.slack.occasion import Occasion
from adapters.slack.rooms import Rooms
from adapters.slack.speech import said
from adapters.slack.trouble import TroubleError, tried
from bot.generation.catalog import Catalog
from bot.generation.check import Problem
from bot.generation.grammar import Parsed, parse
from bot.generation.request import VideoRequest

_EMPTY = VideoRequest(prompt="")
NO_DIRECT = "I could not open a direct message with you. Nothing was accepted; choose a channel in the form."


class Orders:
    """Takes orders. Each method answers the person and says whether the event is done with."""

    def __init__(
        self,
        catalog: Catalog,
        default_model: str,
        desk: Desk,
        clients: SlackClients,
        actors: Actors,
        answers: Answers,
        rooms: Rooms,
        files: SlackFiles,
        defaults: DefaultsBook,
    ) -> None:
        self._catalog, self._default_model, self._desk, self._clients = catalog, default_model, desk, clients
        self._actors, self._answers, self._rooms, self._files = actors, answers, rooms, files
        self._defaults = defaults

    async def look(self, occasion: Occasion, what: str) -> bool:
        """/video quota, jobs, forget or help; for the person alone."""
        actor = await self._actors.present(occasion)
        match what:
            case "quota":
                reply = await self._desk.quota(actor)
            case "jobs":
                reply = await self._desk.jobs(actor)
            case "forget":
                reply = await self._desk.forget_me(actor)
            case _:
                reply = self._desk.help(actor)
        return await self._answers.privately(occasion, reply.card)

    async def command(self, key: str, occasion: Occasion, text: str) -> bool:
        """/video with a prompt."""
        entered = await self._rooms.enter(occasion)
        if isinstance(entered, str):
            return await self._answers.tell(occasion, entered)
        parsed = self.parsed(said(text))
        request = await self.with_defaults(entered, parsed.request)
        return await self._answers.reply(entered, await self.ask(entered, request, key, parsed))

    async def form(self, key: str, occasion: Occasion, meta: Meta, filled: Filled) -> bool:
        """A form that was sent."""
        entered = await self._entered(occasion)
        if isinstance(entered, str):
            return await self._answers.tell(occasion, entered)
        actor = await (self._actors.known(entered) if meta.subject else self._actors.present(entered))
        before = await self._before(meta, actor)
        if isinstance(before, Reply):
            return await self._answers.reply(entered, before)
        request = self._filled(meta, filled, before)
        if meta.kind is FormKind.EXTEND:
            stored, pictures = self._files.split(request, entered.team)
            last = await self._desk.last_picture(meta.subject)
            if last is not None:
                pictures = (last, *pictures)
                reply = await self._desk.ask(Ask(actor, entered.address(), stored, pictures), key)
            else:  # says why there is none
                reply = await self._desk.extend(meta.subject, stored, actor, entered.address(), key)
        else:
            reply = await self.ask(entered, request, key, actor=actor)
        return await self._answers.reply(entered, reply)

    def problems_of(self, occasion: Occasion, meta: Meta, filled: Filled) -> Sequence[Problem]:
        """What is wrong with a form as far as can be seen at once, while it is still open."""
        gateway = meta.gateway or None
        request = meta.stands_for(self._filled(meta, filled, VideoRequest(prompt="", gateway=gateway)))
        stored, pictures = self._files.split(request, occasion.team)
        ask = Ask(self._actors.at_a_glance(occasion), occasion.address(), stored, pictures)
        checked = self._desk.glance(ask)
        return () if checked is None else checked.problems

    def parsed(self, text: str) -> Parsed:
        """What a text asks for."""
        return parse(text, self._catalog)

    async def ask(
        self,
        occasion: Occasion,
        request: VideoRequest,
        key: str,
        parsed: Parsed | None = None,
        *,
        actor: Actor | None = None,
        press_first: bool = False,
    ) -> Reply:
        """The desk's reply; the same event again gives the same job."""
        stored, pictures = self._files.split(request, occasion.team)
        ask = Ask(
            actor or await self._actors.present(occasion),
            occasion.address(),
            stored,
            pictures,
            understood="" if parsed is None else understood_line(parsed),
            problems=() if parsed is None else tuple(parsed.problems),
            notes=() if parsed is None else parsed.notes,
            press_first=press_first,
        )
        reply: Reply = await self._desk.ask(ask, key)
        return reply

    async def with_defaults(self, occasion: Occasion, request: VideoRequest) -> VideoRequest:
        """The request with what its person wants where they say nothing; never so that it cannot be made any more."""
        wanted = (await self._defaults.of(occasion.requester.user)).over(request)
        if wanted == request or self._wrong(occasion, wanted) > self._wrong(occasion, request):
            return request
        return wanted

    # ------------------------------------------------------------------------------------------------- small

    def _wrong(self, occasion: Occasion, request: VideoRequest) -> int:
        stored, pictures = self._files.split(request, occasion.team)
        checked = self._desk.glance(Ask(self._actors.at_a_glance(occasion), occasion.address(), stored, pictures))
        return 0 if checked is None else len(checked.problems)

    def _filled(self, meta: Meta, filled: Filled, before: VideoRequest) -> VideoRequest:
        meant = before if filled.model is None else before.model_copy(update={"model": filled.model})
        usual = offer_of(self._catalog, meant, self._default_model).default_aspect_ratio
        request = filled.over(before, usual)
        if meta.picture and not filled.first:
            request = replace(meta, kept=()).stands_for(request)
        return request

    async def _before(self, meta: Meta, actor: Actor) -> VideoRequest | Reply:
        """What the form began with; a Reply says why there is none."""
        if meta.kind is FormKind.VIDEO:
            return _EMPTY
        reading = self._desk.extend_form if meta.kind is FormKind.EXTEND else self._desk.form
        before: VideoRequest | Reply = await reading(meta.subject, actor)
        return before

    async def _entered(self, occasion: Occasion) -> Occasion | str:
        if occasion.channel:
            return await self._rooms.enter(occasion)
        try:
            client = await self._clients.of(occasion.team)
            opened = await tried(client.conversations_open(users=occasion.user))
        except TroubleError:
            return NO_DIRECT
        channel: dict[str, Any] = opened.get("channel") or {}
        return replace(occasion, channel=str(channel.get("id") or ""), is_direct=True)


def warning(reply: Reply) -> bool:
    """Whether it says that something is wrong."""
    return reply.card.tone in (Tone.WARNING, Tone.BAD)
