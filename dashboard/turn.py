"""What one flush of the fan-out makes: for each place once, for each group of readers in turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from dashboard.reader import Encoder, Gap, Reader
from sources.ids import EventId
from sources.log import Entry

JOIN_BYTES: Final = 524_288
_FLUSH_BYTES: Final = 33_554_432
"""What one flush gives all readers together: the kernel takes about 30 ms to copy it."""
_LEAST_BYTES: Final = 16_384

Place = tuple[EventId, int]
"""Where a reader is: its position, and the generation of the log in which that holds."""

Key = tuple[str, str, Encoder]
"""What readers of one group share: the way that they are reached, the filter, and the form."""

Reads = dict[Place, tuple[Sequence[Entry], Gap | None]]
"""What follows each place, read once for all who are there."""


class Joined(msgspec.Struct, frozen=True):
    """What readers at one position with one filter get next."""

    payload: bytes
    count: int
    position: EventId
    gap: Gap | None
    more: bool
    """Whether the log holds more after it."""


class Turn(msgspec.Struct):
    """One flush of the readers of one group."""

    readers: list[Reader]
    given: int = 0
    more: bool = False
    waiting: bool = False
    """Whether one of them is behind and takes nothing at the moment."""


def most_bytes(readers: int) -> int:
    """Return how much one of so many readers is given by one flush."""
    return max(_LEAST_BYTES, min(JOIN_BYTES, _FLUSH_BYTES // max(1, readers)))


def within_bytes(entries: Sequence[Entry], most: int = JOIN_BYTES) -> Sequence[Entry]:
    """Return as many of the first entries as one write may hold, and one at least."""
    total = 0
    for index, entry in enumerate(entries):
        total += len(entry.frame)
        if total > most and index:
            return entries[:index]
    return entries
