"""Events in a Redis stream, which any number of processes share: the same events, the same ids."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence

from sources.base import (
    Condition,
    EventSource,
    Publish,
    Rejected,
    SourceUnreachable,
    State,
)
from sources.event import MAX_EVENT_BYTES, Event
from sources.ids import EventId
from sources.log import Batch, Entry, EventLog
from sources.redis_bridge import ANSWER_WITHIN_S as BRIDGE_ANSWERS_WITHIN_S
from sources.redis_bridge import BridgeState, ChannelBridge
from sources.redis_connection import Connection, Pace, keep_connected
from sources.redis_faults import FAULTS, is_replica, refuses_writes, sentence
from sources.redis_history import StreamHistory
from sources.redis_publisher import Publisher
from sources.redis_reader import ANSWER_WITHIN_S, Stream, StreamReader
from sources.redis_rejects import Rejects

_logger = logging.getLogger("dashboard.source")


class RedisSource(EventSource):
    """Reads the stream into the log; publishes to the stream only, whose reader brings it back."""

    def __init__(
        self,
        log: EventLog,
        url: str,
        *,
        stream: str = "events",
        channel: str = "events",
        maxlen: int = 100_000,
        max_event_bytes: int = MAX_EVENT_BYTES,
        history: int = 1000,
    ) -> None:
        super().__init__(log)
        self._url = url
        self._publisher = Publisher(url, stream, maxlen, self._note_write)
        self._rejects = Rejects(stream, self._count_rejected)
        self._settings = settings = Stream(stream, history, maxlen, max_event_bytes)
        self._reader = StreamReader(log, settings, self._rejects, self._connected, self._prime)
        self.ready = self._reader.loaded
        self._history = StreamHistory(log, settings, self._reader, self._publisher.connection)
        self._bridge = ChannelBridge(channel, settings, self._rejects, self._note_write)
        self._pace, self._bridge_pace = Pace(), Pace()
        self._is_read = False
        self._refusal: Exception | None = None  # why nothing can be written, while reading works
        self.name = f"Redis at {self._publisher.connection.address}"

    @property
    def bridge_state(self) -> BridgeState:
        """Who brings the messages of the channel into the stream."""
        return self._bridge.state

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._read(), name="redis-reader")
                tasks.create_task(self._bring(), name="redis-bridge")
        finally:
            await self._publisher.close()

    async def _read(self) -> None:
        await keep_connected(
            self._session,
            lambda: Connection(self._url, answer_within_s=ANSWER_WITHIN_S),
            self._disconnected,
            self._pace,
        )

    async def _session(self, connection: Connection) -> None:
        await self._publisher.connection.drop_idle()
        await self._reader.session(connection)

    async def _bring(self) -> None:
        await keep_connected(
            self._bridge.session,
            lambda: Connection(self._url, answer_within_s=BRIDGE_ANSWERS_WITHIN_S),
            self._bridge_failed,
            self._bridge_pace,
        )

    async def publish(
        self, events: Sequence[Event], publish: Publish | None = None
    ) -> list[EventId]:
        return await self._publisher.publish(events, publish)

    async def read(self, after: EventId, limit: int) -> Batch:
        try:
            return await self._history.read(after, limit)
        except SourceUnreachable:
            raise
        except FAULTS as error:
            raise self._unreachable(error) from error

    async def before(self, id: EventId, limit: int) -> Sequence[Entry]:
        try:
            return await self._history.before(id, limit)
        except FAULTS as error:
            raise self._unreachable(error) from error

    async def rejected(self, limit: int) -> Sequence[Rejected]:
        try:
            return await self._rejects.newest(self._publisher.connection, limit)
        except FAULTS as error:
            raise self._unreachable(error) from error

    async def ping(self) -> bool:
        try:
            await self._publisher.connection.call("PING")
        except FAULTS:
            return False
        self._pace.try_now()
        self._bridge_pace.try_now()
        return True

    def conditions(self) -> Sequence[Condition]:
        if not self._is_read:
            return ()
        return self._stream_condition(), self._bridge_condition()

    def _stream_condition(self) -> Condition:
        reader, stream = self._reader, self._settings
        note = f"in {stream.name}, kept to about {stream.maxlen:,}"
        if reader.is_overgrown:
            note = f"in {stream.name}: others add without trimming to {stream.maxlen:,}"
        return Condition("Redis stream", f"{reader.length:,}", note, reader.is_overgrown)

    def _bridge_condition(self) -> Condition:
        bridge = self._bridge
        where = {"held here": "this process", "elsewhere": "another process"}
        value = where.get(bridge.state, "no process known")
        note = f"brings in the channel {self._bridge.channel}; {bridge.holder}".rstrip("; ")
        return Condition("Channel bridge", value, note, bridge.state == "unknown")

    @property
    def next_try_s(self) -> float | None:
        if self.status.state == "connected":
            return None
        # The bridge writes each second, and so finds out when that is possible again.
        return (self._bridge_pace if self.status.is_read else self._pace).next_try_s

    def _connected(self) -> None:
        self._is_read = True
        self._settle()

    def _disconnected(self, error: Exception) -> None:
        self._is_read, self._refusal = False, None
        self._enter("unreachable", self._says(error))

    def _bridge_failed(self, error: Exception) -> None:
        self._bridge.failed(self._says(error))
        if refuses_writes(error):
            self._note_write(error)

    def _note_write(self, error: Exception | None) -> None:
        """Take note of how it went to write something."""
        if error is not None and not refuses_writes(error):
            return
        if error is None and self._refusal is not None and is_replica(self._refusal):
            # What takes writes again may be another server at the same address.
            self._reader.connect_anew()
        self._refusal = error
        self._settle()

    def _settle(self) -> None:
        if not self._is_read:
            return
        if self._refusal is None:
            self._enter("connected")
        else:
            self._enter("read-only", self._says(self._refusal))

    def _enter(self, state: State, reason: str = "") -> None:
        if not self.enter(state, reason):
            return
        if state == "connected":
            _logger.info("%s is connected; reading from %s", self.name, self._reader.position.id)
        else:
            again = "tried again every second or two"
            _logger.warning("%s; %s; %s", reason, self.status.still_works, again)

    def _says(self, error: Exception) -> str:
        return sentence(error, self._publisher.connection.address)

    def _unreachable(self, error: Exception) -> SourceUnreachable:
        return SourceUnreachable(f"{self._says(error)}. What is not in memory cannot be read")

    def _prime(self, entries: Sequence[Entry]) -> None:
        if self.on_prime is not None:
            self.on_prime(entries)

    def _count_rejected(self, kinds: Iterable[str]) -> None:
        self.rejected_by.update(kinds)
