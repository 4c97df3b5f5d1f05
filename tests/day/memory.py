"""What the memory of a process does over its life."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Sequence

from tests.benchmarks.proc import rss_mb

LOOK_S = 0.25
MAX_GROWTH_MB = 20.0
"""What the second half of a life may take more than its first: the collector is lazy on purpose."""


class Life:
    """One process from its start to its end, looked at a few times a second."""

    def __init__(self, pid: int, number: int) -> None:
        self.pid, self.number = pid, number
        self.took_mb: list[float] = []

    async def watch(self) -> None:
        """Look until the process is gone."""
        while (taken := _rss_mb(self.pid)) is not None:
            self.took_mb.append(taken)
            await asyncio.sleep(LOOK_S)

    @property
    def peak_mb(self) -> float:
        return max(self.took_mb, default=0.0)

    @property
    def growth_mb(self) -> float:
        """How much more the last quarter took than the second: in the first it loads and fills."""
        quarter = len(self.took_mb) // 4
        if quarter < 4:
            return 0.0
        early, late = self.took_mb[quarter : 2 * quarter], self.took_mb[-quarter:]
        return statistics.median(late) - statistics.median(early)


def faults(lives: Sequence[Life]) -> list[str]:
    return [
        f"process {life.number} grew by {life.growth_mb:.0f} MB, to {life.peak_mb:.0f} MB"
        for life in lives
        if life.growth_mb > MAX_GROWTH_MB
    ]


def _rss_mb(pid: int) -> float | None:
    try:
        # A process that has ended and is not yet waited for has no pages.
        return rss_mb(pid) or None
    except (FileNotFoundError, ProcessLookupError):
        return None
