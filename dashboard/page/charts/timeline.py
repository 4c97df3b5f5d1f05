"""A figure of the process over time: a line, its area, and where wanted a target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, Line, VArea
from bokeh.models.annotations import Label, Span

from dashboard.page.charts import style

SHORTEST_S: Final = 300
"""What is shown at least, so that the axis can be marked by the minute."""


class Timeline:
    """One or more lines over the same times; the first has its area filled."""

    def __init__(
        self,
        name: str,
        lines: Sequence[tuple[str, str]],
        *,
        target: float | None = None,
        target_text: str = "",
        lowest_top: float = 1,
    ) -> None:
        self.figure = style.time_figure(name)
        self._names = [name for name, _ in lines]
        self._lowest_top = max(lowest_top, (target or 0) * 1.1)
        self._source = ColumnDataSource({"time": [], **{name: [] for name in self._names}})
        area = VArea(x="time", y1=value(0), y2=self._names[0], fill_alpha=0.18)
        style.draw(self.figure, self._source, area, fill_color=lines[0][1])
        for name, colour in lines:
            line = Line(x="time", y=name, line_width=1.5)
            style.draw(self.figure, self._source, line, line_color=colour)
        if target is not None:
            self._add_target(target, target_text)

    def show(self, times_s: Sequence[float], values: Sequence[Sequence[float]]) -> None:
        """Draw ``values``, one sequence a line; NaN leaves a hole."""
        columns = {name: list(column) for name, column in zip(self._names, values, strict=True)}
        self._source.data = {"time": [time * 1000 for time in times_s], **columns}
        if times_s:
            style.set_span(self.figure, min(times_s[0], times_s[-1] - SHORTEST_S), times_s[-1])
        seen = [value for column in values for value in column if value == value]
        style.set_height(self.figure, max([self._lowest_top, *seen]))

    def _add_target(self, target: float, text: str) -> None:
        line = Span(location=target, dimension="width", line_dash=[4, 3], line_width=1.5)
        label = Label(
            x=0, y=target, x_units="screen", x_offset=4, y_offset=3, text=text,
            text_font=style.FONT, text_font_size="11px",
        )  # fmt: skip
        style.paint(line, line_color="--bad-dot")
        style.paint(label, text_color="--bad")
        self.figure.add_layout(line)
        self.figure.add_layout(label)
