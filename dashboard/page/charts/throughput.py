"""Events a second into the log, and deliveries a second out of it."""

from __future__ import annotations

from dashboard.page.charts.timeline import Timeline


def throughput_chart() -> Timeline:
    return Timeline("thr", lines=[("in", "--accent-2"), ("out", "--t-request")])
