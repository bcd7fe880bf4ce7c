"""What people read when a request cannot be made: wording counts as code."""

from typing import Any

import pytest

from bot.generation.catalog import Catalog
from bot.generation.check import Checked, check
from bot.generation.request import Frame, FrameRole, ReferenceVideo, ReferType, VideoRequest
from bot.generation.wording import PROBLEMS

FIRST = Frame(role=FrameRole.FIRST_FRAME, source="a.png")
LAST = Frame(role=FrameRole.LAST_FRAME, source="b.png")
REFERENCE = Frame(role=FrameRole.REFERENCE, source="c.png")
ELEMENT = Frame(role=FrameRole.ELEMENT, source="d.png")
EMBEDDED = Frame(role=FrameRole.FIRST_FRAME, source="data:image/png;base64,iVBORw0KGgo=")
VIDEO = ReferenceVideo(source="v.mp4", refer_type=ReferType.FEATURE)

UNIFIED = {"toapis/o1": "unified"}
ROLES = {"toapis/2.6": "roles", "toapis/v3": "roles"}


def asking(dialects: dict[str, str] | None = None, **asked: Any) -> Checked:
    return check(VideoRequest(**{"prompt": "A cat", **asked}), Catalog.build(dialects=dialects or {}))


def test_everything_wrong_is_said_at_once_and_the_changes_together_pass() -> None:
    checked = asking(model="2.6", mode="std", audio=True, duration=7, frames=(FIRST, LAST))
    assert [(p.code, p.option, p.change, p.allowed) for p in checked.problems] == [
        ("duration_not_offered", "duration", "use 5 seconds", ("5", "10")),
        ("audio_needs_pro", "audio", "use pro mode", ("pro",)),
        ("last_frame_needs_pro", "last_frame", "use pro mode", ("pro",)),
        ("audio_with_last_frame", "audio", "leave audio out", ()),
    ]
    assert [p.message for p in checked.problems] == [
        "7 seconds is not a length Kling 2.6 makes: choose 5 or 10 seconds.",
        "Audio needs pro mode: std makes silent videos only, so use pro mode or leave audio out.",
        "A last frame needs pro mode: std takes a first frame only, so use pro mode or drop the last frame.",
        "Audio and a last frame cannot go together in pro mode: leave audio out or drop the last frame.",
    ]
    assert checked.proposal == VideoRequest(
        prompt="A cat", model="2.6", gateway="toapis", mode="pro", duration=5, frames=(FIRST, LAST)
    )
    assert (checked.quote, checked.effective, checked.ok) == (None, None, False)
    again = check(checked.proposal, Catalog.build())
    assert (again.ok, again.proposal) == (True, None)


CASES: list[tuple[str, dict[str, str], dict[str, Any], list[str], dict[str, Any] | None]] = [
    (
        "an unknown model",
        {},
        {"model": "v4"},
        ['There is no model "v4" here: choose 2.6, v3 or o1.'],
        {"model": "2.6"},
    ),
    (
        "an unknown gateway",
        {},
        {"gateway": "klingai"},
        ['There is no gateway "klingai" here: choose ToAPIs or APIMart.'],
        {"model": "2.6", "gateway": "toapis"},
    ),
    (
        "a model the gateway does not have",
        {},
        {"model": "kling v3", "gateway": "APIMart"},
        ["Kling v3 is not on APIMart: ToAPIs has it, so use ToAPIs or choose another model."],
        {"model": "v3", "gateway": "toapis"},
    ),
    (
        "no prompt",
        {},
        {"prompt": " \n"},
        ["The prompt is empty: say what the video should show."],
        None,
    ),
    (
        "a long prompt",
        {},
        {"prompt": "meow " * 501},
        ["The prompt has 2505 characters and Kling 2.6 takes at most 2500: shorten it by 5."],
        {"prompt": ("meow " * 500).strip()},
    ),
    (
        "an image that is not there",
        {},
        {
            "model": "o1",
            "prompt": "<<<image_1>>> meets <<<image_3>>>, then <<<element_1>>>",
            "frames": (REFERENCE, REFERENCE),
        },
        [
            (
                "The prompt names <<<image_3>>>, but the request has only 2 images: attach what is missing or take "
                "<<<image_3>>> out of the prompt."
            ),
            (
                "The prompt names <<<element_1>>>, but the request has no elements: attach what is missing or take "
                "<<<element_1>>> out of the prompt."
            ),
        ],
        {"prompt": "<<<image_1>>> meets, then"},
    ),
    (
        "an image counted from 0",
        {},
        {"model": "o1", "prompt": "Paint <<<image_0>>>", "frames": (REFERENCE,)},
        [
            (
                "The prompt names <<<image_0>>>, but the request has only 1 image: attach what is missing or take "
                "<<<image_0>>> out of the prompt."
            ),
        ],
        {"prompt": "Paint"},
    ),
    (
        "a name the dialect cannot read",
        UNIFIED,
        {"model": "o1", "prompt": "Dance like <<<video_1>>>"},
        [
            (
                "Kling Video O1 on ToAPIs cannot read <<<video_1>>>: take it out of the prompt, or ask an admin to set "
                'the dialect of toapis/o1 to "omni" or "omni-later".'
            ),
        ],
        {"prompt": "Dance like"},
    ),
    (
        "an unknown mode",
        {},
        {"mode": "ultra", "audio": True},
        ['Kling 2.6 has no "ultra" mode: choose std or pro.'],
        {"mode": "pro", "audio": True},
    ),
    (
        "15 seconds with an image",
        {},
        {"model": "v3", "duration": 15, "frames": (FIRST,)},
        [
            (
                "15 seconds is for videos without images: with an image Kling v3 makes 5 or 10 seconds, or ask an "
                'admin to set the dialect of toapis/v3 to "roles".'
            ),
        ],
        {"duration": 10},
    ),
    (
        "a length of the later page",
        {},
        {"model": "o1", "duration": 7},
        [
            (
                "7 seconds is not a length Kling Video O1 makes: choose 5 or 10 seconds, or ask an admin to set the "
                'dialect of toapis/o1 to "omni-later".'
            ),
        ],
        {"duration": 5},
    ),
    (
        "a length out of range",
        {"toapis/o1": "omni-later"},
        {"model": "o1", "duration": 60},
        ["60 seconds is not a length Kling Video O1 makes: choose 3 to 10 seconds."],
        {"duration": 10},
    ),
    (
        "another ratio",
        {},
        {"aspect_ratio": "3:4"},
        ["Kling 2.6 does not make 3:4 videos: choose 16:9, 9:16 or 1:1."],
        {"aspect_ratio": "9:16"},
    ),
    (
        "no ratio at all",
        {},
        {"aspect_ratio": "wide\nplease"},
        ['Kling 2.6 does not make "wideplease" videos: choose 16:9, 9:16 or 1:1.'],
        {"aspect_ratio": "16:9"},
    ),
    (
        "audio where mode is left to the default",
        {},
        {"audio": True},
        ["Audio needs pro mode: std (the default) makes silent videos only, so use pro mode or leave audio out."],
        {"mode": "pro", "audio": True},
    ),
    (
        "audio that this dialect does not list",
        {},
        {"model": "v3", "audio": True},
        [
            (
                "Kling v3 on ToAPIs has no audio: leave audio out, or ask an admin to set the dialect of toapis/v3 to "
                '"roles".'
            )
        ],
        {"audio": None},
    ),
    (
        "audio beside a reference video",
        {},
        {"model": "o1", "prompt": "Like <<<video_1>>>", "audio": True, "reference_video": VIDEO},
        [
            (
                "Audio and a reference video cannot go together on Kling Video O1: leave audio out or drop the "
                "reference video."
            )
        ],
        {"audio": None, "reference_video": VIDEO},
    ),
    (
        "a negative prompt on O1",
        {},
        {"model": "o1", "negative_prompt": "rain"},
        ["Kling Video O1 on ToAPIs takes no negative prompt: leave it out."],
        {"negative_prompt": None},
    ),
    (
        "a watermark on v3",
        {},
        {"model": "v3", "watermark": True},
        [
            (
                "Kling v3 on ToAPIs cannot add a watermark: leave it out, or ask an admin to set the dialect of "
                'toapis/v3 to "roles".'
            )
        ],
        {"watermark": None},
    ),
    (
        "an embedded image",
        {},
        {"frames": (EMBEDDED,)},
        [
            "The first frame is embedded data, which the gateways refuse: attach the file or give a link instead.",
        ],
        {"frames": ()},
    ),
    (
        "two first frames",
        {},
        {"frames": (FIRST, REFERENCE.model_copy(update={"role": FrameRole.FIRST_FRAME}))},
        ["A video has only one first frame, and 2 were given: keep one."],
        {"frames": (FIRST,)},
    ),
    (
        "a reference image on 2.6",
        {},
        {"frames": (REFERENCE,)},
        [
            (
                "Kling 2.6 on ToAPIs takes no reference images: use the reference image as the first frame, or ask an "
                'admin to set the dialect of toapis/2.6 to "roles".'
            )
        ],
        {"frames": (REFERENCE.model_copy(update={"role": FrameRole.FIRST_FRAME}),)},
    ),
    (
        "an element on 2.6",
        {},
        {"frames": (FIRST, ELEMENT)},
        ["Kling 2.6 on ToAPIs takes no elements: drop the element."],
        {"frames": (FIRST,)},
    ),
    (
        "a last frame in unified",
        UNIFIED,
        {"model": "o1", "frames": (FIRST, LAST)},
        [
            (
                "Kling Video O1 on ToAPIs has no last frame: use the last frame as a reference image, or ask an admin "
                'to set the dialect of toapis/o1 to "omni" or "omni-later".'
            )
        ],
        {"frames": (FIRST, LAST.model_copy(update={"role": FrameRole.REFERENCE}))},
    ),
    (
        "a last frame alone",
        {},
        {"model": "v3", "frames": (LAST,)},
        ["A last frame needs a first frame too: add a first frame, or use this image as the first frame."],
        {"frames": (LAST.model_copy(update={"role": FrameRole.FIRST_FRAME}),)},
    ),
    (
        "a last frame among many images",
        {},
        {"model": "o1", "frames": (FIRST, LAST, REFERENCE)},
        [
            (
                "A last frame cannot go with more than 2 images on Kling Video O1, and there are 3: drop the others or "
                "use the last frame as a reference image."
            )
        ],
        {"frames": (FIRST, LAST.model_copy(update={"role": FrameRole.REFERENCE}), REFERENCE)},
    ),
    (
        "too many images",
        {},
        {"model": "o1", "frames": (FIRST, *[REFERENCE] * 4, *[ELEMENT] * 4)},
        ["Kling Video O1 takes at most 7 images, and 9 were given: drop 2."],
        {"frames": (FIRST, *[REFERENCE] * 4, *[ELEMENT] * 2)},
    ),
    (
        "too many images beside a video",
        {},
        {"model": "o1", "frames": (REFERENCE,) * 5, "reference_video": VIDEO},
        ["Kling Video O1 takes at most 4 images beside a reference video, and 5 were given: drop 1."],
        {"frames": (REFERENCE,) * 4},
    ),
    (
        "a reference video on 2.6",
        {},
        {"reference_video": VIDEO},
        ["Kling 2.6 on ToAPIs takes no reference video: leave it out."],
        {"reference_video": None},
    ),
]


@pytest.mark.parametrize(
    ("dialects", "asked", "messages", "proposed"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_the_words(
    dialects: dict[str, str], asked: dict[str, Any], messages: list[str], proposed: dict[str, Any] | None
) -> None:
    checked = asking(dialects, **asked)
    assert [problem.message for problem in checked.problems] == messages
    if proposed is None:
        assert checked.proposal is None
        return
    assert checked.proposal is not None
    assert {name: getattr(checked.proposal, name) for name in proposed} == proposed
    assert check(checked.proposal, Catalog.build(dialects=dialects)).ok


def test_every_rule_is_read_aloud_above() -> None:
    said = {problem.code for _, dialects, asked, *_ in CASES for problem in asking(dialects, **asked).problems}
    four = {"audio_needs_pro", "last_frame_needs_pro", "audio_with_last_frame"}
    assert set(PROBLEMS) - said - four - {"model_switched_off"} == set()


def test_a_model_whose_gateway_is_switched_off_says_who_switched_it_off() -> None:
    catalog = Catalog.build(gateways=("apimart",), off=("toapis",))
    checked = check(VideoRequest(prompt="waves", model="kling v3"), catalog)
    assert [p.message for p in checked.problems] == [
        "Kling v3 is made by ToAPIs only, which an admin has switched off: choose 2.6."
    ]
    assert list(catalog.off()) == ["v3", "o1"]
    assert not Catalog.build(gateways=("apimart", "toapis")).off()


def test_a_model_and_a_gateway_can_both_be_wrong() -> None:
    checked = asking(model="v4", gateway="nowhere", audio=True)
    assert [p.code for p in checked.problems] == ["model_unknown", "gateway_unknown", "audio_needs_pro"]
    assert checked.offer is None
    assert checked.proposal == VideoRequest(prompt="A cat", model="2.6", gateway="toapis", mode="pro", audio=True)


def test_in_pro_mode_the_clash_is_the_only_problem() -> None:
    checked = asking(mode="pro", audio=True, frames=(FIRST, LAST))
    assert [p.code for p in checked.problems] == ["audio_with_last_frame"]


def test_silence_is_fine_everywhere() -> None:
    for model in ("2.6", "v3", "o1"):
        assert asking(model=model, audio=False, watermark=False, negative_prompt=" ").ok


def test_names_in_the_prompt_follow_their_images() -> None:
    """<<<image_2>>> was the embedded one; what was the third image is the second of the proposal."""
    bad = EMBEDDED.model_copy(update={"role": FrameRole.REFERENCE})
    checked = asking(
        model="o1",
        prompt="<<<image_1>>> and <<<image_2>>> chase <<<image_3>>>",
        frames=(REFERENCE, bad, REFERENCE),
    )
    assert checked.proposal is not None
    assert checked.proposal.prompt == "<<<image_1>>> and chase <<<image_2>>>"


def test_an_element_that_becomes_a_reference_keeps_its_name() -> None:
    checked = asking(UNIFIED, model="o1", prompt="Let <<<element_1>>> dance", frames=(FIRST, ELEMENT))
    assert checked.proposal is not None
    assert checked.proposal.prompt == "Let <<<image_2>>> dance"


def test_no_message_repeats_the_prompt_or_the_image() -> None:
    canary = "canary-4711"
    frames = (EMBEDDED.model_copy(update={"source": f"data:{canary}"}),)
    checked = asking(prompt=f"{canary} " * 300, negative_prompt=canary, model="2.6", frames=frames)
    words = [p.message + p.change + "".join(p.allowed) for p in checked.problems]
    assert len(words) == 2
    assert canary not in "".join(words + [note.message for note in checked.notes])


def test_a_long_or_odd_name_is_cut_in_the_message() -> None:
    checked = asking(model="x" * 500 + "\n@everyone")
    assert len(checked.problems[0].message) < 120
    assert "\n" not in checked.problems[0].message
