"""The metrics of one process, in a registry of its own. No label names a person, a job or a prompt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics import MetricWrapperBase

from bot.generation.job import UNFINISHED, JobState
from bot.generation.meter import Meter
from bot.generation.ports import UsageRow
from storage.figures import Figures

M = TypeVar("M", bound=MetricWrapperBase)

_LATE = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800)  # seconds
_CALL = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120)
_ANSWER = (0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 5, 10)  # Discord and Slack wait three seconds
_LAG = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)


@dataclass(frozen=True, slots=True)
class About:
    """One row of the documented table."""

    name: str
    kind: str
    labels: tuple[str, ...]
    help: str


class Meters(Meter):
    """Everything this process counts. What comes from the database is set by `set_figures` right before a page."""

    def __init__(self, version: str) -> None:
        # A series more for each counter, which nobody reads.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._own: list[MetricWrapperBase] = []
        self._info = self._gauge("videobot_build_info", "Always 1; the label is the version.", "version")
        self._info.labels(version).set(1)

        self._jobs = self._gauge("videobot_jobs", "Unfinished jobs by gateway and state.", "gateway", "state")
        self._oldest = self._gauge(
            "videobot_queue_oldest_seconds", "How long the job that has waited longest for its start waits.", "gateway"
        )
        self._held = self._gauge("videobot_held_dollars", "What unfinished jobs hold from the limits.", "gateway")
        self._cost = self._gauge(
            "videobot_cost_today_dollars", "What the jobs accepted today (UTC) cost so far.", "gateway"
        )
        self._possible = self._gauge(
            "videobot_possibly_billed_today_dollars",
            "What the jobs accepted today (UTC) may have cost on top: nobody could find out.",
            "gateway",
        )
        self._paused = self._gauge("videobot_paused", "1 while an admin has paused new videos.")
        self._database = self._gauge("videobot_database_up", "1 when the database answered the last question.")

        self._entered = self._counter("videobot_job_moves", "Jobs that a step brought into this state.", "state")
        self._late = self._histogram(
            "videobot_step_lateness_seconds",
            "How late steps of jobs began after they were due; state running is looks at tasks.",
            _LATE,
            "state",
        )
        self._engine = self._gauge("videobot_engine_alive", "1 while this process runs jobs and its engine turns.")

        self._calls = self._counter(
            "videobot_gateway_calls",
            "Calls to a gateway; the outcome is ok or the kind of error.",
            "gateway",
            "call",
            "outcome",
        )
        self._seconds = self._histogram(
            "videobot_gateway_call_seconds", "How long calls to a gateway took.", _CALL, "gateway", "call"
        )
        self._up = self._gauge(
            "videobot_gateway_up", "1 while the gateway's answers give no cause for worry.", "gateway"
        )
        self._on = self._gauge("videobot_gateway_on", "1 unless an admin has switched the gateway off.", "gateway")
        self._balance = self._gauge(
            "videobot_gateway_balance_dollars", "What the gateway's account held when last asked.", "gateway"
        )
        self._hooks = self._counter(
            "videobot_gateway_webhooks", "Webhooks that came; the outcome is taken, or why not.", "gateway", "outcome"
        )

        self._platform = self._gauge("videobot_platform_up", "1 while the chat platform is connected.", "platform")
        self._answers = self._histogram(
            "videobot_first_answer_seconds",
            "From an event's arrival in this process to its first answer (the acknowledgement).",
            _ANSWER,
            "platform",
        )
        self._lag = self._histogram(
            "videobot_loop_lag_seconds", "How late the event loop woke a task that only waited.", _LAG
        )

    # ------------------------------------------------------------------------------------------------- the core

    def began(self, state: JobState, late: float) -> None:
        """See Meter."""
        self._late.labels(state.value).observe(max(0.0, late))

    def entered(self, state: JobState) -> None:
        """See Meter."""
        self._entered.labels(state.value).inc()

    # ------------------------------------------------------------------------------------------------ the rooms

    def called(self, gateway: str, call: str, outcome: str, seconds: float) -> None:
        """A call to a gateway ended: `outcome` is "ok" or a word of the error map."""
        self._calls.labels(gateway, call, outcome).inc()
        self._seconds.labels(gateway, call).observe(max(0.0, seconds))

    def hooked(self, gateway: str, outcome: str) -> None:
        """A webhook came."""
        self._hooks.labels(gateway, outcome).inc()

    def answered(self, platform: str, seconds: float) -> None:
        """An event got its first answer `seconds` after it arrived."""
        self._answers.labels(platform).observe(max(0.0, seconds))

    def lagged(self, seconds: float) -> None:
        """The event loop was so late."""
        self._lag.observe(max(0.0, seconds))

    # ------------------------------------------------------------------------------------------ before a page

    def set_figures(self, figures: Figures, gateways: Iterable[str], now: float) -> None:
        """What the database says. A state without jobs is a 0, so that a graph has no gaps."""
        for gateway in gateways:
            for state in UNFINISHED:
                self._jobs.labels(gateway, state.value).set(0)
            self._oldest.labels(gateway).set(0)
            self._held.labels(gateway).set(figures.held_micros.get(gateway, 0) / 1e6)
        for group in figures.groups:
            self._jobs.labels(group.gateway, group.state).set(group.count)
            if group.state == JobState.QUEUED.value:
                self._oldest.labels(group.gateway).set(max(0.0, now - group.oldest))

    def set_costs(self, rows: Iterable[UsageRow], gateways: Iterable[str]) -> None:
        """Today's cost by gateway."""
        found = {row.group: row for row in rows}
        for gateway in gateways:
            row = found.get(gateway)
            self._cost.labels(gateway).set(row.cost_micros / 1e6 if row else 0)
            self._possible.labels(gateway).set(row.possibly_billed_micros / 1e6 if row else 0)

    def set_state(self, *, database: bool, engine: bool, paused: bool, platforms: Mapping[str, bool]) -> None:
        """What is up at this moment."""
        self._database.set(database)
        self._engine.set(engine)
        self._paused.set(paused)
        for platform, is_up in platforms.items():
            self._platform.labels(platform).set(is_up)

    def set_gateway(self, gateway: str, *, up: bool, on: bool, balance_micros: int | None) -> None:
        """How a gateway stands; a balance of None is not shown (never asked, or without a limit)."""
        self._up.labels(gateway).set(up)
        self._on.labels(gateway).set(on)
        if balance_micros is not None:
            self._balance.labels(gateway).set(balance_micros / 1e6)

    def page(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)

    def table(self) -> tuple[About, ...]:
        """The metrics of our own, for the docs."""
        rows = []
        for metric in self._own:
            described = next(iter(metric.describe()))
            name = f"{described.name}_total" if described.type == "counter" else described.name
            rows.append(About(name, described.type, tuple(metric._labelnames), described.documentation))
        return tuple(rows)

    # ------------------------------------------------------------------------------------------------- making

    def _gauge(self, name: str, help_: str, *labels: str) -> Gauge:
        return self._kept(Gauge(name, help_, labels, registry=self.registry))

    def _counter(self, name: str, help_: str, *labels: str) -> Counter:
        return self._kept(Counter(name, help_, labels, registry=self.registry))

    def _histogram(self, name: str, help_: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return self._kept(Histogram(name, help_, labels, buckets=buckets, registry=self.registry))

    def _kept(self, metric: M) -> M:
        self._own.append(metric)
        return metric
