"""Prices learned from bills: how many it takes, what an odd one changes, and that every kind stands alone."""

import pytest

from bot.generation.catalog import Catalog
from bot.generation.check import check
from bot.generation.learned import FEWEST_BILLS, KEPT_BILLS, corrected, price_key
from bot.generation.prices import Quote
from bot.generation.request import VideoRequest

NOW = 1_763_721_000.0  # 2025-11-21 10:30 UTC
CENT = 10_000
CATALOG = Catalog.build(gateways=("toapis", "apimart"))
KEY = price_key("toapis", "2.6", "std", audio=False)


def _quote(catalog: Catalog, gateway: str = "toapis", model: str = "2.6", mode: str = "std", **more: object) -> Quote:
    request = VideoRequest.model_validate({"prompt": "waves", "gateway": gateway, "model": model, "mode": mode, **more})
    quote = check(request, catalog).quote
    assert quote is not None
    return quote


def _bills(*cents_a_second: int, seconds: int = 5) -> list[tuple[int, int]]:
    return [(cents * CENT * seconds, seconds) for cents in cents_a_second]


def test_fewer_than_three_bills_change_nothing() -> None:
    assert FEWEST_BILLS == 3
    for bills in ([], _bills(50), _bills(50, 50)):
        assert _quote(corrected(CATALOG, {KEY: bills}, NOW)) == _quote(CATALOG)


def test_from_the_third_bill_on_their_median_is_the_price() -> None:
    learned = _quote(corrected(CATALOG, {KEY: _bills(7, 9, 8)}, NOW))
    assert (learned.micros, learned.estimate, learned.held_micros) == (5 * 8 * CENT, False, 5 * 8 * CENT)
    assert learned.priced_on.isoformat() == "2025-11-21"
    assert _quote(corrected(CATALOG, {KEY: _bills(7, 9, 8)}, NOW), duration=10).micros == 10 * 8 * CENT


def test_one_odd_bill_does_not_change_the_price() -> None:
    assert _quote(corrected(CATALOG, {KEY: _bills(8, 8, 900)}, NOW)).micros == 5 * 8 * CENT
    assert _quote(corrected(CATALOG, {KEY: _bills(8, 8, 0)}, NOW)).micros == 5 * 8 * CENT


def test_bills_of_other_lengths_count_by_the_second() -> None:
    bills = [*_bills(8), *_bills(8, 8, seconds=10)]
    assert _quote(corrected(CATALOG, {KEY: bills}, NOW)).micros == 5 * 8 * CENT


def test_only_the_last_bills_count() -> None:
    bills = _bills(*[90] * 30, *[8] * KEPT_BILLS)
    assert _quote(corrected(CATALOG, {KEY: bills}, NOW)).micros == 5 * 8 * CENT


@pytest.mark.parametrize(
    "other",
    [{"mode": "pro"}, {"mode": "pro", "audio": True}, {"gateway": "apimart"}, {"model": "v3"}],
)
def test_a_kind_of_video_leaves_the_others_alone(other: dict[str, object]) -> None:
    learned = corrected(CATALOG, {KEY: _bills(50, 50, 50)}, NOW)
    assert _quote(learned).micros == 5 * 50 * CENT
    assert _quote(learned, **other) == _quote(CATALOG, **other)


def test_what_is_learned_of_one_account_counts_for_its_gateway_and_sound_for_itself() -> None:
    assert price_key("toapis:second", "2.6", "std", audio=False) == KEY
    with_sound = price_key("toapis", "2.6", "pro", audio=True)
    learned = corrected(CATALOG, {with_sound: _bills(50, 50, 50)}, NOW)
    assert _quote(learned, mode="pro", audio=True).micros == 5 * 50 * CENT
    assert _quote(learned, mode="pro", audio=False) == _quote(CATALOG, mode="pro", audio=False)
