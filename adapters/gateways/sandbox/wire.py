"""The two gateways answer the same questions in different shapes: this is the list of the questions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from adapters.gateways.sandbox.answer import Answer
from adapters.gateways.sandbox.dialects import Gateway
from adapters.gateways.sandbox.faults import Route, Trigger
from adapters.gateways.sandbox.task import Task
from adapters.gateways.sandbox.uploads import Upload


@dataclass(frozen=True, slots=True)
class ResultUrls:
    """Where a task's files are served."""

    video: str
    thumbnail: str


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a task: at which second, with which faults, and where its files are."""

    now: float
    faults: dict[str, Trigger]
    urls: ResultUrls

    def has(self, fault: str) -> bool:
        return fault in self.faults

    def argument(self, fault: str, default: str) -> str:
        return self.faults[fault].argument if fault in self.faults else default


class Wire(ABC):
    """One gateway's shapes. The vendor's page or section of gateways.md is named at each."""

    name: Gateway
    #: largest upload in bytes by kind, "images" or "videos"; a kind that is missing has no endpoint
    upload_limits: ClassVar[dict[str, int]]

    @abstractmethod
    def unauthorized(self) -> Answer: ...

    @abstractmethod
    def no_money(self, route: Route) -> Answer: ...

    @abstractmethod
    def rate_limited(self, headers: dict[str, str]) -> Answer: ...

    @abstractmethod
    def invalid(self, message: str) -> Answer: ...

    @abstractmethod
    def moderated(self) -> Answer: ...

    @abstractmethod
    def not_found(self, task_id: str) -> Answer: ...

    @abstractmethod
    def error(self, status: int, code: str, message: str) -> Answer: ...

    @abstractmethod
    def created(self, task: Task, word: str | None, replayed_at: float | None) -> Answer: ...

    @abstractmethod
    def without_id(self, task: Task) -> Answer: ...

    @abstractmethod
    def status(self, task: Task, look: Look) -> Answer: ...

    @abstractmethod
    def uploaded(self, upload: Upload) -> Answer: ...

    @abstractmethod
    def upload_refused(self, status: int, message: str) -> Answer: ...

    @abstractmethod
    def too_large(self, limit: int, kind: str) -> Answer: ...

    @abstractmethod
    def models(self, ids: list[str]) -> Answer: ...


def error_code(text: str) -> str | int:
    """`error.code` has been seen as a number, a word and ""."""
    return int(text) if text.isdecimal() else text


def progress_of(percent: int, look: Look) -> dict[str, object]:
    """The `progress` field: a number, text, or missing."""
    if look.has("no_progress"):
        return {}
    return {"progress": f"{percent}%" if look.has("progress_text") else percent}


def spread_url(look: Look, place: str) -> dict[str, object]:
    """The video's URL in an unusual place; {} for the two usual ones (gateways.md section 3)."""
    url = look.urls.video
    known: dict[str, dict[str, object]] = {
        "result.url": {"result": {"url": url}},
        "result.videos.string": {"result": {"videos": [{"url": url}]}},
        "video_url": {"video_url": url},
        "url": {"url": url},
        "data.urls": {"data": {"urls": [url]}},
        "urls": {"urls": [url]},
    }
    return known.get(place, {})
