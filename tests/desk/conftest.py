"""A house with a front desk in it, people in front of it, and pictures in their hands."""

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from adapters.cards.card import Button, Card, LinkButton, Verb, plain
from adapters.desk import Actor, Ask, Desk, PictureWish, Reply
from adapters.media.library import TakenImage
from bot.generation.job import Address, Job, JobState, Requester
from bot.generation.request import FrameRole, VideoRequest
from tests.fakes.house import House, open_house

ANNA = Actor(Requester("chat", "anna"), "Anna")
BEN = Actor(Requester("chat", "ben"), "Ben")
MOD = Actor(Requester("chat", "mia"), "Mia", is_moderator=True)
ROOT = Actor(Requester("chat", "root"), "Root", is_admin=True)


@dataclass
class Front:
    """The house, its desk, and the presses of this test; each has an address of its own, as on a real platform."""

    house: House
    desk: Desk
    presses: int = 0
    keys: int = field(default=0)

    def address(self) -> Address:
        """Where the next command or press comes from."""
        self.presses += 1
        return Address("chat", channel="c1", extra={"response": f"i{self.presses}"})

    async def ask(
        self, prompt: str = "waves at night", *, actor: Actor = ANNA, key: str | None = None, **more: Any
    ) -> Reply:
        """A command: options of the request and of the ask by name."""
        about = {name: more.pop(name) for name in list(more) if name in Ask.__dataclass_fields__}
        self.keys += 1
        request = about.pop("request", None) or VideoRequest(prompt=prompt, **more)
        address = about.pop("address", None) or self.address()
        return await self.desk.ask(Ask(actor, address, request, **about), key or f"event-{self.keys}")

    async def job(self, prompt: str = "waves at night", *, actor: Actor = ANNA, **more: Any) -> Job:
        """A command that is accepted."""
        reply = await self.ask(prompt, actor=actor, **more)
        assert reply.job is not None, plain(reply.card)
        return reply.job

    async def done(self, prompt: str = "waves at night", *, actor: Actor = ANNA, **more: Any) -> Job:
        """A command, and its video posted."""
        job = await self.house.run((await self.job(prompt, actor=actor, **more)).id)
        assert job.state is JobState.DELIVERED
        return job

    async def press(self, card: Card, verb: Verb, actor: Actor = ANNA) -> Reply:
        """Press Start on a card."""
        assert verb is Verb.START
        return await self.desk.start(subject(card, verb), actor, self.address())

    async def audit(self) -> list[tuple[str, str, str]]:
        """(who, act, subject) of the audit trail, oldest first."""
        from sqlalchemy import select

        from storage.tables import audit

        database = self.house.app.database
        columns = (audit.c.who, audit.c.act, audit.c.subject)
        rows = await database.read(lambda conn: conn.execute(select(*columns).order_by(audit.c.id)).all())
        return [(row[0], row[1], row[2]) for row in rows]


@asynccontextmanager
async def open_front(
    folder: Path, *, render: bool = False, private_refusals: bool = True, **more: Any
) -> AsyncIterator[Front]:
    """A house in `folder` with a desk; `more` are settings."""
    async with open_house(folder, render=render, **more) as house:
        app = house.app
        desk = Desk(
            app.service,
            app.store,
            app.media,
            app.clock,
            app.service.ids,
            zone=UTC,
            private_refusals=private_refusals,
            message_url=lambda _job, reference: f"https://chat.example/{reference}",
            gateways=app.gateways,
            panel=app.operations.panel(app.store),
        )
        yield Front(house, desk)


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    async with open_front(tmp_path) as front:
        yield front


def subject(card: Card, verb: Verb) -> str:
    """What the button with this verb is about."""
    (found,) = [b.subject for b in card.buttons if isinstance(b, Button) and b.verb is verb]
    return found


def verbs(card: Card) -> list[Verb | str]:
    """The buttons: their verbs, or where they lead."""
    return [b.url if isinstance(b, LinkButton) else b.verb for b in card.buttons]


def words(reply: Reply) -> str:
    """The card as text."""
    return plain(reply.card)


def png(width: int = 640, height: int = 360, colour: str = "red") -> bytes:
    """The bytes of a picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return out.getvalue()


def picture(
    front: Front, data: bytes | None = None, *, role: FrameRole = FrameRole.FIRST_FRAME, name: str = "cat.png"
) -> PictureWish:
    """An attached picture that is read by the house's real media room."""
    content = png() if data is None else data
    return PictureWish(role, name, lambda: front.house.app.media.take_image(content))


def broken(error: Exception, name: str = "cat.png") -> PictureWish:
    """A picture that cannot be had."""

    async def read() -> TakenImage:
        raise error

    reading: Callable[[], Awaitable[TakenImage]] = read
    return PictureWish(FrameRole.FIRST_FRAME, name, reading)


def elsewhere(actor: Actor, channel: str) -> Actor:
    """The same person in another channel."""
    return replace(actor, requester=replace(actor.requester, channel=channel))
