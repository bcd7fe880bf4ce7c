"""/metrics."""

import re
from pathlib import Path

from adapters.desk.panel import Switch
from bot.generation.ports import Resolution
from bot.generation.request import VideoRequest
from bot.operations.meters import Meters
from tests.operations.metrics_table import OPERATIONS_PAGE, table
from tests.operations.stage import ANNA, StoppedClock, stage, until


async def test_a_finished_job_is_counted_everywhere(tmp_path: Path) -> None:
    async with stage(tmp_path) as bot:
        job = await bot.ended(await bot.submit())
        assert job.state == "delivered"
        found = await bot.metrics()
    assert found['videobot_job_moves_total{state="delivered"}'] == 1
    assert found['videobot_gateway_calls_total{call="create",gateway="toapis",outcome="ok"}'] == 1
    assert found['videobot_gateway_calls_total{call="look",gateway="toapis",outcome="ok"}'] >= 1
    assert found['videobot_step_lateness_seconds_count{state="running"}'] >= 1
    assert found['videobot_cost_today_dollars{gateway="toapis"}'] == job.quote_micros / 1e6
    assert found['videobot_held_dollars{gateway="toapis"}'] == 0
    assert found["videobot_engine_alive"] == found["videobot_database_up"] == 1


async def test_waiting_jobs_and_what_they_hold_are_shown(tmp_path: Path) -> None:
    clock = StoppedClock()
    async with stage(tmp_path, clock=clock, max_running=1, sandbox={"speed": 0.001}) as bot:
        first, second = await bot.submit("one"), await bot.submit("two")

        async def runs() -> bool:
            found = await bot.app.store.job(first.id)
            return found is not None and found.state == "running"

        await until(runs)
        clock.time += 100.0
        found = await bot.metrics()
    assert found['videobot_jobs{gateway="toapis",state="running"}'] == 1
    assert found['videobot_jobs{gateway="toapis",state="queued"}'] == 1
    assert found['videobot_queue_oldest_seconds{gateway="toapis"}'] == 100
    held = (first.held_micros + second.held_micros) / 1e6
    assert found['videobot_held_dollars{gateway="toapis"}'] == held


async def test_errors_of_a_gateway_are_counted_by_kind(tmp_path: Path) -> None:
    async with stage(tmp_path) as bot:
        bot.sandbox.inject("moderation", gateway="toapis")
        job = await bot.ended(await bot.submit())
        assert job.failure is not None
        found = await bot.metrics()
    assert found[f'videobot_gateway_calls_total{{call="create",gateway="toapis",outcome="{job.failure.code}"}}'] == 1


async def test_the_calls_of_a_gateway_are_timed(tmp_path: Path) -> None:
    async with stage(tmp_path) as bot:
        await bot.ended(await bot.submit())
        found = await bot.metrics()
    for call in ("create", "look"):
        labels = f'call="{call}",gateway="toapis"'
        calls = found[f'videobot_gateway_calls_total{{{labels},outcome="ok"}}']
        assert found[f"videobot_gateway_call_seconds_count{{{labels}}}"] == calls
        assert found[f"videobot_gateway_call_seconds_sum{{{labels}}}"] > 0


async def test_a_gateway_is_down_when_it_refuses_the_key_and_off_when_an_admin_says_so(tmp_path: Path) -> None:
    async with stage(tmp_path, toapis_api_key="wrong-key-of-somebody") as bot:

        async def noticed() -> bool:
            return bot.app.operations.steering.standing("toapis").trouble is not None

        await until(noticed)
        await bot.app.operations.panel(bot.app.store).switch("apimart", Switch.STOP, ANNA.key)
        found = await bot.metrics()
    assert found['videobot_gateway_up{gateway="toapis"}'] == 0
    assert found['videobot_gateway_on{gateway="toapis"}'] == 1
    assert found['videobot_gateway_up{gateway="apimart"}'] == 1
    assert found['videobot_gateway_on{gateway="apimart"}'] == 0


async def test_what_may_have_been_billed_is_shown_beside_what_was(tmp_path: Path) -> None:
    async with stage(tmp_path) as bot:
        job = await bot.ended(await bot.submit("waves [[sandbox:lost_answer]]"))
        assert job.state == "uncertain"
        await bot.app.service.resolve(job.id, Resolution.BILLED, ANNA.key)
        found = await bot.metrics()
    assert found['videobot_possibly_billed_today_dollars{gateway="toapis"}'] == job.quote_micros / 1e6
    assert found['videobot_possibly_billed_today_dollars{gateway="apimart"}'] == 0
    assert found['videobot_cost_today_dollars{gateway="toapis"}'] == 0


async def test_how_late_the_loop_was_is_counted_all_the_time(tmp_path: Path) -> None:
    async with stage(tmp_path) as bot:

        async def counted() -> bool:
            return (await bot.metrics())["videobot_loop_lag_seconds_count"] >= 1

        await until(counted)
        before = await bot.metrics()
        bot.app.operations.meters.lagged(40.0)
        found = await bot.metrics()
    assert found["videobot_loop_lag_seconds_sum"] >= before["videobot_loop_lag_seconds_sum"] + 40
    inside, all_ = (found[f'videobot_loop_lag_seconds_bucket{{le="{le}"}}'] for le in ("5.0", "+Inf"))
    assert all_ == inside + 1


async def test_a_pause_is_shown(tmp_path: Path) -> None:
    async with stage(tmp_path) as bot:
        await bot.app.service.pause("moving house", ANNA.key)
        assert (await bot.metrics())["videobot_paused"] == 1


async def test_no_label_names_a_person_a_job_or_a_prompt(tmp_path: Path) -> None:
    async with stage(tmp_path) as bot:
        job = await bot.ended(await bot.submit("a canary sings"))
        page = (await bot.pages.get("/metrics")).text
    assert job.id not in page
    assert "anna" not in page
    assert "canary" not in page


async def test_the_page_is_what_prometheus_reads(tmp_path: Path) -> None:
    async with stage(tmp_path) as bot:
        answer = await bot.pages.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    named = re.findall(r"^# HELP (\w+) ", answer.text, re.MULTILINE)
    assert "process_cpu_seconds_total" in named
    assert len(named) == len(set(named))


def test_names_follow_the_conventions() -> None:
    for row in Meters("1").table():
        assert re.fullmatch(r"videobot_[a-z_]+", row.name)
        assert row.help.endswith(".")
        assert (row.kind == "counter") == row.name.endswith("_total")
        if row.kind == "histogram":
            assert row.name.endswith("_seconds")


def test_the_table_in_the_docs_is_the_code() -> None:
    assert table() in OPERATIONS_PAGE.read_text(encoding="utf-8")


def test_a_request_has_no_way_into_a_label() -> None:
    labels = {label for row in Meters("1").table() for label in row.labels}
    assert labels.isdisjoint(VideoRequest.model_fields.keys() - {"gateway"})
    assert labels <= {"gateway", "state", "call", "outcome", "platform", "version"}
