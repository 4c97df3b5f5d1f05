"""Filtering many events without holding up the loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Final

from sources.filters import Matcher
from sources.log import Entry

PART: Final = 32
"""Events judged between two looks at the clock."""
TURN_S: Final = 0.005
_LARGE_PART: Final = 1000


class Turn:
    """How long a long work has had the loop; shared, so that parts of it count together."""

    def __init__(self) -> None:
        self._began_s = time.perf_counter()

    @property
    def is_over(self) -> bool:
        return time.perf_counter() - self._began_s > TURN_S

    async def give_way(self) -> None:
        """Let others run, if this turn is over."""
        if self.is_over:
            await asyncio.sleep(0)
            self._began_s = time.perf_counter()


async def in_parts(entries: Sequence[Entry]) -> AsyncIterator[Sequence[Entry]]:
    """Give entries part by part, for what takes little for each; between two others may run."""
    turn, entries = Turn(), entries[:]
    for first in range(0, len(entries), _LARGE_PART):
        yield entries[first : first + _LARGE_PART]
        await turn.give_way()


async def scan(matcher: Matcher, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries that pass, all judged at one moment; gives way every 5 ms or so.

    The text of an event is built when it is first searched, so that some parts take far longer
    than others.
    """
    found: list[Entry] = []
    now_ns = time.time_ns()
    turn = Turn()
    for first in range(0, len(entries), PART):
        found += matcher.select(entries[first : first + PART], now_ns)
        await turn.give_way()
    return found
