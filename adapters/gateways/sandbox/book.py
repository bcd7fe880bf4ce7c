"""The tasks of all gateways, their accounts, and the ids that make a create replay."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable
from typing import Any, Literal

from adapters.gateways.sandbox.account import Account
from adapters.gateways.sandbox.dialects import Gateway
from adapters.gateways.sandbox.faults import Trigger, read_markers
from adapters.gateways.sandbox.order import Order
from adapters.gateways.sandbox.prices import price_usd
from adapters.gateways.sandbox.render_time import draw_seconds
from adapters.gateways.sandbox.task import Ending, Task

Outcome = Literal["finish", "fail", "stick"]

#: gateways.md section 5
MODERATION_LATE = {
    "toapis": "Generation failed: Content violates the content policy",
    "apimart": "sensitive content detected",
}
RISK_CONTROL = "Failure to pass the risk control system"
IMAGE_REJECTED = "The resolution or aspect ratio of the input image is invalid"

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Book:
    """Everything the gateways remember. One thread (the event loop) uses it."""

    def __init__(self, *, balance_usd: float, speed: float, seed: int | None, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.speed = speed
        self.accounts: dict[str, Account] = {"toapis": Account(balance_usd), "apimart": Account(balance_usd)}
        self._chance = random.Random(seed)
        self._tasks: dict[str, Task] = {}
        self._by_business_id: dict[tuple[str, str], Task] = {}
        self._due: list[tuple[float, str]] = []

    def add(self, gateway: Gateway, key: str, body: dict[str, Any], order: Order, faults: list[Trigger]) -> Task:
        """Makes a task. `faults` are the task changes of its create."""
        now = self.clock()
        changes = {fault.name: fault for fault in faults if fault.fault.kind == "task"}
        seconds = draw_seconds(order, self._chance) / self.speed
        if "slow" in changes:
            seconds = changes["slow"].number(900)
        if "stuck" in changes:
            seconds = math.inf
        prefix = changes["id_prefix"].argument if "id_prefix" in changes else _prefix(gateway)
        business_id = body.get("client_business_id")
        task = Task(
            id=prefix + "".join(self._chance.choices(_LETTERS, k=26)),
            gateway=gateway,
            key=key,
            body=body,
            order=order,
            created_at=now,
            due_at=now + seconds,
            price_usd=price_usd(order),
            business_id=business_id if isinstance(business_id, str) else "",
            triggers=[trigger for trigger in read_markers(order.prompt) if trigger.route != "create"],
        )
        if "stuck" in changes:
            task.stays_at = min(99, int(changes["stuck"].number(99)))
        _apply_endings(task, changes)
        self._tasks[task.id] = task
        if task.business_id:
            self._by_business_id.setdefault((key, task.business_id), task)
        if not task.stuck:
            heapq.heappush(self._due, (task.due_at, task.id))
        return task

    def get(self, task_id: str) -> Task | None:
        return self._tasks.get(task_id)

    def by_business_id(self, key: str, business_id: str) -> Task | None:
        return self._by_business_id.get((key, business_id))

    def all(self) -> list[Task]:
        """Oldest first."""
        return list(self._tasks.values())

    def settle(self) -> None:
        """Takes the price of every task that has become completed."""
        now = self.clock()
        while self._due and self._due[0][0] <= now:
            _, task_id = heapq.heappop(self._due)
            task = self._tasks[task_id]
            if task.state(now) == "completed" and not task.charged:
                task.charged = True
                self.accounts[task.gateway].charge(task.price_usd)

    def decide(self, task: Task, outcome: Outcome, message: str | None = None) -> None:
        """Finishes, fails or sticks a task now, whatever it was; a failure gives the price back."""
        now = self.clock()
        self.settle()
        if outcome == "stick":
            task.due_at = math.inf
        else:
            ending: Ending = "completed" if outcome == "finish" else "failed"
            if task.state(now) != ending:
                task.due_at = now
            task.ending = ending
            task.error_message = message or task.error_message
            heapq.heappush(self._due, (task.due_at, task.id))
        if outcome != "finish" and task.charged:
            task.charged = False
            self.accounts[task.gateway].charge(-task.price_usd)
        self.settle()


def _prefix(gateway: Gateway) -> str:
    return "video_" if gateway == "toapis" else "task_"


def _apply_endings(task: Task, changes: dict[str, Trigger]) -> None:
    messages = {
        "fail_late": changes["fail_late"].argument if "fail_late" in changes else "",
        "moderation_late": MODERATION_LATE[task.gateway],
        "risk_control": RISK_CONTROL,
        "image_rejected_late": IMAGE_REJECTED,
    }
    for name, message in messages.items():
        if name in changes:
            task.ending, task.error_message = "failed", message
