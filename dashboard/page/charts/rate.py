"""Events per minute, stacked by priority."""

from __future__ import annotations

from typing import Any

from bokeh.models import ColumnDataSource, HoverTool, Line, VArea
from bokeh.models.renderers import GlyphRenderer

from dashboard.page.charts import style
from dashboard.page.series import Stacked


class Rate:
    def __init__(self) -> None:
        self.figure = style.time_figure("rate")
        self._source = ColumnDataSource({"time": [], **{p: [] for p in style.STACK}})
        for priority, bottom, top in style.stacked(style.STACK):
            area = VArea(x="time", y1=bottom, y2=top, fill_alpha=0.85)
            style.draw(self.figure, self._source, area, fill_color=f"--p-{priority}")
            edge = Line(x="time", y=top, line_width=1)
            highest = style.draw(self.figure, self._source, edge, line_color="--glass-solid")
        self._gap = style.add_gap(self.figure)
        self.figure.add_tools(_hover(highest))

    def show(self, series: Stacked) -> None:
        """Draw counts as rates; the last bucket is still filling, so it is left out."""
        per_minute = 60 / series.step_s
        whole = slice(0, -1)
        data: dict[str, list[float]] = {
            "time": [(start + series.step_s / 2) * 1000 for start in series.times_s[whole]]
        }
        for priority, counts in series.counts.items():
            data[priority] = [count * per_minute for count in counts[whole]]
        self._source.data = data
        end_s = series.end_s - series.step_s
        style.set_span(self.figure, series.start_s, end_s)
        style.show_gap(self._gap, series.start_s, end_s, series.covered_since_s)
        style.set_height(self.figure, series.highest * per_minute, parts=4)


def _hover(renderer: GlyphRenderer[Any]) -> HoverTool:
    rows = [(priority, f"@{priority}{{0,0}}") for priority in reversed(style.STACK)]
    return HoverTool(
        renderers=[renderer],
        mode="vline",
        tooltips=[("Time", "@time{%H:%M:%S %Z}"), *rows],
        formatters={"@time": "datetime"},
    )
