"""What a Redis stream retains beyond the log: read after an id, and before one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from typing import Any, Final

import msgspec

from sources.base import SourceUnreachable
from sources.ids import BEGINNING, EventId
from sources.log import Batch, Entry, EventLog, entry_of
from sources.redis_connection import Connection
from sources.redis_entries import RawEntry, decode_entries, parse_id
from sources.redis_position import Position, StreamInfo, look
from sources.redis_reader import Stream, StreamReader

PAGE: Final = 1000
REACH_TIMEOUT_S: Final = 2.0
_MAX_ID: Final = EventId(2**64 - 1, 2**64 - 1)


class StreamHistory:
    """Reads up to the reader's position, where the log goes on without a seam."""

    def __init__(
        self, log: EventLog, stream: Stream, reader: StreamReader, connection: Connection
    ) -> None:
        self._log, self._stream = log, stream
        self._reader, self._connection = reader, connection

    async def read(self, after: EventId, limit: int) -> Batch:
        if self._is_in_log(after):
            return self._log.read(after, limit)
        seen = self._now()
        info, page = await self._page(after, limit)
        with suppress(TimeoutError):
            async with asyncio.timeout(REACH_TIMEOUT_S):
                while seen.is_behind(info, after):
                    await self._reader.moved_since(seen.moves)
                    if self._is_in_log(after):
                        return self._log.read(after, limit)
                    seen = self._now()
                    info, page = await self._page(after, limit)
        if seen.is_behind(info, after):
            # What comes next is not known before the reader has found out; nothing would be a lie.
            raise SourceUnreachable(
                "this process has not read yet what the stream holds; ask again in a moment"
            )
        if after > info.last:
            _, page = await self._page(BEGINNING, limit)
        elif self._log_reaches_further_back(after, info):
            return self._log.read(after, limit)
        missed = self._missed(after, info)
        entries, cut_at = await self._collect(page, limit)
        if cut_at is not None:
            rest = await self.read(cut_at, limit)
            both = None if missed is None or rest.missed is None else missed + rest.missed
            return Batch(rest.entries, rest.position, both)
        # With nothing to follow, it is the log's next event that does.
        return Batch(entries, entries[-1].id if entries else seen.last_id, missed)

    async def before(self, id: EventId, limit: int) -> Sequence[Entry]:
        newest = self._log.before(id, limit)
        if len(newest) == limit or id == BEGINNING:
            return newest
        end = f"({newest[0].id if newest else id}"
        if not newest and id > self._reader.position.id:
            end = str(self._reader.position.id)
        older: list[Entry] = []
        while len(older) + len(newest) < limit:
            left = min(PAGE, limit - len(older) - len(newest))
            words = ("XREVRANGE", self._stream.name, end, "-", "COUNT", left)
            page = await self._connection.call(*words)
            older = self._entries(page[::-1]) + older
            if len(page) < left:
                break
            end = f"({page[-1][0].decode()}"
        return [*older, *newest]

    async def _collect(
        self, page: list[RawEntry], limit: int
    ) -> tuple[list[Entry], EventId | None]:
        """Return the events of ``page``, and of the pages that follow it.

        Where that is none because what follows was trimmed meanwhile, also how far it came.
        """
        entries: list[Entry] = []
        while page:
            entries += self._entries(page)
            cursor, full = parse_id(page[-1][0]), len(page) >= min(PAGE, limit)
            if len(entries) >= limit or not full:
                break
            info, page = await self._page(cursor, limit)
            if info.first is None or info.first > cursor:
                # Trimmed meanwhile: the next read tells what is missed.
                return entries, None if entries else cursor
        return entries[:limit], None

    async def _page(self, after: EventId, limit: int) -> tuple[StreamInfo, list[RawEntry]]:
        start = f"({after}" if after < _MAX_ID else str(after)
        end = str(self._reader.position.id)
        return await look(self._connection, self._stream.name, start, end, min(PAGE, limit))

    def _entries(self, page: Any) -> list[Entry]:
        # The reader sets aside what is invalid.
        valid = decode_entries(page, self._stream.max_event_bytes).valid
        return [entry_of(id, event) for id, event in valid]

    def _now(self) -> _Seen:
        return _Seen(
            copy(self._reader.position), self._reader.moves, self._log.last_id or BEGINNING
        )

    def _is_in_log(self, after: EventId) -> bool:
        first, last = self._log.first_id, self._log.last_id
        return first is not None and last is not None and first <= after <= last

    def _log_reaches_further_back(self, after: EventId, info: StreamInfo) -> bool:
        """Return whether what follows ``after`` was trimmed, but is still in memory."""
        first = self._log.first_id
        return first is not None and after < first and (info.first is None or first < info.first)

    def _missed(self, after: EventId, info: StreamInfo) -> int | None:
        if after > info.last:
            return None
        if (info.first is not None and after >= info.first) or after == info.last:
            return 0
        number = self._reader.position.number_of(after)
        if number is not None and info.lost is not None:
            return max(0, info.lost - number)
        return self._log.count(after, info.first)


class _Seen(msgspec.Struct, frozen=True):
    """How far the reader was, before the stream was looked at."""

    position: Position
    moves: int
    last_id: EventId

    def is_behind(self, info: StreamInfo, after: EventId) -> bool:
        """Return whether the reader has yet to read ``after``, or to go past what it missed.

        Another process, which is ahead of this one by a moment, may have given ``after`` away.
        """
        is_ahead = self.position.id < after <= info.last
        is_past = info.first is not None and self.position.id < info.first
        return is_ahead or is_past or self.position.breach(info) is not None
