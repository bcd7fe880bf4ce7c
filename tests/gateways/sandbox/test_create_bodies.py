"""Every example of the vendors' pages is taken, and every rule of theirs refuses, in each gateway's error shape."""

from __future__ import annotations

from typing import Any

import pytest

IMG = "https://example.com/first.jpg"
END = "https://example.com/last.jpg"
VID = "https://example.com/source-video.mp4"
PROMPT = "A golden cat running on a sunlit meadow"


def body(model: str, **fields: Any) -> dict[str, Any]:
    return {"model": model, "prompt": PROMPT, **fields}


def images(*types: str) -> dict[str, Any]:
    return {"metadata": {"image_list": [{"image_url": IMG, **({"type": kind} if kind else {})} for kind in types]}}


def roles(*names: str) -> list[dict[str, str]]:
    return [{"url": IMG, "role": name} for name in names]


def video(**fields: Any) -> dict[str, Any]:
    return {"video_list": [{"video_url": VID, **fields}]}


V26_TAKEN: list[dict[str, Any]] = [
    {},
    {"mode": "std", "duration": 5, "aspect_ratio": "16:9"},
    {"negative_prompt": "blurry, low quality, distorted", "mode": "pro", "duration": 10, "aspect_ratio": "16:9"},
    {"image_urls": [IMG], "mode": "std", "duration": 5},
    {"image_urls": [IMG, END], "mode": "pro", "duration": 5},
    {"mode": "pro", "duration": 10, "audio": True, "aspect_ratio": "16:9"},
    {"aspect_ratio": "9:16"},
    {"aspect_ratio": "1:1", "watermark": True},
    {"image_urls": []},
    {"image_urls": [IMG], "mode": "pro", "audio": True},
]
TAKEN: list[tuple[str, dict[str, Any]]] = [
    *(("toapis", body("kling-2-6", **fields)) for fields in V26_TAKEN),
    *(("toapis", body("kling-v2-6", **fields)) for fields in V26_TAKEN),
    *(("apimart", body("kling-v2-6", **fields)) for fields in V26_TAKEN),
    ("toapis", body("kling-v2-6", image_with_roles=roles("first_frame", "last_frame"), mode="pro")),
    ("toapis", body("kling-v2-6", image_with_roles=roles("first_frame"), reference_images=[IMG])),
    # v3, the seed
    ("toapis", body("kling-v3", mode="std", duration=5, aspect_ratio="16:9")),
    ("toapis", body("kling-v3", metadata={"negative_prompt": "blurry"}, mode="pro", duration=10)),
    ("toapis", body("kling-v3", duration=15, aspect_ratio="16:9")),
    ("toapis", body("kling-v3", duration=15, mode="pro")),
    ("toapis", body("kling-v3", image_urls=[IMG], mode="std", duration=5)),
    ("toapis", body("kling-v3", image_urls=[IMG, END], mode="pro", duration=5)),
    ("toapis", body("kling-v3", image_urls=[IMG, END], mode="std", duration=10)),
    # v3, later
    ("toapis", body("kling-v3", duration=3, audio=True)),
    ("toapis", body("kling-v3", duration=15, mode="pro", image_with_roles=roles("first_frame", "last_frame"))),
    ("toapis", body("kling-v3", reference_images=[IMG, END], metadata={"watermark": True})),
    ("apimart", body("kling-v3", duration=3, mode="4k", negative_prompt="x", audio=True, watermark=True)),
    ("apimart", body("kling-v3", duration=15, image_urls=[IMG, END])),
    (
        "apimart",
        body(
            "kling-v3",
            duration=6,
            multi_shot=True,
            shot_type="customize",
            multi_prompt=[{"index": 1, "prompt": "a", "duration": 2}, {"index": 2, "prompt": "b", "duration": 4}],
        ),
    ),
    # o1 omni
    ("toapis", body("kling-video-o1", mode="std", duration=5, aspect_ratio="16:9")),
    ("toapis", body("kling-video-o1", **images("")) | {"prompt": "Make <<<image_1>>> wave"}),
    (
        "toapis",
        body("kling-video-o1", **images("first_frame", "end_frame")) | {"prompt": "<<<image_1>>> to <<<image_2>>>"},
    ),
    ("toapis", body("kling-video-o1", **video(refer_type="base", keep_original_sound="no"))),
    (
        "toapis",
        body("kling-video-o1", **video(refer_type="feature", keep_original_sound="no"))
        | {
            "prompt": "Make <<<element_1>>> imitate <<<video_1>>>",
            "metadata": {"element_list": [{"url": IMG, "type": "image", "role": "subject"}]},
        },
    ),
    ("toapis", body("kling-video-o1", audio=True)),
    ("toapis", body("kling-video-o1", duration=3)),
    ("toapis", body("kling-video-o1", duration=10, aspect_ratio="4:3")),
    ("toapis", body("kling-video-o1", **images(*[""] * 7))),
    ("toapis", body("kling-video-o1", **images(*[""] * 4), **video())),
    ("apimart", body("kling-video-o1", duration=8, **images(""))),
    # o1 unified
    ("toapis", body("kling-video-o1", image_urls=[IMG], mode="pro") | {"prompt": "Make <<<image_1>>> wave"}),
    ("toapis", body("kling-video-o1", image_urls=[IMG, END]) | {"prompt": "<<<image_1>>> walks to <<<image_2>>>"}),
    ("toapis", body("kling-video-o1", image_urls=[IMG])),
    ("apimart", body("kling-video-o1", image_urls=[IMG])),
]

V26_REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"mode": "turbo"}, "mode"),
    ({"mode": "4k"}, "mode"),
    ({"duration": 7}, "duration"),
    ({"duration": 15}, "duration"),
    ({"duration": "5"}, "duration"),
    ({"duration": 5.5}, "duration"),
    ({"duration": True}, "duration"),
    ({"duration": None}, "duration"),
    ({"aspect_ratio": "4:3"}, "aspect_ratio"),
    ({"audio": True}, "audio"),
    ({"audio": "true", "mode": "pro"}, "audio"),
    ({"image_urls": [IMG, END]}, "image_urls"),
    ({"image_urls": [IMG, END], "mode": "pro", "audio": True}, "mutually exclusive"),
    ({"image_urls": [IMG, END, IMG], "mode": "pro"}, "image_urls"),
    ({"image_urls": IMG}, "image_urls"),
    ({"image_urls": ["data:image/png;base64,iVBORw0KGgo="]}, "base64"),
    ({"image_urls": ["iVBORw0KGgo" * 40]}, "base64"),
    ({"image_urls": ["ftp://example.com/a.png"]}, "http"),
    ({"image_urls": ["https://"]}, "valid URL"),
    ({"image_urls": ["http://exa mple.com/a.png"]}, "valid URL"),
    ({"image_urls": ["http://[::1/a.png"]}, "valid URL"),
    ({"image_urls": ["https://example.com/" + "a" * 2100]}, "longer"),
    ({"prompt": ""}, "prompt"),
    ({"prompt": "  \n"}, "prompt"),
    ({"prompt": None}, "prompt"),
    ({"prompt": "x" * 2501}, "prompt"),
    ({"seed": 4}, "seed: unknown parameter"),
    ({"metadata": {"negative_prompt": "x"}}, "metadata: unknown parameter"),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    *(("toapis", body("kling-2-6") | fields, word) for fields, word in V26_REFUSED),
    *(("apimart", body("kling-v2-6") | fields, word) for fields, word in V26_REFUSED),
    ("toapis", {"prompt": PROMPT}, "model"),
    ("toapis", body("kling-v9"), "model"),
    ("apimart", body("kling-v2-6", client_business_id="x"), "client_business_id"),
    ("toapis", body("kling-2-6", webhook="https://example.com"), "webhook"),
    ("toapis", body("kling-2-6", image_urls=[IMG], image_with_roles=roles("first_frame")), "cannot be used together"),
    ("toapis", body("kling-v2-6", image_with_roles=roles("first_frame", "last_frame")), "pro"),
    ("toapis", body("kling-v2-6", image_with_roles=roles("last_frame"), mode="pro"), "requires first_frame"),
    ("toapis", body("kling-v3", image_with_roles=roles("first_frame", "first_frame")), "only one first_frame"),
    ("toapis", body("kling-v3", image_with_roles=roles("first_frame", *["last_frame"] * 2)), "only one last_frame"),
    ("toapis", body("kling-v3", image_with_roles=roles("middle")), "role"),
    # v3
    ("toapis", body("kling-v3", duration=15, image_urls=[IMG]), "text-to-video only"),
    ("toapis", body("kling-v3", duration=7, image_urls=[IMG]), "duration"),
    ("toapis", body("kling-v3", duration=2), "duration"),
    ("toapis", body("kling-v3", duration=16), "duration"),
    ("toapis", body("kling-v3", negative_prompt="x"), "negative_prompt: unknown parameter"),
    ("toapis", body("kling-v3", watermark=True), "watermark: unknown parameter"),
    ("toapis", body("kling-v3", mode="4k"), "mode"),
    ("toapis", body("kling-v3", image_urls=[IMG] * 3), "image_urls"),
    ("toapis", body("kling-v3", metadata={"negative_prompt": 3}), "metadata.negative_prompt"),
    ("toapis", body("kling-v3", metadata={"surprise": 3}), "metadata.surprise: unknown parameter"),
    ("apimart", body("kling-v3", metadata={"negative_prompt": "x"}), "metadata: unknown parameter"),
    ("apimart", body("kling-v3", duration=2), "duration"),
    ("apimart", body("kling-v3", mode="8k"), "mode"),
    ("apimart", body("kling-v3", multi_prompt=[{"prompt": "a", "duration": 5}]), "multi_shot"),
    ("apimart", body("kling-v3", multi_shot=True, multi_prompt=[{"prompt": "a", "duration": 4}]), "add up"),
    # o1
    ("toapis", body("kling-video-o1", audio=True, **video()), "mutually exclusive"),
    ("toapis", body("kling-video-o1", **images("end_frame")), "requires first_frame"),
    ("toapis", body("kling-video-o1", **images("first_frame", "end_frame", "")), "more than 2 images"),
    ("toapis", body("kling-video-o1", **images("first_frame", "first_frame")), "only one"),
    ("toapis", body("kling-video-o1", **images(*[""] * 8)), "at most 7"),
    ("toapis", body("kling-video-o1", **images(*[""] * 5), **video()), "at most 4"),
    ("toapis", body("kling-video-o1", **images("")) | {"prompt": "<<<image_2>>>"}, "<<<image_2>>>"),
    ("toapis", body("kling-video-o1") | {"prompt": "<<<video_1>>>"}, "<<<video_1>>>"),
    ("toapis", body("kling-video-o1") | {"prompt": "<<<element_1>>>"}, "<<<element_1>>>"),
    ("toapis", body("kling-video-o1", image_urls=[IMG]) | {"prompt": "<<<image_2>>>"}, "<<<image_2>>>"),
    ("toapis", body("kling-video-o1", image_urls=[IMG], **images("")), "unknown parameter"),
    ("toapis", body("kling-video-o1", image_urls=[IMG], audio=True), "unknown parameter"),
    ("toapis", body("kling-video-o1", **video(refer_type="style")), "refer_type"),
    ("toapis", body("kling-video-o1", **video(keep_original_sound=True)), "keep_original_sound"),
    ("toapis", body("kling-video-o1", duration=11), "duration"),
    ("toapis", body("kling-video-o1", aspect_ratio="9:1"), "aspect_ratio"),
    ("toapis", body("kling-video-o1", aspect_ratio="wide"), "aspect_ratio"),
    ("toapis", body("kling-video-o1", negative_prompt="x"), "negative_prompt: unknown parameter"),
    ("toapis", body("kling-video-o1", metadata={"element_list": [{"url": IMG, "type": "video"}]}), "element_list"),
]


def name(case: tuple[Any, ...]) -> str:
    fields = {key: value for key, value in case[1].items() if key != "prompt" or value != PROMPT}
    return f"{case[0]}-{fields}"[:90]


async def test_every_documented_body_is_taken(client) -> None:
    for gateway, fields in TAKEN:
        answer = await client.create(gateway, **fields)
        # frozen clock: the bucket of 50 does not refill
        client.sandbox._hub.buckets._buckets.clear()
        assert answer.status_code == 200, (name((gateway, fields)), answer.text)
    assert len(client.sandbox.tasks()) == len(TAKEN)


@pytest.mark.parametrize("case", REFUSED, ids=name)
async def test_rules_refuse(client, case: tuple[str, dict[str, Any], str]) -> None:
    gateway, fields, word = case
    answer = await client.http.post(f"{client.base[gateway]}/v1/videos/generations", json=fields)
    error = answer.json()["error"]
    assert word in error["message"]
    assert not client.sandbox.tasks()
    if gateway == "toapis":
        assert answer.status_code == 400
        assert error["code"] == "invalid_request"
        assert error["type"] == "invalid_request_error"
    else:
        assert answer.status_code == 500
        assert error["code"] == "build_request_failed"
        assert error["message"].startswith("build_request_failed: ")


async def test_an_unknown_model_on_apimart(client) -> None:
    answer = await client.create("apimart", model="kling-2-6")
    assert answer.status_code == 400
    assert "kling-2-6" in answer.json()["error"]["message"]


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'"x"', b"null", b"[" * 100_000, b"\xff\xfe"])
async def test_bodies_that_are_no_object(client, data: bytes) -> None:
    for base in client.base.values():
        answer = await client.http.post(f"{base}/v1/videos/generations", content=data)
        assert answer.status_code in (400, 500)
        assert "JSON object" in answer.json()["error"]["message"]


async def test_a_body_of_more_than_a_mebibyte_is_refused(client) -> None:
    answer = await client.create(prompt="x" * 1_100_000)
    assert answer.status_code == 413
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("accepts", "fields", "status"),
    [
        ("seed", body("kling-2-6", image_urls=[IMG]), 200),
        ("seed", body("kling-v2-6"), 400),
        ("seed", body("kling-v3", duration=7), 400),
        ("seed", body("kling-v3", image_with_roles=roles("first_frame")), 400),
        ("seed", body("kling-video-o1", image_urls=[IMG]), 200),
        ("later", body("kling-v2-6", image_with_roles=roles("first_frame")), 200),
        ("later", body("kling-v3", duration=7), 200),
        ("later", body("kling-v3", image_urls=[IMG]), 400),
        ("later", body("kling-video-o1", image_urls=[IMG]), 400),
    ],
)
async def test_only_one_era_of_pages(start, accepts: str, fields: dict[str, Any], status: int) -> None:
    client = await start(accepts=accepts)
    assert (await client.create(**fields)).status_code == status


async def test_unified_puts_the_first_image_in_front(client) -> None:
    task_id = await client.make(model="kling-video-o1", prompt="Person smiles", image_urls=[IMG])
    assert client.sandbox._book.get(task_id).order.prompt == "<<<image_1>>> Person smiles"
    task_id = await client.make(model="kling-video-o1", prompt="Person smiles", **images(""))
    assert client.sandbox._book.get(task_id).order.prompt == "Person smiles"
