"""Probe, poster, last frame, smaller copy and reference videos, on files made here."""

import asyncio
import io
import struct
from pathlib import Path

import av
import pytest
from PIL import Image

from adapters.media.errors import CannotShrink, MediaError, NotAVideo, VideoRefused
from adapters.media.video import (
    VideoShrinker,
    check_reference_video,
    last_frame,
    looks_like_mp4,
    poster,
    probe,
)


def picture(path: Path, kind: str | None = None) -> Image.Image:
    """A picture file, read and closed."""
    with Image.open(path) as image:
        assert kind in (None, image.format)
        return image.convert("RGB")


def red(path: Path) -> int:
    """The red of a plain picture: 4 x its number in `make_video`."""
    pixel = picture(path).getpixel((5, 5))
    assert isinstance(pixel, tuple)
    return int(pixel[0])


def turned(data: bytes) -> bytes:
    """The same video with the rotation phones write: a quarter turn clockwise."""
    at = data.index(b"tkhd") + 4 + 40  # version 0: the matrix comes after 40 bytes
    matrix = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    return data[:at] + matrix + data[at + 36 :]


async def test_probe(make_video, tmp_path):
    path = make_video(tmp_path / "v.mp4", size=(640, 360), frames=30, fps=24, audio=True)
    found = await probe(path)
    assert (found.width, found.height, found.fps) == (640, 360, 24.0)
    assert (found.video_codec, found.audio_codec, found.bytes) == ("h264", "aac", path.stat().st_size)
    assert found.seconds == pytest.approx(1.25, abs=0.05)


async def test_probe_of_a_silent_mov(make_video, tmp_path):
    found = await probe(make_video(tmp_path / "v.mov", fmt="mov"))
    assert found.audio_codec is None
    assert found.seconds == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("faststart", [True, False])
@pytest.mark.parametrize("cut", [12, 500, 0.5, -10])
async def test_cut_videos_are_found_out(make_video, tmp_path, faststart, cut):
    data = make_video(tmp_path / "v.mp4", audio=True, faststart=faststart).read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: int(len(data) * cut) if isinstance(cut, float) else cut])
    with pytest.raises(NotAVideo):
        await probe(path)


async def test_missing_pictures_are_found_out(make_video, tmp_path):
    """The boxes fit, but the picture data is shorter than the tables say."""
    data = make_video(tmp_path / "v.mp4", noise=True).read_bytes()
    at = data.index(b"mdat") - 4
    half = (len(data) - at) // 2
    (tmp_path / "half.mp4").write_bytes(data[:at] + struct.pack(">I", half) + data[at + 4 : at + half])
    with pytest.raises(NotAVideo, match="data ends before"):
        await probe(tmp_path / "half.mp4")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\0\0\0\x18ftypisom" + bytes(200),
        b"<html>",
    ],
)
async def test_what_is_no_video(tmp_path, data):
    (tmp_path / "v.mp4").write_bytes(data)
    for work in (probe(tmp_path / "v.mp4"), poster(tmp_path / "v.mp4", tmp_path / "p.jpg")):
        with pytest.raises(NotAVideo):
            await work
    assert not (tmp_path / "p.jpg").exists()


async def test_sound_without_a_picture(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as out:
        sound = out.add_stream("aac", rate=44_100)
        sound.layout = "mono"
        quiet = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        quiet.planes[0].update(bytes(quiet.planes[0].buffer_size))
        quiet.sample_rate, quiet.pts = 44_100, 0
        out.mux(sound.encode(quiet))
        out.mux(sound.encode(None))
    with pytest.raises(NotAVideo, match="no picture"):
        await probe(tmp_path / "a.mp4")


async def test_missing_file(tmp_path):
    with pytest.raises(MediaError, match="cannot be read"):
        await probe(tmp_path / "none.mp4")


@pytest.mark.parametrize(("at", "number"), [("first", 0), (0.0, 0), (1.0, 10), (1.04, 10), ("last", 39), (99.0, 39)])
async def test_poster(make_video, tmp_path, at, number):
    path = make_video(tmp_path / "v.mp4", frames=40, fps=10, gop=15)
    assert await poster(path, tmp_path / "p.jpg", at=at) == tmp_path / "p.jpg"
    assert picture(tmp_path / "p.jpg", "JPEG").size == (320, 320)
    assert abs(red(tmp_path / "p.jpg") - 4 * number) <= 3


@pytest.mark.parametrize("gop", [1, 7, 250])
@pytest.mark.parametrize("frames", [1, 2, 29, 60])
async def test_the_last_frame_is_the_very_last(make_video, tmp_path, gop, frames):
    path = make_video(tmp_path / "v.mp4", frames=frames, fps=30, gop=gop, audio=frames == 29)
    with av.open(str(path)) as container:
        every = [frame.to_image() for frame in container.decode(video=0)]
    assert len(every) == frames
    await last_frame(path, tmp_path / "l.png")
    assert picture(tmp_path / "l.png", "PNG").tobytes() == every[-1].tobytes()
    assert abs(red(tmp_path / "l.png") - 4 * (frames - 1)) <= 3


@pytest.mark.parametrize(("size", "number"), [((1280, 720), 1), ((1280, 720), None), ((640, 360), 6), ((640, 360), 1)])
async def test_colours_come_out_as_players_show_them(tmp_path, size, number):
    from av.video.reformatter import Colorspace

    matrix = Colorspace.ITU601 if number == 6 else Colorspace.ITU709
    with av.open(str(tmp_path / "v.mp4"), "w") as out:
        video = out.add_stream("libx264", rate=5)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.options = {"preset": "ultrafast", "crf": "5"}
        if number is not None:
            video.codec_context.colorspace = number
        for _ in range(2):
            frame = av.VideoFrame.from_image(Image.new("RGB", size, (20, 200, 40)))
            out.mux(video.encode(frame.reformat(format="yuv420p", dst_colorspace=matrix)))
        out.mux(video.encode(None))
    await last_frame(tmp_path / "v.mp4", tmp_path / "l.png")
    pixel = picture(tmp_path / "l.png").getpixel((50, 50))
    assert all(abs(a - b) <= 4 for a, b in zip(pixel, (20, 200, 40), strict=True)), pixel
    copy = await VideoShrinker().smaller_copy(tmp_path / "v.mp4", tmp_path / "s.mp4", 1_000_000)
    assert copy.video_codec == "h264"


async def test_phone_videos_are_turned(tmp_path):
    with av.open(str(tmp_path / "v.mp4"), "w") as out:
        video = out.add_stream("libx264", rate=5)
        video.width, video.height, video.pix_fmt = 640, 320, "yuv420p"
        video.options = {"crf": "5", "preset": "ultrafast"}
        shot = Image.effect_noise((640, 320), 60).convert("RGB")
        shot.paste((255, 255, 255), (0, 160, 160, 320))  # stored bottom left, shown top left
        shot.paste((200, 0, 0), (0, 0, 160, 160))  # stored top left, shown top right
        for _ in range(10):
            out.mux(video.encode(av.VideoFrame.from_image(shot)))
        out.mux(video.encode(None))
    path = tmp_path / "t.mp4"
    path.write_bytes(turned((tmp_path / "v.mp4").read_bytes()))
    found = await probe(path)
    assert (found.width, found.height) == (320, 640)
    await poster(path, tmp_path / "p.png", at=0.5)
    shown = picture(tmp_path / "p.png")
    assert shown.size == (320, 640)
    assert shown.getpixel((300, 20))[1] < 40
    assert shown.getpixel((20, 20))[1] > 200
    copy = await VideoShrinker().smaller_copy(path, tmp_path / "h.mp4", path.stat().st_size // 2)
    assert copy.width < copy.height
    await poster(tmp_path / "h.mp4", tmp_path / "c.png", at=0.5)
    small = picture(tmp_path / "c.png")
    assert small.getpixel((small.width - 30, 30))[1] < 60
    assert small.getpixel((30, 30))[1] > 190


# ------------------------------------------------------------------------------------------------ smaller copies


@pytest.fixture(scope="session")
def noisy(make_video, tmp_path_factory):
    """Two seconds that hardly compress: about 5 MB."""
    path = tmp_path_factory.mktemp("noisy") / "n.mp4"
    return make_video(path, size=(640, 360), frames=24, fps=12, noise=True, audio=True)


@pytest.mark.parametrize("max_bytes", [2_000_000, 400_000, 120_000, 45_000])
async def test_a_smaller_copy_always_fits(noisy, tmp_path, max_bytes):
    assert noisy.stat().st_size > 2_500_000
    copy = await VideoShrinker().smaller_copy(noisy, tmp_path / "s.mp4", max_bytes)
    assert copy == await probe(tmp_path / "s.mp4")
    assert 0.3 * max_bytes < copy.bytes <= max_bytes
    assert (copy.video_codec, copy.audio_codec) == ("h264", "aac")
    assert copy.seconds == pytest.approx(2.0, abs=0.15)
    assert copy.width / copy.height == pytest.approx(16 / 9, rel=0.02)
    data = (tmp_path / "s.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert [path.name for path in tmp_path.iterdir()] == ["s.mp4"]


async def test_absurd_limits_are_refused(noisy, tmp_path):
    with pytest.raises(CannotShrink, match="2 seconds long"):
        await VideoShrinker().smaller_copy(noisy, tmp_path / "s.mp4", 20_000)
    assert list(tmp_path.iterdir()) == []


async def test_a_video_that_fits_is_copied_as_it_is(make_video, tmp_path):
    path = make_video(tmp_path / "v.mp4")
    await VideoShrinker().smaller_copy(path, tmp_path / "s.mp4", 10_000_000)
    assert (tmp_path / "s.mp4").read_bytes() == path.read_bytes()


async def test_other_codecs_become_h264_even_when_they_fit(make_video, tmp_path):
    path = make_video(tmp_path / "v.mp4", codec="mpeg4", size=(320, 180))
    copy = await VideoShrinker().smaller_copy(path, tmp_path / "s.mp4", 10_000_000)
    assert (copy.video_codec, copy.width, copy.height) == ("h264", 320, 180)


async def test_odd_sides(make_video, tmp_path):
    with av.open(str(tmp_path / "v.mp4"), "w") as out:
        video = out.add_stream("libx264", rate=5)
        video.width, video.height, video.pix_fmt = 321, 241, "yuv444p"
        for _ in range(5):
            out.mux(video.encode(av.VideoFrame.from_image(Image.effect_noise((321, 241), 90).convert("RGB"))))
        out.mux(video.encode(None))
    limit = (tmp_path / "v.mp4").stat().st_size // 2
    copy = await VideoShrinker().smaller_copy(tmp_path / "v.mp4", tmp_path / "s.mp4", limit)
    assert copy.width % 2 == copy.height % 2 == 0


async def test_one_encode_at_a_time(noisy, tmp_path):
    shrinker = VideoShrinker()
    tasks = [asyncio.create_task(shrinker.smaller_copy(noisy, tmp_path / f"{n}.mp4", 120_000)) for n in range(3)]
    most = 0
    while not all(task.done() for task in tasks):
        most = max(most, len(list(tmp_path.glob(".tmp-*"))))
        await asyncio.sleep(0.005)
    await asyncio.gather(*tasks)
    assert most == 1


async def test_a_cancelled_encode_stops_and_leaves_nothing(make_video, tmp_path):
    path = make_video(tmp_path / "v.mp4", size=(1280, 720), frames=48, fps=24, noise=True)
    shrinker = VideoShrinker()
    task = asyncio.create_task(shrinker.smaller_copy(path, tmp_path / "out" / "s.mp4", 5_000_000))
    while not list(tmp_path.glob("out/.tmp-*")):
        await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(5):
            await task
    assert list((tmp_path / "out").iterdir()) == []
    small = make_video(tmp_path / "w.mp4")
    await shrinker.smaller_copy(small, tmp_path / "out" / "w.mp4", 10_000_000)  # the turn is free again


# ------------------------------------------------------------------------------------------------ reference videos


@pytest.mark.parametrize("as_bytes", [True, False])
async def test_a_good_reference_video(make_video, tmp_path, as_bytes):
    path = make_video(tmp_path / "v.mp4", frames=15, fps=5)
    found = await check_reference_video(path.read_bytes() if as_bytes else path)
    assert (found.width, found.height, found.seconds) == (320, 320, 3.0)


@pytest.mark.parametrize(
    ("options", "reason", "words"),
    [
        ({"frames": 10, "fps": 5}, "too_short", "2.0 seconds long; it must be between 3 and 10"),
        ({"frames": 55, "fps": 5}, "too_long", "11.0 seconds long; it must be between 3 and 10"),
        ({"frames": 15, "fps": 5, "size": (320, 240)}, "too_small", "320 x 240 pixels; each side must be at least 300"),
    ],
)
async def test_reference_videos_out_of_bounds(make_video, tmp_path, options, reason, words):
    with pytest.raises(VideoRefused) as caught:
        await check_reference_video(make_video(tmp_path / "v.mp4", **options))
    assert caught.value.reason == reason
    assert words in caught.value.message


async def test_reference_files_that_are_none(make_video, tmp_path):
    video = make_video(tmp_path / "v.mp4", frames=15, fps=5)
    webm = tmp_path / "w.mp4"
    webm.write_bytes(b"\x1aE\xdf\xa3" + bytes(100))
    cut = tmp_path / "c.mp4"
    cut.write_bytes(video.read_bytes()[:-20])
    out = io.BytesIO()
    Image.new("RGB", (400, 400)).save(out, "AVIF")
    for file, reason, options in (
        (b"", "empty", {}),
        (b"<html>", "not_a_video", {}),
        (out.getvalue(), "not_a_video", {}),
        (webm, "not_a_video", {}),
        (cut, "broken", {}),
        (tmp_path / "none.mp4", "not_found", {}),
        (tmp_path, "not_a_file", {}),
        (video, "too_many_bytes", {"max_bytes": 1000}),
        (video.read_bytes(), "too_many_bytes", {"max_bytes": 1000}),
    ):
        with pytest.raises(VideoRefused) as caught:
            await check_reference_video(file, **options)
        assert caught.value.reason == reason, file


def test_first_boxes():
    assert looks_like_mp4(b"\0\0\0\x20ftypisom")
    assert looks_like_mp4(b"\0\0\0\x08wide\0\0\0\0")
    assert not looks_like_mp4(b"ftyp")
    assert not looks_like_mp4(b"\xff\xd8\xff\xe0\0\x10JFIF")
