"""Which stretch of time the charts show for a filter's range, and the counts in it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from sources.time_range import TimeRange

BUCKETS: Final = 60
SECONDS_KEPT_S: Final = 900
"""How far back the rollup counts by the second; before that, by the minute."""
DAY_S: Final = 86_400
STEPS_S: Final = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1440, 1800, 3600, 7200, 10_080, 14_400, 43_200,
    86_400,
)  # fmt: skip


class Window(msgspec.Struct, frozen=True):
    """Buckets of equal width; the last may reach beyond now."""

    start_s: int
    step_s: int
    buckets: int

    @property
    def end_s(self) -> int:
        return self.start_s + self.step_s * self.buckets


class Stacked(msgspec.Struct, frozen=True):
    """Counts by priority in each bucket; before ``covered_since_s`` they are not complete."""

    window: Window
    counts: Mapping[str, Sequence[int]]
    covered_since_s: float

    @property
    def start_s(self) -> int:
        return self.window.start_s

    @property
    def end_s(self) -> int:
        return self.window.end_s

    @property
    def step_s(self) -> int:
        return self.window.step_s

    @property
    def times_s(self) -> list[int]:
        return list(range(self.start_s, self.end_s, self.step_s))

    @property
    def highest(self) -> int:
        return max(map(sum, zip(*self.counts.values(), strict=True)), default=0)


def window_of(chosen: TimeRange, now_s: float, covered_since_s: float) -> Window:
    """Return the buckets in which a range is shown; all of time is what the rollup covers."""
    if chosen.start_ns is None and chosen.end_ns is None:
        if chosen.span_ns is None:
            return _all(now_s, covered_since_s)
        return _ending_now(now_s, chosen.span_ns / 1e9)
    end_s = chosen.end_ns / 1e9 if chosen.end_ns is not None else now_s
    start_s = chosen.start_ns / 1e9 if chosen.start_ns is not None else end_s - DAY_S
    step_s = _step(max(end_s - start_s, 1))
    if start_s < now_s - SECONDS_KEPT_S:
        step_s = max(step_s, 60)
    first = math.floor(start_s / step_s) * step_s
    return Window(first, step_s, max(1, min(BUCKETS + 1, math.ceil((end_s - first) / step_s))))


def _ending_now(now_s: float, span_s: float) -> Window:
    step_s = _step(span_s)
    if span_s > SECONDS_KEPT_S:
        step_s = max(step_s, 60)
    end_s = math.floor(now_s / step_s) * step_s + step_s
    return Window(end_s - step_s * BUCKETS, step_s, BUCKETS)


def _all(now_s: float, covered_since_s: float) -> Window:
    """What is covered, and no more: a young process would else show little but what is not."""
    span_s = min(max(now_s - covered_since_s, SECONDS_KEPT_S), DAY_S)
    window = _ending_now(now_s, span_s)
    skipped = max(0, math.floor((now_s - span_s - window.start_s) / window.step_s))
    start_s = window.start_s + skipped * window.step_s
    return Window(start_s, window.step_s, window.buckets - skipped)


def _step(span_s: float) -> int:
    return next((step for step in STEPS_S if step * BUCKETS >= span_s), STEPS_S[-1])
