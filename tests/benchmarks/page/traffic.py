"""The same events for every peer: simulated agents, played in a circle at an even pace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import islice

import msgspec

from sources import timestamps
from sources.event import Event
from sources.simulator import Simulator

POOL = 5000
SEED = 11
TICK_S = 0.01

Publish = Callable[[Sequence[Event]], Awaitable[object]]


def pool() -> list[Event]:
    """Return a few seconds of a busy platform, the same at each call but for their times."""

    async def nowhere(events: Sequence[Event]) -> None: ...

    simulator = Simulator(1000, publish=nowhere, seed=SEED)
    return list(simulator.backfill(60, time.time(), most=POOL))


def timed(events: Iterator[Event], count: int, first: int, padding: str = "") -> list[Event]:
    """Return the next ``count`` events as of now, each with its number and when it was due."""
    now, due = timestamps.now(), time.monotonic_ns()
    more = {"trace": padding} if padding else {}
    return [
        msgspec.structs.replace(
            event,
            timestamp=now,
            data={"seq": first + index, "t": due, **event.data, **more},
        )
        for index, event in enumerate(islice(events, count))
    ]


def circle(events: Sequence[Event]) -> Iterator[Event]:
    while True:
        yield from events


async def play(publish: Publish, rate: float, first: int = 0) -> None:
    """Publish ``rate`` events a second until cancelled, in steps of 10 ms."""
    events, sent, started_s = circle(pool()), 0, time.monotonic()
    while rate:
        due = int((time.monotonic() - started_s) * rate)
        if due > sent:
            await publish(timed(events, due - sent, first + sent))
            sent = due
        await asyncio.sleep(TICK_S)


async def fill(publish: Publish, count: int, padding: str = "") -> None:
    """Publish ``count`` events at once, as a past."""
    events = circle(pool())
    for first in range(0, count, 500):
        await publish(timed(events, min(500, count - first), first, padding))
        await asyncio.sleep(0)
