"""Accepting: the charge is held and the job written, or nothing is."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.generation.job import Address, ChargeState, Job, JobState, Requester
from bot.generation.limits import FRESH_LIMITS, Charge, Refusal, Scope, ScopeKind, Unit, Window, limit_order
from bot.generation.request import Frame, FrameRole, ReferenceVideo
from tests.storage.steps import ANYONE, BUSY, CENT, DAY, EVERYONE, NOON, QUOTE, Steps, request_of


async def test_an_accepted_job_is_queued_due_and_read_back_as_it_was(do: Steps) -> None:
    request = request_of(
        prompt="ünï 🌊 \x00 'quote'",
        frames=(Frame(role=FrameRole.FIRST_FRAME, source="a.jpg", width=10, height=20),),
        reference_video=ReferenceVideo(source="b.mp4"),
    )
    requester = Requester("slack", "U1", workspace="T1", channel="C1", roles=("admin", "artist"))
    address = Address("slack", "T1", "C1", "1.2", "3.4", size_limit=8_000_000, extra={"a": "b"})
    job = await do.accepted(request=request, requester=requester, address=address)
    assert (job.state, job.charge, job.due_at, job.version) == (JobState.QUEUED, ChargeState.HELD, do.now, 1)
    assert await do.job(job.id) == job
    assert await do.events(job) == [("hold", QUOTE)]
    assert await do.books_agree()


async def test_a_job_that_needs_approval_waits_without_being_due(do: Steps) -> None:
    job = await do.accepted(needs_approval=True)
    assert (job.state, job.due_at) == (JobState.AWAITING_APPROVAL, None)
    assert await do.store.unfinished() == []
    assert await do.used_and_held() == (0, QUOTE)


async def test_the_same_intake_gives_the_same_job_once(do: Steps) -> None:
    assert await do.store.add_intake("discord:1", "discord", {"a": 1}, do.now)
    assert not await do.store.add_intake("discord:1", "discord", {"a": 1}, do.now)
    assert await do.store.has_intake("discord:1")
    assert not await do.store.has_intake("discord:2")
    first = await do.accepted(intake_key="discord:1")
    again = await do.accepted(intake_key="discord:1")
    assert again == first
    assert await do.used_and_held(Unit.VIDEOS) == (0, 1)
    assert len(await do.store.jobs()) == 1


async def test_one_intake_many_times_at_once_gives_one_job(do: Steps) -> None:
    jobs = await asyncio.gather(*(do.accepted(intake_key="discord:1") for _ in range(20)))
    assert len({job.id for job in jobs}) == 1
    assert await do.used_and_held(Unit.VIDEOS) == (0, 1)
    assert await do.books_agree()


async def test_a_refusal_names_every_limit_with_its_use_and_writes_nothing(do: Steps) -> None:
    await do.limit(1, Unit.JOBS, Window.NOW)
    await do.limit(QUOTE + CENT, Unit.USD, Window.DAY)
    await do.limit(9, Unit.SECONDS, Window.MONTH, EVERYONE)
    await do.accepted()
    refusal = await do.ask(intake_key="k")
    assert isinstance(refusal, Refusal)
    assert refusal.charge == Charge(1, 5, QUOTE)
    midnight = datetime(2025, 11, 22, tzinfo=UTC).timestamp()
    december = datetime(2025, 12, 1, tzinfo=UTC).timestamp()
    assert [(u.limit.unit, u.limit.window, u.used, u.held, u.frees_at) for u in refusal.over] == [
        (Unit.SECONDS, Window.MONTH, 0, 5, december),
        (Unit.JOBS, Window.NOW, 0, 1, None),
        (Unit.USD, Window.DAY, 0, QUOTE, midnight),
    ]
    assert len(await do.store.jobs()) == 1
    assert await do.books_agree()


async def test_of_fifty_at_once_exactly_ten_fit_in_a_limit_of_ten(do: Steps) -> None:
    await do.no_limits()
    await do.limit(10, Unit.VIDEOS, Window.DAY, EVERYONE)
    answers = await asyncio.gather(*(do.ask(f"user{n}") for n in range(50)))
    assert sum(isinstance(answer, Job) for answer in answers) == 10
    assert all(answer.over[0].held == 10 for answer in answers if isinstance(answer, Refusal))
    assert await do.books_agree()


async def test_a_fresh_install_has_its_limits(do: Steps) -> None:
    assert await do.store.limits() == sorted(FRESH_LIMITS, key=limit_order)
    await do.accepted()
    await do.accepted()
    refusal = await do.ask()
    assert isinstance(refusal, Refusal)
    assert [use.limit.unit for use in refusal.over] == [Unit.JOBS]


async def test_use_counts_in_the_day_of_acceptance_in_the_limits_zone(do: Steps) -> None:
    await do.wide_limits()
    do.zone, do.now = "Asia/Tokyo", datetime(2025, 11, 30, 14, 59, tzinfo=UTC).timestamp()
    job = await do.running()  # one minute before the first of December in Tokyo
    do.tick(120)
    await do.complete(job)
    assert await do.used_and_held(Unit.VIDEOS, Window.DAY) == (0, 0)
    assert await do.used_and_held(Unit.VIDEOS, Window.MONTH) == (0, 0)
    do.now -= 180
    assert await do.used_and_held(Unit.VIDEOS, Window.DAY) == (1, 0)
    assert await do.used_and_held(Unit.VIDEOS, Window.MONTH) == (1, 0)
    assert await do.books_agree()


async def test_the_zone_of_acceptance_counts_although_the_setting_changed(do: Steps) -> None:
    await do.wide_limits()
    do.zone = "Asia/Tokyo"
    job = await do.running()
    do.zone = "America/New_York"
    await do.store.fail(job, BUSY, do.tick())
    assert await do.books_agree()


async def test_what_was_used_before_counts_against_a_limit_set_later(do: Steps) -> None:
    await do.no_limits()
    await do.accepted()
    await do.delivered()
    await do.limit(2, Unit.VIDEOS, Window.MONTH)
    assert await do.used_and_held(Unit.VIDEOS, Window.MONTH) == (1, 1)
    assert isinstance(await do.ask(), Refusal)


async def test_the_next_day_is_free_again(do: Steps) -> None:
    await do.limit(1, Unit.VIDEOS, Window.DAY)
    await do.delivered()
    assert isinstance(await do.ask(), Refusal)
    do.now = NOON + DAY
    await do.accepted()


@pytest.mark.parametrize("unit", [Unit.VIDEOS, Unit.SECONDS, Unit.USD])
async def test_a_job_exactly_at_the_limit_fits(do: Steps, unit: Unit) -> None:
    await do.limit(Charge(1, 5, QUOTE).of(unit), unit, Window.DAY, ANYONE)
    await do.accepted()
    assert isinstance(await do.ask(), Refusal)


async def test_a_limit_of_one_user_replaces_everybodys_default(do: Steps) -> None:
    await do.limit(0, Unit.VIDEOS, Window.DAY)
    await do.limit(1, Unit.VIDEOS, Window.DAY, Scope(ScopeKind.USER, "shell:ben"))
    assert isinstance(await do.ask("anna"), Refusal)
    await do.accepted("ben")
    assert isinstance(await do.ask("ben"), Refusal)
