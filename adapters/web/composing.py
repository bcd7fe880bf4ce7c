"""What a person typed into the composer: what it asks for, and what it would be, before it is sent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from adapters.cards.card import plain
from adapters.cards.paused_card import paused_card
from adapters.cards.price import price_line
from adapters.cards.problems import OptionLine, notes, problems
from adapters.cards.refusal import refusal
from adapters.cards.understood import understood_line
from adapters.desk import Ask, Desk, PictureWish
from adapters.desk.reading import unread
from adapters.web.channel import said
from adapters.web.messages import Kind, Message
from adapters.web.people import CHANNEL, PLATFORM, Person
from adapters.web.pictures import Chosen
from bot.generation.cheaper import charge_of
from bot.generation.grammar import parse
from bot.generation.job import Address
from bot.generation.limits import Refusal
from bot.generation.request import FrameRole, VideoRequest
from bot.generation.service import InvalidRequestError, OverLimitError

MOST_CHARS = 20_000
_LOOKS = frozenset({"quota", "jobs", "forget", "help"})
_COMMAND = re.compile(r"/(\S*)")


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the composer. `reply_to`: the message it answers."""

    text: str
    pictures: tuple[Chosen, ...] = ()
    reply_to: Message | None = None


@dataclass(frozen=True, slots=True)
class Plain:
    """Something said that asks for nothing."""


@dataclass(frozen=True, slots=True)
class Form:
    """`/video` alone: the form."""


@dataclass(frozen=True, slots=True)
class Look:
    """`/quota`, `/jobs`, `/forget` or `/help`."""

    word: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A command there is none of."""

    word: str


Meaning = Plain | Form | Look | Unknown | Ask


@dataclass(frozen=True, slots=True)
class Preview:
    """What would come of it: one line, what is wrong or stands in between, what is worth knowing."""

    line: str = ""
    wrong: tuple[OptionLine, ...] = ()
    refused: tuple[str, ...] = ()
    notes: tuple[OptionLine, ...] = ()
    understood: str = ""
    asks_first: bool = False

    @property
    def is_fine(self) -> bool:
        """Whether it would be accepted now."""
        return bool(self.line) and not self.wrong and not self.refused


class Composing:
    """Understands what was typed."""

    def __init__(self, desk: Desk, zone: tzinfo) -> None:
        self._desk, self._zone = desk, zone

    async def meaning(self, person: Person, typed: Typed) -> Meaning:
        """What it asks for. An answer to an image or a video asks for that image to move. Raises StoreError."""
        text, reply = typed.text.strip(), typed.reply_to
        command, rest = _command(text)
        has_picture = bool(typed.pictures) or (reply is not None and _has_picture(reply))
        if command is None and not (reply is not None and has_picture and text):
            return Plain()
        if command in _LOOKS:
            return Look(command)
        if command not in (None, "video"):
            return Unknown(command or "")
        if not rest and not has_picture:
            return Form()
        return await self._ask(person, typed, rest)

    async def preview(self, person: Person, typed: Typed) -> Preview:
        """What would come of it. Raises StoreError."""
        meaning = await self.meaning(person, typed)
        match meaning:
            case Ask():
                return await self._preview(person, meaning)
            case Form():
                return Preview("Say what happens in the video; sent like this, it opens the form.")
            case Look(word):
                return Preview(f"Shows your {word}." if word != "help" else "Shows what one can do here.")
            case Unknown(word):
                sentence = f"There is no command /{word}: use /video, /quota, /jobs or /help."
                return Preview(wrong=(OptionLine("command", sentence),))
        if typed.text.strip() or typed.pictures:
            return Preview("A message for everybody. Begin with /video to make a video.")
        return Preview()

    def request_of(self, typed: Typed) -> VideoRequest:
        """What a form begins with that is opened over it: its words, its pictures, the image it answers."""
        _, text = _command(typed.text.strip())
        frames = [one.frame for one in typed.pictures]
        reply = typed.reply_to
        if reply is not None and reply.pictures and not any(f.role is FrameRole.FIRST_FRAME for f in frames):
            frames.insert(0, Chosen(reply.pictures[0], FrameRole.FIRST_FRAME).frame)
        return parse(text, self._desk.service.catalog).request.model_copy(update={"frames": tuple(frames)})

    async def _ask(self, person: Person, typed: Typed, text: str) -> Ask:
        parsed = parse(text, self._desk.service.catalog)
        frames = [one.frame for one in typed.pictures]
        wishes: tuple[PictureWish, ...] = ()
        reply = typed.reply_to
        if reply is not None and not any(frame.role is FrameRole.FIRST_FRAME for frame in frames):
            if reply.kind is Kind.RESULT:
                wish = await self._desk.last_picture(reply.job_id)
                wishes = () if wish is None else (wish,)
            elif reply.pictures:
                frames.insert(0, Chosen(reply.pictures[0], FrameRole.FIRST_FRAME).frame)
        return Ask(
            person.actor,
            address_in(reply.thread if reply is not None else "", typed.text.strip()),
            parsed.request.model_copy(update={"frames": tuple(frames)}),
            wishes,
            understood=understood_line(parsed),
            problems=tuple(parsed.problems),
            notes=parsed.notes,
        )

    async def _preview(self, person: Person, ask: Ask) -> Preview:
        checked = self._desk.service.check(unread(ask))
        wrong = (*(OptionLine(p.option, p.message, p.change) for p in ask.problems), *problems(checked))
        told = (*(OptionLine(n.option, n.message) for n in ask.notes), *notes(checked))
        base = Preview(price_line(checked), wrong, understood=ask.understood, notes=told)
        if wrong:
            return replace(base, line="")
        pause = await self._desk.service.paused()
        if pause is not None:
            card = paused_card(pause, self._desk.clock.now(), self._zone)
            return replace(base, refused=tuple(plain(card).splitlines()))
        try:
            quoted = await self._desk.service.quote(checked.request, person.actor.requester)
        except InvalidRequestError:
            return base
        if not quoted.over:
            return replace(base, asks_first=quoted.ask_first)
        error = OverLimitError(Refusal(quoted.over, charge_of(checked)), checked, quoted.cheaper)
        return replace(base, refused=tuple(refusal(error, self._desk.clock.now(), self._zone)))


def address_in(thread: str, text: str = "") -> Address:
    """Where the answers to a request go: a thread, or (empty) one of its own."""
    return Address(PLATFORM, channel=CHANNEL, thread=thread, extra=said(text) if text else {})


def _command(text: str) -> tuple[str | None, str]:
    """The command a text begins with, and the rest."""
    found = _COMMAND.match(text)
    return (None, text) if found is None else (found[1].lower(), text[found.end() :].strip())


def _has_picture(message: Message) -> bool:
    return message.kind is Kind.RESULT or bool(message.pictures)


def wrong_lines(sentences: Sequence[str]) -> tuple[OptionLine, ...]:
    """Sentences about pictures that were not taken, as lines of a preview."""
    return tuple(OptionLine("image", sentence) for sentence in sentences)
