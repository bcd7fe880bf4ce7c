"""The bucket: whole objects or none, its faults as one sentence each, and the folder in front of it."""

import asyncio
import os
from pathlib import Path

import pytest

from adapters.media.bucket import PART_BYTES, Bucket, BucketAddress
from adapters.media.errors import MediaAway
from adapters.media.library import LocalMedia
from adapters.media.store import MediaStore
from tests.fakes.s3 import SECRET_KEY, S3Server
from tests.media.places import address


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.time = 1_000_000.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@pytest.fixture
def clock(s3: S3Server) -> Clock:
    clock = Clock()
    s3.now = clock.now
    return clock


@pytest.fixture
def bucket(s3: S3Server) -> Bucket:
    return Bucket(address(s3))


@pytest.mark.parametrize(
    ("url", "name", "prefix"),
    [
        ("s3://videos", "videos", ""),
        ("s3://videos/", "videos", ""),
        ("s3://my.videos-2/bot/media/", "my.videos-2", "bot/media"),
    ],
)
def test_an_address(url, name, prefix):
    found = BucketAddress.parse(url, secret_key=SECRET_KEY)
    assert (found.name, found.prefix) == (name, prefix)
    assert SECRET_KEY not in repr(found)


@pytest.mark.parametrize("url", ["s3://", "s3://A", "videos", "s3://videos/../others", "https://videos"])
def test_what_is_no_address(url):
    with pytest.raises(ValueError, match="s3://bucket"):
        BucketAddress.parse(url)


async def test_a_large_file_goes_up_in_parts_and_appears_whole(bucket, s3, tmp_path):
    data = bytes(range(256)) * (2 * PART_BYTES // 256) + b"end"
    (tmp_path / "large").write_bytes(data)
    await bucket.put("videos/j1.mp4", tmp_path / "large")
    assert s3.count("POST") == 2  # begun and ended
    assert s3.objects["bot/media/videos/j1.mp4"].data == data
    assert await bucket.fetch("videos/j1.mp4", tmp_path / "back" / "j1.mp4")
    assert (tmp_path / "back" / "j1.mp4").read_bytes() == data


async def test_a_large_file_that_breaks_off_is_never_seen(bucket, s3, tmp_path):
    (tmp_path / "large").write_bytes(bytes(PART_BYTES + 1))
    s3.fail(503, "SlowDown", times=100, method="PUT")
    with pytest.raises(MediaAway):
        await bucket.put("videos/j1.mp4", tmp_path / "large")
    s3.faults.clear()
    assert await bucket.size("videos/j1.mp4") is None


async def test_what_comes_down_is_whole_or_not_there(bucket, s3, tmp_path):
    await bucket.put("videos/j1.mp4", bytes(3_000_000))
    s3.cut(times=100, method="GET")
    with pytest.raises(MediaAway, match="cannot be used just now"):
        await bucket.fetch("videos/j1.mp4", tmp_path / "j1.mp4")
    assert list(tmp_path.iterdir()) == []


async def test_a_short_trouble_is_not_noticed(bucket, s3):
    s3.fail(503, "SlowDown")
    await bucket.put("a", b"1")
    s3.cut(method="HEAD")
    assert await bucket.size("a") == 1


@pytest.mark.parametrize("method", ["put", "size", "read", "fetch", "delete", "objects"])
@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("secret", r"refuses the key \(.+\): check VIDEOBOT_MEDIA_ACCESS_KEY"),
        ("access", r"refuses the key"),
        ("full", r"it answers 507"),
        ("dead", r"it does not answer"),
    ],
)
async def test_every_fault_is_one_sentence(s3, tmp_path, method, what, words):
    kind = {"secret": {"secret": "wrong"}, "access": {"access": "wrong"}}.get(what, {})
    bucket = Bucket(address(s3, **kind))
    if what == "full":
        s3.fail(507, "InsufficientStorage", times=9)
    elif what == "dead":
        await s3.stop()

    async def call() -> None:
        match method:
            case "put":
                await bucket.put("a", b"1")
            case "fetch":
                await bucket.fetch("a", tmp_path / "a")
            case "read":
                await bucket.read("a", 10)
            case "delete":
                await bucket.delete(["a"])
            case "size":
                await bucket.size("a")
            case _:
                async for _ in bucket.objects("videos"):
                    pass

    with pytest.raises(MediaAway, match=words) as caught:
        await call()
    assert caught.value.retry
    said = str(caught.value)
    assert "\n" not in said
    assert "canary" not in said
    assert "loopback-access" not in said
    assert caught.value.__suppress_context__


async def test_a_bucket_that_is_missing(s3):
    with pytest.raises(MediaAway, match="has no bucket other: make it"):
        await Bucket(address(s3, bucket="other")).read("a", 10)


# ------------------------------------------------------------------------------------------------ the folder before it


async def test_the_folder_keeps_what_was_used_last(s3, tmp_path, clock):
    store = MediaStore(tmp_path, now=clock.now, bucket=Bucket(address(s3)), cache_bytes=250)
    keys = []
    for letter in (b"a", b"b", b"c"):
        keys.append(await store.put(letter * 100, ".png"))
        clock.time += 100
    assert [store.path(key).exists() for key in keys] == [True, True, True]  # too much, but all of it just in hand
    clock.time += 1000
    await store.get(keys[0])
    await store.put(b"d", ".png")
    assert [store.path(key).exists() for key in keys] == [True, False, True]
    assert await store.get(keys[1]) == b"b" * 100  # it comes back


async def test_the_folder_never_drops_what_the_bucket_does_not_have(s3, tmp_path, clock):
    store = MediaStore(tmp_path, now=clock.now, bucket=Bucket(address(s3)), cache_bytes=10)
    video = store.video_path("j1")
    video.parent.mkdir(parents=True)
    video.write_bytes(bytes(100))
    os.utime(video, (clock.time, clock.time))
    s3.fail(503, "SlowDown", times=4)
    with pytest.raises(MediaAway):
        await store.keep(video)
    s3.faults.clear()
    clock.time += 5000
    await store.put(b"x", ".png")
    assert video.exists()
    await store.keep(video)
    clock.time += 5000
    await store.put(b"y", ".png")
    assert not video.exists()


async def test_copies_of_what_another_machine_removed_go_too(s3, tmp_path, clock):
    one = MediaStore(tmp_path / "one", now=clock.now, bucket=Bucket(address(s3)))
    other = MediaStore(tmp_path / "other", now=clock.now, bucket=Bucket(address(s3)))
    key = await one.put(b"picture", ".png")
    needed = await one.put(b"needed", ".png")
    await other.get(key)
    await other.get(needed)
    await one.delete(key)
    await one.delete(needed)
    clock.time += 2 * 86_400
    await other.sweep(clock.time, None, None, {needed})
    assert not other.path(key).exists()
    assert other.path(needed).exists()


async def test_a_machine_that_sweeps_nothing_forgets_what_others_removed(s3, tmp_path, clock):
    one = MediaStore(tmp_path / "one", now=clock.now, bucket=Bucket(address(s3)))
    other = MediaStore(tmp_path / "other", now=clock.now, bucket=Bucket(address(s3)))
    key = await one.put(b"picture", ".png")
    await other.get(key)
    await one.delete(key)
    clock.time += 2 * 86_400
    await other.put(b"another", ".png")
    assert not other.path(key).exists()


async def test_a_video_is_fetched_from_the_gateway_once_whatever_the_bucket_does(s3, server, mp4, client, tmp_path):
    def machine(name: str) -> LocalMedia:
        return LocalMedia(tmp_path / name, client, Clock(), allow_private=True, bucket=Bucket(address(s3)))

    server.body = mp4
    one = machine("one")
    s3.fail(503, "SlowDown", times=100)
    with pytest.raises(MediaAway) as caught:
        await one.save_video(server.url("/video"), "job1")
    assert caught.value.retry
    s3.faults.clear()
    asked = len(server.requests)
    video = await one.save_video(server.url("/video"), "job1")
    other = machine("other")
    assert await other.save_video(server.url("/video"), "job1") == video
    assert len(server.requests) == asked
    third = machine("third")
    assert (await third.video_file(video)).read_bytes() == mp4
    poster = await third.poster_file(video)
    assert poster is not None
    assert poster.is_relative_to(tmp_path / "third")


async def test_a_copy_made_on_one_machine_is_not_made_again(s3, make_video, client, tmp_path):
    def machine(name: str) -> LocalMedia:
        return LocalMedia(tmp_path / name, client, Clock(), bucket=Bucket(address(s3)))

    one, other = machine("one"), machine("other")
    path = one.store.video_path("job1")
    path.parent.mkdir(parents=True)
    make_video(path, frames=8, noise=True)
    await one.store.keep(path)
    video = one._stored(path, await _probe(path), None)
    small = await one.small_copy(video, video.size // 2)
    assert await other.small_copy(video, video.size // 2) == small
    assert not other.video_path(video).exists()  # only the copy was needed
    assert (await other.take_last_frame(video)).width > 0


async def _probe(path: Path):
    from adapters.media.video import probe

    return await probe(path)
