"""The charts of each tab, and what they are shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from bokeh.plotting import figure

from dashboard.gaps import Lost
from dashboard.page.charts.histogram import Histogram
from dashboard.page.charts.lag import lag_chart
from dashboard.page.charts.latency import latency_chart
from dashboard.page.charts.memory import memory_chart
from dashboard.page.charts.priority import Priority
from dashboard.page.charts.rate import Rate
from dashboard.page.charts.throughput import throughput_chart
from dashboard.page.charts.types import Types
from dashboard.page.health import samples_of
from dashboard.page.shared import Shared
from dashboard.page.view import View

OnBrush = Callable[[float, float], None]
OnToggle = Callable[[str, str], None]
Losses = Callable[[], Sequence[Lost]]


class Charts(Protocol):
    """The charts of one tab, by the name of the box that holds each."""

    @property
    def figures(self) -> Mapping[str, figure]: ...

    def show(self, shared: Shared, view: View) -> None: ...


class EventsCharts:
    def __init__(self, on_brush: OnBrush, lost: Losses) -> None:
        self._histogram, self._lost = Histogram(on_brush), lost
        self.figures = {"hist": self._histogram.figure}

    def show(self, shared: Shared, view: View) -> None:
        lost = [(gap.after.ms / 1000, gap.before.ms / 1000) for gap in self._lost()]
        self._histogram.show(shared.stacked(view), time.time(), lost)


class AnalyticsCharts:
    def __init__(self, on_toggle: OnToggle) -> None:
        self._rate = Rate()
        self._priority = Priority(lambda name: on_toggle("priority", name))
        self._types = Types(lambda name: on_toggle("event_types", name))
        self.figures = {
            "rate": self._rate.figure,
            "prio": self._priority.figure,
            "types": self._types.figure,
        }

    def show(self, shared: Shared, view: View) -> None:
        matched = shared.tally(view).matched
        self._rate.show(shared.stacked(view))
        self._priority.show(dict(matched.priorities))
        self._types.show(matched.types)


class HealthCharts:
    def __init__(self) -> None:
        self._throughput, self._latency = throughput_chart(), latency_chart()
        self._memory, self._lag = memory_chart(), lag_chart()
        self.figures = {
            "thr": self._throughput.figure,
            "lat": self._latency.figure,
            "mem": self._memory.figure,
            "lag": self._lag.figure,
        }

    def show(self, shared: Shared, view: View) -> None:
        samples = samples_of(shared.hub.stats.series)
        self._throughput.show(samples.times_s, [samples.events_in, samples.deliveries])
        self._latency.show(samples.times_s, [samples.p99_ms])
        self._memory.show(samples.times_s, [samples.memory_mb])
        self._lag.show(samples.times_s, [samples.lag_ms])
