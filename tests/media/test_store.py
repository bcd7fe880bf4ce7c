"""The media folder: content-addressed inputs, videos by job, retention, full and unwritable disks."""

import asyncio
import hashlib
import os
import resource
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.media.errors import MediaError, MediaFull
from adapters.media.store import MediaStore, Swept
from tests.media.places import Places

DAY = 86_400.0


class Now:
    """A clock that stands."""

    def __init__(self) -> None:
        self.time = 1_000_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def store(places: Places, now: Now) -> MediaStore:
    return places.store("media", now)


async def kept(store: MediaStore, path: Path, now: Now, data: bytes = b"12345", *, at: float | None = None) -> None:
    """A finished file, made at this time."""
    today, now.time = now.time, now.time if at is None else at
    aged(path, now.time, data)
    await store.keep(path)
    now.time = today


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def test_put_get_delete(store):
    key = await store.put(b"picture", ".jpg")
    assert key == hashlib.sha256(b"picture").hexdigest() + ".jpg"
    assert await store.get(key) == b"picture"
    assert store.path(key).read_bytes() == b"picture"
    assert store.mime(key) == "image/jpeg"
    assert await store.delete(key)
    assert not await store.delete(key)
    with pytest.raises(MediaError, match="no longer stored"):
        await store.get(key)


async def test_the_same_bytes_are_kept_once_and_a_cut_file_is_mended(store):
    key = await store.put(b"picture", ".png")
    assert await store.put(b"picture", ".png") == key
    store.path(key).write_bytes(b"pic")
    await store.put(b"picture", ".png")
    assert await store.get(key) == b"picture"
    assert names(store.root) == [key]


async def test_many_at_once(store):
    keys = await asyncio.gather(*(store.put(bytes([number % 5]) * 1000, ".png") for number in range(40)))
    assert len(set(keys)) == 5
    assert names(store.root) == sorted(set(keys))


async def test_another_machine_sees_what_was_kept(store, now, places):
    key = await store.put(b"picture", ".png")
    await kept(store, store.video_path("j1"), now, b"a video")
    elsewhere = places.elsewhere(now)
    assert await elsewhere.get(key) == b"picture"
    assert await elsewhere.fetch(elsewhere.video_path("j1"))
    assert elsewhere.video_path("j1").read_bytes() == b"a video"
    assert not await elsewhere.fetch(elsewhere.poster_path("j1"))
    assert await elsewhere.delete(key)
    third = places.elsewhere(now, "third")
    assert not await third.fetch(third.path(key))


async def test_only_known_suffixes(store):
    with pytest.raises(ValueError, match="suffix"):
        await store.put(b"x", ".html")


@given(
    key=st.one_of(st.text(), st.sampled_from(["../../etc/passwd", "a" * 64, "A" * 64 + ".jpg", "a" * 64 + ".jpg\n"]))
)
def test_a_key_is_no_path(key):
    with pytest.raises(MediaError):
        MediaStore(Path("/nowhere")).path(key)


@given(relative=st.text())
def test_a_stored_path_never_leads_out(relative):
    root = Path("/nowhere/media")
    try:
        path = MediaStore(root).absolute(relative)
    except MediaError:
        return
    assert Path(os.path.normpath(path)).is_relative_to(root)
    assert ".." not in path.parts


async def test_deleting_a_video_takes_all_that_is_its(store, now, places):
    for path in (store.video_path("j1"), store.poster_path("j1"), store.small_path("j1", 10), store.video_path("j10")):
        await kept(store, path, now)
    store.video_path("j1").with_suffix(".part").write_bytes(b"x")
    assert await store.delete_video("j1")
    assert names(store.root) == ["j10.mp4"]
    assert not await store.delete_video("j1")
    elsewhere = places.elsewhere(now)
    assert not await elsewhere.fetch(elsewhere.video_path("j1"))
    assert await elsewhere.fetch(elsewhere.video_path("j10"))
    with pytest.raises(MediaError):
        await store.delete_video("../inputs")


def aged(path: Path, at: float, data: bytes = b"12345") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (at, at))
    return path


async def test_sweep_keeps_the_young_and_the_needed(store, now):
    old = await store.put(b"old", ".png")
    used = await store.put(b"used", ".png")
    renewed = await store.put(b"renewed", ".png")
    now.time += 3 * DAY
    await store.put(b"renewed", ".png")
    young = await store.put(b"young", ".png")
    await kept(store, store.video_path("old"), now, at=1_000_000)
    await kept(store, store.poster_path("old"), now, at=1_000_000)
    await kept(store, store.video_path("needed"), now, at=1_000_000)
    await kept(store, store.video_path("young"), now)
    assert await store.sweep(now.time, 2 * DAY, 2 * DAY, {used, "needed"}) == Swept(3, 13)
    assert names(store.root) == sorted([used, renewed, young, "needed.mp4", "young.mp4"])
    assert old not in names(store.root)


async def test_sweep_with_no_end_clears_only_leftovers(store, now):
    key = await store.put(b"x", ".png")
    await kept(store, store.video_path("j"), now, at=0)
    aged(store.root / "videos" / "j.part", now.time)
    aged(store.root / "videos" / ".tmp-dead.mp4", now.time)
    assert await store.sweep(now.time + DAY / 2, None, None) == Swept(0, 0)
    assert await store.sweep(now.time + 4 * DAY, None, None) == Swept(2, 10)
    assert names(store.root) == sorted([key, "j.mp4"])


async def test_sweep_and_size_of_nothing(store, now):
    assert await store.sweep(now.time, 1, 1) == Swept(0, 0)
    assert await store.size() == 0
    await store.put(b"123", ".png")
    assert await store.size() == 3


# ------------------------------------------------------------------------------------------------ bad disks


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 256 KB."""
    where = tmp_path / "tiny"
    where.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(where)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("mounting a small file system is not permitted here")
    try:
        yield where
    finally:
        subprocess.run(["umount", "-l", str(where)], check=True)


async def test_a_full_disk(tiny_disk):
    store = MediaStore(tiny_disk)
    key = await store.put(b"small", ".png")
    with pytest.raises(MediaFull, match="is full: free some space") as caught:
        await store.put(bytes(600_000), ".png")
    assert caught.value.retry
    assert names(tiny_disk) == [key]
    assert await store.get(key) == b"small"


async def test_a_disk_that_fills_while_a_video_comes(tiny_disk, server, mp4, client, sleeps):
    from adapters.media.download import VideoSaver

    server.body = mp4
    saver = VideoSaver(MediaStore(tiny_disk), client, sleep=sleeps, allow_private=True)
    with pytest.raises(MediaFull, match="is full") as caught:
        await saver.save(server.url("/video"), "job1")
    assert caught.value.retry
    assert not MediaStore(tiny_disk).video_path("job1").exists()


async def test_a_disk_too_small_for_a_poster_or_copy(tiny_disk, make_video, tmp_path):
    from adapters.media.video import VideoShrinker, poster

    video = make_video(tmp_path / "v.mp4", size=(640, 480), frames=8, fps=4, noise=True)
    free = os.statvfs(tiny_disk).f_bavail * os.statvfs(tiny_disk).f_frsize
    (tiny_disk / "filler").write_bytes(bytes(free))
    with pytest.raises(MediaFull):
        await poster(video, tiny_disk / "p.jpg")
    with pytest.raises(MediaFull):
        await VideoShrinker().smaller_copy(video, tiny_disk / "s.mp4", 900_000)
    assert names(tiny_disk) == ["filler"]


def test_a_file_size_limit_is_a_full_disk_too(tmp_path):
    """RLIMIT_FSIZE in a process of its own: what a quota looks like where nothing can be mounted."""
    code = textwrap.dedent(
        """
        import asyncio, resource, signal, sys
        from pathlib import Path
        from adapters.media.errors import MediaFull
        from adapters.media.store import MediaStore
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            asyncio.run(MediaStore(Path(sys.argv[1])).put(bytes(5000), ".png"))
        except MediaFull as error:
            print("full:", error)
        """
    )
    assert resource.RLIMIT_FSIZE is not None
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, cwd=Path.cwd(), check=False
    )
    assert done.stdout.startswith("full: "), done.stderr
    assert names(tmp_path) == []


async def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "media").write_text("x")
    store = MediaStore(tmp_path / "media")
    with pytest.raises(MediaError, match="cannot be used"):
        await store.put(b"x", ".png")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_without_permission(tmp_path):
    (tmp_path / "media").mkdir(mode=0o500)
    with pytest.raises(MediaError, match="may read and write there"):
        await MediaStore(tmp_path / "media").put(b"x", ".png")
