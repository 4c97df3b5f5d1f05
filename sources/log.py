"""The event log: the most recent events of this process, in id order, read by position."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Final, Protocol
from weakref import WeakSet

import msgspec

from sources import timestamps
from sources.entry import Category as Category
from sources.entry import Entry as Entry
from sources.entry import entry_of as entry_of
from sources.event import Event
from sources.ids import BEGINNING, EventId
from sources.retention import Bound, Gone

LAG_EVENTS: Final = 20_000
LAG_BYTES: Final = 33_554_432
_MAX_GAPS: Final = 100
_COMPACT_EVENTS: Final = 1024
_COMPACT_BYTES: Final = 1_048_576
_by_id = attrgetter("id")


class Batch(msgspec.Struct, frozen=True):
    """What a read gives: the entries, the position after them, and what is no longer there.

    ``missed`` counts the events between the old position and the first entry that are no longer
    retained, None where they cannot be counted.
    """

    entries: Sequence[Entry]
    position: EventId
    missed: int | None = 0


class LogGap(msgspec.Struct):
    """Events that this process could not have, between two that it had.

    ``resumed_from`` is None until the next event came, ``missed`` where it cannot be counted;
    ``generation`` is the one of the log that ended with it.
    """

    noticed: str
    generation: int
    after: EventId
    missed: int | None
    resumed_from: EventId | None = None


class Follower(Protocol):
    """One that follows the log by position, and may lag."""

    def goes_on_after(self) -> EventId | None:
        """Return the oldest position from which it goes on; None while it needs nothing old."""
        ...


class EventLog:
    """The newest events in memory, bounded by count and bytes, in id order.

    Readers hold a position (the id of the last event they have) and pull; nothing is queued for
    them. Beyond the retained events, frames are kept for live readers that lag (`follow`), until
    `release` finds that none of ``followers`` needs them.
    Only to be used from the event loop's thread.
    """

    def __init__(
        self,
        max_events: int = 1000,
        max_bytes: int = 67_108_864,
        *,
        lag_events: int = LAG_EVENTS,
        lag_bytes: int = LAG_BYTES,
    ) -> None:
        self._limits = (
            (max_events, max_bytes),
            (max(max_events, lag_events), max(max_bytes, lag_bytes)),
        )
        self.generation = 0
        self._same_ids_since = 0  # the first generation of the stream as it is now
        self.gaps: deque[LogGap] = deque(maxlen=_MAX_GAPS)
        """The latest breaks of the log, oldest first; each began a new generation."""
        self._listeners: list[Callable[[Sequence[Entry]], None]] = []
        self.followers: WeakSet[Follower] = WeakSet()
        self._gone = Gone(self._limits[1][0])
        self._reset()

    def _reset(self) -> None:
        self._retained, self._kept = (Bound(*limits) for limits in self._limits)
        self._entries: list[Entry] = []
        self._dropped_bytes = 0  # of the entries that are no longer kept but not yet cut off
        self.total = 0
        self.first_ever: EventId | None = None

    def __len__(self) -> int:
        return self._retained.count

    @property
    def last_id(self) -> EventId | None:
        return self._entries[-1].id if self._entries else None

    @property
    def first_id(self) -> EventId | None:
        """The oldest retained id."""
        start = self._start(self._retained)
        return self._entries[start].id if start < len(self._entries) else None

    @property
    def retained_bytes(self) -> int:
        return self._retained.bytes

    def listen(self, listener: Callable[[Sequence[Entry]], None]) -> Callable[[], None]:
        """Call ``listener`` with the entries of every append; returns how to stop that."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def append(self, events: Iterable[tuple[EventId, Event]]) -> Sequence[Entry]:
        """Add events whose ids rise; one not beyond the newest id is already here and left out."""
        last = self.last_id or BEGINNING
        added: list[Entry] = []
        for id, event in events:
            if id > last:
                added.append(entry_of(id, event))
                last = id
        if added:
            self._add(added)
        return added

    def read(self, after: EventId, limit: int | None = None) -> Batch:
        """Return the retained events that follow ``after``, oldest first.

        An ``after`` from before the first event this log ever had, or beyond its newest, is not
        of this log: everything retained follows, and ``missed`` is None, but for one from before
        a gap that was counted. `BEGINNING` is of every log.
        """
        return self._read(self._retained, after, limit)

    def follow(self, after: EventId, limit: int | None = None) -> Batch:
        """Return what follows ``after`` for a live reader, whom frames are kept for longer."""
        return self._read(self._kept, after, limit)

    def lag(self, position: EventId) -> int | None:
        """Return how many events follow ``position``; None where some of them are gone."""
        if self._is_foreign(position):
            return None if self._entries else 0
        begin = bisect_right(self._entries, position, key=_by_id)
        if self._missed(position, begin, self._start(self._kept)) != 0:
            return None
        return len(self._entries) - begin

    def count(self, after: EventId, before: EventId | None) -> int | None:
        """Count what entered between two ids, gone or not; None where it cannot be known."""
        begin = bisect_right(self._entries, after, key=_by_id)
        gone = 0 if begin else self._gone.follow(after, before)
        if gone is None or after > (self.last_id or self._gone.last):
            return None
        end = None if before is None else bisect_left(self._entries, before, key=_by_id)
        return gone + max(0, (len(self._entries) if end is None else end) - begin)

    def release(self) -> None:
        """Let go of frames beyond the retained that no follower needs any more."""
        positions = [follower.goes_on_after() for follower in self.followers]
        end = self._start(self._retained)
        for position in positions:
            if position is not None:
                end = min(end, bisect_right(self._entries, position, key=_by_id))
        passed = self._entries[self._start(self._kept) : end]
        if passed:
            size = sum(len(entry.frame) for entry in passed)
            self._kept.count -= len(passed)
            self._kept.bytes -= size
            self._dropped_bytes += size
            self._compact()

    def newest(self, count: int) -> Sequence[Entry]:
        """Return the newest ``count`` retained events, oldest first."""
        return self._entries[max(len(self._entries) - count, self._start(self._retained)) :]

    def before(self, id: EventId, count: int) -> Sequence[Entry]:
        """Return the newest ``count`` retained events older than ``id``, oldest first."""
        start = self._start(self._retained)
        end = bisect_right(self._entries, EventId(id.ms, id.seq - 1), lo=start, key=_by_id)
        return self._entries[max(start, end - count) : end]

    def predecessor(self, id: EventId) -> EventId:
        """Return the position from which `follow` goes on with ``id``, an entry that is kept."""
        index = bisect_left(self._entries, id, key=_by_id)
        if index:
            return self._entries[index - 1].id
        first = self.first_ever
        return BEGINNING if first is None or self._gone.last < first else self._gone.last

    def get(self, id: EventId) -> Entry | None:
        """Return the retained event with this id."""
        found = self.before(EventId(id.ms, id.seq + 1), 1)
        return found[0] if found and found[0].id == id else None

    def clear(self, missed: int | None = None) -> None:
        """Forget everything, as when the stream behind it was made anew; positions lose meaning.

        ``missed`` counts the events that come between the last one and the next, if that is known.
        """
        if self.last_id is not None:
            self.gaps.append(LogGap(timestamps.now(), self.generation, self.last_id, missed))
        elif self._open_gap is not None:
            known = self._open_gap.missed
            self._open_gap.missed = None if missed is None or known is None else known + missed
        if missed is None:
            self._gone = Gone(self._limits[1][0])
        else:
            self._gone.add([entry.id for entry in self._entries])
            self._gone.add_hole(missed)
        self._reset()
        self.generation += 1
        if missed is None:
            self._same_ids_since = self.generation

    def knows(self, position: EventId, generation: int) -> bool:
        """Return whether a position of ``generation`` means here what it meant then.

        So it does where entries were only missed between. A reader may also be ahead of this
        process, which has another one to thank for its position.
        """
        if generation == self.generation:
            return True
        return generation >= self._same_ids_since and position != BEGINNING

    @property
    def _open_gap(self) -> LogGap | None:
        return self.gaps[-1] if self.gaps and self.gaps[-1].resumed_from is None else None

    def _add(self, added: list[Entry]) -> None:
        if self.first_ever is None:
            self.first_ever = added[0].id
            if self._open_gap is not None:
                self._open_gap.resumed_from = added[0].id
        self._entries += added
        self.total += len(added)
        size = sum(len(entry.frame) for entry in added)
        self._trim(self._retained, len(added), size)
        self._dropped_bytes += self._trim(self._kept, len(added), size)
        self._compact()
        for listener in tuple(self._listeners):
            listener(added)
        for entry in added:
            entry._decoded = None

    def _trim(self, bound: Bound, count: int, size: int) -> int:
        """Count new entries in and the oldest out; return the bytes that left."""
        bound.count += count
        bound.bytes += size
        before, index = bound.bytes, self._start(bound)
        while bound.is_over():
            bound.count -= 1
            bound.bytes -= len(self._entries[index].frame)
            index += 1
        return before - bound.bytes

    def _compact(self) -> None:
        # Cutting a list's head moves the rest, so it is done now and then; till then, what was
        # missed can be counted.
        dropped = self._start(self._kept)
        most = max(_COMPACT_EVENTS, self._kept.count // 4)
        if dropped > most or self._dropped_bytes > _COMPACT_BYTES:
            self._gone.add([entry.id for entry in self._entries[:dropped]])
            del self._entries[:dropped]
            self._dropped_bytes = 0

    def _start(self, bound: Bound) -> int:
        return len(self._entries) - bound.count

    def _read(self, bound: Bound, after: EventId, limit: int | None) -> Batch:
        start, end = self._start(bound), len(self._entries)
        if self._is_foreign(after):
            # A position of another log means nothing here, so the reader gets one of this log.
            missed = self.count(after, self._entries[start].id) if self._entries else None
            after, begin = BEGINNING, start
        else:
            begin = bisect_right(self._entries, after, key=_by_id)
            missed = self._missed(after, begin, start)
            begin = max(begin, start)
        entries = self._entries[begin : end if limit is None else min(end, begin + limit)]
        return Batch(entries, entries[-1].id if entries else after, missed)

    def _missed(self, after: EventId, begin: int, start: int) -> int | None:
        if begin > 0:
            return max(0, start - begin)
        if after == BEGINNING:
            return self.total - (len(self._entries) - start)
        gone = self._gone.follow(after)
        return None if gone is None else gone + start

    def _is_foreign(self, after: EventId) -> bool:
        if after == BEGINNING:
            return False
        if self.first_ever is None:
            return True
        return after < self.first_ever or after > self._entries[-1].id
