"""A job to talk about, and the shortest way to change it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.generation.job import Address, ChargeState, Job, JobState, Requester
from bot.generation.ports import JobView
from bot.generation.request import VideoRequest

NOW = 1_795_000_000.0  # Wed 18 Nov 2026, 11:06:40 UTC


@pytest.fixture
def now() -> float:
    return NOW


@pytest.fixture
def job() -> Callable[..., Job]:
    plain = Job(
        id="k3f9x2m4q8rt",
        version=1,
        state=JobState.QUEUED,
        request=VideoRequest(prompt="waves", model="2.6", gateway="toapis"),
        requester=Requester("shell", "anna"),
        address=Address("shell"),
        gateway="toapis",
        model="2.6",
        dialect="image_urls",
        mode="std",
        duration=5,
        audio=False,
        quote_micros=184_000,
        held_micros=184_000,
        quote_is_estimate=False,
        charge=ChargeState.HELD,
        accepted_at=NOW,
        due_at=NOW,
    )

    def make(state: JobState = JobState.QUEUED, **changes: Any) -> Job:
        return replace(plain, state=state, **changes)

    return make


@pytest.fixture
def view(job: Callable[..., Job]) -> Callable[..., JobView]:
    def make(state: JobState = JobState.QUEUED, **changes: Any) -> JobView:
        names = ("position", "usual_seconds", "usual_is_learned", "taking_longer")
        shown = {name: changes.pop(name) for name in names if name in changes}
        return JobView(job(state, **changes), **shown)

    return make
