"""Filtering many events without holding up the loop."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from operator import attrgetter
from typing import Final
from weakref import WeakKeyDictionary

from sources.filters import Matcher
from sources.ids import BEGINNING, EventId
from sources.log import Entry

PART: Final = 32
"""Events judged by what they hold between two looks at the clock."""
PART_BYTES: Final = 65_536
PART_BY_CATEGORY: Final = 500
TURN_S: Final = 0.004
_FIRST_TURN_S: Final = 0.001
_LARGE_PART: Final = 500
_ROUNDS: Final = 3
_by_id = attrgetter("id")


class Line:
    """Where long works wait for their next turn, of which there is one at a time, in order.

    Who merely yields has the loop again before those who wait for a timer or a socket: what comes
    due wakes a future, and that a task, each a round of the loop later. So they would wait for two
    turns, and for two more of each other work.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait(self) -> None:
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        if len(self._waiting) == 1:
            self._admit(_ROUNDS)
        await place

    def _admit(self, rounds: int) -> None:
        """Let the first one go on, after so many rounds of the loop for all others."""
        if rounds:
            asyncio.get_running_loop().call_soon(self._admit, rounds - 1)
            return
        while self._waiting and (place := self._waiting.popleft()).done():
            pass  # its work was cancelled
        if not place.done():
            place.set_result(None)
        if self._waiting:
            self._admit(_ROUNDS)


_lines: WeakKeyDictionary[asyncio.AbstractEventLoop, Line] = WeakKeyDictionary()


class Turn:
    """How long a long work has had the loop; shared, so that parts of it count together.

    The first turn is short: many works may begin in one round of the loop.
    """

    def __init__(self) -> None:
        self._until_s = time.perf_counter() + min(_FIRST_TURN_S, TURN_S)

    @property
    def is_over(self) -> bool:
        return time.perf_counter() > self._until_s

    async def give_way(self) -> None:
        """Let others run, if this turn is over."""
        if self.is_over:
            await self.end()

    async def end(self) -> None:
        """Let others run, as where something long follows that cannot be parted."""
        await _lines.setdefault(asyncio.get_running_loop(), Line()).wait()
        self._until_s = time.perf_counter() + TURN_S


def part_of(matcher: Matcher) -> int:
    """Return how many events of the usual size are judged in a moment."""
    return PART if matcher.reads_content else PART_BY_CATEGORY


def light(entries: Sequence[Entry]) -> int:
    """Return how many of the first are read in a moment: a large one takes as long as a hundred."""
    total = 0
    for index, entry in enumerate(entries):
        total += len(entry.frame)
        if total > PART_BYTES and index:
            return index
    return len(entries)


def oldest_part(matcher: Matcher, entries: Sequence[Entry]) -> Sequence[Entry]:
    """Return as many of the first entries as are judged in a moment, one at least."""
    part = entries[: part_of(matcher)]
    return part[: light(part)] if matcher.reads_content else part


def newest_part(matcher: Matcher, entries: Sequence[Entry]) -> Sequence[Entry]:
    """Return as many of the last entries as are judged in a moment, one at least."""
    part = entries[-part_of(matcher) :]
    return part[len(part) - light(part[::-1]) :] if matcher.reads_content else part


async def in_parts(
    read: Callable[[EventId, int], Sequence[Entry]], last: EventId | None
) -> AsyncIterator[Sequence[Entry]]:
    """Give what is up to ``last`` part by part, for what takes little for each; others may run.

    ``read`` gives so many entries that follow an id: a copy of them all would touch each twice,
    which takes 10 ms of 100,000.
    """
    turn, position = Turn(), BEGINNING
    while last is not None and position < last and (part := read(position, _LARGE_PART)):
        position = part[-1].id
        yield part if position <= last else part[: bisect_right(part, last, key=_by_id)]
        await turn.give_way()


async def scan(matcher: Matcher, entries: Sequence[Entry], turn: Turn) -> list[Entry]:
    """Return the entries that pass, all judged at one moment; gives way when ``turn`` is over.

    Who scans page after page gives the same turn to each. The text of an event is built when it is
    first searched, so that some parts take far longer than others.
    """
    found: list[Entry] = []
    now_ns, at = time.time_ns(), 0
    while at < len(entries):
        part = oldest_part(matcher, entries[at : at + part_of(matcher)])
        found += matcher.select(part, now_ns)
        at += len(part)
        await turn.give_way()
    return found


async def scan_newest(matcher: Matcher, entries: Sequence[Entry], count: int) -> list[Entry]:
    """Return the newest ``count`` that pass, oldest first; looks no further back than it must."""
    if not matcher.restricts:
        return list(entries[-count:])
    found: list[Sequence[Entry]] = []
    now_ns, turn, end, left = time.time_ns(), Turn(), len(entries), count
    while end and left > 0:
        part = newest_part(matcher, entries[max(0, end - part_of(matcher)) : end])
        found.append(matcher.select(part, now_ns)[-left:])
        end, left = end - len(part), left - len(found[-1])
        await turn.give_way()
    return [entry for part in reversed(found) for entry in part]
