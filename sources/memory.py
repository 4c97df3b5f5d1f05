"""Events inside one process: nothing to install or start, the same behaviour."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from sources.base import EventSource, KeyReused, Publish, Rejected
from sources.event import Event
from sources.ids import BEGINNING, EventId
from sources.log import Batch, Entry, EventLog

KEY_LIFETIME_S = 86_400
_MAX_KEYS = 100_000


class MemorySource(EventSource):
    """Assigns ids and appends to the log at once."""

    name = "in this process"

    def __init__(self, log: EventLog, clock: Callable[[], float] = time.time) -> None:
        super().__init__(log)
        self._clock = clock
        self._last = BEGINNING
        # With the first id and how many follow it: a list of each would fill the memory in a day.
        self._keys: OrderedDict[str, tuple[str, float, EventId, int]] = OrderedDict()

    async def run(self) -> None:
        self.enter("connected")
        self.ready.set()
        await asyncio.Event().wait()

    async def publish(
        self, events: Sequence[Event], publish: Publish | None = None
    ) -> list[EventId]:
        if publish is not None and (known := self._known(publish)) is not None:
            return known
        now = self._clock()
        first = self._last.successor(int(now * 1000))
        ids = _from(first, len(events))
        self._last = ids[-1] if ids else self._last
        if publish is not None:
            self._keys[publish.key] = (publish.digest, now + KEY_LIFETIME_S, first, len(events))
        self.log.append(zip(ids, events, strict=True))
        return ids

    async def read(self, after: EventId, limit: int) -> Batch:
        return self.log.read(after, limit)

    async def before(self, id: EventId, limit: int) -> Sequence[Entry]:
        return self.log.before(id, limit)

    async def rejected(self, limit: int) -> Sequence[Rejected]:
        return ()

    def _known(self, publish: Publish) -> list[EventId] | None:
        now = self._clock()
        while self._keys:
            key, (_, expires, *_) = next(iter(self._keys.items()))
            if expires > now and len(self._keys) <= _MAX_KEYS:
                break
            del self._keys[key]
        if publish.key not in self._keys:
            return None
        digest, _, first, count = self._keys[publish.key]
        if digest != publish.digest:
            raise KeyReused("this Idempotency-Key came before with another body")
        return _from(first, count)


def _from(first: EventId, count: int) -> list[EventId]:
    return [EventId(first.ms, first.seq + number) for number in range(count)]
