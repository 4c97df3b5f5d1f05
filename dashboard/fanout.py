"""Delivery to live readers: frames joined once for each distinct (position, filter), and paced.

There is no queue for a reader. It holds a position and is skipped while its connection is still
writing, so a slow one costs nothing and holds up nobody.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from dashboard.latency import LatencyHistogram
from dashboard.reader import Encoder as Encoder
from dashboard.reader import Gap as Gap
from dashboard.reader import Reader as Reader
from dashboard.turn import JOIN_BYTES, Joined, Key, Place, Reads, Turn, most_bytes, within_bytes
from sources.filters import Matcher
from sources.ids import BEGINNING, EventId
from sources.log import Entry, EventLog

PACE_S: Final = 0.005
_PACE_PER_READER_S: Final = 0.000015
# A send costs nearly the same for one event as for ten: so many are let gather, if they come soon.
_GATHER_EVENTS: Final = 10
_GATHER_MOST: Final = 3
_GATHER_S: Final = 0.010
_GATHER_PER_READER_S: Final = 0.000050
_JOIN_EVENTS: Final = 1000
_RETRY_S: Final = 0.05

_log = logging.getLogger("dashboard.fanout")


class Fanout:
    """Brings every reader that joined to the end of the log, and keeps it there."""

    def __init__(self, log: EventLog, slow_client_timeout_s: float) -> None:
        self._log = log
        self._timeout_s = slow_client_timeout_s
        self._groups: dict[Key, set[Reader]] = {}
        self._timer: asyncio.Handle | None = None
        self._retry: asyncio.Handle | None = None
        self._last_flush_s = 0.0
        self._flushed = log.total
        self._gather_s = _GATHER_S
        self._most = JOIN_BYTES
        self.latency = LatencyHistogram()
        self.deliveries: Counter[str] = Counter()
        """By the way that they went (ws, sse)."""
        self.gaps = 0
        self.live_since_ms = 0
        self._catching_up = 0
        log.followers.add(self)
        self._stop_listening = log.listen(lambda _: self.wake())

    @property
    def readers(self) -> list[Reader]:
        return [reader for group in self._groups.values() for reader in group]

    def behind(self, reader: Reader) -> int | None:
        """Return how many events the reader has not been given; None if it lost its place."""
        if reader.generation != self._log.generation:
            return None
        return self._log.lag(reader.position)

    @contextmanager
    def catching_up(self) -> Iterator[None]:
        """Have frames kept for a reader that is on its way to the log."""
        self._catching_up += 1
        try:
            yield
        finally:
            self._catching_up -= 1

    def goes_on_after(self) -> EventId | None:
        """Return where the reader is that lags most, for `EventLog.release`."""
        if self._catching_up:
            return BEGINNING
        knows = self._log.knows
        positions = (
            each.position for each in self.readers if knows(each.position, each.generation)
        )
        return min(positions, default=None)

    def join(self, reader: Reader, position: EventId, generation: int) -> None:
        """Deliver to ``reader`` what follows ``position`` and passes its filter, from now on."""
        reader.position, reader.generation = position, generation
        if reader.joined_ms is None:
            reader.joined_ms = time.time() * 1000
        self._groups.setdefault(self._key(reader), set()).add(reader)
        self.wake()

    def leave(self, reader: Reader) -> bool:
        """Stop delivering; returns whether the reader had joined."""
        group = self._groups.get(self._key(reader))
        if group is None or reader not in group:
            return False
        group.discard(reader)
        if not group:
            del self._groups[self._key(reader)]
        return True

    def change_filter(self, reader: Reader, matcher: Matcher) -> None:
        """Give ``reader`` another filter, for every event that it has not been given yet."""
        joined = self.leave(reader)
        reader.matcher = matcher
        if joined:
            self.join(reader, reader.position, reader.generation)

    def count(self, reader: Reader, events: int) -> None:
        """Note that ``reader`` is given so many events."""
        reader.sent += events
        self.deliveries[reader.via] += events

    @property
    def delivered(self) -> int:
        """All deliveries since the start."""
        return self.deliveries.total()

    def close(self) -> None:
        self._stop_listening()
        for handle in (self._timer, self._retry):
            if handle is not None:
                handle.cancel()

    def flush(self) -> None:
        """Give every reader that takes it what the log has for it, now."""
        while self._timer is not None:
            self._timer.cancel()
            self._flush()

    def wake(self) -> None:
        """Deliver soon: at once when idle, else when the pace allows."""
        if self._timer is not None or not self._groups:
            return
        loop = asyncio.get_running_loop()
        delay_s = self._last_flush_s + self._pace_s() - loop.time()
        if delay_s <= 0:
            self._timer = loop.call_soon(self._flush)
        else:
            self._timer = loop.call_later(delay_s, self._flush)

    def is_stuck(self, reader: Reader, now_s: float) -> bool:
        """Note whether the reader takes anything; True once it has not for the time allowed."""
        progress = reader.progress()
        if not reader.is_writing() or progress != reader.last_progress:
            reader.last_progress, reader.stuck_since_s = progress, None
            return False
        if reader.stuck_since_s is None:
            reader.stuck_since_s = now_s
        return now_s - reader.stuck_since_s >= self._timeout_s

    def _pace_s(self) -> float:
        readers = sum(map(len, self._groups.values()))
        least_s = PACE_S + readers * _PACE_PER_READER_S
        most_s = min(_GATHER_S, PACE_S + readers * _GATHER_PER_READER_S)
        # For one or two there is nothing to gain by waiting.
        is_worth_it = self._gather_s < _GATHER_MOST * most_s
        return max(least_s, min(self._gather_s, most_s)) if is_worth_it else least_s

    def _note_flush(self) -> None:
        """Learn from what came since the last flush how long `_GATHER_EVENTS` take to come."""
        now_s, total = asyncio.get_running_loop().time(), self._log.total
        came = total - self._flushed
        self._gather_s = _GATHER_EVENTS * (now_s - self._last_flush_s) / came if came > 0 else 0.0
        self._last_flush_s, self._flushed = now_s, total

    @staticmethod
    def _key(reader: Reader) -> Key:
        return reader.via, reader.matcher.key, reader.encode

    def _flush(self) -> None:
        self._timer = None
        more = waiting = False
        reads: Reads = {}
        self._most = most_bytes(sum(map(len, self._groups.values())))
        for key, group in list(self._groups.items()):
            turn = self._serve(key[0], group, reads)
            more, waiting = more or turn.more, waiting or turn.waiting
        self._note_flush()
        if more:
            # What is there already need not be waited for.
            self._gather_s = 0.0
            self.wake()
        elif waiting and self._retry is None:
            # One that is behind is looked at now and then; it must not make the others' ticks dear.
            self._retry = asyncio.get_running_loop().call_later(_RETRY_S, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        self.wake()

    def _serve(self, via: str, group: set[Reader], reads: Reads) -> Turn:
        """Give each of one group what comes next for it, and count what was given."""
        turn = Turn(list(group))
        try:
            self._give_all(turn, reads)
        except Exception:
            # A platform's own filter may fail, which is no reason to hold up the other readers.
            _log.exception("delivery failed; the readers with this filter are closed")
            for reader in turn.readers:
                if not reader.is_writing() and self._is_due(reader):
                    self._close(reader)
        self.deliveries[via] += turn.given
        return turn

    def _close(self, reader: Reader) -> None:
        self.leave(reader)
        reader.fail()

    def _give_all(self, turn: Turn, reads: Reads) -> None:
        """Go through the readers; nearly all are at one place, and share the very id.

        This is done for each reader at each flush, so it calls nothing that it need not.
        """
        generation = self._log.generation
        joined: dict[Place, Joined | None] = {}
        following: Joined | None = None
        position: EventId | None = None
        of_generation = -1
        for reader in turn.readers:
            if reader.is_writing():
                turn.waiting = turn.waiting or self._is_due(reader)
                continue
            if reader.position is not position or reader.generation != of_generation:
                position, of_generation = reader.position, reader.generation
                following = self._following(reader, joined, reads)
                turn.more = turn.more or (following is not None and following.more)
            if following is None:
                continue
            try:
                if following.gap is not None:
                    self._tell(reader, following.gap)
                # The position moves first: sending may end in a close that asks for it.
                reader.position, reader.generation = following.position, generation
                if following.count:
                    reader.sent += following.count
                    turn.given += following.count
                    reader.send(following.payload)
            except Exception:
                _log.exception(
                    "sending failed; the reader is closed", extra={"client_id": reader.id}
                )
                self._close(reader)

    def _is_due(self, reader: Reader) -> bool:
        head = self._log.last_id
        if head is None:
            return False
        return reader.position < head or not self._log.knows(reader.position, reader.generation)

    def _tell(self, reader: Reader, gap: Gap) -> None:
        self.gaps += 1
        reader.gaps += 1
        reader.send_gap(gap)

    def _following(
        self, reader: Reader, joined: dict[Place, Joined | None], reads: Reads
    ) -> Joined | None:
        """Return what comes next at the place of ``reader``, made once for all who are there."""
        place = reader.position, reader.generation
        if place not in joined:
            joined[place] = None
            if self._is_due(reader):
                if place not in reads:
                    reads[place] = self._read(place)
                joined[place] = self._join(reader, *reads[place])
        return joined[place]

    def _read(self, place: Place) -> tuple[Sequence[Entry], Gap | None]:
        position, generation = place
        lost = not self._log.knows(position, generation)
        batch = self._log.follow(BEGINNING if lost else position, _JOIN_EVENTS)
        entries = within_bytes(batch.entries, self._most)
        if not lost and batch.missed == 0:
            return entries, None
        return entries, Gap(str(position), str(entries[0].id), None if lost else batch.missed)

    def _join(self, reader: Reader, entries: Sequence[Entry], gap: Gap | None) -> Joined:
        passing, position, head = reader.matcher.select(entries), entries[-1].id, self._log.last_id
        more = head is not None and position < head
        if not passing:
            return Joined(b"", 0, position, gap, more)
        payload = b"".join(map(reader.encode, passing))
        # What was there before the reader says nothing about how fast events are delivered.
        self._observe(passing, max(self.live_since_ms, reader.joined_ms or 0))
        return Joined(payload, len(passing), position, gap, more)

    def _observe(self, passing: Sequence[Entry], since_ms: float) -> None:
        now_ms = time.time() * 1000
        for ms, count in Counter([entry.id.ms for entry in passing]).items():
            if ms >= since_ms:
                self.latency.observe(now_ms - ms, count)
