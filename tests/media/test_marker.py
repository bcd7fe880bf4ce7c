"""The marker of a shared store: one for ever, whoever comes first."""

import asyncio
import itertools
from pathlib import Path

import pytest

from adapters.media.bucket import Bucket
from adapters.media.errors import MediaError
from adapters.media.marker import MARKER, make_marker, marker_in
from tests.media.places import Places, address


@pytest.fixture
def place(places: Places) -> Path | Bucket:
    return places.folder if places.server is None else Bucket(address(places.server))


async def test_all_who_begin_at_once_agree(place):
    numbers = itertools.count()
    made = await asyncio.gather(*(make_marker(place, lambda: f"id-{next(numbers)}") for _ in range(8)))
    assert len(set(made)) == 1
    assert await marker_in(place) == made[0]
    assert await make_marker(place, lambda: "another") == made[0]


async def test_nothing_else_is_left(place, places):
    await make_marker(place, lambda: "one")
    if places.server is None:
        assert [path.name for path in places.folder.iterdir()] == [MARKER]
    else:
        assert list(places.server.objects) == [f"bot/media/{MARKER}"]


async def test_a_share_that_is_not_mounted_is_not_made(tmp_path):
    assert await marker_in(tmp_path / "share") is None
    with pytest.raises(MediaError, match="No such file"):
        await make_marker(tmp_path / "share", lambda: "one")
