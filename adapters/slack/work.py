"""What an event that was kept asks for: done once, also after a crash; and what a crash left is told or finished."""

import logging
from collections.abc import Mapping
from typing import Any

from adapters.cards.card import Tone, Verb
from adapters.desk.intake import IntakeBook
from adapters.slack.answers import BROKEN, Answers
from adapters.slack.forms import Filled, Meta
from adapters.slack.incoming import Act, Kind
from adapters.slack.mentions import Mentions
from adapters.slack.occasion import Occasion
from adapters.slack.orders import Orders
from adapters.slack.pressing import Presses
from adapters.slack.tasks import note_defect
from bot.generation.ports import Clock, Intake, Store, StoreError

log = logging.getLogger("videobot.slack")

FINISH_WITHIN = 15 * 60.0  # seconds; so long somebody may be waiting
LOST = (
    "The bot was restarted before it could answer your request for a video. Nothing was made and nothing is paid: ask "
    "again."
)
LOST_AGAIN = (
    "The bot was restarted while it answered your press on Again. Look at /video jobs; if no new video is listed "
    "there, press it once more."
)


class Work:
    """Does what was kept, and closes it."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        intake: IntakeBook,
        answers: Answers,
        orders: Orders,
        mentions: Mentions,
        presses: Presses,
    ) -> None:
        self._store, self._clock, self._intake, self._answers = store, clock, intake, answers
        self._orders, self._mentions, self._presses = orders, mentions, presses

    async def do(self, act: Act, *, is_again: bool = False) -> None:
        """Do it and answer. What could neither be answered nor made stays open until the next start."""
        try:
            is_done = await self._do(act, is_again=is_again)
        except StoreError as error:
            log.warning("an event could not be worked on: %s", error)
            return
        except Exception as error:  # noqa: BLE001 - the bot goes on, and the person is told
            note_defect(f"a {act.kind}", error)
            await self._answers.tell(act.occasion, BROKEN, Tone.BAD)
            is_done = True  # it must not make a video at the next start
        if is_done:
            await self._intake.close(act.key)

    async def settle(self, events: list[Intake]) -> None:
        """At the start: finish or tell what a crash left, the oldest first; nothing keeps the others."""
        for event in events:
            try:
                await self._settle(event)
            except StoreError as error:
                log.warning("the event %s stays open: %s", event.key, error)
            except Exception as error:  # noqa: BLE001 - an event nobody can read must not keep the bot from starting
                note_defect("an event from before the start", error)
                await self._intake.close(event.key)

    async def _settle(self, event: Intake) -> None:
        act = read(event.key, event.payload)
        if await self._store.job_of_intake(event.key) is not None:  # its status message shows it
            await self._intake.close(event.key)
            return
        if act.about.get("verb") == Verb.AGAIN:  # made or not, nobody knows: it is not for us to pay once more
            words = LOST_AGAIN
        elif self._clock.now() - event.received_at < FINISH_WITHIN:
            await self.do(act, is_again=True)
            return
        else:
            words = LOST
        if await self._answers.tell(act.occasion, words):
            await self._intake.close(event.key)

    async def _do(self, act: Act, *, is_again: bool) -> bool:
        about = act.about
        match act.kind:
            case Kind.COMMAND:
                return await self._orders.command(act.key, act.occasion, str(about["text"]))
            case Kind.MESSAGE:
                return await self._mentions.answer(
                    act.key, act.occasion, str(about["text"]), str(about["picture"]), is_again=is_again
                )
            case Kind.FORM:
                meta = Meta.of(str(about["meta"]))
                if meta is None:
                    return await self._answers.tell(act.occasion, LOST)
                return await self._orders.form(act.key, act.occasion, meta, Filled(**about["filled"]))
            case Kind.PRESS:
                return await self._presses.press(
                    act.occasion, Verb(about["verb"]), str(about["subject"]), is_private=bool(about["private"])
                )


def read(key: str, payload: Mapping[str, Any]) -> Act:
    """An event from the intake table. Raises KeyError, TypeError, ValueError for what is none."""
    about = {name: value for name, value in payload.items() if name not in ("kind", "at")}
    return Act(key, Kind(payload["kind"]), Occasion.of(payload["at"]), about)
