"""For any request: the changes proposed together pass the check, and what passes can be sent and priced."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.generation.catalog import Catalog
from bot.generation.check import check
from bot.generation.dialects import encode
from bot.generation.request import Frame, FrameRole, ReferenceVideo, ReferType, VideoRequest
from bot.generation.tokens import tokens

CATALOGS = (
    Catalog.build(),
    Catalog.build(gateways=("apimart",), dialects={"apimart/v3": "image_urls", "apimart/o1": "unified"}),
    Catalog.build(gateways=("apimart",), dialects={"apimart/o1": "omni"}),
    Catalog.build(dialects={"toapis/2.6": "roles", "toapis/v3": "roles", "toapis/o1": "omni-later"}),
    Catalog.build(dialects={"toapis/o1": "unified"}, model_ids={"toapis/2.6": "kling-v2-6"}),
)

pieces = st.one_of(
    st.sampled_from(("A cat", " ", "waves", "<<<image_<<<image_9>>>1>>>", "x" * 2400, "\0", "<<<image_1")),
    st.builds("<<<{}_{}>>>".format, st.sampled_from(("image", "video", "element")), st.integers(0, 9)),
    st.text(max_size=4),
    st.sampled_from("\0\ud800"),
)
prompts = st.lists(pieces, max_size=5).map("".join)
sources = st.sampled_from(("a.png", "b.png", "https://example.com/c.png", "data:image/png;base64,AA==", "A" * 400))
frames = st.builds(
    Frame,
    role=st.sampled_from(FrameRole),
    source=sources,
    width=st.none() | st.integers(0, 4000),
    height=st.none() | st.integers(0, 4000),
)
videos = st.builds(
    ReferenceVideo,
    source=sources,
    refer_type=st.sampled_from(ReferType),
    keep_sound=st.none() | st.booleans(),
)


def maybe(*values: str) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values) | st.text(max_size=6)


requests = st.builds(
    VideoRequest,
    prompt=prompts,
    model=maybe("2.6", "v3", "o1", "kling 2.6", "v4"),
    gateway=maybe("toapis", "apimart"),
    mode=maybe("std", "pro", "4k", "1080p"),
    duration=st.none() | st.integers(3, 15) | st.integers(),
    aspect_ratio=maybe("16:9", "9:16", "1:1", "4:3", "0:0"),
    audio=st.none() | st.booleans(),
    negative_prompt=st.none() | st.sampled_from(("", "rain")),
    watermark=st.none() | st.booleans(),
    frames=st.lists(frames, max_size=9).map(tuple),
    reference_video=st.none() | videos,
)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(request=requests, catalog=st.sampled_from(CATALOGS))
def test_the_proposal_has_no_problems(request: VideoRequest, catalog: Catalog) -> None:
    checked = check(request, catalog)
    for problem in checked.problems:
        assert problem.message.endswith(".")
        assert problem.change
    if checked.ok:
        assert checked.proposal is None
        return
    assert (checked.quote, checked.effective) == (None, None)
    if checked.proposal is None:  # only where no words would be left
        rest = request.prompt
        for token in tokens(rest):
            rest = rest.replace(token.text, "")
        assert not rest.strip() or "<<<" in rest  # a name within a name can take the rest along
        return
    proposed = check(checked.proposal, catalog)
    assert proposed.problems == ()
    assert proposed.request == checked.proposal


@settings(max_examples=300, deadline=None)
@given(request=requests, catalog=st.sampled_from(CATALOGS))
def test_what_passes_is_sent_and_priced(request: VideoRequest, catalog: Catalog) -> None:
    checked = check(request, catalog)
    if not checked.ok and checked.proposal is not None:
        checked = check(checked.proposal, catalog)
    if not checked.ok:
        return
    assert checked.offer is not None
    assert checked.quote is not None
    assert checked.effective is not None
    assert check(checked.request, catalog) == checked  # a fixed point
    assert checked.quote.held_micros >= checked.quote.micros > 0
    uploads = {"a.png": "https://files.example/a.png", "b.png": "https://files.example/b.png"}
    body = encode(checked.offer, checked.request, uploads)
    assert json.loads(json.dumps(body)) == body
    assert body["model"] == checked.offer.wire_id
    assert "data:" not in json.dumps({name: value for name, value in body.items() if name != "prompt"})
    assert not {"image_urls", "image_with_roles"} <= body.keys()
    if checked.request.duration is None:
        assert "duration" not in body
    else:
        assert type(body["duration"]) is int
    for name in ("mode", "aspect_ratio"):
        assert (name in body) is (getattr(checked.request, name) is not None)


@settings(max_examples=200, deadline=None)
@given(requests)
def test_a_request_survives_its_json(request: VideoRequest) -> None:
    again = VideoRequest.model_validate_json(request.model_dump_json())
    assert again == request
    assert again.model_dump_json() == request.model_dump_json()
    assert hash(again) == hash(request)


@settings(max_examples=200, deadline=None)
@given(request=requests, catalog=st.sampled_from(CATALOGS))
def test_a_form_that_offers_only_what_the_offer_names_meets_no_refusal(request: VideoRequest, catalog: Catalog) -> None:
    """Narrow every choice by the offer's own methods, as a form does: what is left passes."""
    offer = check(request.model_copy(update={"model": None, "gateway": None}), catalog).offer
    assert offer is not None
    mode = request.mode if request.mode in offer.modes() else None
    shown = mode or offer.default_mode
    first = Frame(role=FrameRole.FIRST_FRAME, source="a.png")
    last = Frame(role=FrameRole.LAST_FRAME, source="b.png")
    pictures = (first, last) if request.frames and offer.supports_last_frame(shown) else ()
    filled = VideoRequest(
        prompt="A cat",
        model=offer.model,
        gateway=offer.gateway,
        mode=mode,
        duration=next((d for d in offer.durations(mode, with_images=bool(pictures)) if d == request.duration), None),
        aspect_ratio=next((r for r in offer.aspect_ratios() if r == request.aspect_ratio), None),
        audio=bool(request.audio)
        and offer.supports_audio(shown)
        and not (pictures and offer.rules.audio_not_with_last_frame),
        negative_prompt="rain" if offer.supports_negative_prompt() else None,
        watermark=True if offer.supports_watermark() else None,
        frames=pictures,
    )
    assert check(filled, catalog).problems == ()


def test_offers_are_values() -> None:
    offers = Catalog.build().offers()
    assert len(set(offers)) == len(offers)
    assert replace(offers[0]) == offers[0]
