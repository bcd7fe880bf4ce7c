"""What all routes of one sandbox share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.gateways.sandbox.book import Book
from adapters.gateways.sandbox.dialects import Accepts
from adapters.gateways.sandbox.faults import FaultBox
from adapters.gateways.sandbox.rate_limit import Buckets
from adapters.gateways.sandbox.recorder import Recorder
from adapters.gateways.sandbox.studio import Studio
from adapters.gateways.sandbox.uploads import UploadStore
from adapters.gateways.sandbox.webhooks import Webhooks


@dataclass(slots=True)
class Hub:
    """One object graph per SandboxGateway, made by `start()` and thrown away by `stop()`."""

    keys: frozenset[str]
    clock: Callable[[], float]
    book: Book
    faults: FaultBox
    recorder: Recorder
    uploads: UploadStore
    studio: Studio
    origin: str
    accepts: Accepts = "all"
    business_ids: bool = True
    idempotency_keys: bool = True
    rate_limits: bool = True
    #: None: no URL is configured in the accounts
    webhooks: Webhooks | None = None
    buckets: Buckets = field(default_factory=Buckets)
    #: set by `stop()`, so that held answers end at once
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def hold(self, seconds: float) -> None:
        """Waits real seconds, or until the sandbox stops."""
        try:
            await asyncio.wait_for(self.closing.wait(), seconds)
        except TimeoutError:
            return
