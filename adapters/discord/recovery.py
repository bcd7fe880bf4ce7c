"""At the start: what a crash left unanswered is finished or told."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from adapters.cards.card import Tone
from adapters.cards.told import told
from adapters.desk.intake import IntakeBook
from adapters.discord import answers
from adapters.discord.elsewhere import Elsewhere
from adapters.discord.order import Order
from adapters.discord.orders import Orders
from bot.generation.ports import Clock, Intake, Store, StoreError

log = logging.getLogger("videobot.discord")

FINISH_WITHIN = 15 * 60.0  # seconds; so long a token answers, and so long somebody may be waiting
LOST = (
    "The bot was restarted before it could answer your request for a video. Nothing was made and nothing is paid: ask "
    "again."
)


class Recovery:
    """Goes once through the open events. `mention` answers a message that mentioned the bot."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        intake: IntakeBook,
        orders: Orders,
        elsewhere: Elsewhere,
        mention: Callable[[int, int], Awaitable[None]],
    ) -> None:
        self._store, self._clock, self._intake = store, clock, intake
        self._orders, self._elsewhere, self._mention = orders, elsewhere, mention

    async def settle(self, events: list[Intake]) -> None:
        """Finish or tell each of them; one that cannot be is left for the next start, and keeps none of the others."""
        for event in events:
            try:
                if await self._settle(event):
                    await self._intake.close(event.key)
            except StoreError as error:
                log.warning("the event %s stays open: %s", event.key, error)
            except Exception as error:  # noqa: BLE001 - an event nobody can read must not keep the bot from starting
                log.error("the event %s could not be settled: %s", event.key, type(error).__name__)
                await self._intake.close(event.key)

    async def _settle(self, event: Intake) -> bool:
        is_fresh = self._clock.now() - event.received_at < FINISH_WITHIN
        if event.payload.get("kind") == "mention":
            if is_fresh:
                await self._mention(int(str(event.payload["channel"])), int(str(event.payload["message"])))
            return True
        order = Order.of(event.key, event.payload)
        job = await self._store.job_of_intake(event.key)
        if job is not None:
            # Its status message shows it. A private "thinking" is answered while that is possible.
            if is_fresh and "response" not in job.address.extra:
                await self._elsewhere.by_token(order, answers.PLACED)
            return True
        if not is_fresh:
            return await self._elsewhere.tell(order, told(LOST, Tone.WARNING))
        return await self._finish(order)

    async def _finish(self, order: Order) -> bool:
        """Hand it in again, and answer by the token, else in the channel."""
        # Whether there was a public answer is not known: an accepted video gets a status message of its own.
        extra = {name: value for name, value in order.address.extra.items() if name != "response"}
        reply = await self._orders.hand_in(replace(order, address=replace(order.address, extra=extra)))
        if reply.job is not None and not reply.private:
            await self._elsewhere.by_token(order, answers.on_its_way(reply))
            return True
        return await self._elsewhere.by_token(order, reply.card) or await self._elsewhere.tell(order, reply.card)
