"""Events over time by priority, above the table; dragging over it chooses a time range."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any, Final, cast

from bokeh.core.properties import field
from bokeh.events import Event, SelectionGeometry
from bokeh.models import BoxSelectTool, ColumnDataSource, VBar
from bokeh.models.annotations import BoxAnnotation

from dashboard.page.charts import style
from dashboard.page.series import Stacked

BAR: Final = 0.92
UNFINISHED: Final = 0.5
LATEST_S: Final = 2**33
MOST_BANDS: Final = 10
NARROWEST_S: Final = 1.0

Interval = tuple[float, float]
"""In seconds."""


class Histogram:
    """``on_brush`` is given the two ends, in seconds, of what was dragged over."""

    def __init__(self, on_brush: Callable[[float, float], None]) -> None:
        brush = BoxSelectTool(dimensions="width", renderers=[])
        style.paint(brush.overlay, fill_color="--accent-2", line_color="--accent")
        brush.overlay.fill_alpha, brush.overlay.line_dash = 0.16, []
        self.figure = style.time_figure("hist", tools=[brush])
        self.figure.toolbar.active_drag = brush
        columns = ("time", "width", "alpha", *style.STACK)
        self._source = ColumnDataSource({name: [] for name in columns})
        for priority, bottom, top in style.stacked(style.STACK):
            bar = VBar(
                x="time",
                width="width",
                bottom=bottom,
                top=top,
                line_width=0.5,
                fill_alpha=field("alpha"),
            )
            style.draw(
                self.figure,
                self._source,
                bar,
                fill_color=f"--p-{priority}",
                line_color="--glass-solid",
            )
        self._bands: list[BoxAnnotation] = []
        self._gap = style.add_gap(self.figure)
        self.figure.on_event(SelectionGeometry, self._selected)
        self._on_brush = on_brush

    def show(self, series: Stacked, now_s: float, lost: Sequence[Interval] = ()) -> None:
        """Draw the counts; hatch what lies before they are complete, and where events were lost.

        A bar whose time is not over yet is pale, or it would look like a fall.
        """
        middle = [(start + series.step_s / 2) * 1000 for start in series.times_s]
        columns: dict[str, Any] = dict(series.counts)
        width = [series.step_s * 1000 * BAR] * len(middle)
        alpha = [UNFINISHED if start + series.step_s > now_s else 1.0 for start in series.times_s]
        self._source.data = {"time": middle, "width": width, "alpha": alpha, **columns}
        style.set_span(self.figure, series.start_s, series.end_s)
        style.set_height(self.figure, series.highest)
        style.show_gap(self._gap, series.start_s, series.end_s, series.covered_since_s)

        self._show_lost([(max(a, series.start_s), b) for a, b in lost if b > series.start_s])

    def _show_lost(self, lost: Sequence[Interval]) -> None:
        """Bands are made when one is needed, and used again."""
        lost = joined(lost)[-MOST_BANDS:]
        for _ in range(len(lost) - len(self._bands)):
            self._bands.append(style.add_gap(self.figure, "--warn"))
        for band, (start_s, end_s) in zip_longest(self._bands, lost, fillvalue=(0.0, 0.0)):
            # What was lost within one instant is still to be seen.
            right = max(end_s, start_s + NARROWEST_S) * 1000
            cast(BoxAnnotation, band).update(left=start_s * 1000, right=right, visible=end_s > 0)

    def _selected(self, event: Event) -> None:
        if not isinstance(event, SelectionGeometry) or not event.final:
            return
        geometry = cast("dict[str, object]", event.geometry or {})
        ends = [geometry.get("x0"), geometry.get("x1")]
        times_s = sorted(end / 1000 for end in ends if isinstance(end, int | float))
        # What a browser sends may be anything; not a number is not in any interval.
        if len(times_s) == 2 and all(0 <= time_s < LATEST_S for time_s in times_s):
            self._on_brush(times_s[0], times_s[1])


def joined(intervals: Sequence[Interval]) -> list[Interval]:
    """Join what overlaps: a hatch over another would look like more. Sorted by their ends."""
    apart: list[Interval] = []
    for start_s, end_s in intervals:
        while apart and apart[-1][1] > start_s:
            start_s = min(start_s, apart.pop()[0])
        apart.append((start_s, end_s))
    return apart
