"""/video-reference: reference images, elements and a video for the model that takes them."""

from pathlib import Path

import pytest

from bot.generation.request import FrameRole, ReferType
from tests.discord.driver import OpenBot, picture
from tests.fakes.discord import Upload


@pytest.fixture
def film(tmp_path: Path) -> bytes:
    """Four seconds of video."""
    import av
    import numpy as np

    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("h264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        picture = np.zeros((720, 1280, 3), dtype=np.uint8)
        for number in range(4 * 24):
            picture[:, :] = (number, 60, 120)
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path.read_bytes()


async def test_references_and_elements_keep_their_order(bot: OpenBot) -> None:
    await bot.slash(
        "video-reference",
        prompt="<<<image_1>>> meets <<<image_2>>> and <<<element_1>>>",
        element_1=picture("hero.png", "yellow"),
        image_2=picture("b.png", "blue"),
        image_1=picture("a.png", "red"),
    )
    job = await bot.started_job()
    assert job.model == "o1"
    roles = [frame.role for frame in job.request.frames]
    assert roles == [FrameRole.REFERENCE, FrameRole.REFERENCE, FrameRole.ELEMENT]
    assert len({frame.source for frame in job.request.frames}) == 3


async def test_a_reference_video(bot: OpenBot, film: bytes) -> None:
    answer = await bot.slash(
        "video-reference",
        prompt="make <<<video_1>>> rain",
        video=Upload("film.mp4", film),
        use_video="feature",
        keep_sound=False,
    )
    assert answer.private
    video = (await bot.started_job()).request.reference_video
    assert video is not None
    assert (video.refer_type, video.keep_sound) == (ReferType.FEATURE, False)
    assert video.source.endswith(".mp4")


async def test_names_of_nothing_and_bad_files_come_back_together(bot: OpenBot) -> None:
    answer = await bot.slash(
        "video-reference", prompt="<<<image_2>>> dances", image_1=Upload("broken.png", b"no image")
    )
    assert answer.private
    assert "broken.png" in answer.text
    assert "image_2" in answer.text
    assert await bot.jobs() == []
