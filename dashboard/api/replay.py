"""From an id of the past to the end of the log, without loss, doubling or disorder at the seam."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from dashboard.fanout import Gap, Reader
from dashboard.hub import Hub
from dashboard.scan import Turn, newest_part, part_of
from dashboard.turn import JOIN_BYTES, Place, within_bytes
from sources.base import SourceUnreachable
from sources.ids import BEGINNING, EventId
from sources.log import Entry

_FIRST_PAGE: Final = 50
_PAGE: Final = 500
_RETRY_S: Final = 1.0

Drained = Callable[[], Awaitable[None]]


async def replay(hub: Hub, reader: Reader, after: EventId, drained: Drained) -> None:
    """Send ``reader`` every retained event after ``after``, then let it join the fan-out.

    The source is read until the log itself holds what follows; from there the log is contiguous.
    Each part goes out only once the one before has left, so that a slow reader costs one page.
    """
    await hub.source.ready.wait()
    with hub.fanout.catching_up():
        await _replay(hub, reader, after, drained)


async def _replay(hub: Hub, reader: Reader, after: EventId, drained: Drained) -> None:
    position, page = after, _FIRST_PAGE
    while True:
        generation = hub.log.generation
        try:
            batch = await hub.source.read(position, page)
        except SourceUnreachable:
            await asyncio.sleep(_RETRY_S)
            continue
        if hub.log.generation != generation:
            # What was read may be of before or after: it is not for this reader to tell twice.
            continue
        if batch.missed != 0:
            first = str(batch.entries[0].id) if batch.entries else None
            hub.fanout.gaps += 1
            reader.gaps += 1
            reader.send_gap(Gap(str(position), first, batch.missed))
        await _send(hub, reader, batch.entries, drained)
        position = batch.position
        # A short page need not be the last: the source may have been trimmed while it was read.
        if not batch.entries or _log_follows(hub, position):
            hub.fanout.join(reader, position, generation)
            return
        page = _next_page(batch.entries)


def join_now(hub: Hub, reader: Reader) -> None:
    """Let ``reader`` join with all that follows."""
    hub.fanout.join(reader, hub.log.last_id or BEGINNING, hub.log.generation)


async def join_with_history(hub: Hub, reader: Reader, history: int, place: Place) -> None:
    """Let ``reader`` join with the newest ``history`` that pass up to ``place``, and all after it.

    They are looked for from the newest back; a long search lets others run in between.
    """
    position, generation = place
    matcher, before, left, turn = reader.matcher, position.successor(0), history, Turn()
    with hub.fanout.catching_up():
        while left and hub.log.generation == generation:
            entries = newest_part(matcher, hub.log.before(before, part_of(matcher)))
            if not entries:
                break
            if passing := matcher.select(entries)[-left:]:
                left -= len(passing)
                position = hub.log.predecessor(passing[0].id)
            before = entries[0].id
            await turn.give_way()
    hub.fanout.join(reader, position, generation)


async def _send(hub: Hub, reader: Reader, entries: Sequence[Entry], drained: Drained) -> None:
    while entries:
        part = within_bytes(entries)
        entries = entries[len(part) :]
        # Selected part by part: the filter may be another one by then.
        passing = reader.matcher.select(part)
        if passing:
            hub.fanout.count(reader, len(passing))
            reader.send(b"".join(map(reader.encode, passing)))
        await drained()


def _log_follows(hub: Hub, position: EventId) -> bool:
    last = hub.log.last_id
    return last is None or position >= last or hub.log.follow(position, 1).missed == 0


def _next_page(entries: Sequence[Entry]) -> int:
    """Return how many entries of the size of these make one part."""
    size = sum(len(entry.frame) for entry in entries)
    return max(1, min(_PAGE, len(entries) * JOIN_BYTES // size))
