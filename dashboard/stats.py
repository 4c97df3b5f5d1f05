"""What this process counts about itself, and its last fifteen minutes."""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from dashboard.fanout import Fanout
from sources import timestamps
from sources.base import EventSource
from sources.event import Fault
from sources.log import Entry

SAMPLE_S: Final = 5.0
_SAMPLES: Final = 180
_RATE_TICKS: Final = 3
_PAGE_BYTES: Final = resource.getpagesize()
_STATM: Final = Path("/proc/self/statm")


class Sample(msgspec.Struct, frozen=True):
    """One sample a `SAMPLE_S`; ``t_s`` is seconds since 1970, rates are events per second."""

    t_s: float
    events_in: float
    deliveries: float
    p99_ms: float | None
    memory_mb: float
    lag_ms: float | None


class Tick(msgspec.Struct, frozen=True):
    t_s: float
    received: int
    delivered: int


def memory_mb() -> float:
    """Return the resident set of this process; its peak where the present one is not to be had."""
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * _PAGE_BYTES / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


class Stats:
    """Counters since the start, and rates over the last seconds."""

    def __init__(self, fanout: Fanout, source: EventSource) -> None:
        self._fanout, self._source = fanout, source
        self._started_s = time.monotonic()
        self.started_ms = int(time.time() * 1000)
        self.received = 0
        self.total_connections = 0
        self._active_ns: int | None = None
        self.errors = 0
        self.refused: Counter[tuple[str, str]] = Counter()
        """By door (http, ws) and the first fault's type."""
        self.loop_lag_ms = 0.0
        self._lag_ms: deque[float] = deque(maxlen=50)
        self._ticks: deque[Tick] = deque([Tick(time.monotonic(), 0, 0)], maxlen=_RATE_TICKS + 1)
        self.series: deque[Sample] = deque(maxlen=_SAMPLES)

    @property
    def uptime_s(self) -> float:
        return time.monotonic() - self._started_s

    @property
    def last_activity(self) -> str | None:
        """When the newest event came in, in words; None before the first."""
        return None if self._active_ns is None else timestamps.from_ns(self._active_ns)

    @property
    def events_sent(self) -> int:
        """Deliveries to WebSocket clients."""
        return self._fanout.deliveries["ws"]

    @property
    def rate(self) -> float:
        """Events per second that entered the log, over the last three seconds."""
        return self._per_second("received")

    @property
    def delivery_rate(self) -> float:
        """Deliveries per second, over the last three seconds."""
        return self._per_second("delivered")

    @property
    def lag_ms(self) -> float | None:
        """How long the latest events took from their id to this log; None before any."""
        return sum(self._lag_ms) / len(self._lag_ms) if self._lag_ms else None

    def delivery_ms(self, q: float) -> float | None:
        """Return the ``q``-th percentile of the last minute's deliveries, publish to sent."""
        return self._fanout.latency.percentile_ms(q)

    def note_refused(self, door: str, faults: Sequence[Fault]) -> None:
        """Count what was refused when it was published, by its first fault."""
        self.refused[door, faults[0].type] += 1

    async def run(self) -> None:
        """Take samples until cancelled; a late wake-up measures the event loop's lag."""
        next_sample_s = time.monotonic() + SAMPLE_S
        while True:
            before_s = time.monotonic()
            await asyncio.sleep(1.0)
            now_s = time.monotonic()
            self.loop_lag_ms = max(0.0, (now_s - before_s - 1.0) * 1000)
            self._ticks.append(Tick(now_s, self.received, self._fanout.delivered))
            if now_s >= next_sample_s:
                next_sample_s += SAMPLE_S
                self._sample()

    def note(self, added: Sequence[Entry]) -> None:
        """Count events that entered the log, or that were there before this process."""
        newest = added[-1].id.ms
        if newest < self.started_ms or not self._source.ready.is_set():
            # Ids are the publisher's to choose, beyond the year 9999 too.
            is_time = newest < timestamps.YEAR_10000_MS
            self._active_ns = newest * 1_000_000 if is_time else time.time_ns()
            return
        self.received += len(added)
        self._active_ns = now_ns = time.time_ns()
        self._lag_ms.append(max(0.0, now_ns / 1e6 - newest))

    def _per_second(self, counter: str) -> float:
        first, last = self._ticks[0], self._ticks[-1]
        span_s = last.t_s - first.t_s
        return float(getattr(last, counter) - getattr(first, counter)) / span_s if span_s else 0.0

    def _sample(self) -> None:
        self.series.append(
            Sample(
                time.time(),
                self.rate,
                self.delivery_rate,
                self._fanout.latency.percentile_ms(99, SAMPLE_S),
                memory_mb(),
                self.lag_ms,
            )
        )
