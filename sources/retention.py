"""How much a log keeps, and the ids of what it let go of."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from sources.ids import BEGINNING, EventId


class Bound:
    """How many of the newest entries count as something, and their bytes."""

    __slots__ = ("bytes", "count", "max_bytes", "max_count")

    def __init__(self, max_count: int, max_bytes: int) -> None:
        self.max_count, self.max_bytes = max_count, max_bytes
        self.count = self.bytes = 0

    def is_over(self) -> bool:
        # One event always stays, however large: an empty log would hide that there was one.
        return self.count > 1 and (self.count > self.max_count or self.bytes > self.max_bytes)


class Gone:
    """The newest ids that were let go of: 70 bytes each, by which it is told what is missed.

    Between two of them may be a hole: so many entries that this process never had.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._ids: list[EventId] = []
        self._holes: dict[EventId, int] = {}  # by the id before each

    @property
    def last(self) -> EventId:
        return self._ids[-1] if self._ids else BEGINNING

    def add(self, ids: list[EventId]) -> None:
        self._ids += ids
        if len(self._ids) > 2 * self._most:
            del self._ids[: -self._most]
            first = self._ids[0]
            self._holes = {id: missed for id, missed in self._holes.items() if id >= first}

    def add_hole(self, missed: int) -> None:
        """Count entries in that come after the last id and were never here."""
        if self._ids:
            self._holes[self.last] = self._holes.get(self.last, 0) + missed

    def follow(self, id: EventId, before: EventId | None = None) -> int | None:
        """Count those after ``id``, and before the other; None where some may be forgotten."""
        if not self._ids:
            return 0 if id == BEGINNING else None
        begin = bisect_right(self._ids, id)
        if begin == 0 or (self._ids[begin - 1] != id and self._ids[begin - 1] in self._holes):
            return None
        end = len(self._ids) if before is None else bisect_left(self._ids, before)
        holes = (
            missed
            for at, missed in self._holes.items()
            if id <= at and (before is None or at < before)
        )
        return max(0, end - begin) + sum(holes)
