"""What will happen in the simulated platform, in order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from heapq import heappop, heappush
from random import Random
from typing import Any

from sources.event import Event

Happening = Callable[[float], Event | None]


class Agenda:
    """A clock of its own (seconds from 0), what is due when, and the one source of chance.

    ``offset_s`` turns its time into seconds since 1970; ``rate`` gives the events per second that
    there should be at a time.
    """

    def __init__(self, rng: Random, rate: Callable[[float], float]) -> None:
        self.rng, self.rate = rng, rate
        self.now_s = 0.0
        self.offset_s = 0.0
        self._due: list[tuple[float, int, Happening]] = []
        self._count = 0
        self._second = -1
        self._written = ""

    @property
    def next_s(self) -> float:
        return self._due[0][0]

    def at(self, due_s: float, happening: Happening) -> None:
        # The number keeps the order of equal times, and callables from being compared.
        self._count += 1
        heappush(self._due, (due_s, self._count, happening))

    def until(self, time_s: float) -> Iterator[Event]:
        """Let everything happen that is due by then; yields the events of it."""
        while self._due[0][0] <= time_s:
            due_s, _, happening = heappop(self._due)
            event = happening(due_s)
            if event is not None:
                yield event
        self.now_s = time_s

    def event(
        self, due_s: float, kind: str, source: str, priority: str, data: dict[str, Any]
    ) -> Event:
        return Event(kind, data, self._timestamp(due_s), source, priority)

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.rng.random()

    def _timestamp(self, due_s: float) -> str:
        second, ms = divmod(int((due_s + self.offset_s) * 1000), 1000)
        if second != self._second:
            self._second = second
            self._written = datetime.fromtimestamp(second, UTC).isoformat()[:19]
        return f"{self._written}.{ms:03d}Z" if ms else f"{self._written}Z"
