"""Percentiles of durations over the last minutes, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log
from typing import Final

import numpy as np

from sources.rings import Ring

_LEAST_MS: Final = 0.1
_MOST_MS: Final = 3_600_000.0
_STEP: Final = 1.1
_LOG_STEP: Final = log(_STEP)
_BUCKETS: Final = ceil(log(_MOST_MS / _LEAST_MS) / _LOG_STEP) + 1


class Histogram:
    """Durations by minute, in 184 steps of 10 % from 0.1 ms to an hour; about 13 kB.

    What it gives is at most 5 % off. What is shorter or longer counts as the least or the most.
    """

    def __init__(self, span_s: int) -> None:
        self._ring = Ring(span_s, 60, _BUCKETS)

    def advance(self, now_s: int) -> None:
        self._ring.advance(now_s)

    def add(self, time_s: int, ms: float) -> None:
        self._ring.add(time_s, _bucket(ms))

    def percentiles(self, ranks: Sequence[float], start_s: int) -> list[float | None]:
        """Return, in ms, what each share of the durations does not exceed; None without any.

        Counts from the minute in which ``start_s`` lies.
        """
        running = np.cumsum(self._ring.sums(start_s // 60 * 60))
        total = int(running[-1])
        if total == 0:
            return [None] * len(ranks)
        found = np.searchsorted(running, [max(1, ceil(rank * total)) for rank in ranks])
        return [_LEAST_MS * _STEP ** (int(bucket) + 0.5) for bucket in found]


def _bucket(ms: float) -> int:
    if ms <= _LEAST_MS:
        return 0
    return int(log(min(ms, _MOST_MS) / _LEAST_MS) / _LOG_STEP)
