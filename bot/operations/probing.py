"""Asking the gateways how their accounts stand, now and then, and sooner where something is wrong."""

import logging
from collections.abc import Mapping

from bot.generation.ports import Clock, Gateway, GatewayError, Store, StoreError
from bot.operations.sharing import SHARE_EVERY, Seen, share
from bot.operations.steering import Steering

log = logging.getLogger("videobot.gateways")

LOOK_EVERY = 5.0  # seconds between looks at what an admin has switched
ASK_AGAIN = 60.0  # seconds between questions to a gateway that is in trouble
ASK_EVERY = 600.0  # seconds between questions to one that is not


async def probe(gateways: Mapping[str, Gateway], steering: Steering, store: Store, clock: Clock) -> None:
    """Keep asking, and telling other processes what came of it, until cancelled."""
    asked: dict[str, float] = {}
    told: dict[str, Seen] = {}
    while True:
        await steering.keep_reading()
        for name, gateway in list(gateways.items()):
            every = ASK_EVERY if steering.standing(name).trouble is None else ASK_AGAIN
            if _is_time(asked.get(name), every, clock.now()):
                asked[name] = clock.now()
                await ask(gateway)
            await _tell(name, told, steering, store, clock)
        await clock.sleep(LOOK_EVERY)


async def ask(gateway: Gateway) -> None:
    """Ask one gateway for its balance; what it answers is noted by whoever observes it."""
    try:
        await gateway.balance()
    except GatewayError as error:
        log.info("%s: the balance could not be read (%s)", gateway.name, error.code)
    except Exception:
        log.exception("%s: the balance was not read; it will be in a while", gateway.name)


async def _tell(name: str, told: dict[str, Seen], steering: Steering, store: Store, clock: Clock) -> None:
    standing, before = steering.standing(name), told.get(name)
    is_news = before is None or before.trouble != standing.trouble
    if not is_news and not _is_time(before.at if before else None, SHARE_EVERY, clock.now()):
        return
    try:
        told[name] = await share(store, standing, clock.now())
    except StoreError as error:
        log.warning("%s: how it stands could not be written: %s", name, error)


def _is_time(before: float | None, every: float, now: float) -> bool:
    return before is None or not before <= now < before + every
