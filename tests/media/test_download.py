"""Finished videos into the media folder, from a real server that drops, lies, stalls and redirects."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.gateways.http import trusted
from adapters.media.download import VideoSaver
from adapters.media.errors import AddressRefused, LinkExpired, MediaError, NotAVideo, VideoTooLarge
from adapters.media.store import MediaStore
from adapters.media.web import Waits

QUICK = Waits(connect=2.0, idle=3.0, total=20.0)


@pytest.fixture
def saver(tmp_path: Path, client: httpx.AsyncClient, sleeps: Any) -> Callable[..., VideoSaver]:
    def make(**options: Any) -> VideoSaver:
        given = {"allow_private": True, "waits": QUICK, "chance": lambda: 0.5, "sleep": sleeps, **options}
        return VideoSaver(MediaStore(tmp_path), client, **given)

    return make


def asked_from(request: Any) -> int:
    """First byte of the range a request asked for."""
    return int(request.headers["range"].removeprefix("bytes=").removesuffix("-"))


def videos(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in tmp_path.glob("videos/*"))


async def test_saves_every_byte_with_poster_and_leaves_nothing_else(saver, server, mp4, tmp_path):
    server.body = mp4
    saved = await saver().save(server.url("/video?sig=SECRET"), "job1")
    assert saved.path == tmp_path / "videos" / "job1.mp4"
    assert saved.path.read_bytes() == mp4
    assert (saved.bytes, saved.sha256) == (len(mp4), hashlib.sha256(mp4).hexdigest())
    assert (saved.probe.width, saved.probe.height, saved.probe.video_codec) == (320, 240, "h264")
    assert videos(tmp_path) == ["job1.mp4", "job1.poster.jpg"]


async def test_sends_no_key_and_no_cookie_of_the_client(saver, server, mp4):
    server.body = mp4
    await saver().save(server.url("/hop"), "job1")
    assert len(server.requests) == 2
    assert "CANARY" not in str(server.requests)


async def test_own_headers_stay_at_their_origin(saver, server, mp4):
    server.body = mp4
    elsewhere = server.url("/video").replace("127.0.0.1", "localhost")
    await saver().save(server.url(f"/away?to={elsewhere}"), "job1", headers={"Authorization": "Bearer mine"})
    assert [request.headers.get("authorization") for request in server.requests] == ["Bearer mine", None]
    assert server.requests[1].headers["host"].startswith("localhost:")


async def test_asked_again_it_uses_no_network(saver, server, mp4, tmp_path):
    server.body = mp4
    first = await saver().save(server.url("/video"), "job1")
    (tmp_path / "videos" / "job1.poster.jpg").unlink()
    again = await saver().save("http://nowhere.invalid/", "job1")
    assert again == first
    assert again.poster is not None
    assert again.poster.is_file()
    assert len(server.requests) == 1


async def test_a_damaged_final_file_is_fetched_again(saver, server, mp4, tmp_path):
    server.body = mp4
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "job1.mp4").write_bytes(mp4[:5000])
    server.statuses = [404]
    with pytest.raises(LinkExpired):
        await saver().save(server.url("/video"), "job1")
    assert (tmp_path / "videos" / "job1.mp4").stat().st_size == 5000  # better than nothing
    saved = await saver().save(server.url("/video"), "job1")
    assert saved.path.read_bytes() == mp4


async def test_two_at_once_for_one_job_download_once(saver, server, mp4):
    server.body, one = mp4, saver()
    both = await asyncio.gather(*(one.save(server.url("/video"), "job1") for _ in range(2)))
    assert both[0] == both[1]
    assert len(server.requests) == 1
    assert not one._busy


async def test_two_processes_at_once_never_write_into_one_file(saver, server, mp4, tmp_path):
    server.body = mp4
    saved = await asyncio.gather(*(saver().save(server.url("/video"), "job1") for _ in range(4)))
    assert len({video.sha256 for video in saved}) == 1
    assert (tmp_path / "videos" / "job1.mp4").read_bytes() == mp4
    assert videos(tmp_path) == ["job1.mp4", "job1.poster.jpg"]


async def test_the_process_that_was_taken_over_leaves_nothing_behind(saver, server, mp4, tmp_path):
    server.body = mp4
    first = asyncio.create_task(saver(waits=Waits(connect=5, idle=5, total=20)).save(server.url("/slow"), "job1"))
    while not (tmp_path / "videos" / "job1.part").exists():
        await asyncio.sleep(0.01)
    second = asyncio.create_task(saver(waits=Waits(connect=5, idle=5, total=20)).save(server.url("/slow"), "job1"))
    while len(videos(tmp_path)) < 4:  # .part, its note and lock, and the other's own file
        await asyncio.sleep(0.01)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    assert videos(tmp_path) == ["job1.part", "job1.part.json", "job1.part.lock"]
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert videos(tmp_path) == ["job1.part", "job1.part.json"]


@pytest.mark.parametrize("etag", ['"strong"', None, 'W/"weak"'])
async def test_a_dropped_connection_goes_on_where_it_stopped(saver, server, mp4, sleeps, etag):
    server.body, server.etag, server.drops = mp4, etag, [1_000_000, 1_000_000]
    saved = await saver().save(server.url("/video"), "job1")
    assert saved.path.read_bytes() == mp4
    first, second = (asked_from(request) for request in server.requests[1:])
    assert 0 < first <= 1_000_000
    assert first < second <= first + 1_000_000
    expected = etag if etag == '"strong"' else None
    assert [request.headers.get("if-range") for request in server.requests[1:]] == [expected] * 2
    assert sleeps == [0.5, 0.5]


async def test_goes_on_after_a_restart_of_the_process(saver, server, mp4, tmp_path):
    server.body, server.drops = mp4, [1_000_000, 0]
    with pytest.raises(MediaError) as caught:
        await saver(tries=1).save(server.url("/video?sig=SECRET"), "job1")
    assert caught.value.retry
    assert "SECRET" not in caught.value.message
    assert videos(tmp_path) == ["job1.part", "job1.part.json"]
    assert "127.0.0.1" not in (tmp_path / "videos" / "job1.part.json").read_text()
    have = (tmp_path / "videos" / "job1.part").stat().st_size
    saved = await saver().save(server.url("/video?sig=NEW"), "job1")
    assert saved.path.read_bytes() == mp4
    assert asked_from(server.requests[-1]) == have > 0
    assert videos(tmp_path) == ["job1.mp4", "job1.poster.jpg"]


async def test_a_complete_part_needs_no_request(saver, server, mp4, tmp_path):
    server.body, server.drops = mp4, [1_000_000, 0]
    with pytest.raises(MediaError):
        await saver(tries=1).save(server.url("/video"), "job1")
    (tmp_path / "videos" / "job1.part").write_bytes(mp4)
    saved = await saver().save(server.url("/video"), "job1")
    assert saved.bytes == len(mp4)
    assert len(server.requests) == 2


async def test_a_complete_but_spoiled_part_is_fetched_anew(saver, server, mp4, tmp_path):
    server.body, server.drops = mp4, [1_000_000, 0]
    with pytest.raises(MediaError):
        await saver(tries=1).save(server.url("/video"), "job1")
    (tmp_path / "videos" / "job1.part").write_bytes(bytes(len(mp4)))
    saved = await saver().save(server.url("/video"), "job1")
    assert saved.path.read_bytes() == mp4


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"link": 1, "validator": null, "total": 5}'])
async def test_a_spoiled_note_means_from_the_start(saver, server, mp4, tmp_path, note):
    server.body = mp4
    folder = tmp_path / "videos"
    folder.mkdir()
    (folder / "job1.part").write_bytes(b"rubbish" * 100)
    (folder / "job1.part.json").write_text(note)
    assert (await saver().save(server.url("/video"), "job1")).path.read_bytes() == mp4


async def test_another_file_behind_the_link_means_from_the_start(saver, server, mp4, tmp_path):
    server.body, server.drops = b"\0\0\0\x18ftypother" + bytes(2_400_000), [1_000_000, 0]
    with pytest.raises(MediaError):
        await saver(tries=1).save(server.url("/video"), "job1")
    server.body, server.etag = mp4, '"two"'
    saved = await saver().save(server.url("/video"), "job1")
    assert saved.path.read_bytes() == mp4
    assert server.requests[-1].headers["if-range"] == '"one"'


async def test_pieces_of_two_files_never_make_a_video(saver, server, mp4, tmp_path):
    """No ETag, same length, other bytes: the mixture does not play and is fetched anew."""
    server.etag, server.body, server.drops = None, mp4[:40] + bytes(len(mp4) - 40), [1_000_000, 0]
    with pytest.raises(MediaError):
        await saver(tries=1).save(server.url("/video"), "job1")
    server.body = mp4
    saved = await saver().save(server.url("/video"), "job1")
    assert saved.path.read_bytes() == mp4


async def test_a_server_without_ranges_sends_it_all_again(saver, server, mp4):
    server.body, server.drops = mp4, [1_000_000]
    saved = await saver().save(server.url("/norange"), "job1")
    assert saved.path.read_bytes() == mp4
    assert len(server.requests) == 2


async def test_a_wrong_piece_is_not_taken(saver, server, mp4):
    server.body, server.drops = mp4, [1_000_000]
    saved = await saver().save(server.url("/wrongpiece"), "job1")
    assert saved.path.read_bytes() == mp4
    assert ["range" in request.headers for request in server.requests] == [False, True, False]


async def test_416_for_a_shorter_file_means_from_the_start(saver, server, mp4, make_video, tmp_path):
    server.body, server.drops, server.etag = mp4, [1_000_000, 0], None
    with pytest.raises(MediaError):
        await saver(tries=1).save(server.url("/video"), "job1")
    server.body = make_video(tmp_path / "short.mp4").read_bytes()
    assert len(server.body) < 100_000
    saved = await saver().save(server.url("/video"), "job1")
    assert saved.path.read_bytes() == server.body


async def test_a_server_that_never_sends_all_it_promised(saver, server, mp4, sleeps):
    server.body = mp4[:100_000]
    with pytest.raises(MediaError, match="tried again") as caught:
        await saver(tries=4).save(server.url("/longer"), "job1")
    assert caught.value.retry
    assert len(server.requests) == 4
    assert sleeps == [1.0, 2.0, 4.0]


async def test_chunked_without_length(saver, server, mp4):
    server.body = mp4
    saved = await saver().save(server.url("/chunked"), "job1")
    assert saved.path.read_bytes() == mp4


async def test_chunked_and_cut_is_found_out_by_looking(saver, server, mp4, tmp_path):
    server.body = mp4[: len(mp4) // 2]
    with pytest.raises(NotAVideo, match="cut"):
        await saver(tries=2).save(server.url("/chunked"), "job1")
    assert len(server.requests) == 2
    assert videos(tmp_path) == []


async def test_server_faults_are_survived_and_retry_after_obeyed(saver, server, mp4, sleeps):
    server.body, server.statuses = mp4, [503, 429, 500]
    await saver().save(server.url("/video"), "job1")
    assert sleeps == [3.0, 3.0, 4.0]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_a_dead_link(saver, server, status):
    server.statuses = [status]
    with pytest.raises(LinkExpired) as caught:
        await saver().save(server.url("/video?sig=SECRET"), "job1")
    assert caught.value.link_is_dead
    assert not caught.value.retry
    assert "SECRET" not in caught.value.message
    assert f"{status}" in caught.value.message


async def test_another_refusal_is_not_repeated(saver, server):
    server.statuses = [400]
    with pytest.raises(MediaError, match="answers 400") as caught:
        await saver().save(server.url("/video"), "job1")
    assert not caught.value.retry
    assert len(server.requests) == 1


@pytest.mark.parametrize(("how", "words"), [("html", "a web page"), ("empty", "nothing"), ("zip", "compressed")])
async def test_something_else_than_a_video(saver, server, mp4, tmp_path, how, words):
    server.body = mp4
    with pytest.raises(NotAVideo, match=words):
        await saver().save(server.url(f"/{how}"), "job1")
    assert len(server.requests) == 1


async def test_an_mp4_without_pictures(saver, server, tmp_path):
    server.body = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + b"\0\0\1\0free" + bytes(248)
    with pytest.raises(NotAVideo):
        await saver().save(server.url("/video"), "job1")
    assert len(server.requests) == 1
    assert videos(tmp_path) == []


@pytest.mark.parametrize("how", ["video", "endless"])
async def test_too_large(saver, server, mp4, tmp_path, how):
    server.body = mp4
    with pytest.raises(VideoTooLarge, match=r"at most 0\.2 MB"):
        await saver(max_bytes=200_000).save(server.url(f"/{how}"), "job1")
    assert videos(tmp_path) == []


async def test_silence_is_a_dropped_connection(saver, server, mp4):
    server.body = mp4
    one = saver(tries=1, waits=Waits(connect=2.0, idle=0.1, total=10.0))
    with pytest.raises(MediaError, match="broke") as caught:
        await one.save(server.url("/slow"), "job1")
    assert caught.value.retry
    server.requests.clear()
    saved = await saver().save(server.url("/slow").replace("slow", "video"), "job1")
    assert saved.path.read_bytes() == mp4


async def test_the_whole_time_is_bounded_and_the_bytes_kept(saver, server, mp4, tmp_path):
    server.body = mp4
    with pytest.raises(MediaError, match="within") as caught:
        await saver(waits=Waits(connect=2.0, idle=5.0, total=0.5)).save(server.url("/slow"), "job1")
    assert caught.value.retry
    assert 0 < (tmp_path / "videos" / "job1.part").stat().st_size <= len(mp4) // 2


async def test_a_cancelled_download_keeps_what_it_has(saver, server, mp4, tmp_path):
    server.body, one = mp4, saver(waits=Waits(connect=2.0, idle=5.0, total=10.0))
    task = asyncio.create_task(one.save(server.url("/slow"), "job1"))
    note = tmp_path / "videos" / "job1.part.json"
    async with asyncio.timeout(5):
        while not note.exists():
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert json.loads(note.read_text())["total"] == len(mp4)
    assert not one._busy


async def test_redirects_are_followed_and_counted(saver, server, mp4):
    server.body = mp4
    assert (await saver().save(server.url("/hop"), "job1")).bytes == len(mp4)
    with pytest.raises(MediaError, match="more than 5 times"):
        await saver().save(server.url("/loop"), "job2")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
async def test_private_addresses_are_refused(saver, server, host):
    port = server.base.rpartition(":")[2]
    with pytest.raises((AddressRefused, MediaError)) as caught:
        await saver(allow_private=False, tries=1).save(f"http://{host}:{port}/video", "job1")
    assert isinstance(caught.value, AddressRefused) or "not found" in caught.value.message
    assert server.requests == []


async def test_nobody_listens(saver, server):
    with pytest.raises(MediaError, match="could not be reached") as caught:
        await saver(tries=2).save("http://127.0.0.1:1/video", "job1")
    assert caught.value.retry


async def test_plain_httpx_works_too(saver, server, mp4, tmp_path, sleeps):
    server.body, server.drops = mp4, [1_000_000]
    async with httpx.AsyncClient(verify=trusted()) as plain:
        one = VideoSaver(MediaStore(tmp_path), plain, sleep=sleeps, allow_private=True, waits=QUICK)
        assert (await one.save(server.url("/video"), "job1")).path.read_bytes() == mp4


@pytest.mark.parametrize("job_id", ["", "../x", "a/b", ".hidden", "a.b", "x" * 65, "a\0b"])
async def test_a_job_id_is_no_path(saver, job_id):
    with pytest.raises(MediaError, match="id of a job"):
        await saver().save("http://127.0.0.1/", job_id)
