"""Bolt's app, which tells how long each event waited for its acknowledgement."""

from collections.abc import Callable
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse


class TimedApp(AsyncApp):
    """`answered` is told the seconds of each event, however it came in; `now` is the clock's."""

    def __init__(self, answered: Callable[[float], None], now: Callable[[], float], **options: Any) -> None:
        super().__init__(**options)
        self._answered, self._seconds = answered, now

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """See AsyncApp: what it returns is the acknowledgement."""
        began = self._seconds()
        response = await super().async_dispatch(req)
        self._answered(self._seconds() - began)
        return response
