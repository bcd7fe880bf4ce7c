"""Every example body of the five vendors' pages: the request that asks for it is spelled exactly as the page does."""

import json
from typing import Any

import pytest

from bot.generation.catalog import Catalog
from bot.generation.check import check
from bot.generation.dialects import encode
from bot.generation.request import Frame, FrameRole, ReferenceVideo, ReferType, VideoRequest

SITE = "https://example.com/"


def first(name: str) -> Frame:
    return Frame(role=FrameRole.FIRST_FRAME, source=SITE + name)


def last(name: str) -> Frame:
    return Frame(role=FrameRole.LAST_FRAME, source=SITE + name)


def reference(name: str) -> Frame:
    return Frame(role=FrameRole.REFERENCE, source=SITE + name)


CAT = "A golden cat running on a sunlit meadow, slow motion, cinematic quality"
TOKYO = "Tokyo Shibuya crossing at night, neon lights reflected on wet ground, people walking with umbrellas"
WAVES = "Waves crashing against rocks, seagulls circling in the sky, lighthouse in the distance"
SMILE = "The person in the frame turns and smiles"
CITY = "City timelapse transitioning from day to night"
WAVE = "Make the person in <<<image_1>>> wave at the camera"

# What both 2.6 pages ask for: (case, request, body without the model).
KLING_26: list[tuple[str, dict[str, Any], str]] = [
    (
        "curl and case 1: text-to-video, std",
        {"prompt": CAT, "mode": "std", "duration": 5, "aspect_ratio": "16:9"},
        """{
          "prompt": "A golden cat running on a sunlit meadow, slow motion, cinematic quality",
          "mode": "std",
          "duration": 5,
          "aspect_ratio": "16:9"
        }""",
    ),
    (
        "case 2: pro and negative prompt",
        {
            "prompt": TOKYO,
            "negative_prompt": "blurry, low quality, distorted",
            "mode": "pro",
            "duration": 10,
            "aspect_ratio": "16:9",
        },
        """{
        "prompt": "Tokyo Shibuya crossing at night, neon lights reflected on wet ground, people walking with umbrellas",
          "negative_prompt": "blurry, low quality, distorted",
          "mode": "pro",
          "duration": 10,
          "aspect_ratio": "16:9"
        }""",
    ),
    (
        "case 4: first and last frame",
        {
            "prompt": CITY,
            "mode": "pro",
            "duration": 5,
            "frames": (first("day-city.jpg"), last("night-city.jpg")),
        },
        """{
          "prompt": "City timelapse transitioning from day to night",
          "image_urls": ["https://example.com/day-city.jpg", "https://example.com/night-city.jpg"],
          "mode": "pro",
          "duration": 5
        }""",
    ),
    (
        "case 5: pro and audio",
        {"prompt": WAVES, "mode": "pro", "duration": 10, "audio": True, "aspect_ratio": "16:9"},
        """{
          "prompt": "Waves crashing against rocks, seagulls circling in the sky, lighthouse in the distance",
          "mode": "pro",
          "duration": 10,
          "audio": true,
          "aspect_ratio": "16:9"
        }""",
    ),
]

EXAMPLES: list[tuple[str, str, dict[str, Any], str]] = [
    *[
        (
            page,
            case,
            {"model": "2.6", "gateway": gateway, **asked},
            body.replace("{", '{"model": "' + name + '",', 1),
        )
        for page, gateway, name in (
            ("apimart-kling-v2-6", "apimart", "kling-v2-6"),
            ("toapis-kling-2-6", "toapis", "kling-2-6"),
        )
        for case, asked, body in KLING_26
    ],
    (
        "apimart-kling-v2-6",
        "case 3: first frame",
        {
            "model": "2.6",
            "gateway": "apimart",
            "prompt": SMILE,
            "mode": "std",
            "duration": 5,
            "aspect_ratio": "16:9",
            "frames": (first("portrait.jpg"),),
        },
        """{
          "model": "kling-v2-6",
          "prompt": "The person in the frame turns and smiles",
          "image_urls": ["https://example.com/portrait.jpg"],
          "mode": "std",
          "duration": 5,
          "aspect_ratio": "16:9"
        }""",
    ),
    (
        "toapis-kling-2-6",
        "case 3: first frame",
        {
            "model": "2.6",
            "gateway": "toapis",
            "prompt": SMILE,
            "mode": "std",
            "duration": 5,
            "frames": (first("portrait.jpg"),),
        },
        """{
          "model": "kling-2-6",
          "prompt": "The person in the frame turns and smiles",
          "image_urls": ["https://example.com/portrait.jpg"],
          "mode": "std",
          "duration": 5
        }""",
    ),
    (
        "toapis-kling-v3",
        "curls and case 1: text-to-video, std",
        {"model": "v3", "prompt": CAT, "mode": "std", "duration": 5, "aspect_ratio": "16:9"},
        """{
          "model": "kling-v3",
          "prompt": "A golden cat running on a sunlit meadow, slow motion, cinematic quality",
          "mode": "std",
          "duration": 5,
          "aspect_ratio": "16:9"
        }""",
    ),
    (
        "toapis-kling-v3",
        "case 2: pro and negative prompt",
        {
            "model": "v3",
            "prompt": TOKYO,
            "negative_prompt": "blurry, low quality, distorted",
            "mode": "pro",
            "duration": 10,
            "aspect_ratio": "16:9",
        },
        """{
          "model": "kling-v3",
        "prompt": "Tokyo Shibuya crossing at night, neon lights reflected on wet ground, people walking with umbrellas",
          "metadata": {
            "negative_prompt": "blurry, low quality, distorted"
          },
          "mode": "pro",
          "duration": 10,
          "aspect_ratio": "16:9"
        }""",
    ),
    (
        "toapis-kling-v3",
        "case 3: 15 seconds",
        {
            "model": "v3",
            "prompt": "Time-lapse of a flower blooming in a garden",
            "duration": 15,
            "aspect_ratio": "16:9",
        },
        """{
          "model": "kling-v3",
          "prompt": "Time-lapse of a flower blooming in a garden",
          "duration": 15,
          "aspect_ratio": "16:9"
        }""",
    ),
    (
        "toapis-kling-v3",
        "case 4: first frame",
        {"model": "v3", "prompt": SMILE, "mode": "std", "duration": 5, "frames": (first("portrait.jpg"),)},
        """{
          "model": "kling-v3",
          "prompt": "The person in the frame turns and smiles",
          "image_urls": ["https://example.com/portrait.jpg"],
          "mode": "std",
          "duration": 5
        }""",
    ),
    (
        "toapis-kling-v3",
        "case 5: first and last frame",
        {
            "model": "v3",
            "prompt": CITY,
            "mode": "pro",
            "duration": 5,
            "frames": (first("day-city.jpg"), last("night-city.jpg")),
        },
        """{
          "model": "kling-v3",
          "prompt": "City timelapse transitioning from day to night",
          "image_urls": ["https://example.com/day-city.jpg", "https://example.com/night-city.jpg"],
          "mode": "pro",
          "duration": 5
        }""",
    ),
    (
        "toapis-kling-video-o1-omni",
        "curls",
        {
            "model": "o1",
            "prompt": WAVE,
            "mode": "std",
            "duration": 5,
            "frames": (reference("portrait.jpg"),),
        },
        """{
          "model": "kling-video-o1",
          "prompt": "Make the person in <<<image_1>>> wave at the camera",
          "mode": "std",
          "duration": 5,
          "metadata": {
            "image_list": [{"image_url": "https://example.com/portrait.jpg"}]
          }
        }""",
    ),
    (
        "toapis-kling-video-o1-omni",
        "text-to-video",
        {
            "model": "o1",
            "prompt": "Golden hour city skyline, cinematic lens quality",
            "mode": "std",
            "duration": 5,
            "aspect_ratio": "16:9",
        },
        """{
          "model": "kling-video-o1",
          "prompt": "Golden hour city skyline, cinematic lens quality",
          "mode": "std",
          "duration": 5,
          "aspect_ratio": "16:9"
        }""",
    ),
    (
        "toapis-kling-video-o1-omni",
        "image reference",
        {
            "model": "o1",
            "prompt": WAVE,
            "mode": "pro",
            "duration": 5,
            "frames": (reference("portrait.jpg"),),
        },
        """{
          "model": "kling-video-o1",
          "prompt": "Make the person in <<<image_1>>> wave at the camera",
          "mode": "pro",
          "duration": 5,
          "metadata": {
            "image_list": [
              {"image_url": "https://example.com/portrait.jpg"}
            ]
          }
        }""",
    ),
    (
        "toapis-kling-video-o1-omni",
        "first and end frame",
        {
            "model": "o1",
            "prompt": "Transition from <<<image_1>>> to <<<image_2>>>",
            "mode": "pro",
            "duration": 5,
            "frames": (first("start.jpg"), last("end.jpg")),
        },
        """{
          "model": "kling-video-o1",
          "prompt": "Transition from <<<image_1>>> to <<<image_2>>>",
          "mode": "pro",
          "duration": 5,
          "metadata": {
            "image_list": [
              {"image_url": "https://example.com/start.jpg", "type": "first_frame"},
              {"image_url": "https://example.com/end.jpg", "type": "end_frame"}
            ]
          }
        }""",
    ),
    (
        "toapis-kling-video-o1-omni",
        "reference video input",
        {
            "model": "o1",
            "prompt": "Transform <<<video_1>>> into a moonlit cyberpunk street",
            "mode": "std",
            "reference_video": ReferenceVideo(
                source=SITE + "source-video.mp4", refer_type=ReferType.BASE, keep_sound=False
            ),
        },
        """{
          "model": "kling-video-o1",
          "prompt": "Transform <<<video_1>>> into a moonlit cyberpunk street",
          "mode": "std",
          "video_list": [
            {
              "video_url": "https://example.com/source-video.mp4",
              "refer_type": "base",
              "keep_original_sound": "no"
            }
          ]
        }""",
    ),
    (
        "toapis-kling-video-o1-omni",
        "subject plus motion reference",
        {
            "model": "o1",
            "prompt": "Make <<<element_1>>> imitate the motion from <<<video_1>>>",
            "mode": "pro",
            "reference_video": ReferenceVideo(
                source=SITE + "motion-reference.mp4", refer_type=ReferType.FEATURE, keep_sound=False
            ),
            "frames": (Frame(role=FrameRole.ELEMENT, source=SITE + "character.jpg"),),
        },
        """{
          "model": "kling-video-o1",
          "prompt": "Make <<<element_1>>> imitate the motion from <<<video_1>>>",
          "mode": "pro",
          "video_list": [
            {
              "video_url": "https://example.com/motion-reference.mp4",
              "refer_type": "feature",
              "keep_original_sound": "no"
            }
          ],
          "metadata": {
            "element_list": [
              {"url": "https://example.com/character.jpg", "type": "image", "role": "subject"}
            ]
          }
        }""",
    ),
    (
        "toapis-kling-video-o1-unified",
        "one image, pro",
        {
            "model": "o1",
            "prompt": WAVE,
            "mode": "pro",
            "duration": 5,
            "frames": (reference("portrait.jpg"),),
        },
        """{ "model": "kling-video-o1", "prompt": "Make the person in <<<image_1>>> wave at the camera",
          "image_urls": ["https://example.com/portrait.jpg"], "mode": "pro", "duration": 5}""",
    ),
    (
        "toapis-kling-video-o1-unified",
        "two images",
        {
            "model": "o1",
            "prompt": "The character in <<<image_1>>> walks toward the scene in <<<image_2>>>",
            "mode": "pro",
            "duration": 5,
            "frames": (reference("character.jpg"), reference("scene.jpg")),
        },
        """{ "model": "kling-video-o1",
          "prompt": "The character in <<<image_1>>> walks toward the scene in <<<image_2>>>",
          "image_urls": [ "https://example.com/character.jpg", "https://example.com/scene.jpg" ],
          "mode": "pro", "duration": 5}""",
    ),
    (
        "toapis-kling-video-o1-unified",
        "case 4: images without explicit reference",
        {
            "model": "o1",
            "prompt": "Person slowly turns head and smiles",
            "mode": "std",
            "duration": 5,
            "frames": (reference("portrait.jpg"),),
        },
        """{ "model": "kling-video-o1", "prompt": "Person slowly turns head and smiles",
          "image_urls": ["https://example.com/portrait.jpg"], "mode": "std", "duration": 5}""",
    ),
    (
        "toapis-kling-video-o1-unified",
        "curl",
        {
            "model": "o1",
            "prompt": WAVE,
            "mode": "std",
            "duration": 5,
            "aspect_ratio": "16:9",
            "frames": (reference("portrait.jpg"),),
        },
        """{ "model": "kling-video-o1", "prompt": "Make the person in <<<image_1>>> wave at the camera",
          "image_urls": ["https://example.com/portrait.jpg"], "mode": "std", "duration": 5, "aspect_ratio": "16:9" }""",
    ),
]


def catalog_of(page: str) -> Catalog:
    return Catalog.build(dialects={"toapis/o1": "unified"} if page.endswith("unified") else {})


@pytest.mark.parametrize(
    ("page", "asked", "body"), [(p, a, b) for p, _, a, b in EXAMPLES], ids=[f"{p}: {c}" for p, c, _, _ in EXAMPLES]
)
def test_the_body_is_the_pages_own(page: str, asked: dict[str, Any], body: str) -> None:
    checked = check(VideoRequest(**asked), catalog_of(page))
    assert checked.problems == ()
    assert checked.offer is not None
    assert encode(checked.offer, checked.request, {}) == json.loads(body)


@pytest.mark.parametrize(
    ("page", "asked", "body"), [(p, a, b) for p, _, a, b in EXAMPLES], ids=[f"{p}: {c}" for p, c, _, _ in EXAMPLES]
)
def test_uploaded_files_get_the_same_body(page: str, asked: dict[str, Any], body: str) -> None:
    """The same with media keys instead of links: only the map of uploads knows the public URLs."""
    uploads: dict[str, str] = {}

    def key(url: str) -> str:
        uploads[f"sha256{len(uploads)}.jpg"] = url
        return f"sha256{len(uploads) - 1}.jpg"

    frames = tuple(frame.model_copy(update={"source": key(frame.source)}) for frame in asked.get("frames", ()))
    asked = {**asked, "frames": frames}
    if video := asked.get("reference_video"):
        asked["reference_video"] = video.model_copy(update={"source": key(video.source)})
    checked = check(VideoRequest(**asked), catalog_of(page))
    assert checked.offer is not None
    assert encode(checked.offer, checked.request, uploads) == json.loads(body)
