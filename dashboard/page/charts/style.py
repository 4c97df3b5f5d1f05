"""What the charts have in common: bare figures whose colours follow the page's theme.

A canvas does not read CSS for its glyphs, so a model carries tags, ``fill:<property>:<variable>``,
from which the browser sets its colours at the start and after each switch of the theme. Axes and
grids follow the ``--bk-`` variables by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, cast

from bokeh.core.properties import expr
from bokeh.model import Model
from bokeh.models import (
    ColumnDataSource,
    DatetimeTicker,
    DatetimeTickFormatter,
    FactorRange,
    FixedTicker,
    NumeralTickFormatter,
    Range1d,
)
from bokeh.models.annotations import BoxAnnotation
from bokeh.models.expressions import Stack
from bokeh.models.glyph import Glyph
from bokeh.models.renderers import GlyphRenderer
from bokeh.plotting import figure

STACK: Final = ("critical", "high", "normal", "low")
"""From the axis up: what is rare and matters stands on the axis."""

FONT: Final = (
    "-apple-system, BlinkMacSystemFont, 'Segoe UI Variable Text', 'Segoe UI', Inter, Roboto, "
    "'Helvetica Neue', system-ui, sans-serif"
)
INK: Final = "#566044"
MEANWHILE: Final = {
    "--p-low": "#A3AB95",
    "--p-normal": "#6A8232",
    "--p-high": "#DA9A16",
    "--p-critical": "#9A1245",
}
"""What shows until the browser has set the theme's colours."""


STEPS: Final = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
"""Ends of a part of a count axis, within a power of ten."""


def paint(model: Model, **colours: str) -> None:
    """Tie colour properties to CSS variables: ``paint(glyph, fill_color="--p-low")``."""
    for name, variable in colours.items():
        setattr(model, name, MEANWHILE.get(variable, INK))
        model.tags = [*model.tags, f"fill:{name}:{variable}"]


def draw(
    chart: figure, source: ColumnDataSource, glyph: Glyph, **colours: str
) -> GlyphRenderer[Any]:
    """Add a glyph in the theme's colours; nothing is ever selected, so it has no other looks."""
    paint(glyph, **colours)
    renderer: GlyphRenderer[Any] = chart.add_glyph(source, glyph)
    renderer.update(selection_glyph=None, nonselection_glyph=None, muted_glyph=None)
    return renderer


def stacked(names: Sequence[str]) -> Iterator[tuple[str, Any, Any]]:
    """Give each column with the sums that it lies between, for glyphs on top of each other."""
    below = expr(Stack(fields=[]))
    for index, name in enumerate(names):
        above = expr(Stack(fields=list(names[: index + 1])))
        yield name, below, above
        below = above


def bare_figure(name: str, **options: Any) -> figure:
    """Return a figure that shows nothing but its data; its box on the page gives the size."""
    chart = figure(
        name=name,
        sizing_mode="stretch_both",
        toolbar_location=None,
        tools=options.pop("tools", ""),
        background_fill_alpha=0,
        border_fill_alpha=0,
        outline_line_color=None,
        min_border=0,
        lod_threshold=None,
        **options,
    )
    chart.toolbar.active_drag = None
    chart.axis.major_label_text_font = FONT
    chart.axis.major_label_text_font_size = "11px"
    # Not by colour: the theme's variables would win over it.
    chart.axis.major_tick_in = chart.axis.major_tick_out = chart.axis.minor_tick_out = 0
    chart.axis.major_label_standoff = 6
    chart.xgrid.visible = False
    chart.yaxis.axis_line_alpha = 0
    return chart


def time_figure(name: str, **options: Any) -> figure:
    """Return a figure over time, in the zone of the page, whose count axis begins at 0."""
    chart = bare_figure(
        name, x_axis_type="datetime", x_range=span(0, 1), y_range=span(0, 10), **options
    )
    # Room for the outermost labels, and charts that do not shift as their numbers grow.
    chart.min_border_top, chart.min_border_right, chart.min_border_left = 8, 20, 34
    chart.xaxis.formatter = DatetimeTickFormatter(
        seconds="%H:%M:%S", minsec="%H:%M:%S", minutes="%H:%M", hourmin="%H:%M", hours="%H:%M",
        days="%d %b",
    )  # fmt: skip
    chart.xaxis.ticker = DatetimeTicker(desired_num_ticks=5)
    chart.yaxis.formatter = NumeralTickFormatter(format="0,0")
    chart.yaxis.ticker = FixedTicker(ticks=[0, 5, 10])
    return chart


def add_gap(chart: figure, colour: str = "--ink-3") -> BoxAnnotation:
    """Add a hatched band, hidden at first, for a time of which nothing is retained."""
    gap = BoxAnnotation(
        fill_alpha=0, line_alpha=0, hatch_pattern="right_diagonal_line", hatch_alpha=0.28,
        hatch_weight=0.5, hatch_scale=12, visible=False,
    )  # fmt: skip
    paint(gap, hatch_color=colour)
    chart.add_layout(gap)
    return gap


def show_gap(gap: BoxAnnotation, start_s: float, end_s: float, covered_since_s: float) -> None:
    """Hatch what lies before ``covered_since_s``."""
    covered_s = min(max(covered_since_s, start_s), end_s)
    gap.update(left=start_s * 1000, right=covered_s * 1000, visible=covered_s > start_s)


def span(start: float, end: float) -> Range1d:
    return Range1d(start=start, end=end)


def set_span(chart: figure, start_s: float, end_s: float) -> None:
    chart.x_range.update(start=start_s * 1000, end=end_s * 1000)


def set_height(chart: figure, highest: float, parts: int = 3) -> None:
    """Let the count axis end above ``highest``, on a number that seldom changes."""
    step = round_up(max(highest / parts, 1))
    ticks = [step * index for index in range(parts + 1)]
    axis = cast(Range1d, chart.y_range)
    if axis.end != ticks[-1]:
        axis.end = ticks[-1]
        # In place: a new ticker would have the document look for its models anew.
        cast(FixedTicker, chart.yaxis[0].ticker).ticks = ticks


def round_up(value: float) -> float:
    """Return the next of `STEPS` times a power of ten that is not below ``value``."""
    power = 1.0
    while power * 10 < value:
        power *= 10
    while power > value:
        power /= 10
    candidates = [m * power for m in STEPS if m * power >= value]
    # Counts are whole, so their axis is marked at whole numbers.
    return next((each for each in candidates if value < 1 or each % 1 == 0), 10 * power)


def hide_axes(chart: figure) -> None:
    chart.axis.visible = False
    chart.grid.visible = False


def factor_range(factors: list[str]) -> FactorRange:
    return FactorRange(factors=factors, range_padding=0)
