"""From an id of the past to the end of the log, without loss, doubling or disorder at the seam."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from dashboard.fanout import Gap, Reader
from dashboard.hub import Hub
from sources.base import SourceUnreachable
from sources.ids import BEGINNING, EventId

_PAGE: Final = 500
_RETRY_S: Final = 1.0


async def replay(
    hub: Hub, reader: Reader, after: EventId, drained: Callable[[], Awaitable[None]]
) -> None:
    """Send ``reader`` every retained event after ``after``, then let it join the fan-out.

    The source is read until the log itself holds what follows; from there the log is contiguous.
    Each page goes out only once the one before has left, so that a slow reader costs one page.
    """
    await hub.source.ready.wait()
    position = after
    while True:
        generation = hub.log.generation
        try:
            batch = await hub.source.read(position, _PAGE)
        except SourceUnreachable:
            await asyncio.sleep(_RETRY_S)
            continue
        if batch.missed != 0:
            first = str(batch.entries[0].id) if batch.entries else None
            reader.gaps += 1
            reader.send_gap(Gap(str(position), first, batch.missed))
        passing = reader.matcher.select(batch.entries)
        position = batch.position
        if passing:
            reader.sent += len(passing)
            hub.fanout.delivered += len(passing)
            reader.send(b"".join(map(reader.encode, passing)))
        if len(batch.entries) < _PAGE or _log_follows(hub, position):
            hub.fanout.join(reader, position, generation)
            return
        await drained()


def join_now(hub: Hub, reader: Reader, history: int) -> None:
    """Send the newest ``history`` events that pass, and all that follows."""
    if history:
        newest = reader.matcher.select(hub.log.newest(hub.settings.max_history_size))[-history:]
        if newest:
            reader.sent += len(newest)
            hub.fanout.delivered += len(newest)
            reader.send(b"".join(map(reader.encode, newest)))
    hub.fanout.join(reader, hub.log.last_id or BEGINNING, hub.log.generation)


def _log_follows(hub: Hub, position: EventId) -> bool:
    last = hub.log.last_id
    return last is None or position >= last or hub.log.follow(position, 1).missed == 0
