"""How far the newest event here is behind the newest at the source, in ms."""

from __future__ import annotations

from dashboard.page.charts.timeline import Timeline


def lag_chart() -> Timeline:
    return Timeline("lag", lines=[("lag", "--accent-2")], lowest_top=10)
