"""Delivery latency: a histogram of the last minutes, and one since the start."""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from typing import Final

_PER_DOUBLING: Final = 8
_SLICE_S: Final = 5.0
_SLICES: Final = 180
_FLOOR_MS: Final = 0.125


def bucket_of(ms: float) -> int:
    """Return the number of the bucket that holds ``ms``; eight buckets to a doubling."""
    return 0 if ms <= _FLOOR_MS else math.ceil(math.log2(ms / _FLOOR_MS) * _PER_DOUBLING)


def upper_ms(bucket: int) -> float:
    """Return the upper end of a bucket."""
    return float(_FLOOR_MS * 2 ** (bucket / _PER_DOUBLING))


class LatencyHistogram:
    """Milliseconds in logarithmic buckets about 9 % wide, by slices of 5 s, for 15 minutes."""

    def __init__(self) -> None:
        self._slices: deque[tuple[float, Counter[int]]] = deque(maxlen=_SLICES)
        self.total: Counter[int] = Counter()
        self.sum_ms = 0.0

    def observe(self, ms: float, count: int = 1) -> None:
        """Count deliveries that took so long; a clock that stepped back counts as zero."""
        bucket = bucket_of(ms)
        now_s = time.monotonic()
        if not self._slices or now_s - self._slices[-1][0] >= _SLICE_S:
            self._slices.append((now_s, Counter()))
        self._slices[-1][1][bucket] += count
        self.total[bucket] += count
        self.sum_ms += max(0.0, ms) * count

    def counts(self, span_s: float = 900.0) -> Counter[int]:
        """Return how many deliveries fell into each bucket within the last ``span_s``."""
        oldest_s = time.monotonic() - span_s - _SLICE_S
        counts: Counter[int] = Counter()
        for started_s, slice_counts in self._slices:
            if started_s >= oldest_s:
                counts += slice_counts
        return counts

    def percentile_ms(self, q: float, span_s: float = 60.0) -> float | None:
        """Return the ``q``-th percentile (0 to 100) of the last ``span_s``; None without any."""
        counts = self.counts(span_s)
        rank = counts.total() * q / 100
        seen = 0
        for bucket in sorted(counts):
            seen += counts[bucket]
            if seen >= rank:
                return upper_ms(bucket)
        return None
