"""Figures of many runs: medians, quantiles, ratios within a round."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

BIN_NS: Final = 20_000


class Latencies:
    """Counts spans of time in bins of 20 microseconds, so that millions take no room."""

    def __init__(self) -> None:
        self._bins: Counter[int] = Counter()
        self.max_ms = 0.0

    def add(self, span_ns: int, weight: float = 1) -> None:
        self._bins[span_ns // BIN_NS] += weight  # type: ignore[assignment]  # halves are counted too
        if span_ns > self.max_ms * 1e6:
            self.max_ms = span_ns / 1e6

    def quantile_ms(self, share: float) -> float | None:
        """Return the span within which this share of all lies; None where there are none."""
        left = share * sum(self._bins.values())
        for bin in sorted(self._bins):
            left -= self._bins[bin]
            if left <= 0:
                return (bin + 0.5) * BIN_NS / 1e6
        return None


def quantile(values: Iterable[float], share: float) -> float:
    """Return the value below which this share of ``values`` lies, one of them."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def ratio(those: Sequence[float], ours: Sequence[float]) -> float:
    """Return how many times ``ours`` ``those`` are: the median of the rounds' ratios.

    What disturbed the machine in a round disturbed both, so rounds are compared with themselves.
    """
    return statistics.median(a / b for a, b in zip(those, ours, strict=True))


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return how much y grows by one x: the median of the slopes between pairs (Theil-Sen).

    A few outliers, such as a collection just passed, do not bend it.
    """
    return statistics.median(
        (y2 - y1) / (x2 - x1)
        for i, (x1, y1) in enumerate(points)
        for x2, y2 in points[i + 1 :]
        if x2 != x1
    )
