"""A board that has seen thousands of jobs remembers none of them."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.desk.board import StatusBoard
from bot.generation.job import Address, Delivery, DeliveryState, Job, JobState, Purpose, Requester
from bot.generation.ports import JobView
from bot.generation.request import VideoRequest
from tests.desk.wall import Wall
from tests.fakes.clocks import ManualClock
from tests.fakes.house import open_house

JOBS = 1_000
CHANNELS = 40


class Rows:
    """The rows the board reads and writes, in memory."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.statuses: dict[str, Delivery] = {}

    async def open_statuses(self, _platform: str) -> Sequence[str]:
        return ()

    async def jobs_by_id(self, ids: Collection[str]) -> Sequence[Job]:
        return [self.jobs[job_id] for job_id in ids if job_id in self.jobs]

    async def deliveries(self, job_id: str) -> Sequence[Delivery]:
        return [self.statuses[job_id]] if job_id in self.statuses else []

    async def sending(self, job_id: str, purpose: Purpose, now: float) -> Delivery | None:
        before = self.statuses.get(job_id)
        self.statuses.setdefault(job_id, Delivery(job_id, purpose, DeliveryState.SENDING, None, now))
        return before

    async def sent(self, job_id: str, purpose: Purpose, reference: str, now: float) -> None:
        self.statuses[job_id] = Delivery(job_id, purpose, DeliveryState.SENT, reference, now)

    async def close_delivery(self, job_id: str, _purpose: Purpose, closed: bool, _now: float) -> None:
        if job_id in self.statuses:
            self.statuses[job_id] = replace(self.statuses[job_id], closed=closed)


async def test_the_board_forgets_what_has_ended(tmp_path: Path) -> None:
    clock, rows = ManualClock(), Rows()
    async with open_house(tmp_path) as house:
        first = await house.app.service.submit(VideoRequest(prompt="waves"), Requester("wall", "anna"), Address("wall"))
    wall = Wall(clock.now)
    board = StatusBoard("wall", wall, as_store(rows), JobView, clock, lane_every=0.01, every=0.0)
    await board.start()
    empty = sizes(board)
    for number in range(JOBS):
        address = replace(first.address, channel=f"c{number % CHANNELS}", extra={"response": "r"} if number % 3 else {})
        rows.jobs[f"j{number}"] = replace(first, id=f"j{number}", address=address, state=JobState.RUNNING)
    for job_id in rows.jobs:
        board.step(job_id)
        if int(job_id[1:]) % 3 == 1:  # the answer to a command becomes the status
            await board.adopt(job_id, wall.put(job_id))
    await until(
        lambda: all(row.reference for row in map(rows.statuses.get, rows.jobs) if row) and len(rows.statuses) == JOBS
    )
    for number, job in enumerate(list(rows.jobs.values())):
        if number % 7 == 0:
            wall.remove(rows.statuses[job.id].reference or "")  # people delete it
        rows.jobs[job.id] = replace(job, state=JobState.DELIVERED if number % 2 else JobState.FAILED)
        board.step(job.id)
    await until(lambda: all(row.closed for row in rows.statuses.values()))
    clock.move(1.0)
    rows.jobs["of another platform"] = replace(first, id="of another platform", address=Address("other"))
    board.step("of another platform")
    await until(lambda: sizes(board) == empty)
    await board.stop()


def as_store(rows: Rows) -> Any:
    return rows


def sizes(board: StatusBoard) -> dict[str, int]:
    """How much everything holds that the board and its lanes hold."""
    held = {**vars(board), **vars(board._lanes)}
    return {name: len(value) for name, value in held.items() if isinstance(value, dict | list | set)}


async def until(seen: Any) -> None:
    async with asyncio.timeout(60):
        while not seen() or False:
            await asyncio.sleep(0.01)
