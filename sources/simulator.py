"""Believable agents for demonstrations and trials, at any rate."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from math import sin
from random import Random
from typing import Final

from sources.base import SourceUnreachable
from sources.event import Event
from sources.simulation.agenda import Agenda
from sources.simulation.background import Background
from sources.simulation.conversations import Conversations
from sources.simulation.incidents import Incidents

RATES: Final = (1.0, 10_000.0)
MAX_BATCH: Final = 500
MAX_CATCH_UP_S: Final = 1.0
PAUSE_S: Final = 0.015
RETRY_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 1.0
_PAST_STEPS: Final = 100


class InvalidRate(ValueError):
    """A rate that the simulator does not have."""


class Simulator:
    """Publishes what a platform of agents would, ``rate`` events a second on average.

    The same ``seed`` gives the same events for the same times. An answer comes after the time
    that it took, with its request's correlation id.

    Raises
    ------
    InvalidRate
        If ``rate`` is not 1 to 10,000.
    """

    def __init__(
        self,
        rate: float,
        *,
        publish: Callable[[Sequence[Event]], Awaitable[object]],
        seed: int = 7,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if not RATES[0] <= rate <= RATES[1]:
            raise InvalidRate(f"{rate!r} events a second is not allowed; expected 1 to 10,000")
        self._rate, self._publish, self._clock, self._sleep = rate, publish, clock, sleep
        self._agenda = Agenda(Random(seed), self._present)
        incidents = Incidents(self._agenda)
        Background(self._agenda, incidents)
        self._conversations = Conversations(self._agenda, incidents)
        self._at_s: float | None = None

    async def run(self) -> None:
        """Publish until cancelled; what a source that is away does not take is not sent again."""
        while True:
            events = self.due(self._clock())
            try:
                for first in range(0, len(events), MAX_BATCH):
                    await self._publish(events[first : first + MAX_BATCH])
            except SourceUnreachable:
                await self._sleep(RETRY_S)
            await self._sleep(self._pause_s())

    def due(self, now_s: float) -> list[Event]:
        """Return what has happened since the last call, at most one second of it.

        After a longer pause (or when a clock was set) the simulation goes on where it was.
        """
        since_s = now_s if self._at_s is None else self._at_s
        return self._advance(min(max(now_s - since_s, 0.0), MAX_CATCH_UP_S), now_s)

    def backfill(self, span_s: float, now_s: float, most: int = 840) -> Iterator[Event]:
        """Give a past for `due` to go on from, in the order of time, made as it is taken.

        At this simulator's rate where that is about ``most`` events or fewer, else thinned to
        that, denser towards the end.
        """
        if self._rate * span_s > most:
            mean, start_s = most / span_s, self._agenda.now_s
            self._agenda.rate = lambda at_s: mean * (0.4 + 1.2 * (at_s - start_s) / span_s)
        for step in range(_PAST_STEPS):
            left_s = span_s * (_PAST_STEPS - 1 - step) / _PAST_STEPS
            yield from self._advance(span_s / _PAST_STEPS, now_s - left_s)
        self._agenda.rate = self._present

    def _advance(self, elapsed_s: float, now_s: float) -> list[Event]:
        """Go on by so much, to arrive at the present."""
        self._at_s = now_s
        end_s = self._agenda.now_s + elapsed_s
        self._agenda.offset_s = now_s - end_s
        events = []
        for event in self._agenda.until(end_s):
            self._conversations.count()
            events.append(event)
        return events

    def _present(self, at_s: float) -> float:
        """Return the rate with its ups and downs: never the same for long, as it is in life."""
        return self._rate * (1 + 0.06 * sin(at_s / 17) + 0.03 * sin(at_s / 5.3))

    def _pause_s(self) -> float:
        wait_s = self._agenda.next_s - self._agenda.now_s
        return min(max(wait_s, PAUSE_S), _LONGEST_PAUSE_S)
