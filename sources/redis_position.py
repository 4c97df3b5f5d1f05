"""Where a reader is in a Redis stream, and whether the stream is still whole behind it."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

import msgspec

from sources.ids import BEGINNING, EventId
from sources.redis_connection import Connection
from sources.redis_entries import RawEntry, parse_id
from sources.redis_scripts import LOOK

_MAX_LANDMARKS: Final = 1000


class StreamInfo(msgspec.Struct, frozen=True):
    """How a stream is; ``added`` counts the entries it ever had, None before Redis 7."""

    length: int
    first: EventId | None
    last: EventId
    added: int | None

    @property
    def lost(self) -> int | None:
        """How many entries are no longer retained."""
        return None if self.added is None else self.added - self.length


ABSENT: Final = StreamInfo(0, None, BEGINNING, 0)


class Breach(msgspec.Struct, frozen=True):
    """Entries that a reader can no longer get: ``missed`` of them, None where not countable."""

    missed: int | None


async def look(
    connection: Connection, stream: str, start: str = "-", end: str = "+", count: int = 0
) -> tuple[StreamInfo, list[RawEntry]]:
    """Return how the stream is, and what is in a range of it, both of the same moment.

    A stream that is not there is an empty one.
    """
    answer: list[Any] = await connection.run(LOOK, (stream,), (start, end, count))
    if not answer:
        return ABSENT, []
    length, first, last, added, entries = answer
    info = StreamInfo(
        length=length,
        first=parse_id(first) if first else None,
        last=parse_id(last),
        added=added if added >= 0 else None,
    )
    return info, [(id, dict(zip(words[::2], words[1::2], strict=True))) for id, words in entries]


class Position:
    """The last entry a reader has, by its id and by its number in the stream.

    ``number`` counts the entries the stream ever had up to it, None where Redis does not tell.
    """

    def __init__(self) -> None:
        self.id = BEGINNING
        self.number: int | None = 0
        self._before_skip: int | None = None  # the position's own number, after a skip
        self._landmarks: deque[tuple[EventId, int]] = deque(maxlen=_MAX_LANDMARKS)

    def advance(self, id: EventId, entries: int) -> None:
        self.id, self._before_skip = id, None
        if self.number is not None:
            self.number += entries

    def jump(self, info: StreamInfo) -> None:
        """Take the newest entry of the stream as the position."""
        self.id, self.number, self._before_skip = info.last, info.added, None

    def skip(self, missed: int) -> None:
        """Count entries in that can no longer be read, so that what follows them comes next."""
        if self.number is None:
            return
        self.mark()
        if self._before_skip is None:
            self._before_skip = self.number
        self.number += missed

    def breach(self, info: StreamInfo) -> Breach | None:
        """Return what was lost between the position and the stream as it is now, if anything."""
        if info.last < self.id or self._is_anew(info):
            return Breach(None)
        if info.first is not None and info.first <= self.id:
            return None
        # Nothing up to the position is left, so that all that is retained comes after it.
        if info.lost is None or self.number is None:
            return Breach(None) if info.first is not None else None
        missed = info.lost - self.number
        return None if missed == 0 else Breach(missed if missed > 0 else None)

    def remember(self, info: StreamInfo) -> None:
        """Note the number of the position, so that what is lost after it can be counted later."""
        if info.last == self.id:
            # Entries that were deleted one by one before they were read have no part in the count.
            self.number = info.added
        self.mark()

    def mark(self) -> None:
        """Keep the position as one whose number is known."""
        known = self._landmarks[-1][0] if self._landmarks else BEGINNING
        if self.number is not None and self.id > known:
            self._landmarks.append((self.id, self.number))

    def forget(self) -> None:
        """Forget everything, as when the stream was made anew."""
        self.id, self.number, self._before_skip = BEGINNING, 0, None
        self._landmarks.clear()

    def number_of(self, id: EventId) -> int | None:
        """Return the number of an entry in the stream, where it happens to be known."""
        if id == BEGINNING:
            return 0
        if id == self.id:
            return self.number if self._before_skip is None else self._before_skip
        return next((number for known, number in self._landmarks if known == id), None)

    def _is_anew(self, info: StreamInfo) -> bool:
        return info.added is not None and self.number is not None and info.added < self.number
