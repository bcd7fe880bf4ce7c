"""The stream of an open page: what changed, as soon as it does, and what was missed, once."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.web.driver import PageBot, Person


class Stream:
    """An open page's stream."""

    def __init__(self, person: Person, answer: httpx.Response) -> None:
        self.person = person
        self._lines = answer.aiter_lines()

    async def event(self) -> tuple[str, str]:
        """The next event: its name and data."""
        name, data = "", []
        async with asyncio.timeout(15):
            async for line in self._lines:
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    data.append(line[6:])
                elif not line and name:
                    return name, "\n".join(data)
        raise AssertionError("the stream ended")

    async def says(self, known: list[str]) -> None:
        """Say what the page shows."""
        name, data = await self.event()
        assert name == "hello"
        found = re.search(r'name="connection" value="([0-9a-f]+)"', data)
        assert found is not None
        await self.person.client.post("/known", data={"connection": found[1], "have": known})

    async def change(self, words: str) -> str:
        """The next change with these words in it."""
        while True:
            name, data = await self.event()
            assert name == "change"
            if words in data:
                return data


@contextlib.asynccontextmanager
async def stream_of(person: Person) -> AsyncIterator[Stream]:
    async with person.client.stream("GET", "/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(person, answer)


def marks(page: str) -> list[str]:
    return [mark for mark in re.findall(r'name="have" value="([^"]+)"', page) if mark]


async def test_what_happens_is_told_as_it_happens(bot: PageBot, anna: Person) -> None:
    async with stream_of(anna) as stream:
        await stream.says(marks(await anna.look()))
        await anna.say("/video waves")
        asked = await stream.change("/video waves")
        assert 'hx-swap-oob="beforeend:#threads"' in asked
        await stream.change("Making the video")
        result = await stream.change("your video is ready")
        assert 'hx-swap-oob="beforeend:#r-ask-' in result
        assert "Your video is ready." in result, "who hears the page is told, too"


@pytest.mark.slow
async def test_a_page_that_was_away_is_told_what_it_missed_and_nothing_else(bot: PageBot, anna: Person) -> None:
    await anna.say("good morning")
    seen = marks(await anna.look())
    await anna.say("/video waves")
    await anna.sees("your video is ready")
    job = await bot.job()
    async with stream_of(anna) as stream:
        await stream.says([*seen, "note-gone0000:aaaaaaaaaaaa"])
        told = [await stream.event() for _ in range(4)]
        names = [re.search(r'(?:id="|,#)((?:ask|status|result|said|note)-[a-z0-9]+)"', data) for _, data in told]
        assert [found[1] for found in names if found] == [
            f"ask-{job.id}",
            f"status-{job.id}",
            f"result-{job.id}",
            "note-gone0000",
        ]
        assert "delete" in told[-1][1]
    async with stream_of(anna) as stream:
        await stream.says(marks(await anna.look()))
        await anna.say("and that is all")
        _, first = await stream.event()
        assert "and that is all" in first


async def test_what_one_person_is_told_alone_reaches_no_other_page(bot: PageBot, anna: Person) -> None:
    async with bot.person("ben") as ben, stream_of(ben) as stream:
        await stream.says(marks(await ben.look()))
        await anna.say("/quota")
        await anna.say("hello all")
        _, first = await stream.event()
        assert "hello all" in first


async def test_a_page_that_says_nothing_is_told_nothing_and_stopping_waits_for_no_page(
    bot: PageBot, anna: Person
) -> None:
    async with stream_of(anna) as silent, stream_of(anna) as open_one:
        assert (await silent.event())[0] == "hello"
        await open_one.says([])
        await bot.shut()
    await bot.open()
