"""The pages' support matrices, restored by hand from their prose, walked cell by cell.

y = offered, n = refused, ? = not in the matrix but not ruled out either: allowed with a note.
"""

from typing import Any

import pytest

from bot.generation.catalog import Catalog
from bot.generation.check import check
from bot.generation.request import Frame, FrameRole, VideoRequest

FIRST = Frame(role=FrameRole.FIRST_FRAME, source="first.jpg")
LAST = Frame(role=FrameRole.LAST_FRAME, source="last.jpg")

FEATURES: dict[str, dict[str, Any]] = {
    "text-to-video": {},
    "text-to-video, audio": {"audio": True},
    "image-to-video, first frame": {"frames": (FIRST,)},
    "image-to-video, last frame": {"frames": (FIRST, LAST)},
    "image-to-video, audio": {"frames": (FIRST,), "audio": True},
    "image-to-video, last frame and audio": {"frames": (FIRST, LAST), "audio": True},
}

KLING_26 = """
                                     | std 5 | std 10 | pro 5 | pro 10
text-to-video                        | y     | y      | y     | y
text-to-video, audio                 | n     | n      | y     | y
image-to-video, first frame          | y     | y      | y     | y
image-to-video, last frame           | n     | n      | y     | y
image-to-video, audio                | n     | n      | y     | y
image-to-video, last frame and audio | n     | n      | n     | n
"""
KLING_V3 = """
                                     | std 5 | std 10 | std 15 | pro 5 | pro 10 | pro 15
text-to-video                        | y     | y      | y      | y     | y      | ?
text-to-video, audio                 | n     | n      | n      | n     | n      | n
image-to-video, first frame          | y     | y      | n      | y     | y      | n
image-to-video, last frame           | y     | y      | n      | y     | y      | n
"""
KLING_O1_OMNI = """
                                     | std 5 | std 10 | pro 5 | pro 10
text-to-video                        | y     | y      | y     | y
text-to-video, audio                 | y     | y      | y     | y
image-to-video, first frame          | y     | y      | y     | y
image-to-video, last frame           | y     | y      | y     | y
image-to-video, audio                | y     | y      | y     | y
image-to-video, last frame and audio | y     | y      | y     | y
"""
KLING_O1_UNIFIED = """
                                     | std 5 | std 10 | pro 5 | pro 10
text-to-video                        | y     | y      | y     | y
text-to-video, audio                 | n     | n      | n     | n
image-to-video, first frame          | y     | y      | y     | y
image-to-video, last frame           | n     | n      | n     | n
"""


def cells(matrix: str) -> list[tuple[str, str, int, str]]:
    head, *rows = matrix.strip("\n").splitlines()
    columns = [column.split() for column in head.split("|")[1:]]
    found = []
    for row in rows:
        feature, *marks = (cell.strip() for cell in row.split("|"))
        found += [(feature, mode, int(seconds), mark) for (mode, seconds), mark in zip(columns, marks, strict=True)]
    return found


ALL = [
    pytest.param(key, dialect, *cell, id=f"{key} {dialect} {cell[1]} {cell[2]} s {cell[0]}")
    for key, dialect, matrix in (
        ("toapis/2.6", "image_urls", KLING_26),
        ("apimart/2.6", "image_urls", KLING_26),
        ("toapis/2.6", "roles", KLING_26),
        ("toapis/v3", "image_urls", KLING_V3),
        ("toapis/o1", "omni", KLING_O1_OMNI),
        ("toapis/o1", "unified", KLING_O1_UNIFIED),
    )
    for cell in cells(matrix)
]


@pytest.mark.parametrize(("key", "dialect", "feature", "mode", "seconds", "mark"), ALL)
def test_cell(key: str, dialect: str, feature: str, mode: str, seconds: int, mark: str) -> None:
    gateway, _, model = key.partition("/")
    catalog = Catalog.build(dialects={key: dialect})
    request = VideoRequest(
        prompt="A cat", model=model, gateway=gateway, mode=mode, duration=seconds, **FEATURES[feature]
    )
    checked = check(request, catalog)
    assert checked.ok is (mark != "n"), checked.problems
    inferred = any(note.code == "duration_inferred" for note in checked.notes)
    assert inferred is (mark == "?") or mark == "n"


@pytest.mark.parametrize(("key", "dialect", "feature", "mode", "seconds", "mark"), ALL)
def test_a_form_narrows_to_the_same_cells(
    key: str, dialect: str, feature: str, mode: str, seconds: int, mark: str
) -> None:
    gateway, _, model = key.partition("/")
    offer = Catalog.build(dialects={key: dialect}).find(model, gateway)
    asked = FEATURES[feature]
    frames = asked.get("frames", ())
    shown = mode in offer.modes() and seconds in offer.durations(mode, with_images=bool(frames))
    shown &= offer.supports_audio(mode) or not asked.get("audio")
    shown &= offer.supports_last_frame(mode) or LAST not in frames
    if feature == "image-to-video, last frame and audio":
        shown &= not offer.rules.audio_not_with_last_frame
    assert shown is (mark != "n")


@pytest.mark.parametrize("ratio", ["16:9", "9:16", "1:1"])
@pytest.mark.parametrize("model", ["2.6", "v3", "o1"])
def test_every_page_has_these_ratios(model: str, ratio: str) -> None:
    checked = check(VideoRequest(prompt="A cat", model=model, aspect_ratio=ratio), Catalog.build())
    assert checked.ok
    assert checked.notes == ()


def lengths(key: str, dialect: str, **more: Any) -> list[int]:
    gateway, _, model = key.partition("/")
    catalog = Catalog.build(dialects={key: dialect})
    return [
        seconds
        for seconds in range(-1, 20)
        if check(VideoRequest(prompt="A cat", model=model, gateway=gateway, duration=seconds, **more), catalog).ok
    ]


@pytest.mark.parametrize("mode", ["std", "pro"])
@pytest.mark.parametrize("frames", [(), (FIRST,), (FIRST, LAST)])
def test_later_pages_have_more_lengths(mode: str, frames: tuple[Frame, ...]) -> None:
    assert lengths("toapis/v3", "roles", mode=mode, frames=frames) == list(range(3, 16))
    assert lengths("apimart/v3", "image_urls", mode=mode, frames=frames) == list(range(3, 16))
    assert lengths("toapis/o1", "omni-later", mode=mode, frames=frames) == list(range(3, 11))


@pytest.mark.parametrize("mode", ["std", "pro"])
def test_v3_has_audio_on_the_later_pages(mode: str) -> None:
    for key, dialect in (("toapis/v3", "roles"), ("apimart/v3", "image_urls")):
        gateway, _, model = key.partition("/")
        request = VideoRequest(prompt="A cat", model=model, gateway=gateway, mode=mode, audio=True)
        assert check(request, Catalog.build(dialects={key: dialect})).ok


def test_4k_is_a_mode_of_v3_on_apimart_only() -> None:
    catalog = Catalog.build(dialects={"apimart/v3": "image_urls"})
    offered = {offer.key: "4k" in offer.modes() for offer in catalog.offers()}
    assert [key for key, has in offered.items() if has] == ["apimart/v3"]
    assert check(VideoRequest(prompt="A cat", model="v3", gateway="apimart", mode="4K"), catalog).ok
