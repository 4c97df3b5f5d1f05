"""What changes about once a second: key figures for every tab, charts and lists for the visible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bokeh.models import Column

from dashboard.page.model import LivePage
from dashboard.page.shared import Shared
from dashboard.page.tabs import (
    AnalyticsCharts,
    Charts,
    EventsCharts,
    HealthCharts,
    Losses,
    OnBrush,
    OnToggle,
)
from dashboard.page.tally import Kinds
from dashboard.page.view import View
from sources.event import PRIORITIES

MOST_FACETS: Final = 500
BOXES: Final = ("hist", "rate", "prio", "types", "thr", "lat", "mem", "lag")


class Board:
    """The charts of one page, and the properties that go with them.

    A chart is hundreds of models to make, send and hold, so each tab's are made when it is first
    looked at; ``boxes`` hold their places.
    """

    def __init__(
        self, page: LivePage, on_brush: OnBrush, on_toggle: OnToggle, lost: Losses
    ) -> None:
        self._page = page
        self.boxes = {name: Column(name=name, sizing_mode="stretch_both") for name in BOXES}
        self._makers: dict[str, Callable[[], Charts]] = {
            "events": lambda: EventsCharts(on_brush, lost),
            "analytics": lambda: AnalyticsCharts(on_toggle),
            "health": HealthCharts,
        }
        self._made: dict[str, Charts] = {}

    def show(self, shared: Shared, view: View) -> None:
        """Bring up to date what the visible tab needs."""
        page, tab = self._page, self._page.tab
        page.kpis = shared.kpis()
        kinds, key = shared.tally(view), view.matcher.key
        if tab == "health":
            page.health = shared.health()
        else:
            bar_s = shared.stacked(view).step_s
            page.facets = shared.text(
                ("facets", key), lambda: {**facets(kinds.in_range), "bar_s": bar_s}
            )
        if tab == "analytics":
            page.breakdown = shared.text(("breakdown", key), lambda: breakdown(kinds.matched))
        if tab == "agents":
            page.agents = shared.text("agents as text", shared.agents)
        if tab in self._makers:
            self._show_charts(tab, shared, view)

    def _show_charts(self, tab: str, shared: Shared, view: View) -> None:
        if charts := self._made.get(tab):
            charts.show(shared, view)
            return
        charts = self._made[tab] = self._makers[tab]()
        # Filled before they are sent, so that they are drawn once.
        charts.show(shared, view)
        for name, chart in charts.figures.items():
            self.boxes[name].children = [chart]


def facets(kinds: Kinds) -> dict[str, object]:
    """Return what there is to choose from, with counts."""
    priorities = dict(kinds.priorities)
    return {
        "types": [list(pair) for pair in kinds.types[:MOST_FACETS]],
        "sources": [list(pair) for pair in kinds.sources[:MOST_FACETS]],
        "priorities": {name: priorities.get(name, 0) for name in PRIORITIES},
    }


def breakdown(matched: Kinds) -> dict[str, object]:
    counts = dict(matched.priorities)
    total = max(1, matched.total)
    rows = [
        {"name": name, "count": counts.get(name, 0), "share": counts.get(name, 0) / total}
        for name in reversed(PRIORITIES)
    ]
    return {"priorities": rows, "total": matched.total}
