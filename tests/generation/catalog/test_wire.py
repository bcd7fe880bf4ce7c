"""The dialects beyond the pages' examples, and the notes about what will be sent."""

from typing import Any

import pytest

from bot.generation.catalog import Catalog
from bot.generation.check import Checked, check
from bot.generation.dialects import EncodeError, encode
from bot.generation.request import Frame, FrameRole, ReferenceVideo, ReferType, VideoRequest

SITE = "https://example.com/"
FIRST = Frame(role=FrameRole.FIRST_FRAME, source=SITE + "first.jpg")
LAST = Frame(role=FrameRole.LAST_FRAME, source=SITE + "last.jpg")
HAT = Frame(role=FrameRole.REFERENCE, source=SITE + "hat.jpg")
BOOT = Frame(role=FrameRole.REFERENCE, source=SITE + "boot.jpg")
HERO = Frame(role=FrameRole.ELEMENT, source=SITE + "hero.jpg")

LATER = {
    "toapis/2.6": "roles",
    "toapis/v3": "roles",
    "toapis/o1": "omni-later",
    "apimart/v3": "image_urls",
    "apimart/o1": "unified",
}


def asking(dialects: dict[str, str], **asked: Any) -> Checked:
    return check(VideoRequest(**{"prompt": "A cat", **asked}), Catalog.build(dialects=dialects))


def body_of(dialects: dict[str, str], **asked: Any) -> dict[str, object]:
    checked = asking(dialects, **asked)
    assert checked.problems == ()
    assert checked.offer is not None
    return encode(checked.offer, checked.request, {})


LATER_BODIES: list[tuple[str, dict[str, Any], dict[str, object]]] = [
    ("2.6 has a new id", {"model": "2.6"}, {"model": "kling-v2-6", "prompt": "A cat"}),
    (
        "2.6 names the roles of frames",
        {"model": "2.6", "mode": "pro", "frames": (FIRST, LAST), "negative_prompt": "rain", "watermark": True},
        {
            "model": "kling-v2-6",
            "prompt": "A cat",
            "mode": "pro",
            "negative_prompt": "rain",
            "watermark": True,
            "image_with_roles": [
                {"url": SITE + "first.jpg", "role": "first_frame"},
                {"url": SITE + "last.jpg", "role": "last_frame"},
            ],
        },
    ),
    (
        "references alone have their own field",
        {"model": "v3", "frames": (HAT, BOOT)},
        {"model": "kling-v3", "prompt": "A cat", "reference_images": [SITE + "hat.jpg", SITE + "boot.jpg"]},
    ),
    (
        "references beside a frame are a role",
        {"model": "v3", "frames": (FIRST, HAT)},
        {
            "model": "kling-v3",
            "prompt": "A cat",
            "image_with_roles": [
                {"url": SITE + "first.jpg", "role": "first_frame"},
                {"url": SITE + "hat.jpg", "role": "reference"},
            ],
        },
    ),
    (
        "v3 has audio on top and the rest in metadata",
        {
            "model": "v3",
            "mode": "pro",
            "duration": 13,
            "audio": True,
            "negative_prompt": "rain",
            "watermark": False,
            "frames": (FIRST,),
        },
        {
            "model": "kling-v3",
            "prompt": "A cat",
            "mode": "pro",
            "duration": 13,
            "audio": True,
            "metadata": {"negative_prompt": "rain", "watermark": False},
            "image_with_roles": [{"url": SITE + "first.jpg", "role": "first_frame"}],
        },
    ),
    (
        "v3 on APIMart has everything on top",
        {
            "model": "v3",
            "gateway": "apimart",
            "mode": "4k",
            "duration": 3,
            "aspect_ratio": "1:1",
            "audio": True,
            "negative_prompt": "rain",
            "watermark": True,
            "frames": (FIRST, LAST),
        },
        {
            "model": "kling-v3",
            "prompt": "A cat",
            "mode": "4k",
            "duration": 3,
            "aspect_ratio": "1:1",
            "audio": True,
            "negative_prompt": "rain",
            "watermark": True,
            "image_urls": [SITE + "first.jpg", SITE + "last.jpg"],
        },
    ),
    (
        "O1 later has more lengths and a watermark",
        {"model": "o1", "duration": 7, "watermark": True, "audio": True},
        {
            "model": "kling-video-o1",
            "prompt": "A cat",
            "duration": 7,
            "audio": True,
            "metadata": {"watermark": True},
        },
    ),
    (
        "O1 on APIMart takes a reference video beside image_urls",
        {
            "model": "o1",
            "gateway": "apimart",
            "prompt": "<<<image_1>>> dances like <<<video_1>>>",
            "frames": (HAT,),
            "reference_video": ReferenceVideo(source=SITE + "dance.mp4", refer_type=ReferType.FEATURE, keep_sound=True),
        },
        {
            "model": "kling-video-o1",
            "prompt": "<<<image_1>>> dances like <<<video_1>>>",
            "image_urls": [SITE + "hat.jpg"],
            "video_list": [{"video_url": SITE + "dance.mp4", "refer_type": "feature", "keep_original_sound": "yes"}],
        },
    ),
]


@pytest.mark.parametrize(("asked", "body"), [b[1:] for b in LATER_BODIES], ids=[b[0] for b in LATER_BODIES])
def test_later_dialects(asked: dict[str, Any], body: dict[str, object]) -> None:
    assert body_of(LATER, **asked) == body


def test_o1_on_apimart_can_be_set_to_the_omni_shape() -> None:
    body = body_of(
        {"apimart/o1": "omni"}, model="o1", gateway="apimart", prompt="<<<image_1>>> waves", duration=3, frames=(HAT,)
    )
    assert body == {
        "model": "kling-video-o1",
        "prompt": "<<<image_1>>> waves",
        "duration": 3,
        "metadata": {"image_list": [{"image_url": SITE + "hat.jpg"}]},
    }


def test_nothing_is_sent_that_was_not_set() -> None:
    for model in ("2.6", "v3", "o1"):
        assert set(body_of({}, model=model)) == {"model", "prompt"}


def test_off_is_sent_where_it_has_a_place() -> None:
    assert body_of({}, audio=False, watermark=False)["audio"] is False
    assert set(body_of({}, model="v3", audio=False, watermark=False)) == {"model", "prompt"}


def test_the_order_of_frames_is_theirs_not_the_typists() -> None:
    urls = body_of({}, mode="pro", frames=(LAST, FIRST))["image_urls"]
    assert urls == [SITE + "first.jpg", SITE + "last.jpg"]


def test_omni_keeps_the_order_of_images_for_their_names() -> None:
    body = body_of({}, model="o1", prompt="<<<image_1>>> <<<image_2>>>", frames=(HAT, HERO, BOOT))
    assert body["metadata"] == {
        "image_list": [{"image_url": SITE + "hat.jpg"}, {"image_url": SITE + "boot.jpg"}],
        "element_list": [{"url": SITE + "hero.jpg", "type": "image", "role": "subject"}],
    }


def test_an_unset_sound_is_not_sent() -> None:
    video = ReferenceVideo(source=SITE + "v.mp4", refer_type=ReferType.BASE)
    assert body_of({}, model="o1", reference_video=video)["video_list"] == [
        {"video_url": SITE + "v.mp4", "refer_type": "base"}
    ]


def test_an_overridden_id_is_sent() -> None:
    catalog = Catalog.build(model_ids={"toapis/2.6": "kling-v2-6"})
    checked = check(VideoRequest(prompt="A cat"), catalog)
    assert checked.offer is not None
    assert encode(checked.offer, checked.request, {})["model"] == "kling-v2-6"


# ------------------------------------------------------------------------------------ names of images


def test_the_bot_names_the_images_for_the_omni_gateway() -> None:
    assert body_of({}, model="o1", frames=(FIRST, LAST))["prompt"] == "<<<image_1>>> <<<image_2>>> A cat"
    notes = asking({}, model="o1", frames=(FIRST, LAST)).notes
    assert [note.message for note in notes] == [
        "The prompt names no image, so it is sent with <<<image_1>>> <<<image_2>>> in front."
    ]
    assert body_of({}, model="o1", prompt="Only <<<image_2>>>", frames=(HAT, BOOT))["prompt"] == "Only <<<image_2>>>"
    assert body_of({}, model="o1", frames=(HERO,))["prompt"] == "A cat"


def test_the_unified_gateway_names_the_first_image_itself() -> None:
    unified = {"toapis/o1": "unified"}
    assert body_of(unified, model="o1", frames=(HAT, BOOT))["prompt"] == "A cat"
    assert [note.message for note in asking(unified, model="o1", frames=(HAT, BOOT)).notes] == [
        "The prompt names no image, so the gateway puts <<<image_1>>> in front of it.",
        "The prompt does not name <<<image_2>>>: write <<<image_2>>> where that image should appear.",
    ]


@pytest.mark.parametrize(("dialect", "images"), [("omni", 2), ("unified", 1)])
def test_what_is_put_in_front_counts(dialect: str, images: int) -> None:
    added = images * len("<<<image_1>>> ")
    for length, noted in ((2500 - added, False), (2501 - added, True)):
        checked = asking({"toapis/o1": dialect}, model="o1", prompt="x" * length, frames=(HAT, BOOT))
        assert checked.ok
        assert any(note.code == "prompt_long" for note in checked.notes) is noted


# ------------------------------------------------------------------------------------ notes

NOTES: list[tuple[dict[str, str], dict[str, Any], list[str]]] = [
    (
        {},
        {"model": "v3", "prompt": "x" * 2501},
        ["The prompt has 2501 characters as sent; Kling reads 2500, so the gateway may refuse it or cut it."],
    ),
    (
        {},
        {"model": "v3", "mode": "pro", "duration": 15},
        [
            (
                "The page of Kling v3 does not show 15 seconds in pro mode; it is sent as asked, and the gateway may "
                "refuse it."
            )
        ],
    ),
    ({}, {"model": "v3", "duration": 15}, []),
    (
        {},
        {"aspect_ratio": "1:1", "frames": (FIRST,)},
        ["The shape of the image may override the aspect ratio 1:1."],
    ),
    ({}, {"frames": (FIRST,)}, []),
    ({}, {"frames": (FIRST.model_copy(update={"width": 1366, "height": 768}),)}, []),
    (
        {},
        {"frames": (FIRST.model_copy(update={"width": 768, "height": 1366}),)},
        ["The shape of the image may override the aspect ratio 16:9."],
    ),
    (
        {},
        {"prompt": "Wave at <<<image_1>>>", "frames": (FIRST,)},
        ["Kling 2.6 does not read <<<image_1>>>; it is sent as plain text."],
    ),
    (
        {},
        {"model": "o1", "frames": (HERO,)},
        ["The prompt does not name <<<element_1>>>: write <<<element_1>>> where that element should appear."],
    ),
    (
        {"toapis/o1": "unified"},
        {"model": "o1", "prompt": "<<<image_1>>> waves", "frames": (FIRST,), "aspect_ratio": "1:1"},
        [
            "The page of Kling Video O1 does not show 1:1; it is sent as asked, and the gateway may refuse it.",
            "Kling Video O1 in this dialect has no first frame; the image is sent as a reference image.",
        ],
    ),
    (
        {"toapis/v3": "roles"},
        {"model": "v3", "frames": (FIRST, LAST, HAT)},
        ["The page of Kling v3 shows at most 2 images; all 3 are sent, and the gateway may refuse them."],
    ),
]


@pytest.mark.parametrize(("dialects", "asked", "messages"), NOTES)
def test_notes(dialects: dict[str, str], asked: dict[str, Any], messages: list[str]) -> None:
    checked = asking(dialects, **asked)
    assert checked.ok
    assert [note.message for note in checked.notes] == messages


# ------------------------------------------------------------------------------------ what cannot be sent


@pytest.mark.parametrize(
    ("model", "asked", "message"),
    [
        ("2.6", {"frames": (LAST,)}, 'Kling 2.6 on ToAPIs cannot be sent these images in "image_urls".'),
        ("2.6", {"frames": (HAT,)}, 'Kling 2.6 on ToAPIs cannot be sent an image as reference in "image_urls".'),
        ("v3", {"audio": True}, 'Kling v3 on ToAPIs cannot be sent audio in "image_urls".'),
        ("o1", {"negative_prompt": "rain"}, 'Kling Video O1 on ToAPIs cannot be sent negative prompt in "omni".'),
        (
            "v3",
            {"reference_video": ReferenceVideo(source=SITE + "v.mp4", refer_type=ReferType.BASE)},
            'Kling v3 on ToAPIs cannot be sent a reference video in "image_urls".',
        ),
        *[
            (
                "v3",
                {"frames": (FIRST.model_copy(update={"source": source}),)},
                "An image or video of this request has no public URL: upload it first.",
            )
            for source in ("sha256abc.jpg", "data:image/png;base64,AAAA", "")
        ],
    ],
)
def test_an_unchecked_request_is_never_cut_in_silence(model: str, asked: dict[str, Any], message: str) -> None:
    offer = Catalog.build().find(model, "toapis")
    with pytest.raises(EncodeError) as caught:
        encode(offer, VideoRequest(prompt="A cat", **asked), {})
    assert str(caught.value) == message
