"""From the publish of an event to its sending, the slowest hundredth."""

from __future__ import annotations

from dashboard.page.charts.timeline import Timeline


def latency_chart() -> Timeline:
    return Timeline("lat", lines=[("p99", "--accent-2")], target=50, target_text="target 50 ms")
