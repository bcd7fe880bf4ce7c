"""The catalog of an installation: which names people may use, what the settings change, what a video costs."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from bot.generation.catalog import Catalog, CatalogError, NotOnGateway, UnknownGateway, UnknownModel
from bot.generation.check import check
from bot.generation.prices import DEFAULT_RATES, PRICES_READ_ON, dollars
from bot.generation.request import Frame, FrameRole, ReferenceVideo, ReferType, VideoRequest
from bot.generation.table import GATEWAYS, ROWS, dialects_of


def test_the_models_of_the_pages_are_offered() -> None:
    offers = Catalog.build().offers()
    assert [(o.gateway, o.model, o.title, o.wire_id, o.dialect) for o in offers] == [
        ("toapis", "2.6", "Kling 2.6", "kling-2-6", "image_urls"),
        ("apimart", "2.6", "Kling 2.6", "kling-v2-6", "image_urls"),
        ("toapis", "v3", "Kling v3", "kling-v3", "image_urls"),
        ("toapis", "o1", "Kling Video O1", "kling-video-o1", "omni"),
    ]


@pytest.mark.parametrize(
    ("name", "model"),
    [
        *[(name, "2.6") for name in ("2.6", "26", "kling 2.6", "kling-2-6", "Kling-V2-6", "v2.6", " KLING_2.6 ")],
        *[(name, "v3") for name in ("v3", "3", "3.0", "V3.0", "kling v3", "kling-v3", "Kling 3.0")],
        *[(name, "o1") for name in ("o1", "O1", "kling o1", "video o1", "kling-video-o1", "Kling Video O1")],
    ],
)
def test_models_by_any_spelling(name: str, model: str) -> None:
    assert Catalog.build().find(name, None).model == model
    assert check(VideoRequest(prompt="A cat", model=name), Catalog.build()).request.model == model


@pytest.mark.parametrize("name", ["v4", "kling", "2.5", "", "2.66", "sora", "💥", "é" * 1000])
def test_no_model_by_that_name(name: str) -> None:
    with pytest.raises(UnknownModel, match=r"use 2\.6, v3 or o1\.") as caught:
        Catalog.build().find(name, None)
    assert caught.value.allowed == ("2.6", "v3", "o1")


def test_the_preferred_gateway_serves_what_several_have() -> None:
    assert Catalog.build().find("2.6", None).gateway == "toapis"
    assert Catalog.build(gateways=("apimart", "toapis")).find("2.6", None).gateway == "apimart"
    assert Catalog.build().find("2.6", "APIMart").gateway == "apimart"
    assert Catalog.build().find(None, None).key == "toapis/2.6"
    with pytest.raises(NotOnGateway, match=r"Kling v3 is not on APIMart: ToAPIs has it\."):
        Catalog.build().find("v3", "apimart")
    with pytest.raises(UnknownGateway, match=r'There is no gateway "fal" here: use ToAPIs or APIMart\.'):
        Catalog.build().find("v3", "fal")


def test_the_defaults_of_the_check() -> None:
    request = VideoRequest(prompt="A cat")
    catalog = Catalog.build()

    def key(request: VideoRequest, **defaults: Any) -> str:
        checked = check(request, catalog, **defaults)
        assert checked.ok
        assert checked.offer is not None
        return checked.offer.key

    assert key(request) == "toapis/2.6"
    assert key(request, default_gateway="apimart") == "apimart/2.6"
    assert key(request, default_model="o1", default_gateway="apimart") == "toapis/o1"
    assert key(request, default_model="no such model") == "toapis/2.6"
    assert key(request, default_gateway="no such gateway") == "toapis/2.6"
    on_apimart = request.model_copy(update={"gateway": "apimart"})
    assert key(on_apimart, default_model="v3") == "apimart/2.6"


def test_model_ids_and_dialects_are_settings() -> None:
    catalog = Catalog.build(
        dialects={"toapis/o1": "unified", "toapis/v3": "roles", "apimart/v3": "image_urls", "apimart/o1": "unified"},
        model_ids={"toapis/2.6": "kling-v2-6", "apimart/o1": "kling-o1"},
    )
    assert [(o.key, o.wire_id, o.dialect) for o in catalog.offers()] == [
        ("toapis/2.6", "kling-v2-6", "image_urls"),
        ("apimart/2.6", "kling-v2-6", "image_urls"),
        ("toapis/v3", "kling-v3", "roles"),
        ("apimart/v3", "kling-v3", "image_urls"),
        ("toapis/o1", "kling-video-o1", "unified"),
        ("apimart/o1", "kling-o1", "unified"),
    ]
    assert catalog.find("kling-o1", None).model == "o1"


def test_the_sandbox_has_every_model_and_costs_nothing() -> None:
    catalog = Catalog.build(gateways=("sandbox",), dialects={"sandbox/v3": "roles"})
    assert [(o.key, o.wire_id, o.dialect) for o in catalog.offers()] == [
        ("sandbox/2.6", "kling-2-6", "image_urls"),
        ("sandbox/v3", "kling-v3", "roles"),
        ("sandbox/o1", "kling-video-o1", "omni"),
    ]
    checked = check(VideoRequest(prompt="A cat", gateway="the sandbox", mode="pro", audio=True), catalog)
    assert checked.quote is not None
    assert (checked.quote.micros, checked.quote.held_micros, checked.quote.words) == (0, 0, "free")
    wrong = check(VideoRequest(prompt="A cat", model="o1", negative_prompt="rain"), catalog)
    assert wrong.problems[0].message == "Kling Video O1 on the sandbox takes no negative prompt: leave it out."
    priced = Catalog.build(gateways=("sandbox",), prices={"sandbox/2.6": {"std": 0.1, "on": "2026-12-01"}})
    assert priced.find(None, None).quote("std", 5).words == "$0.50"


def test_a_stored_job_finds_the_dialect_it_was_checked_against() -> None:
    changed = Catalog.build(dialects={"toapis/o1": "unified"})
    assert changed.find("o1", "toapis", dialect="omni").dialect == "omni"
    assert Catalog.build().find("v3", "apimart", dialect="image_urls").key == "apimart/v3"
    with pytest.raises(UnknownModel, match='no "o1" in the dialect "gone"'):
        changed.find("o1", "toapis", dialect="gone")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"gateways": ()}, "gateways is empty: name at least one of toapis, apimart and sandbox."),
        (
            {"gateways": ("fal",)},
            'gateways names "fal", which is unknown: the gateways are toapis, apimart and sandbox.',
        ),
        (
            {"dialects": {"toapis/v3": "omni"}},
            'dialects["toapis/v3"] is "omni", which is unknown: use "image_urls" or "roles".',
        ),
        (
            {"gateways": ("toapis",), "dialects": {"apimart/v3": "omni"}},
            'dialects["apimart/v3"] is "omni", which is unknown: use "image_urls".',
        ),
        (
            {"dialects": {"v3": "roles"}},
            (
                'dialects names "v3", which is unknown: the names are toapis/2.6, apimart/2.6, sandbox/2.6, '
                "toapis/v3, apimart/v3, sandbox/v3, toapis/o1, apimart/o1 and sandbox/o1."
            ),
        ),
        (
            {"model_ids": {"apimart/v3": "kling-v3.1"}},
            (
                'model_ids["apimart/v3"] changes nothing, because Kling v3 is off on APIMart: set '
                'dialects["apimart/v3"] to "image_urls" to offer it.'
            ),
        ),
        (
            {"model_ids": {"toapis/2.6": " "}},
            'model_ids["toapis/2.6"] is empty: use the gateway\'s name, such as "kling-2-6".',
        ),
        (
            {"prices": {"toapis/2.6": {"std": 0.04}}},
            'prices["toapis/2.6"] needs "on", the day its prices were read, such as "2026-11-21".',
        ),
        (
            {"prices": {"toapis/2.6": {"std+audio": 0.04, "on": "2026-12-01"}}},
            'prices["toapis/2.6"] has no "std+audio" for Kling 2.6: use std, pro, pro+audio.',
        ),
        *[
            (
                {"prices": {"toapis/2.6": {"std": wrong, "on": "2026-12-01"}}},
                'prices["toapis/2.6"]["std"] must be US dollars per second, from 0 to 100.',
            )
            for wrong in ("cheap", -1, float("nan"), float("inf"), 101, True, None)
        ],
        (
            {"prices": {"toapis/2.6": 0.04}},
            'prices["toapis/2.6"] must map std, pro, pro+audio to US dollars per second.',
        ),
    ],
)
def test_a_setting_that_cannot_be_meant(given: dict[str, Any], message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        Catalog.build(**given)
    assert str(caught.value) == message


VIDEO = ReferenceVideo(source="v.mp4", refer_type=ReferType.FEATURE)


@pytest.mark.parametrize(
    ("asked", "micros", "words"),
    [
        ({}, 184_000, "$0.18"),
        ({"gateway": "apimart"}, 184_000, "$0.18"),
        ({"duration": 10}, 368_000, "$0.37"),
        ({"mode": "pro", "duration": 10}, 625_000, "$0.63"),  # the page's own example
        ({"mode": "pro", "duration": 10, "audio": True}, 1_250_000, "$1.25"),
        ({"mode": "pro", "audio": False}, 312_500, "$0.31"),
        ({"model": "v3"}, 336_000, "about $0.34"),
        ({"model": "v3", "mode": "pro", "duration": 15}, 1_344_000, "about $1.34"),
        ({"model": "o1"}, 336_000, "about $0.34"),
        ({"model": "o1", "mode": "pro"}, 448_000, "about $0.45"),
        ({"model": "o1", "reference_video": VIDEO}, 504_000, "about $0.50"),
        ({"model": "o1", "mode": "pro", "audio": True}, 672_000, "about $0.67"),
        ({"model": "v3", "gateway": "apimart"}, 336_000, "$0.34"),
        ({"model": "v3", "gateway": "apimart", "mode": "pro", "audio": True}, 672_000, "$0.67"),
        ({"model": "v3", "gateway": "apimart", "mode": "4k"}, 2_100_000, "about $2.10"),
        ({"model": "o1", "gateway": "apimart", "reference_video": VIDEO}, 504_000, "$0.50"),
    ],
)
def test_prices(asked: dict[str, Any], micros: int, words: str) -> None:
    catalog = Catalog.build(dialects={"apimart/v3": "image_urls", "apimart/o1": "unified"})
    quote = check(VideoRequest(prompt="A cat", **asked), catalog).quote
    assert quote is not None
    assert (quote.micros, quote.words) == (micros, words)
    assert quote.estimate is words.startswith("about")
    assert quote.held_micros == (micros * 5 // 4 if quote.estimate else micros)
    assert quote.priced_on == PRICES_READ_ON
    assert quote.seconds == asked.get("duration", 5)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.key} {row.dialect}")
def test_everything_offered_has_a_price(row: Any) -> None:
    offer = Catalog.build(gateways=tuple(GATEWAYS)).find(row.model, row.gateway, dialect=row.dialect)
    for mode in offer.modes():
        assert (offer.rate(mode).micros_per_second > 0) is (row.gateway != "sandbox")
        if offer.supports_audio(mode):
            assert offer.rate(mode, audio=True).micros_per_second >= offer.rate(mode).micros_per_second
        if offer.supports_reference_video():
            assert offer.rate(mode, video=True).micros_per_second >= offer.rate(mode).micros_per_second


def test_an_edited_video_holds_its_longest_source() -> None:
    catalog = Catalog.build(dialects={"apimart/o1": "unified"})
    edit = VIDEO.model_copy(update={"refer_type": ReferType.BASE})
    checked = check(VideoRequest(prompt="A cat", model="o1", gateway="apimart", reference_video=edit), catalog)
    assert checked.quote is not None
    assert (checked.quote.micros, checked.quote.held_micros) == (504_000, 1_008_000)
    assert [note.code for note in checked.notes] == ["asset_not_named", "edited_video_length"]


def test_prices_are_settings_with_their_day() -> None:
    catalog = Catalog.build(prices={"toapis/v3": {"std": "0.05", "pro": 0.0737, "on": "2026-12-24"}})
    offer = catalog.find("v3", None)
    mine = offer.quote("pro", 10)
    assert (mine.micros, mine.held_micros, mine.estimate) == (737_000, 737_000, False)
    assert mine.priced_on == date(2026, 12, 24)
    assert offer.quote("std", 5, audio=True).estimate  # what was not set stays as it was


def test_dollars_in_words() -> None:
    micros = (0, 1, 4_999, 5_000, 184_000, 1_005_000, 1_234_567_890)
    assert [dollars(value) for value in micros] == [
        "$0.00",
        "under $0.01",
        "under $0.01",
        "$0.01",
        "$0.18",
        "$1.01",
        "$1,234.57",
    ]


def test_the_card_shows_the_pages_defaults() -> None:
    checked = check(VideoRequest(prompt="A cat"), Catalog.build())
    assert checked.effective is not None
    assert (checked.effective.mode, checked.effective.duration) == ("std", 5)
    assert (checked.effective.aspect_ratio, checked.effective.audio) == ("16:9", False)
    assert checked.effective.resolution == "720p"
    assert (checked.request.mode, checked.request.duration) == (None, None)


def test_spellings_become_canonical() -> None:
    request = VideoRequest(
        prompt=" A cat ", model="KLING 2.6", gateway="ToAPIs", mode="1080P", aspect_ratio=" 9×16 ", negative_prompt=""
    )
    assert check(request, Catalog.build()).request == VideoRequest(
        prompt=" A cat ", model="2.6", gateway="toapis", mode="pro", aspect_ratio="9:16"
    )


def test_the_table_is_whole() -> None:
    assert {row.key for row in ROWS} == set(DEFAULT_RATES)
    for row in ROWS:
        assert row.default_mode in row.modes
        assert row.default_duration in row.durations
        assert row.default_duration in row.durations_with_images
        assert row.default_aspect_ratio in row.shown_ratios
        assert row.last_frame_modes <= set(row.modes)
        assert row.audio_modes <= set(row.modes)
        assert set(row.shown_ratios) <= set(row.aspect_ratios)
        assert (FrameRole.LAST_FRAME in row.roles) is bool(row.last_frame_modes)
        assert len({other.dialect for other in dialects_of(row.gateway, row.model)}) == len(
            dialects_of(row.gateway, row.model)
        )


def test_a_request_names_its_frames() -> None:
    one, two, three, four = (
        Frame(role=role, source=f"{role}.png")
        for role in (FrameRole.LAST_FRAME, FrameRole.ELEMENT, FrameRole.FIRST_FRAME, FrameRole.REFERENCE)
    )
    request = VideoRequest(prompt="A cat", frames=(one, two, three, four))
    assert (request.first_frame, request.last_frame) == (three, one)
    assert (request.references, request.elements, request.images) == ((four,), (two,), (one, three, four))
    assert VideoRequest(prompt="A cat").first_frame is None


def test_a_request_holds_only_what_every_database_can() -> None:
    assert VideoRequest(prompt="A\0 cat", negative_prompt="\0").prompt == "A cat"
    assert VideoRequest(prompt="A \ud83d cat", model="\ud800").prompt == "A ? cat"
    for wrong in ({"duration": True}, {"duration": 5.5}, {"audio": "yes"}, {"seed": 1}):
        with pytest.raises(ValidationError):
            VideoRequest(**{"prompt": "A cat", **wrong})
