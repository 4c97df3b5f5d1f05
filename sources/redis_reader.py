"""Reads a Redis stream into the log: the newest at start, then everything, through every fault."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Final

import msgspec
from redis.exceptions import ResponseError

from sources.event import Event
from sources.ids import BEGINNING, EventId
from sources.log import Entry, EventLog, entry_of
from sources.redis_connection import Connection
from sources.redis_entries import RawEntry, decode_entries, parse_id
from sources.redis_position import Breach, Position, StreamInfo, look
from sources.redis_rejects import Rejects

BLOCK_MS: Final = 2000
# Must exceed the time that a read waits, and is what notices a connection that is half open.
ANSWER_WITHIN_S: Final = BLOCK_MS / 1000 + 1.5
CHECK_PERIOD_S: Final = 2.0
PAGE: Final = 500
# One read costs the same whatever it brings, so that events are let gather.
LINGER_S: Final = 0.002

_logger = logging.getLogger("dashboard.source")


class Stream(msgspec.Struct, frozen=True):
    """The stream to read, and how much of it."""

    name: str
    history: int
    maxlen: int
    max_event_bytes: int


class StreamReader:
    """The only one that appends to the log.

    Every entry up to ``position`` is in the log, or was; what enters the log, ``position`` passes
    in the same step.
    """

    def __init__(
        self,
        log: EventLog,
        stream: Stream,
        rejects: Rejects,
        on_connected: Callable[[], None],
        on_prime: Callable[[Sequence[Entry]], None],
    ) -> None:
        self.position = Position()
        self.loaded = asyncio.Event()
        self._log, self._stream, self._rejects = log, stream, rejects
        self._on_connected, self._on_prime = on_connected, on_prime
        self._primed = BEGINNING  # the newest entry that was handed on or entered the log
        self.moves = 0
        """How often that was; see `moved_since`."""
        self._moved = asyncio.Event()
        self._is_whole = False  # the log holds what it can of the stream as it is now
        self.length = 0
        """How many entries the stream had when it was last looked at."""
        self.is_overgrown = False
        self._leaves = False  # this connection, for a new one

    async def session(self, connection: Connection) -> None:
        """Read through one connection until it fails, or another one is wanted."""
        self._leaves = False
        if self._is_whole:
            await self._check(connection)
        if not self._is_whole:
            await self._load(connection)
        self._on_connected()
        await self._follow(connection)

    def connect_anew(self) -> None:
        """Go on through another connection, as soon as the present read is answered."""
        self._leaves = True

    async def moved_since(self, moves: int) -> None:
        """Wait until the reader has moved, or noticed that it cannot go on as it was."""
        while self.moves == moves:
            await self._moved.wait()

    async def _follow(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        check_at = loop.time() + CHECK_PERIOD_S
        while not self._leaves:
            entries, is_whole = await self._read(connection)
            if entries and (is_whole or await self._is_next(connection, entries)):
                await self._take(connection, entries)
            if loop.time() >= check_at:
                await self._check(connection)
                check_at = loop.time() + CHECK_PERIOD_S
            elif len(entries) < PAGE:
                await asyncio.sleep(LINGER_S)

    async def _read(self, connection: Connection) -> tuple[list[RawEntry], bool]:
        """Return what comes next, and whether the stream then still had the entry before it.

        It is trimmed from its oldest, so that nothing can be missing between the two.
        """
        stream, at = self._stream.name, str(self.position.id)
        found, before = await connection.call_together(
            ("XREAD", "COUNT", PAGE, "BLOCK", BLOCK_MS, "STREAMS", stream, at),
            ("XRANGE", stream, at, at),
        )
        return (found[0][1] if found else []), bool(before)

    async def _take(self, connection: Connection, entries: Sequence[RawEntry]) -> None:
        decoded = decode_entries(entries, self._stream.max_event_bytes)
        # Before the position moves, so that a fault lets both be tried again.
        await self._rejects.set_aside(connection, decoded.invalid, live=True)
        self._log.append(decoded.valid)
        self._primed = parse_id(entries[-1][0])
        self.position.advance(self._primed, len(entries))
        self._has_moved()

    async def _is_next(self, connection: Connection, entries: Sequence[RawEntry]) -> bool:
        """Return whether ``entries`` are to be taken: else the stream was begun again.

        What was trimmed away before them is told first.
        """
        breach = self.position.breach(await self._info(connection))
        if breach is None:
            return True
        # The stream may have been trimmed after these were read: what counts is their number.
        oldest, newest = entries[0][0].decode(), entries[-1][0].decode()
        info, left = await look(connection, self._stream.name, oldest, newest, PAGE)
        if info.added is not None and self.position.number is not None:
            later = info.length - len(left)
            missed = info.added - later - len(entries) - self.position.number
            if missed == 0:
                return True
            breach = Breach(missed if missed > 0 else None)
        if breach.missed is None:
            await self._begin_again(connection)
            return False
        self._skip(breach.missed)
        return True

    async def _check(self, connection: Connection) -> None:
        """Notice that the stream was made anew, or trimmed past the position."""
        info = await self._info(connection)
        breach = self.position.breach(info)
        if breach is None:
            self.position.remember(info)
        elif breach.missed is None:
            await self._begin_again(connection)
        else:
            self._skip(breach.missed)
        with suppress(ResponseError):
            await self._rejects.settle(connection)

    def _skip(self, missed: int) -> None:
        """Go on with the oldest entry there still is."""
        self._tell(f"was trimmed past this process: {missed} entries are missed")
        self.position.skip(missed)
        # A new generation of the log is how its readers learn of the gap.
        self._log.clear(missed)
        self._has_moved()

    async def _begin_again(self, connection: Connection) -> None:
        self._tell("was made anew, or an older copy of it was brought back")
        self.position.forget()
        self._log.clear()
        self._is_whole = False
        await self._load(connection)

    async def _load(self, connection: Connection) -> None:
        info = await self._info(connection)
        newest: list[tuple[EventId, Event]] = []
        if page := await connection.call(*self._newest_page(str(info.last))):
            begin = await self._history_begin(connection, page)
            async for page in self._up_to(connection, info, begin):
                newest += await self._hand_on(connection, page, begin)
        self._log.append(newest)
        self._primed = max(self._primed, info.last)
        self.position.jump(info)
        self.position.remember(info)
        self._is_whole = True
        self.loaded.set()
        self._has_moved()

    async def _history_begin(self, connection: Connection, page: Sequence[RawEntry]) -> EventId:
        """Return the entry with which the newest events that fit the history begin."""
        oldest, wanted, left = parse_id(page[0][0]), self._stream.history, self._stream.maxlen
        while page and wanted > 0 and left > 0:
            valid = decode_entries(page[::-1], self._stream.max_event_bytes).valid
            oldest = valid[-wanted][0] if len(valid) >= wanted else parse_id(page[-1][0])
            wanted, left = wanted - len(valid), left - len(page)
            if len(page) == PAGE and wanted > 0:
                page = await connection.call(*self._newest_page(f"({oldest}"))
            else:
                page = []
        return oldest

    async def _hand_on(
        self, connection: Connection, page: Sequence[RawEntry], begin: EventId
    ) -> list[tuple[EventId, Event]]:
        """Hand on what is older than the history, and return what is in it."""
        decoded = decode_entries(page, self._stream.max_event_bytes)
        await self._rejects.set_aside(connection, decoded.invalid, live=False)
        older = [entry_of(id, event) for id, event in decoded.valid if id < begin]
        if older:
            self._on_prime(older)
            self._primed = older[-1].id
        return [(id, event) for id, event in decoded.valid if id >= begin]

    async def _up_to(
        self, connection: Connection, info: StreamInfo, begin: EventId
    ) -> AsyncIterator[list[RawEntry]]:
        """Give the entries of the stream that were not handed on before, oldest first."""
        oldest = await self._oldest(connection, info, begin)
        # The history is read whatever was handed on: an older copy of the stream was, in part.
        handed_on = oldest <= self._primed < begin
        start = f"({self._primed}" if handed_on else str(min(begin, max(oldest, self._primed)))
        while True:
            page = await connection.call(
                *("XRANGE", self._stream.name, start, str(info.last), "COUNT", PAGE)
            )
            if page:
                yield page
            if len(page) < PAGE:
                return
            start = f"({page[-1][0].decode()}"

    async def _oldest(self, connection: Connection, info: StreamInfo, begin: EventId) -> EventId:
        """Return where to begin, so that about ``maxlen`` entries are looked at in all."""
        oldest, left = begin, self._stream.maxlen - self._stream.history
        if not self.is_overgrown:
            return BEGINNING
        # The stream was let grow by others; its ids can only be counted off from the end.
        while left > 0 and (page := await connection.call(*self._newest_page(f"({oldest}"))):
            oldest, left = parse_id(page[-1][0]), left - len(page)
        return oldest

    async def _info(self, connection: Connection) -> StreamInfo:
        info, _ = await look(connection, self._stream.name)
        self.length = info.length
        self._note_growth()
        return info

    def _note_growth(self) -> None:
        # Trimming leaves up to a node of the stream too many.
        grown = self.length > 1.1 * self._stream.maxlen + 200
        if grown and not self.is_overgrown:
            _logger.warning(
                "the stream %s has %d entries, more than STREAM_MAXLEN=%d: whoever adds to it "
                "without trimming fills the memory of Redis",
                *(self._stream.name, self.length, self._stream.maxlen),
            )
        self.is_overgrown = grown

    def _newest_page(self, end: str) -> tuple[str, str, str, str, str, int]:
        return ("XREVRANGE", self._stream.name, end, "-", "COUNT", PAGE)

    def _has_moved(self) -> None:
        self.moves += 1
        self._moved.set()
        self._moved = asyncio.Event()

    def _tell(self, what: str) -> None:
        _logger.warning("the stream %s %s; readers are told a gap", self._stream.name, what)
