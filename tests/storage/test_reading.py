"""Listings, usage, and what the engine reads at start."""

from dataclasses import replace

import pytest

from bot.generation.job import JobState, Requester
from bot.generation.pacing import timing_key
from bot.generation.ports import UsageRow
from bot.generation.request import Frame, FrameRole, ReferenceVideo
from tests.storage.steps import CENT, DAY, NOON, QUOTE, Steps, request_of


async def test_jobs_are_listed_newest_first(do: Steps) -> None:
    first, second, third = await do.delivered(), await do.accepted("ben"), await do.running()
    ids = [job.id for job in await do.store.jobs()]
    assert ids == [third.id, second.id, first.id]
    assert [job.id for job in await do.store.jobs(user="shell:anna")] == [third.id, first.id]
    states = {JobState.RUNNING, JobState.QUEUED}
    assert [job.id for job in await do.store.jobs(states=states)] == [third.id, second.id]
    assert [job.id for job in await do.store.jobs(states=states, user="shell:ben", limit=1)] == [second.id]
    assert await do.store.jobs(states=()) == []
    assert await do.store.jobs(limit=2) == [third, second]


async def test_a_short_id_finds_its_jobs(do: Steps) -> None:
    await do.no_limits()
    for name in ("abc1", "abd2", "a%c3", "ABC4"):
        await do.accepted(id=name)
    assert [job.id for job in await do.store.find_jobs("ab")] == ["abd2", "abc1"]
    assert [job.id for job in await do.store.find_jobs("a%")] == ["a%c3"]
    assert await do.store.find_jobs("abc11") == []
    for number in range(12):
        await do.accepted(id=f"x{number}")
    assert len(await do.store.find_jobs("x")) == 10


async def test_jobs_are_read_by_their_ids(do: Steps) -> None:
    first, _, third = await do.accepted(), await do.accepted("ben"), await do.accepted("cid")
    found = await do.store.jobs_by_id({first.id, third.id, "nothing"})
    assert sorted(found, key=lambda job: job.id) == [first, third]
    assert await do.store.jobs_by_id([]) == []
    assert len(await do.store.jobs_by_id([f"x{n}" for n in range(499)] + [first.id])) == 1
    with pytest.raises(ValueError, match="At most 500"):
        await do.store.jobs_by_id([f"x{n}" for n in range(501)])


async def test_the_engine_reads_every_unfinished_job(do: Steps) -> None:
    await do.no_limits()
    await do.delivered()
    running, queued = await do.running(), await do.accepted("ben")
    await do.accepted(needs_approval=True)
    found = {row.job_id: row for row in await do.store.unfinished()}
    assert found.keys() == {running.id, queued.id}
    row = found[running.id]
    assert (row.state, row.user, row.gateway, row.accepted_at) == (
        JobState.RUNNING,
        "shell:anna",
        "toapis",
        running.accepted_at,
    )
    assert (row.due_at, row.version, row.started_at) == (running.due_at, running.version, running.task_created_at)
    assert row.timing_key == timing_key("toapis", "kling-v3", "std", 5)
    assert found[queued.id].started_at is None


async def test_the_sweep_finds_what_is_due(do: Steps) -> None:
    running, queued = await do.running(), await do.accepted("ben")
    assert [row.job_id for row in await do.store.overdue(do.now)] == [queued.id]
    assert {row.job_id for row in await do.store.overdue(do.now + 60)} == {queued.id, running.id}


async def test_last_starts_are_of_users_who_wait(do: Steps) -> None:
    await do.no_limits()
    await do.running("anna")
    newest = await do.running("anna")
    await do.running("ben")
    await do.accepted("anna")
    await do.accepted("cid")
    [attempt] = await do.store.attempts(newest.id)
    assert await do.store.last_starts() == {"shell:anna": attempt.started_at}


async def test_inputs_and_the_video_are_in_use_while_their_job_is_unfinished(do: Steps) -> None:
    frames = (
        Frame(role=FrameRole.FIRST_FRAME, source="a.jpg"),
        Frame(role=FrameRole.LAST_FRAME, source="https://x/b.jpg"),
    )
    job = await do.accepted(request=request_of(frames=frames, reference_video=ReferenceVideo(source="c.mp4")))
    done = await do.accepted(request=request_of(frames=(Frame(role=FrameRole.FIRST_FRAME, source="d.jpg"),)))
    await do.store.want_cancel(done.id, "anna", do.tick())
    assert set(await do.store.media_in_use()) == {"a.jpg", "c.mp4", job.id}
    await do.store.want_cancel(job.id, "anna", do.tick())
    assert set(await do.store.media_in_use()) == set()


# -------------------------------------------------------------------------------------------------------- usage


async def _some_use(do: Steps) -> None:
    await do.no_limits()
    await do.delivered(bill=40 * CENT)
    await do.given_up()
    do.now = NOON + 2 * DAY
    await do.running("ben", model="kling-v2", gateway="apimart", duration=10)
    await do.complete(await do.running("ben"))


NOT_COMPARED = dict.fromkeys(("expected_micros", "jobs", "delivered", "failed", "withdrawn", "misquoted"), 0)


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        (
            "user",
            [
                UsageRow("shell:anna", 1, 5, 40 * CENT, 0, 40 * CENT, QUOTE, 40 * CENT, QUOTE),
                UsageRow("shell:ben", 2, 15, QUOTE, QUOTE, QUOTE, 0),
            ],
        ),
        (
            "model",
            [
                UsageRow("kling-v3", 2, 10, 40 * CENT + QUOTE, 0, 40 * CENT + QUOTE, QUOTE, 40 * CENT, QUOTE),
                UsageRow("kling-v2", 1, 10, 0, QUOTE, 0, 0),
            ],
        ),
        (
            "gateway",
            [
                UsageRow("toapis", 2, 10, 40 * CENT + QUOTE, 0, 40 * CENT + QUOTE, QUOTE, 40 * CENT, QUOTE),
                UsageRow("apimart", 1, 10, 0, QUOTE, 0, 0),
            ],
        ),
        (
            "day",
            [
                UsageRow("2025-11-21", 1, 5, 40 * CENT, 0, 40 * CENT, QUOTE, 40 * CENT, QUOTE),
                UsageRow("2025-11-23", 2, 15, QUOTE, QUOTE, QUOTE, 0),
            ],
        ),
    ],
)
async def test_usage_by(do: Steps, by: str, rows: list[UsageRow]) -> None:
    await _some_use(do)
    found = await do.store.usage(since=NOON, until=NOON + 7 * DAY, by=by)
    assert [replace(row, **NOT_COMPARED) for row in found] == rows


async def test_usage_counts_what_became_of_the_jobs(do: Steps) -> None:
    await do.no_limits()
    await do.delivered()
    await do.given_up(quote=90 * CENT)
    await do.store.want_cancel((await do.accepted(quote=90 * CENT)).id, "shell:anna", do.tick())
    await do.running(quote=20 * CENT)
    [row] = await do.store.usage(since=NOON, until=NOON + 7 * DAY, by="mode")
    assert (row.group, row.jobs, row.delivered, row.failed, row.withdrawn) == ("std", 4, 1, 1, 1)
    assert (row.videos, row.expected_micros) == (2, QUOTE + 20 * CENT)


async def test_usage_counts_the_time_of_acceptance(do: Steps) -> None:
    job = await do.delivered()
    accepted = job.accepted_at
    assert await do.store.usage(since=accepted + 0.5, until=NOON + DAY, by="user") == []
    assert await do.store.usage(since=NOON, until=accepted, by="user") == []
    assert len(await do.store.usage(since=accepted, until=accepted + 0.5, by="user")) == 1


async def test_usage_by_something_else_is_refused(do: Steps) -> None:
    with pytest.raises(ValueError, match="user, model, gateway, channel, workspace, day"):
        await do.store.usage(since=0, until=1, by="month")


async def test_usage_by_channel_and_workspace_and_of_one_workspace(do: Steps) -> None:
    await do.no_limits()
    for workspace, channel in (("1", "2"), ("1", "3"), ("9", "2")):
        await do.accepted(requester=Requester("discord", "42", workspace, channel))
    seen = {"since": NOON, "until": NOON + DAY}
    by_channel = await do.store.usage(**seen, by="channel")
    assert {row.group: row.videos for row in by_channel} == {"discord:1:2": 1, "discord:1:3": 1, "discord:9:2": 1}
    assert [(row.group, row.videos) for row in await do.store.usage(**seen, by="workspace")] == [
        ("discord:1", 2),
        ("discord:9", 1),
    ]
    of_one = await do.store.usage(**seen, by="user", place="discord:1")
    assert [(row.group, row.videos) for row in of_one] == [("discord:42", 2)]
