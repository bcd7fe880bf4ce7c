"""A chart as a figure of matplotlib, by its object API: no pyplot, nothing global, several threads may draw.

Everything is placed by hand in logical pixels of a picture 360 wide, which is what a phone shows; x grows to the right
and y downwards. It is drawn three times as large.
"""

import io

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from adapters.charts import labels, palette
from adapters.charts.chart import Bar, Chart, together
from adapters.charts.fonts import drawable, font
from adapters.charts.spans import spans
from bot.generation.prices import MICROS, dollars

WIDTH = 360.0
SCALE = 3
_POINTS = 72  # a point is a logical pixel
_EDGE = 16.0
_HEAD = 58.0
_PANEL = 24.0  # the heading of a part
_PLOT = 120.0
_DAYS = 22.0  # below the plot
_ROW = 30.0
_BAR = 9.0


def png_of(chart: Chart) -> bytes:
    """The bytes of the PNG."""
    found = io.BytesIO()
    figure_of(chart).savefig(found, format="png", dpi=_POINTS * SCALE, transparent=True, metadata={"Software": None})
    return found.getvalue()


def figure_of(chart: Chart) -> Figure:
    """The chart, laid out."""
    return _Drawing(chart).figure


class _Drawing:
    def __init__(self, chart: Chart) -> None:
        self._chart, self._groups = chart, labels.shown_groups(chart)
        height = _HEAD + _PANEL + _PLOT + _DAYS + _EDGE / 2
        if self._groups:
            height += _PANEL + len(self._groups) * _ROW + _EDGE / 2
        self.figure = Figure(figsize=(WIDTH / _POINTS, height / _POINTS), dpi=_POINTS * SCALE, facecolor="none")
        self._renderer = FigureCanvasAgg(self.figure).get_renderer()  # type: ignore[no-untyped-call]
        self._axes: Axes = self.figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(height, 0))
        self._axes.set_axis_off()
        self._card(height)
        self._head()
        self._time(_HEAD)
        if self._groups:
            self._bars(_HEAD + _PANEL + _PLOT + _DAYS + _EDGE / 2)

    def _card(self, height: float) -> None:
        shape = FancyBboxPatch(
            (1, 1),
            WIDTH - 2,
            height - 2,
            boxstyle="round,pad=0,rounding_size=10",
            facecolor=palette.BACKGROUND,
            edgecolor=palette.BORDER,
            linewidth=1,
        )
        self._axes.add_patch(shape)

    def _head(self) -> None:
        chart = self._chart
        self._text(_EDGE, 30, drawable(labels.name(chart.title)), font(15, bold=True))
        self._text(_EDGE, 48, labels.amount(chart, together("", chart.days)), font(12), palette.QUIET)

    # ------------------------------------------------------------------------------------------------ over time

    def _time(self, top: float) -> None:
        chart = self._chart
        kind, bars = spans(chart.days)
        what = "Cost, with what is held," if chart.has_money else "Videos"
        self._text(_EDGE, top + 15, f"{what} by {kind}", font(11.5, bold=True))
        unit = MICROS if chart.has_money else 1
        values = [chart.amount(bar) / unit for bar in bars]
        ticks = MaxNLocator(nbins=3, steps=[1, 2, 5, 10], integer=not chart.has_money).tick_values(
            0, max(*values, 0.1 if chart.has_money else 1)
        )
        base, high = top + _PANEL + _PLOT - 4, _PLOT - 12
        shown = [tick for tick in ticks if tick >= 0]
        names = [dollars(round(tick * MICROS)) if chart.has_money else f"{tick:,.0f}" for tick in shown]
        right = WIDTH - _EDGE
        made = [
            self._text(_EDGE, base - high * tick / shown[-1] + 4, words, font(11), palette.QUIET)
            for tick, words in zip(shown, names, strict=True)
        ]
        left = max(self._right(text) for text in made) + 6
        for tick in shown:
            y = base - high * tick / shown[-1]
            self._axes.add_patch(Rectangle((left, y - 0.5), right - left, 1, color=palette.LINE, linewidth=0))
        step = (right - left) / len(bars)
        wide = min(step * 0.78, 28)
        for number, value in enumerate(values):
            if value:
                tall = max(2.0, high * value / shown[-1])  # the least spend is seen
                x = left + step * (number + 0.5) - wide / 2
                self._axes.add_patch(Rectangle((x, base - tall), wide, tall, color=palette.BAR, linewidth=0))
        self._dates(bars, kind, left, step, base)

    def _dates(self, bars: tuple[Bar, ...], kind: str, left: float, step: float, base: float) -> None:
        """As many dates below as there is room for; the first and the last are among them."""
        most = 4 if kind == "month" else 5
        count = min(len(bars), most)
        places = {round(number * (len(bars) - 1) / max(1, count - 1)) for number in range(count)}
        for place in sorted(places):
            middle = left + step * (place + 0.5)
            text = self._text(middle, base + 17, labels.day(bars[place].label, kind), font(11), palette.QUIET, "center")
            half = (self._right(text) - middle) if len(bars) > 1 else 0
            text.set_x(min(middle, WIDTH - _EDGE - half))

    # ------------------------------------------------------------------------------------------------ by group

    def _bars(self, top: float) -> None:
        chart, right = self._chart, WIDTH - _EDGE
        self._text(_EDGE, top + 15, f"By {chart.by}", font(11.5, bold=True))
        most = max(chart.amount(bar) for bar in self._groups) or 1
        for number, bar in enumerate(self._groups):
            y = top + _PANEL + number * _ROW
            said = self._text(right, y + 11, labels.amount(chart, bar), font(11), palette.QUIET, "right")
            self._fitted(
                labels.name(bar.label), number, y + 11, right - (self._right(said) - self._left(said)) - _EDGE - 10
            )
            wide = (right - _EDGE) * chart.amount(bar) / most
            if wide:
                shape = Rectangle((_EDGE, y + 15), max(2.0, wide), _BAR, color=palette.BAR, linewidth=0)
                self._axes.add_patch(shape)

    def _fitted(self, name: str, number: int, y: float, room: float) -> None:
        """The name, cut to the room. One that cannot be drawn is told by its place in the list beside the picture."""
        words = drawable(name) or f"no. {number + 1} of the list"
        text = self._text(_EDGE, y, words, font(12))
        while self._right(text) - _EDGE > room and len(words) > 1:
            words = words[:-1].rstrip()
            text.set_text(f"{words}…")

    # ------------------------------------------------------------------------------------------------ small

    def _text(
        self, x: float, y: float, words: str, how: FontProperties, colour: str = palette.TEXT, align: str = "left"
    ) -> Text:
        """`parse_math`: a dollar sign is a dollar sign."""
        return self._axes.text(
            x, y, words, fontproperties=how, color=colour, horizontalalignment=align, parse_math=False
        )

    def _right(self, text: Text) -> float:
        return float(text.get_window_extent(self._renderer).x1) / SCALE

    def _left(self, text: Text) -> float:
        return float(text.get_window_extent(self._renderer).x0) / SCALE
