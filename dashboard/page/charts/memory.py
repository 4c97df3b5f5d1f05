"""The memory that this process holds, in MB."""

from __future__ import annotations

from dashboard.page.charts.timeline import Timeline


def memory_chart() -> Timeline:
    return Timeline("mem", lines=[("rss", "--accent-2")], target=100, target_text="target 100 MB")
