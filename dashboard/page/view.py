"""What passes one filter, worked out once for every page that has an equal one."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import islice
from operator import attrgetter

from dashboard.scan import Turn, newest_part, oldest_part, part_of
from sources.filters import Matcher
from sources.ids import BEGINNING, EventId
from sources.log import Entry, EventLog

_by_id = attrgetter("id")


class View:
    """The retained events that pass, in id order, and how many passed since it began.

    What the log held before is looked through from the newest back, so that the first rows are
    there long before the last is found; till then the view is not `is_whole`.
    """

    def __init__(self, log: EventLog, matcher: Matcher) -> None:
        self.matcher = matcher
        self.users = 0
        self.passed = 0
        self.counting = asyncio.Lock()
        self._log = log
        self._part = part_of(matcher)
        self._lock = asyncio.Lock()
        self._reset()
        log.followers.add(self)

    def _reset(self) -> None:
        self._entries: list[Entry] = []
        self._position = self._log.last_id or BEGINNING
        # What is older has not been looked at yet; None once all has.
        self._looked_to = self._log.last_id and self._position.successor(0)
        self.generation = self._log.generation

    @property
    def is_whole(self) -> bool:
        return self._looked_to is None

    def goes_on_after(self) -> EventId | None:
        """Return where it is, for `EventLog.release`: a hidden page counts what passes, too."""
        # A browser that stopped reading may never ask again, and what is gone need not wait for it.
        self._forget()
        return None if self._position == BEGINNING or self._is_stale() else self._position

    async def catch_up(self, is_enough: Callable[[], bool] = lambda: False) -> None:
        """Take in what the log has got since, and the past, as long as it is not ``is_enough``.

        Long scans let others run in between, and ask each time.
        """
        is_at_end = self._position == (self._log.last_id or BEGINNING)
        if is_at_end and self.is_whole and not self._is_stale():
            return
        async with self._lock:
            turn = Turn()
            while (self._take_new() or self._take_past(turn)) and not is_enough():
                await turn.give_way()

    def _take_new(self) -> bool:
        """Take in some events; returns whether there may be more."""
        if self._is_stale():
            self._reset()
        # What came and went since the last look is counted too.
        read = self._log.read if self._position == BEGINNING else self._log.follow
        batch = read(self._position, self._part)
        entries = oldest_part(self.matcher, batch.entries)
        self._position = entries[-1].id if entries else batch.position
        passing = self.matcher.select(entries)
        self.passed += len(passing)
        self._entries += passing
        self._forget()
        return len(batch.entries) == self._part or len(entries) < len(batch.entries)

    def _take_past(self, turn: Turn) -> bool:
        """Take in what is older, for one turn; returns whether there is more."""
        found: list[Sequence[Entry]] = []
        while self._looked_to is not None:
            older = self._log.before(self._looked_to, self._part)
            entries = newest_part(self.matcher, older)
            is_last = len(entries) == len(older) < self._part
            self._looked_to = None if is_last else entries[0].id
            found.append(self.matcher.select(entries))
            if turn.is_over:
                break
        # Once a turn: each time moves all that was found before.
        self._entries[:0] = [entry for part in reversed(found) for entry in part]
        return not self.is_whole

    def since(self, id: EventId) -> Sequence[Entry]:
        """Return what passes and follows ``id``."""
        return self._entries[bisect_right(self._entries, id, key=_by_id) :]

    def after(self, id: EventId, count: int) -> Sequence[Entry]:
        """Return the oldest ``count`` that pass and follow ``id``."""
        begin = bisect_right(self._entries, id, key=_by_id)
        return self._entries[begin : begin + count]

    def missed(self, id: EventId) -> int | None:
        """Return how many events after ``id``, passing or not, the log no longer holds."""
        return self._log.read(id, 1).missed

    def newest(self, count: int) -> Sequence[Entry]:
        """Return the newest of what passes now, oldest first."""
        since_ns = self.since_ns()
        if since_ns is None:
            return self._entries[-count:]
        passing = (entry for entry in reversed(self._entries) if entry.time_ns >= since_ns)
        return list(islice(passing, count))[::-1]

    def entries(self) -> Sequence[Entry]:
        """Return what passed when it came in; what of it is not before `since_ns` passes now."""
        return self._entries

    def since_ns(self) -> int | None:
        """Return where a range that counts back from now begins: events grow out of it."""
        span_ns = self.matcher.range.span_ns
        return None if span_ns is None else time.time_ns() - span_ns

    def _is_stale(self) -> bool:
        return self.generation != self._log.generation

    def _forget(self) -> None:
        first = self._log.first_id
        if first is not None and self._entries and self._entries[0].id < first:
            del self._entries[: bisect_left(self._entries, first, key=_by_id)]
