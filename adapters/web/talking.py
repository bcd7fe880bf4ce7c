"""What people do on the page: send, press, fill in forms. The desk decides; here is only where its answers appear."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from adapters.cards.card import Tone, Verb
from adapters.cards.told import told
from adapters.desk import Ask, Desk, Reply
from adapters.desk.panel import SWITCHES
from adapters.web.channel import Channel, thread_of
from adapters.web.chat import WebChat
from adapters.web.composing import Composing, Form, Look, Plain, Typed, Unknown, address_in
from adapters.web.forms import Filled, Subject
from adapters.web.messages import Kind, Message
from adapters.web.people import Person
from bot.generation.grammar import spell
from bot.generation.ports import ChatError, Resolution, Store
from bot.generation.request import VideoRequest

log = logging.getLogger("videobot.web")

_RESOLUTIONS = {
    Verb.RESOLVE_BILLED: Resolution.BILLED,
    Verb.RESOLVE_NOT_CREATED: Resolution.NOT_CREATED,
    Verb.RESOLVE_AGAIN: Resolution.AGAIN,
}
TITLES = {Verb.FORM: "Make a video", Verb.EDIT: "Edit and make again", Verb.EXTEND: "Extend the video"}
_EMPTY = VideoRequest(prompt="")


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of what was sent. `is_taken`: the composer can be cleared, because nothing typed would be lost."""

    is_taken: bool = False
    form: Subject | None = None


class Talking:
    """Answers people. Every method raises StoreError only where nothing could be said at all."""

    def __init__(
        self,
        desk: Desk,
        store: Store,
        composing: Composing,
        channel: Channel,
        chat: WebChat,
        step: Callable[[str], None],
    ) -> None:
        self._desk, self._store, self._composing = desk, store, composing
        self._channel, self._chat, self._step = channel, chat, step

    # ------------------------------------------------------------------------------------------------- the composer

    async def send(self, person: Person, typed: Typed, key: str) -> Sent:
        """Send what stands in the composer; the same key again is the same."""
        meaning = await self._composing.meaning(person, typed)
        thread = typed.reply_to.thread if typed.reply_to is not None else ""
        match meaning:
            case Plain():
                if not typed.text.strip() and not typed.pictures:
                    return Sent()
                pictures = [one.picture for one in typed.pictures]
                await self._channel.say(person, typed.text.strip(), pictures, thread, key)
                return Sent(is_taken=True)
            case Form():
                return Sent(is_taken=True, form=self.fresh_form(thread))
            case Look(word):
                await self._channel.note(person, (await self._look(person, word)).card)
                return Sent(is_taken=True)
            case Unknown(word):
                words = f"There is no command /{word[:40]}: use /video, /quota, /jobs, /forget or /help."
                await self._channel.note(person, told(words, Tone.WARNING), thread)
                return Sent()
            case Ask():
                reply = await self._desk.ask(meaning, f"web:{key}")
                await self._show(person, reply, thread)
                return Sent(is_taken=reply.job is not None or reply.draft is not None)

    def fresh_form(self, thread: str = "") -> Subject:
        """An empty form."""
        return Subject(TITLES[Verb.FORM], _EMPTY, fresh_key(), thread)

    def form_of(self, typed: Typed) -> Subject:
        """A form with what stands in the composer."""
        thread = typed.reply_to.thread if typed.reply_to is not None else ""
        request = self._composing.request_of(typed)
        subject = Subject(TITLES[Verb.FORM], request, fresh_key(), thread)
        reply = typed.reply_to
        if reply is not None and reply.kind is Kind.RESULT and request.first_frame is None:
            return replace(subject, extends=reply.job_id)
        return subject

    async def send_form(self, person: Person, filled: Filled) -> Sent:
        """Send a form."""
        subject, request = filled.subject, filled.to_send
        address, key = address_in(subject.thread, f"/video {spell(request)}"), f"web:{subject.key}"
        if subject.extends:
            reply = await self._desk.extend(subject.extends, request, person.actor, address, key)
        else:
            reply = await self._desk.ask(Ask(person.actor, address, request), key)
        await self._show(person, reply, subject.thread)
        return Sent(is_taken=reply.job is not None or reply.draft is not None)

    # ------------------------------------------------------------------------------------------------- buttons

    async def press(self, person: Person, verb: Verb, subject: str, at: Message | None) -> Subject | None:
        """Do what a button says and answer where it is; a form when it opens one."""
        thread = at.thread if at is not None else ""
        note = at if at is not None and at.only_for == person.id else None
        match verb:
            case Verb.FORM | Verb.EDIT | Verb.EXTEND:
                return await self._form(person, verb, subject, thread, note)
            case Verb.START:
                reply = await self._desk.start(subject, person.actor)
            case Verb.AGAIN:
                reply = await self._desk.again(subject, person.actor, address_in(thread))
            case Verb.CANCEL | Verb.CANCEL_SURE:
                reply = await self._desk.cancel(subject, person.actor, sure=verb is Verb.CANCEL_SURE)
                if reply.job is not None:  # its status message says it
                    self._step(subject)
                    await self._drop(note)
                    return None
            case Verb.DELETE | Verb.DELETE_SURE:
                reply = await self._desk.delete(subject, person.actor, sure=verb is Verb.DELETE_SURE)
                if reply.job is not None:
                    await self._take_down(reply)
            case Verb.FORGET | Verb.FORGET_SURE:
                await self._forget(person, subject)
                return None
            case _:
                reply = await decided(self._desk, person, verb, subject)
                if reply.job is not None:
                    self._step(subject)
        await self._show(person, reply, thread, note)
        return None

    async def _form(
        self, person: Person, verb: Verb, subject: str, thread: str, note: Message | None
    ) -> Subject | None:
        opening = self._desk.extend_form if verb is Verb.EXTEND else self._desk.form
        before = await opening(subject, person.actor)
        if isinstance(before, Reply):
            await self._show(person, before, thread, note)
            return None
        draft = await self._store.draft(subject)
        if draft is not None:
            thread = draft.address.thread
        return Subject(TITLES[verb], before, fresh_key(), thread, subject if verb is Verb.EXTEND else "")

    # ------------------------------------------------------------------------------------------------- small

    async def _look(self, person: Person, word: str) -> Reply:
        match word:
            case "quota":
                return await self._desk.quota(person.actor)
            case "jobs":
                return await self._desk.jobs(person.actor)
            case "forget":
                return await self._desk.forget_me(person.actor)
            case _:
                return self._desk.help(person.actor)

    async def _show(self, person: Person, reply: Reply, thread: str, note: Message | None = None) -> None:
        """An accepted video shows itself; anything else is said to the person alone, or to all where that is set."""
        if reply.job is not None and not reply.private:
            await self._channel.show_request(reply.job)
            self._step(reply.job.id)
            await self._drop(note)
            if reply.aside is not None:
                await self._channel.note(person, reply.aside, thread_of(reply.job))
        elif reply.private:
            await self._drop(note)
            await self._channel.note(person, reply.card, "" if note is not None and note.is_root else thread)
        else:
            await self._channel.tell_all(reply.card, thread)

    async def _forget(self, person: Person, subject: str) -> None:
        """The question goes with all the rest, so that the answer is the only thing left."""
        reply = await self._desk.forget_pressed(person.actor, subject)
        await self._channel.note(person, reply.card)

    async def _drop(self, note: Message | None) -> None:
        if note is not None:
            await self._channel.remove(note.name)

    async def _take_down(self, reply: Reply) -> None:
        if reply.job is None:
            return
        self._step(reply.job.id)
        try:
            await self._chat.take_down(reply.job)
        except ChatError as error:
            log.warning("the message of %s was not taken down: %s", reply.job.id, error)


async def decided(desk: Desk, person: Person, verb: Verb, job_id: str) -> Reply:
    """What an admin's button decides about a job, or a gateway."""
    match verb:
        case Verb.APPROVE:
            return await desk.approve(person.actor, job_id)
        case Verb.DECLINE:
            return await desk.decline(person.actor, job_id)
        case Verb.GATEWAY_USE | Verb.GATEWAY_START | Verb.GATEWAY_STOP:
            return await desk.switch_gateway(person.actor, job_id, SWITCHES[verb])
        case _:
            return await desk.resolve(person.actor, job_id, _RESOLUTIONS[verb])


def fresh_key() -> str:
    """What a composer or form is sent under, once."""
    return secrets.token_hex(12)
