"""What changes about once a second: key figures for every tab, charts and lists for the visible."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bokeh.models.ui import UIElement

from dashboard.page.charts.histogram import Histogram
from dashboard.page.charts.lag import lag_chart
from dashboard.page.charts.latency import latency_chart
from dashboard.page.charts.memory import memory_chart
from dashboard.page.charts.priority import Priority
from dashboard.page.charts.rate import Rate
from dashboard.page.charts.throughput import throughput_chart
from dashboard.page.charts.types import Types
from dashboard.page.health import Samples, samples_of
from dashboard.page.model import LivePage
from dashboard.page.shared import Shared
from dashboard.page.tally import Kinds
from dashboard.page.view import View
from sources.event import PRIORITIES

MOST_FACETS = 500


class Board:
    """The charts of one page, and the properties that go with them."""

    def __init__(
        self,
        page: LivePage,
        on_brush: Callable[[float, float], None],
        on_toggle: Callable[[str, str], None],
    ) -> None:
        self._page = page
        self._histogram = Histogram(on_brush)
        self._rate = Rate()
        self._priority = Priority(lambda name: on_toggle("priority", name))
        self._types = Types(lambda name: on_toggle("event_types", name))
        self._throughput, self._latency = throughput_chart(), latency_chart()
        self._memory, self._lag = memory_chart(), lag_chart()

    @property
    def figures(self) -> Sequence[UIElement]:
        charts = (
            self._histogram, self._rate, self._priority, self._types,
            self._throughput, self._latency, self._memory, self._lag,
        )  # fmt: skip
        return [chart.figure for chart in charts]

    def show(self, shared: Shared, view: View) -> None:
        """Bring up to date what the visible tab needs."""
        page = self._page
        page.kpis = shared.kpis()
        if page.tab == "health":
            page.health = shared.health()
            self._show_health(samples_of(shared.hub.stats.series))
            return
        page.facets = facets(shared.in_range(view))
        if page.tab == "events":
            self._histogram.show(shared.stacked(view))
        elif page.tab == "analytics":
            self._show_analytics(shared, view)
        else:
            page.agents = shared.agents()

    def _show_analytics(self, shared: Shared, view: View) -> None:
        matched = shared.tally(view).matched
        self._rate.show(shared.stacked(view))
        self._priority.show(dict(matched.priorities))
        self._types.show(matched.types)
        self._page.breakdown = breakdown(matched)

    def _show_health(self, samples: Samples) -> None:
        self._throughput.show(samples.times_s, [samples.events_in, samples.deliveries])
        self._latency.show(samples.times_s, [samples.p99_ms])
        self._memory.show(samples.times_s, [samples.memory_mb])
        self._lag.show(samples.times_s, [samples.lag_ms])


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
