"""How long people wait for the first answer: from an interaction's arrival until Discord has taken our response."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import aiohttp

_REMEMBERED = 10_000  # interactions without an answer so far


class FirstAnswers:
    """`answered` is told the seconds of each interaction, `now` is the clock's."""

    def __init__(self, answered: Callable[[float], None], now: Callable[[], float]) -> None:
        self._answered, self._now = answered, now
        self._arrived: dict[str, float] = {}

    def arrived(self, interaction_id: int) -> None:
        """This interaction came in."""
        self._arrived[str(interaction_id)] = self._now()
        if len(self._arrived) > _REMEMBERED:
            del self._arrived[next(iter(self._arrived))]

    def trace(self) -> aiohttp.TraceConfig:
        """For discord.py's HTTP session: a response is a POST to .../interactions/ID/TOKEN/callback."""
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(self._ended)
        return trace

    async def _ended(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        parts: Any = params.url.parts
        if parts[-1] == "callback" and "interactions" in parts:
            began = self._arrived.pop(parts[parts.index("interactions") + 1], None)
            if began is not None:
                self._answered(self._now() - began)
