"""The rendered files: size, length, sound, the exact first and last frames, and that they are rendered once."""

from __future__ import annotations

import asyncio
import io
import math
from collections.abc import Callable
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from adapters.gateways.sandbox.frame_size import size_of, size_of_ratio
from adapters.gateways.sandbox.lettering import fit, font_for, printable, wrap
from adapters.gateways.sandbox.order import Order, ReferenceVideo
from tests.fakes.pictures import ssim

pytestmark = pytest.mark.slow


class Movie:
    """A decoded MP4."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        with av.open(io.BytesIO(data)) as container:
            assert container.duration is not None
            self.seconds = container.duration / av.time_base
            video = container.streams.video[0]
            self.size = (video.width, video.height)
            self.codec, self.pixels = video.codec_context.name, video.codec_context.pix_fmt
            self.sound = bool(container.streams.audio)
            self.sound_seconds = 0.0
            self.loudness = 0.0
            self.frames: list[Any] = []
            for frame in container.decode():
                if isinstance(frame, av.VideoFrame):
                    self.frames.append(frame)
                else:
                    self.sound_seconds += frame.samples / frame.sample_rate
                    self.loudness = max(self.loudness, float(np.abs(frame.to_ndarray()).max()))

    def image(self, index: int) -> Image.Image:
        image: Image.Image = self.frames[index].to_image()
        return image


def drawing(size: tuple[int, int], colour: tuple[int, int, int], text: str) -> Image.Image:
    image = ImageOps.colorize(Image.radial_gradient("L"), (250, 240, 220), colour).resize(size)
    draw = ImageDraw.Draw(image)
    for index in range(0, size[0], 40):
        draw.line((index, 0, size[0] - index, size[1]), fill=(20, 30, 40), width=3)
    draw.text((size[0] / 2, size[1] / 2), text, font=font_for(size[1] // 4), fill=(255, 255, 255), anchor="mm")
    return image


def as_png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
async def client(start: Callable[..., Any]) -> Any:
    return await start(render=True)


async def movie(client: Any, **body: Any) -> Movie:
    answer = await client.http.get(await client.video_url(await client.make(**body)))
    assert answer.status_code == 200
    return await asyncio.to_thread(Movie, answer.content)


def boxes(data: bytes) -> list[bytes]:
    kinds, at = [], 0
    while at + 8 <= len(data):
        kinds.append(data[at + 4 : at + 8])
        at += int.from_bytes(data[at : at + 4], "big") or len(data)
    return kinds


async def test_a_card(client) -> None:
    made = await movie(client, model="kling-v3", duration=3)
    assert made.size == (1280, 720)
    assert made.seconds == pytest.approx(3, abs=0.1)
    assert len(made.frames) == 72
    assert (made.codec, made.pixels, made.sound) == ("h264", "yuv420p", False)
    kinds = boxes(made.data)
    assert kinds.index(b"moov") < kinds.index(b"mdat")
    # it moves
    assert np.abs(np.asarray(made.image(0), dtype=int) - np.asarray(made.image(40), dtype=int)).max() > 30
    assert made.frames[0].colorspace == 1
    assert np.asarray(made.image(0)).std() > 20


async def test_a_card_with_sound_square(client) -> None:
    prompt = "Кошка 猫 🐈 \u0000 <<<image_1>>> " + "word " * 300
    made = await movie(
        client,
        model="kling-video-o1",
        duration=3,
        aspect_ratio="1:1",
        audio=True,
        prompt=prompt,
        metadata={"image_list": [{"image_url": "https://example.com/a.png"}], "watermark": True},
    )
    assert made.size == (720, 720)
    assert made.sound
    assert made.sound_seconds == pytest.approx(3, abs=0.1)
    assert made.seconds == pytest.approx(3, abs=0.1)
    assert 0.01 < made.loudness < 0.5


async def test_pro_is_1080(client) -> None:
    made = await movie(client, model="kling-v3", duration=3, mode="pro", aspect_ratio="9:16")
    assert made.size == (1080, 1920)
    assert made.seconds == pytest.approx(3, abs=0.1)


async def test_first_frame_leads_and_gives_the_ratio(client) -> None:
    image = drawing((600, 800), (30, 90, 200), "A")
    url = await client.upload_url(as_png(image))
    made = await movie(client, image_urls=[url], aspect_ratio="16:9", negative_prompt="x")
    assert made.size == (720, 960)
    assert made.seconds == pytest.approx(5, abs=0.1)
    assert ssim(made.image(0), image.resize(made.size, Image.Resampling.LANCZOS)) >= 0.9
    assert ssim(made.image(-1), image.resize(made.size, Image.Resampling.LANCZOS)) < 0.9


async def test_two_frames_are_met_exactly(client) -> None:
    first, last = drawing((1280, 720), (30, 90, 200), "A"), drawing((800, 800), (200, 40, 30), "B")
    urls = [await client.upload_url(as_png(image)) for image in (first, last)]
    images = [{"url": urls[0], "role": "first_frame"}, {"url": urls[1], "role": "last_frame"}]
    made = await movie(client, model="kling-v3", duration=3, image_with_roles=images)
    assert made.size == (1280, 720)
    cropped = ImageOps.fit(last, made.size, Image.Resampling.LANCZOS)
    assert ssim(made.image(0), first) >= 0.9
    assert ssim(made.image(-1), cropped) >= 0.9
    middle = made.image(len(made.frames) // 2)
    assert ssim(middle, first) < 0.9
    assert ssim(middle, cropped) < 0.9


async def test_a_base_video_comes_back_tinted(client) -> None:
    source = await client.http.get(await client.video_url(await client.make(model="kling-v3", duration=3)))
    url = await client.upload_url(source.content, kind="videos")
    made = await movie(client, model="kling-video-o1", duration=4, video_list=[{"video_url": url}])
    assert made.size == (1280, 720)
    assert made.seconds == pytest.approx(4, abs=0.1)
    before = await asyncio.to_thread(Movie, source.content)
    greys = [image.convert("L") for image in (made.image(36), before.image(36))]
    assert ssim(greys[0].convert("RGB"), greys[1].convert("RGB")) > 0.8
    assert np.abs(np.asarray(made.image(36), dtype=int) - np.asarray(before.image(36), dtype=int)).mean() > 5


async def test_other_hosts_images_are_not_fetched(client) -> None:
    # a port nobody listens on: a fetch would fail
    images = [{"url": "http://127.0.0.1:1/a.png", "role": "first_frame"}]
    made = await movie(client, model="kling-v3", duration=3, image_with_roles=images)
    assert made.size == (1280, 720)


async def test_rendered_once_for_two_askers(client, monkeypatch) -> None:
    from adapters.gateways.sandbox import studio

    count = 0

    def fake(film: Any, path: Any, stopped: Any) -> None:
        nonlocal count
        count += 1
        if count == 1:
            raise OSError("disk full")
        path.write_bytes(b"x")

    monkeypatch.setattr(studio, "render_film", fake)
    url = await client.video_url(await client.make())
    assert (await client.http.get(url)).status_code == 500
    answers = await asyncio.gather(*(client.http.get(url) for _ in range(4)))
    assert [answer.content for answer in answers] == [b"x"] * 4
    assert count == 2


async def test_rendering_starts_before_it_is_asked_for(start, clock, monkeypatch) -> None:
    from adapters.gateways.sandbox import studio

    made: list[str] = []
    monkeypatch.setattr(studio, "render_film", lambda film, path, stopped: made.append(path.write_bytes(b"x")))
    client = await start(render=True, speed=1)
    task_id = await client.make()
    await client.status(task_id)
    assert not client.sandbox._hub.studio._jobs
    due = client.sandbox.tasks()[0]["due_at"]
    clock.now = (clock.now + due) / 2
    await client.status(task_id)
    await client.sandbox._hub.studio._jobs[task_id]
    assert len(made) == 1


async def test_stop_gives_up_a_render(client) -> None:
    url = await client.video_url(await client.make(mode="pro", duration=10))
    asked = asyncio.create_task(client.http.get(url))
    while not client.sandbox._hub.studio._jobs:
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await client.sandbox.stop()
    await asyncio.gather(asked, return_exceptions=True)


@pytest.mark.parametrize(
    ("mode", "ratio", "size"),
    [
        ("std", "16:9", (1280, 720)),
        ("std", "9:16", (720, 1280)),
        ("std", "1:1", (720, 720)),
        ("pro", "16:9", (1920, 1080)),
        ("pro", "9:16", (1080, 1920)),
        ("pro", "1:1", (1080, 1080)),
        ("4k", "16:9", (3840, 2160)),
        ("std", "4:3", (960, 720)),
    ],
)
def test_sizes(mode: Any, ratio: str, size: tuple[int, int]) -> None:
    assert size_of_ratio(mode, ratio) == size


def test_sizes_of_images() -> None:
    assert size_of("std", 1000, 777) == (926, 720)
    assert size_of("pro", 10, 1000) == (1080, 2700)
    assert all(side % 2 == 0 for width in range(300, 700, 7) for side in size_of("pro", width, 411))


def test_scenes(tmp_path) -> None:
    from adapters.gateways.sandbox.card import Card
    from adapters.gateways.sandbox.film import Film, Source, scene_of

    picture = tmp_path / "a.png"
    drawing((400, 400), (9, 9, 9), "A").save(picture)
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    order = Order("kling-video-o1", "x", video=ReferenceVideo("u", "feature"), elements=("u",), negative_prompt="rain")
    film = Film(order, insets=(Source(picture), Source(tmp_path / "b.png")), video=Source(picture))
    scene = scene_of(film)
    assert isinstance(scene, Card)
    assert scene.at(0.5).size == (1280, 720)
    # a base video that cannot be decoded
    base = Order("kling-video-o1", "x", video=ReferenceVideo("u"))
    assert isinstance(scene_of(Film(base, video=Source(tmp_path / "b.png"))), Card)
    assert isinstance(scene_of(Film(base, video=Source(None))), Card)


def test_text_is_wrapped_and_cut() -> None:
    font = font_for(20)
    assert wrap("", font, 100) == []
    lines = wrap("a" * 200 + " b c", font, 100)
    assert all(font.getlength(line) <= 100 for line in lines)
    assert "".join(lines).replace(" ", "") == "a" * 200 + "bc"
    _, leading, lines = fit("long words " * 400, width=300, height=200, largest=40, smallest=18)
    assert lines[-1].endswith("…")
    assert leading * len(lines) <= 200
    assert printable("a\u0000\u202e\ud800\nb\t\u00a0c") == "a b c"
    assert not math.isnan(font_for(12, latin=False).getlength("猫"))
