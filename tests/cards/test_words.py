"""Spans, moments, sizes: small words that are read aloud."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from adapters.cards.words import (
    account_title,
    clipped,
    counted,
    gateway_title,
    happened,
    moment,
    sentence,
    size,
    span,
    span_range,
)

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (45, "45 s"),
        (89.4, "89 s"),
        (90, "2 min"),
        (720, "12 min"),
        (3600 * 2, "2 h"),
        (7 * 3600 + 720, "7 h 12 min"),
        (86400 * 3, "3 days"),
    ],
)
def test_spans(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (60, 300, "1-5 min"),
        (125, 231, "2-4 min"),
        (20, 40, "20-40 s"),
        (121, 179, "2-3 min"),
        (180, 180, "about 3 min"),
    ],
)
def test_ranges_are_rounded_outwards(low: float, high: float, words: str) -> None:
    assert span_range(low, high) == words


def test_moments_are_said_in_the_zone_of_the_reader(now: float) -> None:
    assert moment(now + 3600, now, UTC) == "today at 12:06 UTC"
    assert moment(now + 3600, now, BERLIN) == "today at 13:06 CET"
    assert moment(now + 86_400, now, UTC) == "tomorrow at 11:06 UTC"
    assert moment(now - 86_400, now, UTC) == "yesterday at 11:06 UTC"
    assert moment(now + 10 * 86_400, now, UTC) == "on Sat 28 Nov at 11:06 UTC"
    assert moment(now + 60 * 86_400, now, UTC) == "on Sun 17 Jan 2027 at 11:06 UTC"


def test_sentences_and_their_beginnings() -> None:
    assert sentence("content rejected") == "Content rejected."
    assert sentence("Really?") == "Really?"
    assert sentence("") == ""
    assert happened("The gateway is busy. Try again.") == "The gateway is busy."


def test_cutting_and_counting() -> None:
    assert clipped("a\nb\x1b[31m c" * 10, 8) == "a b [31…"
    assert (counted(1, "video"), counted(2000, "video")) == ("1 video", "2,000 videos")
    assert (size(8_400_000), size(300)) == ("8.4 MB", "1 kB")


def test_labels_of_keys_are_for_admins() -> None:
    assert gateway_title("toapis:spare") == "ToAPIs"
    assert account_title("toapis:spare") == "ToAPIs (spare)"
    assert account_title("sandbox") == "the sandbox"
