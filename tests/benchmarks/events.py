"""The events of every measurement: about 250 bytes, numbered, each with the time it was due."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

TYPES: Final = ("agent_request", "agent_response", "agent_error", "system_health", "metrics")
PRIORITIES: Final = ("low", "normal", "high", "critical")
SOURCES: Final = 90
"""Event ``n`` comes from the source of number ``n % SOURCES``."""
WORDS: Final = (
    *("alder", "birch", "cedar", "dogwood", "elm"),
    *("fir", "ginkgo", "hazel", "ironwood", "juniper"),
)
"""Event ``n`` holds the word of number ``n % len(WORDS)``."""
START: Final = signal.SIGUSR2
"""Tells a publisher to begin: once its clients are there, for a slow server lets none in later."""
PUBLISH_PERIOD_S: Final = 0.001
_MESSAGE: Final = "the order was looked at by the agent and is passed on"
_TIMESTAMP: Final = "2026-01-01T00:00:00Z"


def event(number: int, due_ns: int, *, padding: str = "") -> dict[str, Any]:
    """Return an event; number and due time come first and side by side, as the load reads them."""
    return {
        "event_type": TYPES[number % len(TYPES)],
        "data": {
            "seq": number,
            "t": due_ns,
            "agent": f"billing-{number % SOURCES}",
            "message": f"{_MESSAGE}, {WORDS[number % len(WORDS)]}{padding}",
        },
        "timestamp": _TIMESTAMP,
        "source": f"agent-{number % SOURCES}",
        "priority": PRIORITIES[number % len(PRIORITIES)],
    }


class Pace:
    """Says which events are due: number ``n`` is, ``n / rate`` seconds after the start.

    Latency is counted from there, not from when a late publisher came to it.
    """

    def __init__(self, rate: float) -> None:
        self._period_ns = 1e9 / rate
        self._start_ns = time.monotonic_ns()
        self._next = 0

    def due(self) -> Iterator[tuple[int, int]]:
        """Give number and due time of what has become due since the last call."""
        now_ns = time.monotonic_ns()
        while (due_ns := self._start_ns + int(self._next * self._period_ns)) <= now_ns:
            yield self._next, due_ns
            self._next += 1


async def paced(rate: float, *, announce: bool = False) -> AsyncIterator[list[tuple[int, int]]]:
    """Give, once `START` has come, what is due, every millisecond in which something is.

    ``announce`` prints a line when `START` may come, for a program that listens on no port.
    """
    started = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(START, started.set)
    if announce:
        print("ready", flush=True)
    await started.wait()
    pace = Pace(rate)
    while True:
        if due := list(pace.due()):
            yield due
        await asyncio.sleep(PUBLISH_PERIOD_S)
