"""The database writes down that a create begins, but its answer does not arrive: nothing was sent, and the process that
did not send it knows that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from bot.generation.job import JobState, Outcome
from bot.generation.ports import StoreError
from tests.fakes.house import House, open_house
from tests.fakes.postgres import PostgresServer

pytestmark = pytest.mark.slow


class LossyRoad:
    """The way to a PostgreSQL server. Once `is_lossy` is set, the answer to the COMMIT of the next transaction that
    begins a create is lost, with the connection."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._server: asyncio.Server | None = None
        self.is_lossy = False
        self.lost = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """The URL that leads over it."""
        async with await asyncio.start_server(self._carry, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            yield self._url._replace(netloc=f"{self._url.username}@127.0.0.1:{port}").geturl()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._url.hostname, self._url.port)
        swallows = asyncio.Event()

        async def forth() -> None:
            begins = False
            while data := await reader.read(65_536):
                begins = begins or b"INSERT INTO attempts" in data
                if self.is_lossy and begins and b"COMMIT" in data:
                    self.is_lossy = False
                    swallows.set()
                back.write(data)

        async def return_() -> None:
            while data := await there.read(65_536):
                if swallows.is_set():
                    self.lost += 1
                    return
                writer.write(data)

        ways = {asyncio.create_task(forth()), asyncio.create_task(return_())}
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for end in (writer, back):
            end.transport.abort()


@pytest.fixture
async def road_and_house(tmp_path: Path, postgres: PostgresServer) -> AsyncIterator[tuple[LossyRoad, House]]:
    url = await postgres.fresh()
    road = LossyRoad(url)
    async with road.open() as by_road, open_house(tmp_path, database_url=SecretStr(by_road)) as house:
        yield road, house
    await postgres.drop(url)


async def lose_the_answer(road: LossyRoad, house: House) -> str:
    job = await house.submit()
    road.is_lossy = True
    with pytest.raises(StoreError):
        await house.run(job.id)
    (attempt,) = await house.attempts(job.id)
    assert (await house.job(job.id)).state is JobState.CREATING
    assert (road.lost, attempt.outcome, house.creates()) == (1, Outcome.SENDING, 0)
    return job.id


async def test_it_is_sent_by_a_second_attempt(road_and_house: tuple[LossyRoad, House]) -> None:
    road, house = road_and_house
    job_id = await lose_the_answer(road, house)
    assert (await house.run(job_id)).state is JobState.DELIVERED
    assert [one.outcome for one in await house.attempts(job_id)] == [Outcome.NOT_CREATED, Outcome.ACCEPTED]
    assert house.creates() == 1
    assert await house.books_agree()


async def test_another_process_cannot_know_that(road_and_house: tuple[LossyRoad, House]) -> None:
    road, house = road_and_house
    job_id = await lose_the_answer(road, house)
    await house.restart()
    assert (await house.run(job_id)).state is JobState.UNCERTAIN
    assert house.creates() == 0
