"""What passes one filter, worked out once for every page that has an equal one."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from sources.filters import Matcher
from sources.ids import BEGINNING, EventId
from sources.log import Entry, EventLog

# Both take a few milliseconds; between two of them the loop serves the others.
_CHUNK: Final = 5000
_CHUNK_READING_CONTENT: Final = 500
_by_id = attrgetter("id")


class View:
    """The retained events that pass, in id order, and how many ever passed since it began."""

    def __init__(self, log: EventLog, matcher: Matcher) -> None:
        self.matcher = matcher
        self.users = 0
        self.passed = 0
        self._log = log
        self._lock = asyncio.Lock()
        self._reset()
        log.followers.add(self)

    def _reset(self) -> None:
        self._entries: list[Entry] = []
        self._position = BEGINNING
        self.generation = self._log.generation

    def goes_on_after(self) -> EventId | None:
        """Return where it is, for `EventLog.release`: a hidden page counts what passes, too."""
        return None if self._position == BEGINNING or self._is_stale() else self._position

    async def catch_up(self) -> None:
        """Take in what the log has got since; long scans let others run in between."""
        if self._position == (self._log.last_id or BEGINNING) and not self._is_stale():
            return
        async with self._lock:
            has_more = self._take_chunk()
            while has_more:
                await asyncio.sleep(0)
                has_more = self._take_chunk()

    def _take_chunk(self) -> bool:
        """Take in some events; returns whether there may be more."""
        if self._is_stale():
            self._reset()
        chunk = _CHUNK_READING_CONTENT if self.matcher.reads_content else _CHUNK
        # What came and went since the last look is counted too.
        read = self._log.read if self._position == BEGINNING else self._log.follow
        batch = read(self._position, chunk)
        self._position = batch.position
        passing = self.matcher.select(batch.entries)
        self.passed += len(passing)
        self._entries += passing
        self._forget()
        return len(batch.entries) == chunk

    def since(self, id: EventId) -> Sequence[Entry]:
        """Return what passes and follows ``id``."""
        return self._entries[bisect_right(self._entries, id, key=_by_id) :]

    def missed(self, id: EventId) -> int | None:
        """Return how many events after ``id``, passing or not, the log no longer holds."""
        return self._log.read(id, 1).missed

    def newest(self, count: int) -> Sequence[Entry]:
        return self.in_range()[-count:]

    def in_range(self) -> Sequence[Entry]:
        """Return what passes now: in a range that counts back from now, events grow out of it."""
        span_ns = self.matcher.range.span_ns
        if span_ns is None:
            return self._entries
        # All else that the filter says was decided when they came in.
        since_ns = time.time_ns() - span_ns
        return [entry for entry in self._entries if entry.time_ns >= since_ns]

    def _is_stale(self) -> bool:
        return self.generation != self._log.generation

    def _forget(self) -> None:
        first = self._log.first_id
        if first is not None and self._entries and self._entries[0].id < first:
            del self._entries[: bisect_left(self._entries, first, key=_by_id)]
