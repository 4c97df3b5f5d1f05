"""How late a loop comes to what is due, and how much of that is its own work."""

from __future__ import annotations

import asyncio
import time
from typing import Final, NamedTuple

import msgspec

LOOK_S: Final = 0.002


class Lateness(msgspec.Struct):
    """How late the event loop came to a task that looks every 2 ms, in ms.

    ``cpu_ms`` is the most CPU time that the thread took between two looks: what the loop was held
    up by its own work, whatever else the machine had to do.
    """

    p50_ms: float = 0.0
    p99_ms: float = 0.0
    max_ms: float = 0.0
    cpu_ms: float = 0.0


class _Look(NamedTuple):
    late_ms: float
    cpu_ms: float


class Lag:
    def __init__(self) -> None:
        self._looks: list[_Look] = []

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            due_s, cpu_ns = time.perf_counter() + LOOK_S, time.thread_time_ns()
            await asyncio.sleep(LOOK_S)
            late_s, took_ns = time.perf_counter() - due_s, time.thread_time_ns() - cpu_ns
            self._looks.append(_Look(late_s * 1000, took_ns / 1e6))

    def take(self) -> Lateness:
        """Return what was seen since the last time."""
        looks, self._looks = self._looks, []
        if not looks:
            return Lateness()
        ordered = sorted(look.late_ms for look in looks)
        p50, p99 = (ordered[int(share * len(ordered))] for share in (0.5, 0.99))
        return Lateness(p50, p99, ordered[-1], max(look.cpu_ms for look in looks))
