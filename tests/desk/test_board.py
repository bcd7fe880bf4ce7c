"""Every job has one status message that tells where it is."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from adapters.desk.board import RESPONSE_WAIT, StatusBoard
from bot.generation.job import Address, Failure, Job, JobState, Purpose, Requester
from bot.generation.ports import ChatError, JobView, Store
from bot.generation.request import VideoRequest
from tests.desk.wall import Wall
from tests.fakes.clocks import FastClock
from tests.fakes.house import House, open_house

ANNA = Requester("wall", "anna")


class Counted:
    """A store that notes which of its methods are called."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.calls.append(name)
        return getattr(self._store, name)


@dataclass
class Scene:
    """A house, a wall and a board that runs fast."""

    house: House
    wall: Wall
    clock: FastClock
    seen: list[str] = field(default_factory=list)
    progress: dict[str, int] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)  # jobs nothing can be said about
    store: Counted = field(init=False)
    board: StatusBoard = field(init=False)

    def __post_init__(self) -> None:
        self.store = Counted(self.house.app.store)
        self.board = self.new_board()

    def new_board(self) -> StatusBoard:
        return StatusBoard(
            "wall",
            self.wall,
            self.store,
            self.look_at,
            self.clock,
            witness=lambda point, _job_id: self.seen.append(point),
        )

    def look_at(self, job: Job) -> JobView:
        if job.id in self.broken:
            raise ZeroDivisionError
        view = self.house.app.look_at(job)
        percent = self.progress.get(job.id)
        return view if percent is None else replace(view, job=replace(view.job, progress=percent))

    async def submit(self, channel: str = "c1", **extra: str) -> Job:
        return await self.house.app.service.submit(
            VideoRequest(prompt="waves at night"), ANNA, Address("wall", channel=channel, extra=extra)
        )

    async def run(self, job: Job, until: JobState) -> Job:
        """Take the job so far, telling the board of each step as the engine does."""
        after = await self.house.job(job.id)
        while after.state is not until:
            await self.house.step(job.id)
            self.board.step(job.id)
            after = await self.house.job(job.id)
        return after

    async def is_closed(self, job_id: str) -> bool:
        rows = await self.house.app.store.deliveries(job_id)
        return any(row.closed for row in rows if row.purpose is Purpose.STATUS)

    async def shows(self, job: Job, state: JobState) -> None:
        """Wait until the job's message shows a state."""
        await self.wall.until(lambda: any(shown.state is state for shown in self.wall.of(job.id)))

    async def passes(self, seconds: float) -> None:
        """Let time pass (a hundredth of it in the real world)."""
        await self.clock.sleep(seconds)


@asynccontextmanager
async def scene(folder: Path, *, start: bool = True, **more: Any) -> AsyncIterator[Scene]:
    async with open_house(folder, **more) as house:
        house.app.worker.chats = {"wall": house.app.worker.chats["chat"]}
        house.clock.time = time.time()
        clock = FastClock(100.0, house.clock.now())
        scene = Scene(house, Wall(clock.now), clock)
        if start:
            await scene.board.start()
        try:
            yield scene
        finally:
            await scene.board.stop()


async def test_one_message_tells_where_the_job_is_until_its_end(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        job = await s.submit()
        s.board.step(job.id)
        await s.shows(job, JobState.QUEUED)
        await s.run(job, JobState.DELIVERED)
        await s.shows(job, JobState.DELIVERED)
        await s.board.stop()
        assert s.wall.posts(job.id) == 1
        assert s.wall.of(job.id)[-1].text.startswith("Done.")
        assert await s.is_closed(job.id)
        assert s.seen == ["status.before", "status.done"]
        assert list(await s.house.app.store.open_statuses("wall")) == []


@pytest.mark.slow
async def test_nothing_is_edited_when_nothing_changed(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        job = await s.submit()
        s.board.step(job.id)
        await s.shows(job, JobState.QUEUED)
        for _ in range(10):
            s.board.step(job.id)
            await s.passes(20)
        assert len(s.wall.of(job.id)) == 1


async def test_progress_is_shown_at_most_every_eight_seconds(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        job = await s.submit()
        await s.run(job, JobState.RUNNING)
        await s.shows(job, JobState.RUNNING)
        for percent in range(1, 60):
            s.progress[job.id] = percent
            await s.passes(1)
        shown = s.wall.of(job.id)
        gaps = [after.at - before.at for before, after in itertools.pairwise(shown)]
        assert len(shown) >= 4
        assert min(gaps) >= 8.0
        assert "Making the video: " in shown[-1].text


async def test_percentages_cost_no_read_of_the_database(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        jobs = [await s.submit() for _ in range(3)]
        for job in jobs:
            await s.run(job, JobState.RUNNING)
            await s.shows(job, JobState.RUNNING)
        await s.passes(5)
        s.store.calls.clear()
        for job in jobs:
            s.progress[job.id] = 50
        await s.wall.until(lambda: all(": 50 %" in s.wall.of(job.id)[-1].text for job in jobs))
        assert not {"job", "jobs_by_id", "deliveries"} & set(s.store.calls)


async def test_a_response_that_becomes_the_status_is_not_posted_again(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        job = await s.submit(response="77")
        s.board.step(job.id)
        await s.board.adopt(job.id, s.wall.put(job.id))
        await s.passes(20)
        await s.run(job, JobState.DELIVERED)
        await s.shows(job, JobState.DELIVERED)
        assert s.wall.posts(job.id) == 0
        assert len(s.wall.messages) == 1


async def test_a_response_nobody_told_of_is_looked_for_before_one_is_posted(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        known, lost = await s.submit(response="77"), await s.submit(response="78")
        reference = s.wall.put(known.id)
        s.board.step(known.id)
        s.board.step(lost.id)
        await s.wall.until(lambda: bool(s.wall.of(known.id) and s.wall.of(lost.id)))
        assert s.wall.posts(known.id) == 0
        assert s.wall.posts(lost.id) == 1
        assert sorted(s.wall.finds) == sorted([known.id, lost.id])
        for job in (known, lost):
            assert s.wall.of(job.id)[0].at >= job.accepted_at + RESPONSE_WAIT
        await s.board.stop()
        [row] = await s.house.app.store.deliveries(known.id)
        assert row.reference == reference


async def test_a_post_a_crash_interrupted_is_looked_for(tmp_path: Path) -> None:
    async with scene(tmp_path, start=False) as s:
        arrived, lost = await s.submit(), await s.submit()
        s.wall.put(arrived.id)
        for job in (arrived, lost):
            await s.house.app.store.sending(job.id, Purpose.STATUS, s.clock.now())
        await s.board.start()
        await s.wall.until(lambda: bool(s.wall.of(arrived.id) and s.wall.of(lost.id)))
        assert (s.wall.posts(arrived.id), s.wall.posts(lost.id)) == (0, 1)


async def test_a_post_whose_answer_was_lost_is_looked_for(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        s.wall.answer_lost = 1
        job = await s.submit()
        s.board.step(job.id)
        await s.wall.until(lambda: len(s.wall.of(job.id)) == 2)
        assert s.wall.posts(job.id) == 1
        assert s.wall.finds == [job.id]


async def test_after_a_restart_the_board_goes_on_with_every_message(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        moving, ended = await s.submit(), await s.submit()
        for job in (moving, ended):
            s.board.step(job.id)
            await s.shows(job, JobState.QUEUED)
        await s.board.stop()
        await s.house.run(ended.id)
        s.board = s.new_board()
        await s.board.start()
        await s.shows(ended, JobState.DELIVERED)
        await s.run(moving, JobState.DELIVERED)
        await s.shows(moving, JobState.DELIVERED)
        assert s.wall.posts(moving.id) == s.wall.posts(ended.id) == 1


async def test_a_deleted_message_of_a_job_at_work_is_posted_once_more_and_not_twice(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        job = await s.submit()
        s.board.step(job.id)
        await s.shows(job, JobState.QUEUED)
        s.wall.remove("m0")
        await s.run(job, JobState.RUNNING)
        await s.wall.until(lambda: s.wall.posts(job.id) == 2)
        [second] = s.wall.messages
        s.wall.remove(second)
        await s.run(job, JobState.DELIVERED)
        await s.passes(60)
        assert s.wall.posts(job.id) == 2
        assert await s.is_closed(job.id)


async def test_a_deleted_message_of_a_delivered_job_stays_away(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        job = await s.submit()
        await s.run(job, JobState.DELIVERING)
        await s.shows(job, JobState.DELIVERING)
        s.wall.remove("m0")
        await s.run(job, JobState.DELIVERED)
        await s.passes(60)
        assert s.wall.posts(job.id) == 1
        assert await s.is_closed(job.id)


async def test_a_bad_end_is_told_even_when_the_message_was_deleted(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        job = await s.submit()
        await s.run(job, JobState.RUNNING)
        await s.shows(job, JobState.RUNNING)
        s.wall.remove("m0")
        failure = Failure("refused", "The gateway refused it.")
        await s.house.app.store.fail(await s.house.job(job.id), failure, s.house.clock.now())
        s.board.step(job.id)
        await s.wall.until(lambda: s.wall.posts(job.id) == 2)
        assert s.wall.of(job.id)[-1].state is JobState.FAILED


async def test_a_place_that_takes_nothing_for_a_while_is_tried_again(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        s.wall.fail_next = [ChatError("Busy."), ChatError("Busy."), ChatError("Busy.")]
        job = await s.submit()
        began = s.clock.now()
        s.board.step(job.id)
        await s.shows(job, JobState.QUEUED)
        assert s.wall.history[0].at - began >= 5 + 10 + 20
        assert s.wall.posts(job.id) == 1


async def test_where_nothing_can_be_posted_the_job_goes_on_and_the_board_gives_up(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        s.wall.fail_next = [ChatError("No.", gone=True)] * 2
        job = await s.submit()
        s.board.step(job.id)
        await s.passes(30)
        await s.run(job, JobState.DELIVERED)
        await s.passes(30)
        assert s.wall.history == []
        assert list(await s.house.app.store.open_statuses("wall")) == []


@pytest.mark.slow
async def test_an_end_does_not_wait_for_the_percentages_of_others(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        jobs = [await s.submit() for _ in range(30)]
        for job in jobs:
            await s.run(job, JobState.RUNNING)
            await s.shows(job, JobState.RUNNING)
        for job in jobs:
            s.progress[job.id] = 50
        await s.run(jobs[-1], JobState.DELIVERED)
        before = len(s.wall.history)
        await s.shows(jobs[-1], JobState.DELIVERED)
        assert len(s.wall.history) - before <= 4  # the other 29 have news, too


async def test_a_lane_has_a_pace(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        jobs = [await s.submit() for _ in range(8)]
        for job in jobs:
            s.board.step(job.id)
        await s.wall.until(lambda: len(s.wall.history) == len(jobs))
        times = [shown.at for shown in s.wall.history]
        assert times[-1] - times[0] >= 6.5


async def test_jobs_of_other_platforms_are_none_of_its_business(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        job = await s.house.submit()
        s.board.step(job.id)
        s.board.step("no such job")
        await s.passes(30)
        assert s.wall.history == []


async def test_what_changes_after_the_end_is_shown(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        job = await s.submit()
        await s.run(job, JobState.DELIVERED)
        await s.passes(30)
        s.board.step(job.id)
        before = len(s.wall.of(job.id))
        await s.house.app.store.delete_video(job.id, "anna", s.clock.now())
        s.board.step(job.id)
        await s.wall.until(lambda: len(s.wall.of(job.id)) > before)


async def test_stopping_lets_a_message_on_its_way_arrive(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        s.wall.hold = asyncio.Event()
        job = await s.submit()
        s.board.step(job.id)
        await asyncio.wait_for(s.wall.on_its_way.wait(), 10)
        stopping = asyncio.create_task(s.board.stop())
        await asyncio.sleep(0)
        s.wall.hold.set()
        await stopping
        [row] = await s.house.app.store.deliveries(job.id)
        assert row.reference == "m0"


async def test_a_defect_of_one_job_stops_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with scene(tmp_path) as s:
        broken, good = await s.submit(), await s.submit()
        s.broken.add(broken.id)
        for job in (broken, good):
            s.board.step(job.id)
        await s.shows(good, JobState.QUEUED)
        await s.passes(3)
        assert f"the status of job {broken.id} breaks off" in caplog.text
        s.broken.clear()
        await s.shows(broken, JobState.QUEUED)
