"""What keeps a user out beside their limits, as whoever asks about them at the shell is told."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.cards.where import where
from adapters.cards.words import moment, sentence
from bot.cli.documents import Document, pause_document
from bot.cli.pausing import pause_sentence
from bot.cli.refusing import barred_document
from bot.generation.barring import EVERYWHERE, Ban, Slowed
from bot.generation.job import Requester
from bot.generation.ports import Pause

if TYPE_CHECKING:
    from bot.app import App


@dataclass(frozen=True, slots=True)
class KeptOut:
    """What keeps a user out whatever room their limits have: a pause, their bans, a wait after moderation."""

    pause: Pause | None
    bans: tuple[Ban, ...]
    slowed: Slowed | None

    @property
    def everywhere(self) -> bool:
        """True when nothing at all is taken from them."""
        is_banned = any(ban.place == EVERYWHERE for ban in self.bans)
        return self.pause is not None or self.slowed is not None or is_banned

    def sentences(self, now: float) -> list[str]:
        """One for each, for whoever asks about that user."""
        found = [] if self.pause is None else [pause_sentence(self.pause, now)]
        for ban in self.bans:
            until = " until an admin ends it" if ban.until is None else f" until {_moment(ban.until, now)}"
            why = f" Reason: {sentence(ban.reason)}" if ban.reason.strip() else ""
            found.append(f"{ban.user} is banned {where(ban.place)}{until}.{why}")
        if self.slowed is not None:
            refused, until = self.slowed.strikes, _moment(self.slowed.until, now)
            found.append(f"The gateway's moderation refused {refused} requests within a day: they wait until {until}.")
        return found

    def document(self) -> Document:
        """The same for a program."""
        out: list[Ban | Slowed] = [*self.bans]
        if self.slowed is not None:
            out.append(self.slowed)
        return {"paused": pause_document(self.pause), "kept_out": [_out_document(each) for each in out]}


async def kept_out(app: "App", who: Requester) -> KeptOut:
    """What keeps this user out at this moment."""
    barred = await app.service.barred(who)
    bans = tuple(ban for ban in await app.service.bans() if ban.user == who.key)
    return KeptOut(await app.service.paused(), bans, barred if isinstance(barred, Slowed) else None)


def _out_document(out: Ban | Slowed) -> Document:
    return {**barred_document(out), **({"place": out.place} if isinstance(out, Ban) else {})}


def _moment(at: float, now: float) -> str:
    return moment(at, now).removeprefix("on ")
