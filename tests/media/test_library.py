"""The whole as the core and the adapters use it."""

import asyncio
import hashlib
import io
from pathlib import Path

import httpx
import pytest
from PIL import Image

from adapters.media.errors import CannotShrink, ImageRefused, MediaError, VideoRefused
from adapters.media.library import LocalMedia
from bot.generation.job import StoredVideo
from bot.generation.ports import Media


class StillClock:
    """Time stands still; sleeping only lets others run."""

    def now(self) -> float:
        return 1_000_000.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@pytest.fixture
def media(tmp_path: Path, client: httpx.AsyncClient) -> LocalMedia:
    made = LocalMedia(tmp_path / "media", client, StillClock(), chance=lambda: 0.5, allow_private=True)
    _fits: Media = made
    return made


async def test_an_image_from_bytes_file_and_link(media, server, image_bytes, tmp_path):
    server.body = image_bytes("WEBP", size=(500, 400))
    (tmp_path / "a.any").write_bytes(server.body)
    taken = await media.take_image(server.body)
    assert await media.take_image_file(tmp_path / "a.any") == taken
    assert await media.take_image_url(server.url("/video")) == taken
    assert (taken.width, taken.height, taken.mime) == (500, 400, "image/jpeg")
    data, mime = await media.read_input(taken.key)
    assert (len(data), mime) == (taken.bytes, "image/jpeg")
    assert taken.key == hashlib.sha256(data).hexdigest() + ".jpg"
    assert (await media.input_file(taken.key))[0].read_bytes() == data


async def test_inputs_that_are_gone(media):
    for key in ("a" * 64 + ".jpg", "https://a.example/x.jpg", "../x"):
        with pytest.raises(MediaError):
            await media.read_input(key)
        with pytest.raises(MediaError):
            await media.input_file(key)


async def test_a_refused_image_is_not_kept(media, image_bytes):
    with pytest.raises(ImageRefused):
        await media.take_image(image_bytes(size=(100, 100)))
    assert await media.store.size() == 0


async def test_a_reference_video(media, server, make_video, tmp_path):
    path = make_video(tmp_path / "v.mp4", frames=15, fps=5)
    mov = make_video(tmp_path / "v.mov", frames=15, fps=5, fmt="mov")
    server.body = path.read_bytes()
    taken = await media.take_video(path)
    assert await media.take_video_url(server.url("/video")) == taken
    assert await media.take_video(server.body) == taken
    found, mime = await media.input_file(taken.key)
    assert (found.read_bytes(), mime) == (server.body, "video/mp4")
    assert (await media.take_video(mov)).mime == "video/quicktime"
    small = LocalMedia(tmp_path / "b", media._client, StillClock(), allow_private=True, max_reference_bytes=1000)
    with pytest.raises(VideoRefused, match="at most 1000 bytes"):
        await small.take_video_url(server.url("/video"))


async def test_save_show_shrink_extend_delete(media, server, make_video, tmp_path):
    path = make_video(tmp_path / "v.mp4", size=(640, 480), frames=12, fps=6, audio=True, noise=True)
    server.body = path.read_bytes()
    video = await media.save_video(server.url("/video"), "job1")
    assert await media.save_video("http://nowhere.invalid/", "job1") == video
    assert video == StoredVideo(
        "videos/job1.mp4", len(server.body), 640, 480, video.seconds, True, "videos/job1.poster.jpg"
    )
    assert video.seconds == pytest.approx(2.0, abs=0.1)
    assert media.video_path(video).read_bytes() == server.body
    poster = media.poster_path(video)
    assert poster is not None
    with Image.open(io.BytesIO(poster.read_bytes())) as picture:
        assert picture.size == (640, 480)

    assert await media.small_copy(video, video.size) == video
    both = await asyncio.gather(*(media.small_copy(video, 300_000) for _ in range(2)))
    assert both[0] == both[1]
    assert both[0].size <= 300_000
    assert media.video_path(both[0]).stat().st_size == both[0].size
    with pytest.raises(CannotShrink):
        await media.small_copy(video, 10_000)
    assert media.video_path(video).read_bytes() == server.body  # never touched

    frame = await media.take_last_frame(video)
    assert (frame.width, frame.height, frame.mime) == (640, 480, "image/png")

    assert await media.delete_video("job1")
    assert list((tmp_path / "media" / "videos").iterdir()) == []
    assert (await media.sweep(2_000_000.0, 10.0, 10.0, [frame.key])).files == 0
    assert (await media.sweep(2_000_000.0, 10.0, 10.0)).files == 1


async def test_the_worker_sees_what_it_needs(media, server):
    server.statuses = [410]
    with pytest.raises(MediaError) as dead:
        await media.save_video(server.url("/video"), "job1")
    assert (dead.value.link_is_dead, dead.value.retry) == (True, False)
    with pytest.raises(MediaError) as html:
        await media.save_video(server.url("/html"), "job1")
    assert (html.value.link_is_dead, html.value.retry) == (False, True)
    with pytest.raises(MediaError) as odd:
        await media.save_video("", "job1")
    assert (odd.value.link_is_dead, odd.value.retry) == (False, False)


async def test_inputs_can_be_held_to_public_links_alone(tmp_path, client, server, image_bytes):
    server.body = image_bytes()
    media = LocalMedia(tmp_path, client, StillClock(), allow_private=True, allow_private_inputs=False)
    with pytest.raises(ImageRefused, match="private network"):
        await media.take_image_url(server.url("/video"))


async def test_the_event_loop_stays_free(media, image_bytes):
    """While images are converted, the loop keeps turning."""
    big = image_bytes("BMP", size=(2400, 2000))
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turn())
    await asyncio.gather(*(media.take_image(big) for _ in range(2)))
    turning.cancel()
    assert turns > 50
