"""What a form offers, and what is read out of one that was sent."""

from typing import Any

import pytest

from adapters.discord.forms import Filled, FormKind, form_id, read_form, video_form, which_form
from bot.generation.catalog import Catalog
from bot.generation.request import Frame, FrameRole, VideoRequest

CATALOG = Catalog.build(gateways=("toapis", "apimart"))


def fields(request: VideoRequest, *, asks_image: bool = True) -> dict[str, dict[str, Any]]:
    """custom id -> the field's component; checks Discord's limits on the way."""
    form = video_form(
        CATALOG, request, "v1:video:-", title="Make a video", default_model="2.6", asks_image=asks_image
    ).to_dict()
    assert len(form["title"]) <= 45
    assert 1 <= len(form["components"]) <= 5
    found = {}
    for label in form["components"]:
        assert label["type"] == 18
        assert len(label["label"]) <= 45
        assert len(label.get("description") or "") <= 100
        found[label["component"]["custom_id"]] = label["component"]
    for field in found.values():
        options = field.get("options", [])
        assert len(options) <= 25
        assert all(len(o["label"]) <= 100 and len(o.get("description") or "") <= 100 for o in options)
    return found


def chosen(field: dict[str, Any]) -> list[str]:
    return [option["value"] for option in field["options"] if option.get("default")]


async def test_an_empty_form_shows_the_defaults_and_asks_for_an_image() -> None:
    form = fields(VideoRequest(prompt=""))
    assert list(form) == ["prompt", "make", "duration", "ratio", "image"]
    assert chosen(form["make"]) == ["2.6/std/silent"]
    assert chosen(form["duration"]) == ["5"]
    assert chosen(form["ratio"]) == ["16:9"]
    assert form["image"]["required"] is False


async def test_what_was_chosen_is_filled_in() -> None:
    request = VideoRequest(prompt="waves", model="v3", mode="pro", duration=10, aspect_ratio="9:16")
    form = fields(request, asks_image=False)
    assert form["prompt"]["value"] == "waves"
    assert chosen(form["make"]) == ["v3/pro/silent"]
    assert (chosen(form["duration"]), chosen(form["ratio"])) == (["10"], ["9:16"])
    assert "negative" in form
    assert "image" not in form


@pytest.mark.parametrize(
    ("request_", "make"),
    [
        (VideoRequest(prompt="x", model="2.6", mode="std", audio=True), "2.6/pro/sound"),
        (VideoRequest(prompt="x", model="v3", audio=True), "v3/std/silent"),
        (VideoRequest(prompt="x", model="nonsense", mode="8k"), "2.6/std/silent"),
    ],
)
async def test_what_does_not_exist_is_filled_in_as_the_nearest_that_does(request_: VideoRequest, make: str) -> None:
    assert chosen(fields(request_)["make"]) == [make]


async def test_every_choice_of_model_mode_and_sound_can_be_made() -> None:
    from bot.generation.check import check

    for option in fields(VideoRequest(prompt=""))["make"]["options"]:
        model, mode, sound = option["value"].split("/")
        request = VideoRequest(prompt="x", model=model, mode=mode, audio=sound == "sound" or None)
        assert check(request, CATALOG).ok, option["value"]
        assert "$" in option["description"]


def sent(**values: Any) -> dict[str, Any]:
    """The data of a form that was sent."""
    components = []
    for name, value in values.items():
        field = {"type": 4, "custom_id": name, "value": value} if isinstance(value, str) else None
        components.append({"type": 18, "component": field or {"type": 3, "custom_id": name, "values": value}})
    return {
        "custom_id": "v1:video:-",
        "components": components,
        "resolved": {
            "attachments": {"77": {"id": "77", "filename": "cat.png", "url": "https://cdn.invalid/77/cat.png"}}
        },
    }


def test_a_sent_form_is_read() -> None:
    filled = read_form(sent(prompt="waves", make=["2.6/pro/sound"], duration=["10"], ratio=["1:1"], image=["77"]))
    assert filled == Filled("waves", "https://cdn.invalid/77/cat.png", "2.6", "pro", True, 10, "1:1", None)


def test_nonsense_in_a_sent_form_counts_as_not_given() -> None:
    assert read_form(sent(prompt="x", make=["?"], duration=["ten"], image=["78"])) == Filled("x")
    assert read_form({}) == Filled("")


def test_what_the_form_does_not_ask_for_stays() -> None:
    last = Frame(role=FrameRole.LAST_FRAME, source="b.png")
    before = VideoRequest(prompt="old", gateway="apimart", watermark=True, frames=(last,), aspect_ratio="1:1")
    after = Filled("new", image="https://x/y.png", model="2.6", mode="pro", audio=False).over(before, "16:9")
    assert after == before.model_copy(
        update={
            "prompt": "new",
            "model": "2.6",
            "mode": "pro",
            "frames": (Frame(role=FrameRole.FIRST_FRAME, source="https://x/y.png"), last),
        }
    )


def test_a_shape_nobody_chose_stays_unsaid_so_that_an_image_decides_it() -> None:
    before = VideoRequest(prompt="x")
    assert Filled("x", aspect_ratio="16:9").over(before, "16:9").aspect_ratio is None
    assert Filled("x", aspect_ratio="9:16").over(before, "16:9").aspect_ratio == "9:16"


def test_the_id_of_a_form_says_what_it_is_about() -> None:
    assert which_form(form_id(FormKind.EDIT, "K3X9")) == (FormKind.EDIT, "K3X9")
    assert which_form("v0:edit:K3X9") is None
    assert which_form("v1:unheard:K3X9") is None
    assert which_form("v1:edit:") is None
