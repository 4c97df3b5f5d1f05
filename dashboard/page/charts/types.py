"""How many matching events there are of each type; a click on a bar filters by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from bokeh.core.properties import value
from bokeh.events import Event, Tap
from bokeh.models import ColumnDataSource, FactorRange, HBar, Text

from dashboard.page.charts import style

MOST: Final = 9
RIGHT: Final = 1.13
"""Where the counts end; the longest bar is 1 long."""
KINDS: Final = {
    "agent_request": "request",
    "agent_response": "response",
    "agent_error": "error",
    "system_health": "health",
    "metrics": "metrics",
    "alerts": "alerts",
    "connection": "connection",
    "test": "test",
}
OTHER: Final = "other"


class Types:
    """``on_choose`` is given the type that was clicked."""

    def __init__(self, on_choose: Callable[[str], None]) -> None:
        self.figure = style.bare_figure(
            "types", x_range=style.span(0, RIGHT), y_range=style.factor_range([])
        )
        self.figure.grid.visible = False
        self.figure.xaxis.visible = False
        self.figure.yaxis.major_label_text_font_size = "12px"
        self._kinds = (*KINDS.values(), OTHER)
        self._names: list[str] = []
        self._source = ColumnDataSource(self._columns([]))
        self._draw()
        self.figure.on_event(Tap, self._tapped)
        self._on_choose = on_choose

    def show(self, counts: Sequence[tuple[str, int]]) -> None:
        """Draw the most frequent types, ``counts`` being in descending order."""
        shown = counts[:MOST]
        self._names = [name for name, _ in shown]
        factors = self._names[::-1]
        axis = cast(FactorRange, self.figure.y_range)
        if list(axis.factors) != factors:
            axis.factors = factors
        self._source.data = self._columns(shown)

    def _draw(self) -> None:
        well = HBar(y="name", left=0, right=1, height=0.6, line_alpha=0)
        style.draw(self.figure, self._source, well, fill_color="--line")
        for kind in self._kinds:
            bar = HBar(y="name", left=0, right=kind, height=0.6, line_alpha=0, fill_alpha=0.85)
            style.draw(self.figure, self._source, bar, fill_color=f"--t-{kind}")
        text = Text(
            x=value(RIGHT), y="name", text="shown", text_align="right", text_baseline="middle",
            text_font=value(style.FONT), text_font_size=value("12px"), x_offset=value(-6),
        )  # fmt: skip
        style.draw(self.figure, self._source, text, text_color="--ink-2")

    def _columns(self, counts: Sequence[tuple[str, int]]) -> dict[str, list[Any]]:
        # One column and glyph for each kind: a tag gives a glyph one colour, not one for each bar.
        highest = max((count for _, count in counts), default=1) or 1
        columns: dict[str, list[Any]] = {kind: [0.0] * len(counts) for kind in self._kinds}
        for index, (name, count) in enumerate(counts):
            columns[KINDS.get(name, OTHER)][index] = count / highest
        columns["name"] = [name for name, _ in counts]
        columns["shown"] = [f"{count:,}" for _, count in counts]
        return columns

    def _tapped(self, event: Event) -> None:
        if isinstance(event, Tap) and isinstance(event.y, int | float):
            names = self._names[::-1]
            if 0 <= event.y < len(names):
                self._on_choose(names[int(event.y)])
