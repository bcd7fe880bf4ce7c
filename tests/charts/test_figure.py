"""A chart as a picture: what is drawn, in colours that can be read."""

import asyncio
import io
from datetime import date, timedelta
from itertools import product

import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from PIL import Image

from adapters.charts import palette
from adapters.charts.alt_text import alt_text
from adapters.charts.chart import Bar, Chart
from adapters.charts.drawing import drawn
from adapters.charts.figure import SCALE, WIDTH, figure_of, png_of

DAYS = tuple(Bar(f"2026-11-{day:02}", day * 100_000, day) for day in range(1, 31))
USERS = tuple(Bar(name, 1_000_000, 2) for name in ("anna", "ben"))
CHART = Chart("Use in the last 30 days", DAYS, "user", USERS)
ODD = (
    "$x_2$ \\frac{1}{0}",
    "日本語の名前",
    "مريم العربي",
    "יוסף",
    "👩\u200d👩\u200d👧🎉",
    "\u0301\u0302\ufffd\U0001f9ff",
    "a" * 500,
    "\n\t",
    "",
    "<@everyone>",
)


def contrast(one: object, other: object) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: object) -> float:
    parts = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour))  # type: ignore[arg-type]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def texts(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text()]


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in texts(figure)]


def bars(figure: Figure) -> list[Rectangle]:
    """The bars, without the lines behind them."""
    found = [shape for shape in figure.findobj(Rectangle) if isinstance(shape, Rectangle)]
    return [bar for bar in found if to_rgb(bar.get_facecolor()) == to_rgb(palette.BAR)]


def test_every_word_and_every_bar_stands_out_from_the_background() -> None:
    figure = figure_of(CHART)
    assert len(texts(figure)) > 8
    assert all(contrast(text.get_color(), palette.BACKGROUND) >= 4.5 for text in texts(figure))
    assert len(bars(figure)) == len(DAYS) + len(USERS)
    assert contrast(palette.BAR, palette.BACKGROUND) >= 3


def test_the_background_is_the_same_whatever_the_chat_looks_like() -> None:
    with Image.open(io.BytesIO(png_of(CHART))) as opened:
        picture = opened.convert("RGBA")
    assert picture.width == WIDTH * SCALE
    inner = (picture.getpixel((x, y)) for x, y in product((20, picture.width - 20), (20, picture.height - 20)))
    expected = tuple(round(part * 255) for part in to_rgb(palette.BACKGROUND))
    assert {pixel[:3] if isinstance(pixel, tuple) else pixel for pixel in inner} == {expected}
    assert all(contrast(palette.BORDER, chat) >= 2 for chat in ("#ffffff", "#313338", "#1a1d21"))


def test_a_bar_is_as_long_as_its_part_of_the_greatest() -> None:
    users = (Bar("anna", 4_000_000, 8), Bar("ben", 1_000_000, 2), Bar("cid", 1, 1), Bar("dan", 0, 1))
    figure = figure_of(Chart("Use in the last day", (Bar("2026-11-21", 5_000_001, 12),), "user", users))
    anna, ben, cid = (bar.get_width() for bar in bars(figure)[1:])
    assert anna == pytest.approx(4 * ben)
    assert cid == 2  # seen, however little it is; nothing is no bar
    assert {"anna", "$4.00, 8 videos", "cid", "under $0.01, 1 video", "$0.00, 1 video"} <= set(words(figure))


@pytest.mark.parametrize("name", ODD)
def test_whatever_people_call_themselves_is_drawn_within_the_picture(name: str) -> None:
    users = (Bar("anna", 2_000_000, 2), Bar(name, 1_000_000, 2))
    figure = figure_of(Chart("Use in the last day", (Bar("2026-11-21", 3_000_000, 4),), "user", users))
    for text in texts(figure):
        assert 0 <= text.get_window_extent().x0 <= text.get_window_extent().x1 <= WIDTH * SCALE


def test_a_dollar_sign_is_no_formula_and_what_the_font_lacks_is_told_by_its_place() -> None:
    users = tuple(Bar(name, 3_000_000 - number, 1) for number, name in enumerate(("$x_2$", "日本語", "Zoë 日本")))
    figure = figure_of(Chart("Use in the last day", (Bar("2026-11-21", 9_000_000, 3),), "user", users))
    assert {"$x_2$", "no. 2 of the list", "Zoë □"} <= set(words(figure))
    assert "日本語" in alt_text(Chart("Use in the last day", DAYS[:1], "user", users))


@pytest.mark.parametrize("count", [1, 45, 46, 400])
def test_any_number_of_days_has_its_first_and_its_last_below(count: int) -> None:
    days = [date(2026, 11, 21) - timedelta(days=count - 1 - number) for number in range(count)]
    figure = figure_of(Chart(f"Use in the last {count} days", tuple(Bar(day.isoformat(), 100_000, 1) for day in days)))
    names = words(figure)
    assert ("Oct 2025" if count == 400 else f"{days[0].day} {days[0]:%b}") in names
    assert not any(name.startswith("By ") for name in names)


async def test_several_charts_are_drawn_at_once_and_are_the_same() -> None:
    pictures = await asyncio.gather(*(drawn(CHART) for _ in range(4)))
    assert len({picture.png for picture in pictures}) == 1
    assert pictures[0].alt == alt_text(CHART)
