"""The board keeps Slack's status messages current: one for each job, whatever happens on the way."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.desk.board import StatusBoard
from bot.generation.job import Purpose
from bot.generation.ports import JobView
from tests.fakes.clocks import FastClock
from tests.fakes.slack import Message
from tests.slack.room import Room, open_room


@asynccontextmanager
async def board_of(room: Room) -> AsyncIterator[StatusBoard]:
    board = StatusBoard("slack", room.place, room.store, JobView, room.clients.clock)
    await board.start()
    try:
        yield board
    finally:
        await board.stop()


def statuses(room: Room) -> list[Message]:
    return [m for m in room.general.from_bot if m.metadata and m.metadata["event_payload"]["purpose"] == "status"]


async def test_from_the_first_message_to_the_link_to_the_result(tmp_path: Path) -> None:
    async with open_room(tmp_path, FastClock(100.0, time.time())) as room, board_of(room) as board:
        job = await room.delivering()
        board.step(job.id)
        [status] = await room.slack.until(lambda: statuses(room))
        await room.slack.until(lambda: room.slack.calls("chat.postMessage"))
        reference = await room.chat.deliver(JobView(job))
        await room.store.sending(job.id, Purpose.RESULT, room.clients.clock.now())
        delivered = await room.store.delivered(job, reference, room.clients.clock.now())
        assert delivered is not None
        board.step(job.id)
        await room.slack.until(lambda: status.button_texts == ["See the video"])
        assert statuses(room) == [status]
        assert room.slack.complaints == []


async def test_after_a_lost_answer_there_is_still_one_status_message(tmp_path: Path) -> None:
    async with open_room(tmp_path, FastClock(100.0, time.time())) as room:
        room.slack.fault("chat.postMessage", lose_answer=True)
        async with board_of(room) as board:
            job = await room.accepted()
            board.step(job.id)
            await room.slack.until(lambda: room.slack.calls("conversations.history"))
            await room.slack.until(lambda: room.slack.calls("chat.update"))
        assert len(statuses(room)) == 1
        assert room.slack.complaints == []


async def test_a_deleted_status_message_is_posted_once_more(tmp_path: Path) -> None:
    async with open_room(tmp_path, FastClock(100.0, time.time())) as room, board_of(room) as board:
        job = await room.accepted()
        board.step(job.id)
        [first] = await room.slack.until(lambda: statuses(room))
        first.deleted = True
        room.steps.now = room.clients.clock.now()
        begun = await room.steps.begin(job)
        await room.steps.attach(begun.attempt_id, "task-1")
        board.step(job.id)
        [second] = await room.slack.until(lambda: statuses(room))
        assert "Making the video" in second.text_read
        assert room.slack.complaints == []
