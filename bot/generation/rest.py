"""Waiting for a moment or for an event, whichever comes first."""

import asyncio

from bot.generation.ports import Clock


async def rest(clock: Clock, seconds: float, event: asyncio.Event) -> None:
    """Wait `seconds` of the clock, or until `event` is set."""
    timer = asyncio.ensure_future(clock.sleep(seconds))
    told = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({timer, told}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()
        told.cancel()
