"""Answers kept under an `Idempotency-Key` (gateways.md section 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adapters.gateways.sandbox.answer import Answer


@dataclass(frozen=True, slots=True)
class Kept:
    """A create that went through, to be replayed."""

    body: dict[str, Any]
    answer: Answer
    task_id: str | None


class Replays:
    """By API key and idempotency key."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Kept] = {}

    def get(self, place: tuple[str, str]) -> Kept | None:
        return self._kept.get(place)

    def keep(self, place: tuple[str, str], body: dict[str, Any], answer: Answer, task_id: str | None) -> None:
        self._kept[place] = Kept(body, answer, task_id)
