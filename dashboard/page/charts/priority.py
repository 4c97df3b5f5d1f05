"""The share of each priority, as one bar; a click filters by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bokeh.events import Event, Tap
from bokeh.models import ColumnDataSource, HBar

from dashboard.page.charts import style

ORDER = tuple(reversed(style.STACK))


class Priority:
    """``on_choose`` is given the priority that was clicked."""

    def __init__(self, on_choose: Callable[[str], None]) -> None:
        self._axis = style.span(0, 1)
        self.figure = style.bare_figure("prio", x_range=self._axis, y_range=style.span(0, 1))
        style.hide_axes(self.figure)
        self._counts: dict[str, int] = {}
        self._source = ColumnDataSource({"y": [0.5], **{p: [0] for p in ORDER}})
        for priority, left, right in style.stacked(ORDER):
            part = HBar(y="y", height=1, left=left, right=right, line_width=2)
            style.draw(
                self.figure,
                self._source,
                part,
                fill_color=f"--p-{priority}",
                line_color="--glass-solid",
            )
        self.figure.on_event(Tap, self._tapped)
        self._on_choose = on_choose

    def show(self, counts: Mapping[str, int]) -> None:
        self._counts = {priority: counts.get(priority, 0) for priority in ORDER}
        self._source.data = {"y": [0.5], **{p: [count] for p, count in self._counts.items()}}
        self._axis.end = max(1, sum(self._counts.values()))

    def _tapped(self, event: Event) -> None:
        if not isinstance(event, Tap) or not isinstance(event.x, int | float):
            return
        end = 0
        for priority, count in self._counts.items():
            end += count
            if event.x <= end:
                self._on_choose(priority)
                return
