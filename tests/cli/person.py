"""What the tests of the command line are written with."""

import asyncio
import json
import math
import re
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapters.gateways.sandbox import SandboxGateway

#: How many times faster than life the commands' clock runs.
TIMES = 80.0


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def job_id(self) -> str:
        found = re.search(r"Accepted as job (\w+)", self.out)
        assert found, self
        return found[1]


class Sandbox:
    """A sandbox gateway in a thread of its own, and its controls."""

    def __init__(self) -> None:
        self.gateway = SandboxGateway(speed=math.inf, render=False, rate_limits=False)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> "Sandbox":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.gateway.start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.gateway.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """One call of the control interface."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.gateway.control_url}/{path}", data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    def creates(self) -> int:
        return int(self.ask("GET", "counters")["toapis"].get("create", 0))

    def tasks(self) -> list[dict[str, Any]]:
        found = self.ask("GET", "tasks")
        return list(found["tasks"] if isinstance(found, dict) else found)


Videobot = Callable[..., Done]
