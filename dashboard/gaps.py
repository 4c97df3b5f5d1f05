"""What this process knows to be lost: events that came while it could not read, and are gone."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final

import msgspec

from sources.base import EventSource, SourceUnreachable
from sources.ids import EventId
from sources.log import Entry, LogGap

_MOST: Final = 100
_RETRY_S: Final = 1.0


class Lost(msgspec.Struct, frozen=True):
    """The events between two that no reader can get; ``missed`` is None where not countable."""

    after: EventId
    before: EventId
    missed: int | None


async def lost_after(source: EventSource, id: EventId) -> Lost | None:
    """Return what is gone between ``id`` and the next event there is, if anything.

    Raises
    ------
    SourceUnreachable
    """
    batch = await source.read(id, 1)
    if batch.missed == 0 or not batch.entries:
        return None
    oldest = batch.entries[0].id
    if oldest > id:
        return Lost(id, oldest, batch.missed)
    # Ids stepped back, as in a restored backup: what is gone lies between its end and the id.
    older = await source.before(id, 1)
    return Lost(older[-1].id if older else oldest, id, None)


class Gaps:
    """What was lost to everyone here, oldest first.

    The log notes a gap; where it ends only the source can tell, for a log that was made anew holds
    the newest events alone.
    """

    def __init__(self, source: EventSource) -> None:
        self._source, self._log = source, source.log
        self.known: deque[Lost] = deque(maxlen=_MOST)
        self._seen: LogGap | None = None
        self._open: asyncio.Queue[LogGap] = asyncio.Queue(_MOST)

    def note(self, added: Sequence[Entry]) -> None:
        """Take notice of a gap before what the log got; for its `listen`."""
        newest = self._log.gaps[-1] if self._log.gaps else None
        if newest is not self._seen and newest is not None and not self._open.full():
            self._seen = newest
            self._open.put_nowait(newest)

    async def run(self) -> None:
        """Find where each gap ends, as soon as the source can tell."""
        while True:
            gap = await self._open.get()
            if gap.missed == 0:
                continue
            while True:
                try:
                    lost = await lost_after(self._source, gap.after)
                    break
                except SourceUnreachable:
                    await asyncio.sleep(_RETRY_S)
            if lost is not None:
                missed = lost.missed if gap.missed is None else gap.missed
                self.known.append(Lost(lost.after, lost.before, missed))
