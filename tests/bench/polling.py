"""Looks per job and lateness of four ways to poll, on the same simulated renders (lognormal, median 120 s)."""

import math
from collections.abc import Callable, Iterator
from random import Random
from statistics import mean, quantiles

from bot.generation.pacing import ENOUGH_SAMPLES, FIRST_LOOK, RenderTimes, next_look, timing_key
from tests.bench.report import Figure

RENDERS = 20_000
MEDIAN, SIGMA = 120.0, 0.35
KEY = timing_key("toapis", "2.6", "std", 5)

Gaps = Callable[[Random], Iterator[float]]


def _ours(times: RenderTimes) -> Gaps:
    def gaps(chance: Random) -> Iterator[float]:
        age = 0.0
        while True:
            gap = FIRST_LOOK if age == 0.0 else next_look(age, times.first_done(KEY), chance)
            age += gap
            yield gap

    return gaps


def _fixed(seconds: float, jitter: float = 0.0) -> Gaps:
    def gaps(chance: Random) -> Iterator[float]:
        while True:
            yield seconds + chance.uniform(-jitter, jitter)

    return gaps


def _measure(renders: list[float], way: Gaps, seed: int) -> tuple[float, float]:
    """(looks a job, lateness in seconds at p95)."""
    chance, looks, late = Random(seed), [], []
    for seconds in renders:
        at, count = 0.0, 0
        for gap in way(chance):
            at += gap
            count += 1
            if at >= seconds:
                break
        looks.append(count)
        late.append(at - seconds)
    return mean(looks), quantiles(late, n=100)[94]


def run() -> list[Figure]:
    chance = Random(20261121)
    renders = [math.exp(chance.gauss(math.log(MEDIAN), SIGMA)) for _ in range(RENDERS)]
    learned = RenderTimes({KEY: renders[-200:]})
    new = RenderTimes({KEY: renders[: ENOUGH_SAMPLES - 1]})
    ways: list[tuple[str, Gaps]] = [
        ("ours, learned", _ours(learned)),
        ("ours, before 20 renders", _ours(new)),
        ("fixed 5 s", _fixed(5.0)),
        ("runwayml: 6 s +- 1.5", _fixed(6.0, 1.5)),
        ("fal: 0.1 s", _fixed(0.1)),
    ]
    figures = []
    for name, way in ways:
        sample = renders[:500] if name.startswith("fal") else renders
        looks, late = _measure(sample, way, 7)
        is_ours = name == "ours, learned"
        figures.append(Figure(f"looks a job, {name}", looks, "looks", aim=18.0 if is_ours else None))
        figures.append(Figure(f"lateness at p95, {name}", late, "s", aim=5.0 if is_ours else None))
    return figures
